"""The machine's own clock, and new names."""

from datetime import UTC, datetime

from ulid import ULID


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)


class Ulids:
    """New ULIDs as call ids."""

    def new(self) -> str:
        """A ULID, never given before."""
        return str(ULID())
