"""
What is live, in memory: each call as far as it has come, and whose desk shows it.

Told by the calls of this gate (`CallWatch`) and, where there are more gates, by what they have written. Desks are woken
first, rows are written behind. The key is the operator that the verdict names, so no desk ever sees another's call;
one without an operator is seen by the floor alone, until `bind` says whose it is.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from ari_app.desk.behind import Behind
from ari_app.desk.bells import Bells
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.ports.clock import Clock
from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.ports.observer import Observer

MOST_CALLS = 10_000
"""In memory; beyond it the oldest are let go, and pages read what there is of them from the table."""
STALE = timedelta(hours=12)
"""A call of which nothing was heard for so long is none: its gate is no more."""
_TOLD = "desk_told_ms"
_COMES_AFTER = {Phase.RINGING: (Phase.DIALLED,), Phase.ANSWERED: (Phase.DIALLED, Phase.RINGING)}


class Desks:
    """Implements ports.call_watch.CallWatch. Everything here is at once, and on the event loop."""

    def __init__(self, *, gate: str, rows: Behind[LiveCall], bells: Bells, clock: Clock, observer: Observer) -> None:
        """`gate` is this process's application name."""
        self._gate = gate
        self._rows = rows
        self._bells = bells
        self._clock = clock
        self._observer = observer
        self._calls: dict[str, LiveCall] = {}
        self._records: dict[str, VerdictRecord] = {}
        self._by_operator: dict[str, set[str]] = {}
        self._untold: dict[str, datetime] = {}
        self._followers: list[Callable[[str], None]] = []

    def of(self, operator: str) -> LiveCall | None:
        """The operator's newest call, until it is done with."""
        return max(self._all_of(operator), key=_age, default=None)

    def busy(self, operator: str) -> bool:
        """Whether a call of theirs is under way, newest or not."""
        return any(not call.over for call in self._all_of(operator))

    def live(self) -> tuple[LiveCall, ...]:
        """Every call that is under way or on somebody's desk, oldest first."""
        return tuple(self._calls.values())

    def record(self, call_id: str) -> VerdictRecord | None:
        """The verdict of a live call that this gate gave, also one that is on no record; None: ask the book."""
        return self._records.get(call_id)

    def under_way(self, call_id: str) -> bool:
        """Whether this call is live and not over: its verdict is as it was given, and has no outcome yet."""
        call = self._calls.get(call_id)
        return call is not None and not call.over

    def changes(self, operator: str) -> AsyncIterator[str]:
        """Wakes at once, then whenever this operator's calls have changed: look again. Gives marks; never ends."""
        return self._bells.changes(operator, woken=partial(self._woken, operator))

    def mark(self, operator: str) -> str:
        """What a look that begins now has seen: there is nothing to look for at this mark, or one before it."""
        return self._bells.mark(operator)

    def floor_changes(self) -> AsyncIterator[str]:
        """The same for every call there is."""
        return self._bells.floor_changes()

    def follow(self, follower: Callable[[str], None]) -> None:
        """Have it told, at once, of each operator whose calls have changed."""
        self._followers.append(follower)

    def judged(self, record: VerdictRecord, *, channel_id: str, phone: str) -> None:  # noqa: ARG002  desks know phones
        """As the port."""
        now = self._clock.now()
        permitted = record.verdict == "permit"
        call = LiveCall(
            call_id=record.call_id,
            gate=self._gate,
            campaign=record.campaign,
            operator=record.operator,
            phone=phone,
            phase=Phase.DIALLED if permitted else Phase.REFUSED,
            decided_at=record.decided_at,
            changed_at=now,
            done_at=None if permitted or record.operator else now,
        )
        held = self._calls.get(record.call_id)
        if held is not None and not held.over:
            call = held.joined(call)  # its second trunk, or another gate's permit: how far it has come stays
        if record.operator:
            self._records[record.call_id] = record
        self._put(call, on_record=not record.degraded)

    def ringing(self, call_id: str, at: datetime) -> None:
        """As the port. A desk shows the same before and while it rings: the floor alone is woken."""
        self._go_on(call_id, Phase.RINGING, ringing_at=at)

    def answered(self, call_id: str, at: datetime) -> None:
        """As the port."""
        call = self._go_on(call_id, Phase.ANSWERED, answered_at=at)
        if call is not None and self._bells.heard_by(call.operator):
            self._untold[call.operator] = at

    def ended(self, call_id: str, outcome: str, at: datetime) -> None:
        """As the port. After a call that never was dialled there is nothing to be noted, and nobody without a desk."""
        call = self._calls.get(call_id)
        if call is None or call.over:
            return
        now = self._clock.now()
        nothing_left = outcome == Outcome.NOT_DIALLED or not call.operator
        done_at = now if nothing_left else None
        self._put(replace(call, phase=Phase.ENDED, ended_at=at, done_at=done_at, changed_at=now))

    def bind(self, call_id: str, operator: str) -> bool:
        """
        Say whose a call without an operator is; their desk shows it from now on.

        False: it is somebody else's, or not live.
        """
        call = self._calls.get(call_id)
        if call is None or not operator or call.operator not in ("", operator):
            return False
        if not call.operator:
            self._take_out(call_id)
            self._put(replace(call, operator=operator, changed_at=self._clock.now()))
        return True

    def look_again(self, operator: str) -> None:
        """Something else that their page shows has changed: the phone they sit at, a step of the script, a word."""
        self._bells.ring(operator)

    def done(self, operator: str, call_id: str) -> bool:
        """Put a call away that is over: what came of it is noted, or its refusal was read. False: it is not theirs."""
        call = self._calls.get(call_id)
        if call is None or call.operator != operator or not call.over:
            return False
        self._close(call)
        return True

    def learn(self, row: LiveCall) -> None:
        """Take in what another gate, or an earlier life of this one, has written."""
        held = self._calls.get(row.call_id) or self._rows.waiting(row.call_id)
        call = held.joined(row) if held is not None else row
        if held is None and call.done_at is not None:
            return
        if held is None or replace(call, changed_at=held.changed_at) != held:
            if held is not None and held.operator != call.operator:
                self._take_out(call.call_id)
                self._tell(held.operator)
            self._place(call)

    def let_go_of_stale(self) -> None:
        """Forget calls of which nothing has been heard for very long."""
        before = self._clock.now() - STALE
        for call in [call for call in self._calls.values() if call.changed_at < before]:
            self._take_out(call.call_id)
            self._tell(call.operator)

    def _go_on(self, call_id: str, phase: Phase, **at: datetime) -> LiveCall | None:
        call = self._calls.get(call_id)
        if call is None or call.phase not in _COMES_AFTER[phase]:
            return None
        call = replace(call, phase=phase, changed_at=self._clock.now(), **at)  # type: ignore[arg-type]  # instants, by name
        self._put(call, shown=phase is not Phase.RINGING)
        return call

    def _put(self, call: LiveCall, *, on_record: bool = True, shown: bool = True) -> None:
        self._place(call, shown=shown)
        if on_record:
            self._rows.put(call.call_id, call)

    def _place(self, call: LiveCall, *, shown: bool = True) -> None:
        """
        Show it, or let it go; a call makes way for the operator's next one once it is over.

        Not `shown`: nothing of it that a desk shows has changed.
        """
        newer = any(_age(other) > _age(call) for other in self._all_of(call.operator))
        if call.done_at is None and call.over and (newer or not call.operator):
            self._close(call)
            return
        if call.done_at is not None:
            self._take_out(call.call_id)
        else:
            new = call.call_id not in self._calls
            self._calls[call.call_id] = call
            if call.operator:
                self._by_operator.setdefault(call.operator, set()).add(call.call_id)
            if new:
                self._make_room(call)
        self._tell(call.operator if shown else "")

    def _make_room(self, new: LiveCall) -> None:
        for other in self._all_of(new.operator):
            if other.over and _age(other) < _age(new):
                self._close(other)
        if len(self._calls) > MOST_CALLS:
            oldest = next(iter(self._calls))
            self._take_out(oldest)
            self._observer.event("desk.crowded", call_id=oldest, most=MOST_CALLS)

    def _close(self, call: LiveCall) -> None:
        now = self._clock.now()
        record = self._records.get(call.call_id)
        self._put(replace(call, done_at=now, changed_at=now), on_record=record is None or not record.degraded)

    def _take_out(self, call_id: str) -> None:
        call = self._calls.pop(call_id, None)
        self._records.pop(call_id, None)
        if call is not None and call.operator:
            own = self._by_operator[call.operator]
            own.discard(call_id)
            if not own:
                del self._by_operator[call.operator]

    def _all_of(self, operator: str) -> list[LiveCall]:
        return [self._calls[call_id] for call_id in self._by_operator.get(operator, ())]

    def _tell(self, operator: str) -> None:
        self._bells.ring(operator)  # first: whoever follows may be at fault, and the screen must not pay for it
        for follower in self._followers if operator else ():
            follower(operator)

    def _woken(self, operator: str) -> None:
        answered_at = self._untold.pop(operator, None)
        if answered_at is not None:
            self._observer.measure(_TOLD, (self._clock.now() - answered_at).total_seconds() * 1000)


def stamped(calls: Sequence[LiveCall], at: datetime) -> tuple[LiveCall, ...]:
    """As they are written: who reads what has changed since asks by this instant, not by the one it happened at."""
    return tuple(replace(call, changed_at=at) for call in calls)


def _age(call: LiveCall) -> tuple[datetime, str]:
    return call.decided_at, call.call_id
