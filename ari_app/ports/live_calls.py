"""How far a call has come, as desks and floor see it: a value, and where it is kept for other gates and later pages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Phase(StrEnum):
    """How far a call has come."""

    REFUSED = "refused"
    """Denied or deferred: the reasons are shown, nothing was dialled."""
    DIALLED = "dialled"
    """Permitted, and on its way."""
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """One call; what is personal about it is in its verdict."""

    call_id: str
    gate: str
    campaign: str
    operator: str
    """Empty: nobody is known to be on it, as with a dialer's call that is not put through yet."""
    phone: str
    """The operator's, as `PJSIP/101`; empty: not known."""
    phase: Phase
    decided_at: datetime
    changed_at: datetime
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None


class LiveCalls(Protocol):
    """Where they are kept, for desks at other gates and for this one's next life. Raises StoreUnavailable."""

    def keep(self, calls: tuple[LiveCall, ...]) -> None:
        """Write them as they are now; of one call only the last."""
        ...

    def since(self, changed_at: datetime) -> tuple[LiveCall, ...]:
        """Those that changed at this instant or later, oldest change first."""
        ...

    def newest_of(self, operator: str) -> LiveCall | None:
        """The operator's last call."""
        ...
