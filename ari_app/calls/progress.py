"""
What was seen of a call so far, and the outcome it comes to. Pure: events in, a value out.

A call has one outcome. It is the strictest that any leg supports (forks and failover trunks end legs early), and when
something may have been missed it is `unobserved`, the worst. A call without an operator is a silent one from the answer
on, until an operator is there: strictest of all, as whoever answered is left in peace for longer than after any talk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ari_app.policy.events import DialStatus, LegDialled
from ari_app.policy.outcome import Outcome
from ari_app.ports.verdicts import Ending

_USER_BUSY, _NO_USER_RESPONSE, _NO_ANSWER, _REJECTED = 17, 18, 19, 21  # Q.850
_OUTCOME_OF_CAUSE = {
    _USER_BUSY: Outcome.BUSY,
    _REJECTED: Outcome.BUSY,
    _NO_USER_RESPONSE: Outcome.NO_ANSWER,
    _NO_ANSWER: Outcome.NO_ANSWER,
}
_OUTCOME_OF_STATUS = {
    DialStatus.ANSWER: Outcome.ANSWERED,
    DialStatus.BUSY: Outcome.BUSY,
    DialStatus.NOANSWER: Outcome.NO_ANSWER,
    DialStatus.CANCEL: Outcome.CANCELLED,
    DialStatus.ABORT: Outcome.CANCELLED,
}
_FINAL = frozenset(
    {
        DialStatus.BUSY,
        DialStatus.NOANSWER,
        DialStatus.CANCEL,
        DialStatus.CONGESTION,
        DialStatus.CHANUNAVAIL,
        DialStatus.DONTCALL,
        DialStatus.TORTURE,
        DialStatus.ABORT,
    }
)
_STRICTEST_FIRST = (
    Outcome.ABANDONED,
    Outcome.ANSWERED,
    Outcome.UNOBSERVED,
    Outcome.BUSY,
    Outcome.NO_ANSWER,
    Outcome.CANCELLED,
    Outcome.FAILED,
)


class Attendance(StrEnum):
    """Whether somebody speaks with whoever answered, as far as those tell who watch the lines."""

    UNKNOWN = ""
    """Nobody told: who dials by hand is there."""
    WAITS = "waits"
    """No operator is there yet. If it ends so, it was a silent call."""
    ATTENDED = "attended"
    """An operator was there, or nobody can know any more."""
    SILENT = "silent"
    """It was a silent call, whoever comes after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One dialled leg."""

    status: DialStatus
    gone: bool = False
    cause: int = 0
    outlived_operator: bool = False
    """It was still there when the operator's channel was gone."""

    @property
    def over(self) -> bool:
        """Nothing more will come of it."""
        return self.gone or self.status in _FINAL

    @property
    def outcome(self) -> Outcome:
        """What this leg alone makes of the call."""
        if self.status in _OUTCOME_OF_STATUS:
            return _OUTCOME_OF_STATUS[self.status]
        if self.cause in _OUTCOME_OF_CAUSE:
            return _OUTCOME_OF_CAUSE[self.cause]
        if self.status in _FINAL:
            return Outcome.FAILED
        return Outcome.CANCELLED if self.outlived_operator else Outcome.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A permitted call as far as it was seen."""

    legs: Mapping[str, Leg] = field(default_factory=dict)
    dialled_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    gone_at: datetime | None = None
    cause: int = 0
    missed: bool = False
    """Events may have been lost: what was not seen may have happened."""
    attendance: Attendance = Attendance.UNKNOWN

    @property
    def over(self) -> bool:
        """The operator's channel and all legs are gone; a Local channel's legs can outlive it by a conversation."""
        return self.gone_at is not None and all(leg.over for leg in self.legs.values())

    def with_leg(self, event: LegDialled) -> "Progress":
        """A leg was dialled, rings, was answered or given up."""
        before = self.legs.get(event.leg_id, Leg(status=event.status))
        return replace(
            self,
            legs={**self.legs, event.leg_id: replace(before, status=event.status)},
            dialled_at=self.dialled_at or event.at,
            ringing_at=self.ringing_at or (event.at if event.status is DialStatus.RINGING else None),
            answered_at=self.answered_at or (event.at if event.status is DialStatus.ANSWER else None),
        )

    def with_leg_gone(self, leg_id: str, *, cause: int) -> "Progress":
        """A leg's channel is no more; what was told first of its end stays."""
        leg = self.legs[leg_id]
        if leg.gone:
            leg = replace(leg, cause=leg.cause or cause)
        else:
            leg = replace(leg, gone=True, cause=cause, outlived_operator=self.gone_at is not None)
        return replace(self, legs={**self.legs, leg_id: leg})

    def with_channel_gone(self, at: datetime, *, cause: int) -> "Progress":
        """The operator's channel is no more; what was told first of its end stays."""
        return self if self.gone_at is not None else replace(self, gone_at=at, cause=cause)

    def with_answer(self, at: datetime) -> "Progress":
        """Somebody answered, on a leg that was not seen."""
        return replace(self, answered_at=self.answered_at or at)

    def with_attendance(self, attendance: Attendance, at: datetime) -> "Progress":
        """
        Whoever answered waits for an operator, has one, or had none in time; `at` is when that was so.

        A silent call stays one. To wait is to have answered, seen or not.
        """
        if self.attendance is Attendance.SILENT:
            return self
        answered = self if attendance is Attendance.ATTENDED else self.with_answer(at)
        return replace(answered, attendance=attendance)

    def with_gap(self) -> "Progress":
        """Events may have been lost."""
        return replace(self, missed=True)

    def ending(self, now: datetime) -> Ending:
        """The outcome, as it stands at `now`."""
        return Ending(
            outcome=self._outcome(),
            ended_at=self.gone_at or now,
            cause=self.cause,
            dialled_at=self.dialled_at,
            ringing_at=self.ringing_at,
            answered_at=self.answered_at,
            legs=len(self.legs),
        )

    def _outcome(self) -> Outcome:
        found = {leg.outcome for leg in self.legs.values()}
        if self.answered_at is not None:
            found.add(Outcome.ANSWERED)
        if self.attendance in (Attendance.WAITS, Attendance.SILENT):
            found.add(Outcome.ABANDONED)
        if self.missed:
            found.add(Outcome.UNOBSERVED)
        return next((outcome for outcome in _STRICTEST_FIRST if outcome in found), Outcome.NOT_DIALLED)
