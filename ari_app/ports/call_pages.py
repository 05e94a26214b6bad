"""Past calls, newest first, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ari_app.policy.record import VerdictRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which calls are asked for; None: whichever."""

    since: datetime | None = None
    """Included."""
    until: datetime | None = None
    """Not included."""
    e164: str | None = None
    campaign: str | None = None
    principal: str | None = None
    after: tuple[datetime, str] | None = None
    """Instant and id of the last call of the page before."""


class CallPages(Protocol):
    """Raises StoreUnavailable (ports.verdicts)."""

    async def page(self, asked: Asked, *, limit: int) -> Sequence[VerdictRecord]:
        """The next calls, newest first, with their outcomes."""
        ...
