"""A fake ARI and a connection to it, kept up while a test runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from ari_app.asterisk.connection import AriConnection
from ari_app.asterisk.settings import AriSettings
from ari_app.policy.events import CallEvent
from ari_app.ports.switch import LiveChannel
from tests.fakes.ari import PASSWORD, USER, FakeAri

QUICK = timedelta(milliseconds=5)


@dataclass
class MachineClock:
    """The machine's clock, wrong by `wrong`."""

    wrong: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.wrong


@dataclass
class Observed:
    """Remembers events, and lets a test wait for one."""

    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def event(self, name: str, **values: object) -> None:
        self.events.append((name, values))
        self.heard.set()

    def measure(self, name: str, value: float) -> None:
        pass

    def named(self, name: str) -> list[dict[str, object]]:
        return [values for told, values in self.events if told == name]

    async def wait(self, name: str, times: int = 1) -> dict[str, object]:
        async with asyncio.timeout(5):
            while len(self.named(name)) < times:
                self.heard.clear()
                await self.heard.wait()
        return self.named(name)[times - 1]


@dataclass
class Gate:
    """A connection with what it delivered: events, and resyncs as tuples of channels, in one order."""

    connection: AriConnection
    observed: Observed
    delivered: asyncio.Queue[CallEvent | tuple[LiveChannel, ...]]

    async def next(self) -> CallEvent | tuple[LiveChannel, ...]:
        async with asyncio.timeout(5):
            return await self.delivered.get()


@pytest.fixture
async def ari() -> AsyncIterator[FakeAri]:
    async with FakeAri() as fake:
        yield fake


@pytest.fixture
def settings(ari: FakeAri) -> AriSettings:
    return AriSettings(
        ari_url=ari.url,
        user=USER,
        password=PASSWORD,
        app=ari.app,
        request_timeout=timedelta(seconds=1),
        backoff_base=QUICK,
        backoff_cap=QUICK,
        backoff_slow=QUICK,
    )


Resync = Callable[[tuple[LiveChannel, ...]], Awaitable[None]]


@asynccontextmanager
async def running(
    settings: AriSettings, *, on_connected: Resync | None = None, wait: bool = True, wrong: timedelta = timedelta(0)
) -> AsyncIterator[Gate]:
    """A connection that is kept up inside the block, and ready when it begins."""
    observed = Observed()
    connection = AriConnection(settings, clock=MachineClock(wrong), observer=observed, random=Random(1))  # noqa: S311  jitter
    gate = Gate(connection, observed, asyncio.Queue())

    async def resynced(channels: tuple[LiveChannel, ...]) -> None:
        gate.delivered.put_nowait(channels)
        if on_connected is not None:
            await on_connected(channels)

    task = asyncio.create_task(connection.run(gate.delivered.put_nowait, resynced))
    try:
        if wait:
            async with asyncio.timeout(5):
                await connection.wait_connected()
        yield gate
        if task.done():
            task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def gate(settings: AriSettings) -> AsyncIterator[Gate]:
    async with running(settings) as started:
        assert await started.next() == ()
        yield started


def changed(settings: AriSettings, **fields: object) -> AriSettings:
    return replace(settings, **fields)  # type: ignore[arg-type]  # names are the tests' own


@pytest.fixture(autouse=True)
async def nothing_left() -> AsyncIterator[None]:
    """No task outlives a test."""
    before = asyncio.all_tasks()
    yield
    async with asyncio.timeout(5):
        while left := {
            task for task in asyncio.all_tasks() - before if not task.done() and task is not asyncio.current_task()
        }:
            await asyncio.wait(left)
