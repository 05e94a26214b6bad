"""
What each operator does: the calls say when somebody is in one, they themselves say the rest.

    offline ──desk opened──> available <──set──> break
                               │ a call begins            in_call and after_call come and go by themselves;
                               v                          what was set meanwhile takes effect after them
                            in_call ──it ends──> after_call ──done, or the configured time──> available or break

Kept of an operator is what they do now; what they did is written only while an agreement is in force (RULES 6.6).
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ari_app.desk.bells import Bells
from ari_app.desk.live import Desks
from ari_app.ports.clock import Clock
from ari_app.ports.live_calls import Phase
from ari_app.ports.operator_states import Span, Standing, State

OFFLINE_AFTER = timedelta(seconds=30)
"""Without a desk: a page that is loaded anew, a restart of the gate or a lost connection takes less."""
_BELIEVED = timedelta(hours=16)
"""What another gate said of an operator counts for a long shift, not for ever."""
_LOOK_EVERY_S = 1.0
_EVER = datetime.min.replace(tzinfo=UTC)
_OWN = (State.AVAILABLE, State.BREAK)


class NotToBeSetError(Exception):
    """A state that nobody sets: it follows from calls and open desks."""


class Keeps(Protocol):
    """Where a change of state goes."""

    def changed(self, standing: Standing, span: Span | None) -> None:
        """What they do now, and what they did until now; None: nothing is known of it."""
        ...


@dataclass(slots=True)
class _Place:
    """An operator, as this gate sees them."""

    standing: Standing
    wish: State = State.AVAILABLE
    desks: int = 0
    left_at: datetime | None = None
    """When the last desk here was closed, until they are offline for it."""
    elsewhere: Standing | None = None
    """What another gate, or an earlier life of this one, has written."""


class States:
    """States by operator. Everything but `run` is at once, and on the event loop."""

    def __init__(
        self,
        desks: Desks,
        *,
        keeps: Keeps,
        bells: Bells,
        clock: Clock,
        after_call: timedelta,
        alone: bool,
    ) -> None:
        """`after_call`: after so long it ends by itself; zero: when the operator says so. `alone`: the only gate."""
        self._desks = desks
        self._keeps = keeps
        self._bells = bells
        self._clock = clock
        self._after_call = after_call
        self._alone = alone
        self._places: dict[str, _Place] = {}
        desks.follow(self._look)

    def of(self, operator: str) -> State:
        """What they do now."""
        return self.standing(operator).state

    def standing(self, operator: str) -> Standing:
        """What they do now, and since when; offline since ever if nothing is known of them."""
        place = self._places.get(operator)
        return place.standing if place is not None else self._nowhere(operator)

    def all(self) -> tuple[Standing, ...]:
        """Of everybody of whom anything is known, by operator."""
        return tuple(self._places[operator].standing for operator in sorted(self._places))

    def set(self, operator: str, state: State) -> None:
        """
        What an operator says of themselves: available or break.

        During a call it takes effect after it; after a call it says that the work on it is done. Raises
        NotToBeSetError.
        """
        if state not in _OWN:
            raise NotToBeSetError(f"{state} is not set by hand: it follows from calls and open desks")
        place = self._place(operator)
        place.wish = state
        if place.standing.state is State.AFTER_CALL:
            self._end_after_call(operator)
        self._look(operator)

    @contextmanager
    def at_desk(self, operator: str) -> Iterator[None]:
        """A desk of theirs is open meanwhile; they may have several."""
        place = self._place(operator)
        place.desks += 1
        place.left_at = None
        self._look(operator)
        try:
            yield
        finally:
            place.desks -= 1
            if not place.desks:
                place.left_at = self._clock.now()

    def learn(self, standing: Standing) -> None:
        """Take in what another gate, or an earlier life of this one, has written."""
        place = self._place(standing.operator)
        if standing == place.standing or standing == place.elsewhere:
            return
        first, place.elsewhere = place.elsewhere is None, standing
        if standing.state in _OWN and standing.since > place.standing.since:
            place.wish = standing.state
        if standing.state is State.OFFLINE:
            if place.desks:
                self._keeps.changed(place.standing, None)  # they are here: the other gate has lost them
        elif first and self._alone and not place.desks and place.left_at is None:
            place.left_at = self._clock.now()  # a restart: their desk has a while to come back
        self._look(standing.operator)

    async def run(self) -> None:
        """Let time pass: end after-call work, notice who has left; never returns."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self.pass_time()

    def pass_time(self) -> None:
        """Once."""
        for operator, place in list(self._places.items()):
            over = self._clock.now() - place.standing.since >= self._after_call
            if place.standing.state is State.AFTER_CALL and self._after_call and over:
                self._end_after_call(operator)
            self._look(operator)
            if place.standing.state is State.OFFLINE and not place.desks and place.elsewhere is None:
                del self._places[operator]

    def _end_after_call(self, operator: str) -> None:
        call = self._desks.of(operator)
        if call is not None:
            self._desks.done(operator, call.call_id)

    def _look(self, operator: str) -> None:
        place = self._place(operator)
        now = self._clock.now()
        state = self._state(operator, place, now)
        before = place.standing
        if state is before.state:
            return
        mine = bool(place.desks) or place.left_at is not None
        since = place.elsewhere.since if place.elsewhere is not None and not mine else now
        place.standing = Standing(operator=operator, state=state, since=since)
        if mine:
            known = before.state is not State.OFFLINE
            span = Span(operator=operator, state=before.state, since=before.since, until=now)
            self._keeps.changed(place.standing, span if known else None)
        if state is State.OFFLINE:
            place.left_at = None
        self._bells.ring(operator)

    def _state(self, operator: str, place: _Place, now: datetime) -> State:
        if self._desks.busy(operator):
            return State.IN_CALL
        here = bool(place.desks) or (place.left_at is not None and now - place.left_at < OFFLINE_AFTER)
        if not here:
            return self._elsewhere(place, now)
        call = self._desks.of(operator)
        return State.AFTER_CALL if call is not None and call.phase is Phase.ENDED else place.wish

    def _elsewhere(self, place: _Place, now: datetime) -> State:
        said = place.elsewhere
        if self._alone or said is None or place.left_at is not None or now - said.since > _BELIEVED:
            return State.OFFLINE
        return said.state

    def _place(self, operator: str) -> _Place:
        return self._places.setdefault(operator, _Place(standing=self._nowhere(operator)))

    def _nowhere(self, operator: str) -> Standing:
        return Standing(operator=operator, state=State.OFFLINE, since=_EVER)
