"""Time and names from outside: one seeded source in tests, the machine's own in life."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The present."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class CallIds(Protocol):
    """New call ids."""

    def new(self) -> str:
        """A ULID, never given before."""
        ...
