"""
What is kept of live calls and states: read back at the start, followed where there are other gates, removed when old.

Other gates are followed by asking the table a few times a second for what has changed, on both engines alike. Now and
then everything that is open is read anew, so that a look that was missed, or a clock that is wrong, heals by itself.
"""

import asyncio
from datetime import datetime, timedelta

from ari_app.desk.behind import Threads
from ari_app.desk.live import STALE, Desks
from ari_app.desk.states import States
from ari_app.ports.clock import Clock
from ari_app.ports.live_calls import LiveCalls
from ari_app.ports.operator_states import OperatorStates

KEPT = timedelta(days=2)
"""A desk asks for calls of the hour, a report of yesterday for those of yesterday; verdict and outcome stay apart."""
FOLLOWED_EVERY = timedelta(milliseconds=200)
_OVERLAP = timedelta(seconds=5)
"""Rows are stamped when they are written, and seen when they are committed; clocks of gates differ a little."""
_READ_ANEW_EVERY = timedelta(seconds=15)
_FORGET_EVERY = timedelta(minutes=1)
_PAUSE_S = 0.05
"""Between transactions that delete: a verdict that waits for the writer gets its turn."""


class Keeping:
    """Services beside the gate. What they raise (StoreUnavailable) has them started again, and then they catch up."""

    def __init__(
        self,
        desks: Desks,
        states: States,
        *,
        calls: LiveCalls,
        standings: OperatorStates,
        threads: Threads,
        clock: Clock,
        alone: bool,
    ) -> None:
        """`alone`: there is no other gate to follow."""
        self._desks = desks
        self._states = states
        self._calls = calls
        self._standings = standings
        self._threads = threads
        self._clock = clock
        self._alone = alone
        self._seen_at: datetime | None = None

    async def follow(self) -> None:
        """Read what is open, then what other gates write; never returns."""
        while True:
            await self.read_anew()
            if self._alone:
                await asyncio.sleep(_READ_ANEW_EVERY.total_seconds())
                continue
            for _ in range(_READ_ANEW_EVERY // FOLLOWED_EVERY):
                await asyncio.sleep(FOLLOWED_EVERY.total_seconds())
                await self.look()

    async def read_anew(self) -> None:
        """Everything that is open, and what each operator does."""
        now = self._clock.now()
        for call in await self._threads.on_reader(lambda: self._calls.open_since(now - STALE)):
            self._desks.learn(call)
        await self._read_states()
        if self._seen_at is None:
            self._seen_at = now

    async def look(self) -> None:
        """What has changed since the last look."""
        now = self._clock.now()
        since = (self._seen_at or now) - _OVERLAP
        for call in await self._threads.on_reader(lambda: self._calls.since(since)):
            self._desks.learn(call)
        await self._read_states()
        self._seen_at = now

    async def forget(self) -> None:
        """Remove what is old; never returns."""
        while True:
            await asyncio.sleep(_FORGET_EVERY.total_seconds())
            self._desks.let_go_of_stale()
            await self.forget_old()

    async def forget_old(self) -> None:
        """Once."""
        before = self._clock.now() - KEPT
        gone = 1
        while gone:
            gone = await self._threads.on_writer(lambda: self._calls.forget(before))
            await asyncio.sleep(_PAUSE_S)

    async def _read_states(self) -> None:
        for standing in await self._threads.on_reader(self._standings.all):
            self._states.learn(standing)
