"""
The book of verdicts: where facts are read, verdicts committed and outcomes closed.

    StoreError
    ├── StoreUnavailable     the database did not answer in time, or not at all
    └── StoreConflict        what was asked contradicts what is on record
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from ari_app.policy.facts import Facts
from ari_app.policy.needs import Needs
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest, Campaign, Door, Operator


class StoreError(Exception):
    """The store could not do what it was asked."""


class StoreUnavailable(StoreError):  # noqa: N818  named for the state, as in the design
    """The database did not answer."""


class StoreConflict(StoreError):  # noqa: N818
    """What was asked contradicts what is on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Campaign and operator of a call, as far as they exist."""

    campaign_id: str
    """As named, else the operator's only campaign, else the default; empty if there is none."""
    campaign: Campaign | None
    operator_id: str
    operator: Operator | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A permit whose call has no outcome yet."""

    call_id: str
    channel_id: str
    decided_at: datetime
    dialled: bool
    """A leg was seen to be dialled."""
    door: Door
    """Over which its channel asked: of a reservation, that of whoever redeemed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How and when a call ended."""

    outcome: Outcome
    ended_at: datetime
    cause: int = 0
    """Q.850; 0: not known."""
    dialled_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    legs: int = 0
    within: str = ""
    """The call in which it was asked for, once somebody was on the line: nothing was dialled for it. Empty: its own."""


Decide: TypeAlias = Callable[[Facts], VerdictRecord]
"""From the facts on record to a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """A request as the reservation that it names has it."""

    request: CallRequest
    decide: Decide


Redeeming: TypeAlias = Callable[[Operator | None], Redeemed]
"""From the operator for whom a call was reserved (None: for nobody in particular) to the request that redeems it."""


class Verdicts(Protocol):
    """The book, as `judging` and `calls` use it. Each method is one transaction. Raises StoreUnavailable."""

    async def admission(self, ask: Ask, *, default_campaign: str) -> Admission:
        """Campaign and operator of a call: by id, else whoever sits at the phone, else whose own it is."""
        ...

    async def judge(
        self, request: CallRequest, *, needs: Needs, decide: Decide, redeeming: Redeeming | None = None
    ) -> VerdictRecord:
        """
        Take the locks, read the facts that are needed, decide, commit verdict and (for a permit) a reserved attempt.

        A known `request.idempotency_key` returns its verdict with `repeated` set, as long as it still holds: `decide`
        says the same of the facts of now (but for that call itself), and a permit's call has not ended. It is then this
        gate's to follow. Else the new verdict takes the key over. What the desk asks for is within a call that goes on,
        and is repeated after its own end as well.

        A permit for what is asked `ahead` is a reservation. One that `request.ask.call_id` names is redeemed, once: if
        it is for this number and campaign, still held and not used, `redeeming` says how the request is judged, with
        the facts of now but for the reserved call itself. A permit gives the reserved call to this gate and who calls;
        else the reservation is released and the new verdict stands. Whatever else is named there changes nothing.
        The facts of a callee that is no number are `Facts.nothing_held`.
        """
        ...

    async def preview(self, request: CallRequest, *, needs: Needs, decide: Decide) -> VerdictRecord:
        """The same without locks and without a trace in the book."""
        ...

    async def confirm(self, call_id: str, *, at: datetime) -> None:
        """A leg was dialled: the attempt is one now, even if it was released before. Doing it twice is harmless."""
        ...

    async def close(self, call_id: str, ending: Ending) -> bool:
        """
        Record the one outcome. False: it had one already, and that one stays; or it is said to have never dialled, and
        a leg was seen (by another gate, that follows the same permit and will close it).

        `not_dialled` and `denied` release the attempt; every other outcome confirms it.
        """
        ...

    async def release(self, call_id: str, *, gate: str, at: datetime) -> bool:
        """
        Close a permit that this gate never handed on, as `not_dialled`.

        False: a leg was seen, it has its outcome, or another gate was given the same permit and follows it.
        """
        ...

    async def open_calls(self, *, gate: str) -> tuple[OpenCall, ...]:
        """
        Permits that this gate follows (it gave or repeated them last) and that have no outcome yet, oldest first.

        What is reserved is no call yet.
        """
        ...

    async def show(self, call_id: str) -> VerdictRecord | None:
        """A verdict of the past, with its outcome."""
        ...
