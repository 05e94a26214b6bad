"""How far a call has come, as desks and floor see it: a value, and where it is kept for other gates and later pages."""

from dataclasses import dataclass, replace
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
    done_at: datetime | None = None
    """Nobody's desk shows it any more: it was put away, or the operator went on to the next call."""

    @property
    def over(self) -> bool:
        """Nothing more will happen to it: it was refused, or has ended."""
        return self.phase in (Phase.REFUSED, Phase.ENDED)

    def joined(self, other: "LiveCall") -> "LiveCall":
        """
        What is known of one call from two sides: nothing that has happened is undone.

        Of who is on it, at which phone, and which gate follows it, the later word counts, unless it says nothing.
        """
        later, earlier = (other, self) if other.changed_at >= self.changed_at else (self, other)
        known = replace(
            self,
            gate=later.gate,
            operator=later.operator or earlier.operator,
            phone=later.phone or earlier.phone,
            changed_at=later.changed_at,
            ringing_at=self.ringing_at or other.ringing_at,
            answered_at=self.answered_at or other.answered_at,
            ended_at=self.ended_at or other.ended_at,
            done_at=self.done_at or other.done_at,
        )
        return replace(known, phase=_phase(known))


def _phase(call: LiveCall) -> Phase:
    if call.phase is Phase.REFUSED:
        return Phase.REFUSED
    if call.ended_at is not None:
        return Phase.ENDED
    if call.answered_at is not None:
        return Phase.ANSWERED
    return Phase.DIALLED if call.ringing_at is None else Phase.RINGING


class LiveCalls(Protocol):
    """
    Where they are kept, for desks at other gates and for this one's next life.

    A call that has its outcome on record has ended, whatever was kept of it last. Raises StoreUnavailable.
    """

    def keep(self, calls: tuple[LiveCall, ...]) -> None:
        """Write them, a hundred at most, each joined to what is kept of it. Raises StoreConflict: no such verdict."""
        ...

    def since(self, changed_at: datetime) -> tuple[LiveCall, ...]:
        """Those that changed at this instant or later, oldest change first."""
        ...

    def open_since(self, changed_at: datetime) -> tuple[LiveCall, ...]:
        """Of those, the ones that are not done with."""
        ...

    def forget(self, changed_before: datetime) -> int:
        """Delete some hundred that have not changed since; how many went."""
        ...

    def newest_of(self, operator: str) -> LiveCall | None:
        """The operator's last call."""
        ...
