"""
Whoever answers finds an operator in time, or the line ends.

A dialer calls before it has an operator. From the answer on this looks, by what AMI tells, for an operator in hearing
(`answers`). If there is none within the time that the duties of the verdict give, the call is a silent one: it is told
so to `calls`, which records it as `abandoned`, and the line is cut. Once an operator was there it is none, whatever
comes after. The first of them who is known has the call from then on.

Where nobody can tell, because AMI was lost meanwhile, nothing is cut; that is reported.
"""

import asyncio
import heapq
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from ari_app.policy.lines import Line, LineEvent
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.ports.clock import Clock
from ari_app.ports.lines import LineGoneError, Lines, LinesError
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import Ending, StoreError
from ari_app.watch.answers import Answered, Answers, Followed, Met, Near, Step

NORMAL_CLEARING = 16
"""Q.850."""
_RECORDED_WITHIN_S = 0.5
_TRIED_AGAIN_AFTER_S = (0.2, 1, 5, 30)
MESSAGE_TAKES = timedelta(seconds=30)
"""Where whoever answered is to be told what it was: so long has the dialer for its message, then the line is cut."""


class Attendances(Protocol):
    """Calls that the gate follows. Each answers whether this is one of them."""

    def waits(self, call_id: str, at: datetime) -> bool:
        """Whoever was called has answered, and no operator is there."""
        ...

    def attended(self, call_id: str, at: datetime) -> bool:
        """An operator is there now, or nobody can tell any more."""
        ...

    def silent(self, call_id: str, at: datetime) -> bool:
        """Nobody was there in time."""
        ...


class Book(Protocol):
    """Where calls are closed that the gate does not follow, such as those of the FastAGI door. Raises StoreError."""

    async def close(self, call_id: str, ending: Ending) -> bool:
        """As ports.verdicts.Verdicts."""
        ...


class Binding(Protocol):
    """Who says whose a call is. Raises StoreError."""

    async def operator_at(self, phone: str) -> str:
        """Who is at this phone; empty: nobody is known there."""
        ...

    async def bind(self, call_id: str, operator: str) -> bool:
        """Give a call that is nobody's to an operator. False: it is somebody's, or not live."""
        ...


class SilentCalls:
    """A Watcher of lines and a CallWatch of calls; both tell it on the event loop."""

    def __init__(
        self,
        *,
        calls: Attendances,
        book: Book,
        lines: Lines,
        binding: Binding,
        trunks: Collection[str],
        cuts: bool,
        clock: Clock,
        observer: Observer,
    ) -> None:
        """`trunks` are the guarded ones. Not `cuts`: it reports what it would cut."""
        self._calls = calls
        self._book = book
        self._lines = lines
        self._binding = binding
        self._cuts = cuts
        self._clock = clock
        self._observer = observer
        self._answers = Answers(trunks)
        self._due: list[tuple[datetime, str]] = []
        self._due_changed = asyncio.Event()
        self._near: asyncio.Queue[Near] = asyncio.Queue()
        self._blind = True

    @property
    def followed(self) -> int:
        """How many calls it has in mind."""
        return len(self._answers)

    def judged(self, record: VerdictRecord, *, channel_id: str, phone: str) -> None:
        """As ports.call_watch.CallWatch: follow a permitted call."""
        if record.verdict == "permit":
            self._take(self._answers.follow(record, channel_id=channel_id, phone=phone))

    def ringing(self, call_id: str, at: datetime) -> None:
        """As the port; nothing is to be done yet."""

    def answered(self, call_id: str, at: datetime) -> None:
        """As the port; AMI tells it as well, and on which line."""

    def ended(self, call_id: str, outcome: str, at: datetime) -> None:  # noqa: ARG002  however it ended
        """As the port."""
        self._answers.forget(call_id)

    def see(self, event: LineEvent) -> None:
        """As watching.Watcher."""
        self._take(self._answers.see(event))

    def resync(self, lines: tuple[Line, ...]) -> None:
        """As watching.Watcher."""
        self._let_all_be("ami_was_lost")
        self._blind = False
        self._take(self._answers.resync(lines))

    def lost(self) -> None:
        """As watching.Watcher: nobody can tell any more."""
        self._blind = True
        self._let_all_be("ami_lost")

    async def run(self) -> None:
        """Cut what is due, look up who came; until cancelled. Who waited when it broke off is due once more."""
        for call in self._answers.waiting():
            if call.answered_at is not None and call.limit is not None:
                self._fall_due(call, call.answered_at + call.limit)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_up(tasks), name="calls bound")
            while True:
                for call in self._take_due():
                    tasks.create_task(self._end(call), name=call.call_id)
                self._due_changed.clear()
                wait = (self._due[0][0] - self._clock.now()).total_seconds() if self._due else None
                try:
                    async with asyncio.timeout(wait):
                        await self._due_changed.wait()
                except TimeoutError:
                    continue

    def _take(self, steps: Iterable[Step]) -> None:
        for step in steps:
            match step:
                case Answered():
                    self._wait(step.call, step.at)
                case Met():
                    self._meet(step.call)
                case Near():
                    self._near.put_nowait(step)
                case _:
                    assert_never(step)

    def _wait(self, call: Followed, at: datetime) -> None:
        if self._blind:
            self._let_be((call,), "ami_lost")
        elif call.limit is not None:
            if self._cuts:
                self._calls.waits(call.call_id, at)
            self._fall_due(call, at + call.limit)

    def _meet(self, call: Followed) -> None:
        if call.answered_at is not None and not call.silent:
            now = self._clock.now()
            self._calls.attended(call.call_id, now)
            self._observer.measure("operator_wait_ms", (now - call.answered_at).total_seconds() * 1000)

    def _let_all_be(self, cause: str) -> None:
        if waiting := self._answers.waiting():
            self._let_be(waiting, cause)

    def _let_be(self, calls: Collection[Followed], cause: str) -> None:
        """Nobody can tell any more of these."""
        for call in calls:
            call.settled = True
            self._calls.attended(call.call_id, self._clock.now())
        self._observer.event("silent.not_watched", calls=len(calls), cause=cause)

    def _fall_due(self, call: Followed, at: datetime) -> None:
        heapq.heappush(self._due, (at, call.call_id))
        self._due_changed.set()

    def _take_due(self) -> list[Followed]:
        now, due = self._clock.now(), []
        while self._due and self._due[0][0] <= now:
            call = self._answers.call(heapq.heappop(self._due)[1])
            if call is not None and not call.settled and call not in due:
                due.append(call)
        return due

    async def _end(self, call: Followed) -> None:
        """The time of a call is over: look once more, say what it is, cut it."""
        line = self._answers.bridges.line(call.leg)
        if line is None:
            return  # it ended by itself, and `calls` knows that it waited
        try:
            # The answer comes after all that AMI had to tell before it: whoever has joined by now has been seen.
            await self._lines.variable(line.name, "GARBO_CALL_ID")
            if not call.settled and await self._is_silent(call):
                await self._lines.hang_up(line.name, cause=NORMAL_CLEARING)
        except LineGoneError:
            pass
        except LinesError as error:
            if call.silent:
                self._observer.event("silent.not_cut", call_id=call.call_id, cause=repr(error))
            else:
                self._let_be((call,), repr(error))

    async def _is_silent(self, call: Followed) -> bool:
        """Whether it is to be cut now."""
        if call.silent:
            return True  # its message has had its time
        now = self._clock.now()
        waited = now - call.answered_at if call.answered_at is not None else timedelta()
        name = "call.silent" if self._cuts else "call.silent_reported"
        waited_ms = round(waited.total_seconds() * 1000)
        self._observer.event(name, call_id=call.call_id, campaign=call.campaign, waited_ms=waited_ms)
        call.silent = True
        if not self._cuts:
            return False
        if not self._calls.silent(call.call_id, now):
            await self._record(call, now)
        if call.tells:
            self._fall_due(call, now + MESSAGE_TAKES)
        return not call.tells

    async def _record(self, call: Followed, now: datetime) -> None:
        """First, as whoever tells of its end cannot know what it was; the line is cut all the same."""
        ending = Ending(outcome=Outcome.ABANDONED, ended_at=now, answered_at=call.answered_at, legs=1)
        try:
            async with asyncio.timeout(_RECORDED_WITHIN_S):
                await self._book.close(call.call_id, ending)
        except (StoreError, TimeoutError) as error:
            self._observer.event("silent.not_recorded", call_id=call.call_id, cause=repr(error))

    async def _look_up(self, tasks: asyncio.TaskGroup) -> None:
        """Whose the calls are: one phone after the other, so that of two who come the first has the call."""
        while True:
            near = await self._near.get()
            call = near.call
            if call.operator:
                continue
            try:
                call.operator = await self._binding.operator_at(near.phone)
            except StoreError as error:
                self._observer.event("call.not_bound", call_id=call.call_id, cause=repr(error))
                call.looked_at.discard(near.phone)
                continue
            if call.operator:
                tasks.create_task(self._bind(call.call_id, call.operator), name=f"{call.call_id} bound")
                if not call.settled:
                    call.settled = True
                    self._meet(call)

    async def _bind(self, call_id: str, operator: str) -> None:
        for wait_s in _TRIED_AGAIN_AFTER_S:
            try:
                await self._binding.bind(call_id, operator)
            except StoreError as error:
                self._observer.event("call.not_bound", call_id=call_id, cause=repr(error))
                await asyncio.sleep(wait_s)
            else:
                return
