"""The canary: what became of a call that must be blocked, whatever the PBX does with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from ari_app.ports.canaries import Canary, CanaryResult, CanaryVerdict
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.watch.canary import CanarySettings, CanaryWatch
from tests.fakes.lines import FakeLines

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NUMBER = "+393330000099"


@dataclass
class Book:
    """Implements ports.canaries.Canaries in memory."""

    said: CanaryVerdict | None
    kept: list[Canary] = field(default_factory=list)
    down: bool = False

    async def keep(self, canary: Canary) -> None:
        if self.down:
            raise StoreUnavailable("down")
        self.kept.append(canary)

    async def verdict(self, e164: str, *, since: datetime) -> CanaryVerdict | None:
        assert (e164, since) == (NUMBER, NOW)
        return self.said


@dataclass
class Room:
    """A canary, the PBX it is sent through, and what is kept and told of it."""

    lines: FakeLines = field(default_factory=FakeLines)
    verdict: CanaryVerdict | None = None
    permitted: bool = False
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = Book(self.verdict)
        settings = CanarySettings(
            gate="garbo-a",
            number=NUMBER,
            contexts=("garbo-outbound", "from-internal"),
            campaign="autumn",
            every=timedelta(minutes=15),
            trunks=("PJSIP/trunk",),
            region="IT",
        )
        self.watch = CanaryWatch(
            settings, lines=self.lines, book=self.book, would_pass=self.would_pass, clock=self, observer=self
        )

    async def would_pass(self) -> bool:
        return self.permitted

    def now(self) -> datetime:
        return NOW

    def event(self, name: str, **values: object) -> None:
        self.told.append(name)
        assert NUMBER not in repr(values)

    def measure(self, name: str, value: float) -> None:
        raise AssertionError(name, value)

    async def send(self, *, ends: bool = True, leaves: str = "") -> CanaryResult:
        """One canary; the PBX ends it, or dials a leg first."""
        sending = asyncio.create_task(self.watch.send("garbo-outbound"))
        await asyncio.sleep(0.1)
        for line in tuple(self.lines.live.values()):
            if leaves:
                leg = self.lines.begin("PJSIP/trunk-0000000a")
                self.lines.dial(leg, leaves, by=line)
            elif ends:
                self.lines.end(line, cause=21)
        return (await sending).result


@asynccontextmanager
async def connected(room: Room) -> AsyncIterator[Room]:
    """The PBX tells the canary of its lines."""
    telling = asyncio.create_task(room.lines.run(room.watch.see, room.watch.resync, room.watch.lost))
    await asyncio.sleep(0)
    try:
        yield room
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling


@pytest.mark.parametrize(
    ("verdict", "result"),
    [
        (CanaryVerdict(call_id="01A", permitted=False), CanaryResult.BLOCKED),
        (CanaryVerdict(call_id="01A", permitted=True), CanaryResult.PASSED),
        (None, CanaryResult.UNAVAILABLE),
    ],
)
async def test_what_a_gate_said_of_it_is_what_became_of_it(verdict: CanaryVerdict | None, result: CanaryResult) -> None:
    """Blocked by a verdict; permitted although nothing was dialled; ended without any gate."""
    async with connected(Room(verdict=verdict)) as room:
        assert await room.send() is result
        assert room.lines.originated == [
            (
                f"Local/{NUMBER}@garbo-outbound/n",
                "garbo",
                "h",
                {"GARBO_ANNOUNCE": "no", "GARBO_CAMPAIGN": "autumn"},
            )
        ]
        assert [(each.result, each.context) for each in room.book.kept] == [(result, "garbo-outbound")]
        assert room.told[-1] == f"canary.{result.value}"


@pytest.mark.parametrize("dialled", [f"{NUMBER}@trunk", "3330000099@trunk", f"trunk/sip:{NUMBER}@192.0.2.1"])
async def test_a_leg_that_leaves_is_hung_up_and_told(dialled: str) -> None:
    """In whatever spelling, and whatever a gate had said."""
    async with connected(Room(verdict=CanaryVerdict(call_id="01A", permitted=False))) as room:
        assert await room.send(leaves=dialled) is CanaryResult.PASSED
        assert room.lines.hung_up == [("PJSIP/trunk-0000000a", 21)]


async def test_somebody_elses_call_is_no_canary() -> None:
    """Another number on the trunk meanwhile is left alone."""
    async with connected(Room(verdict=CanaryVerdict(call_id="01A", permitted=False))) as room:
        sending = asyncio.create_task(room.watch.send("garbo-outbound"))
        await asyncio.sleep(0.1)
        room.lines.dial(room.lines.begin("PJSIP/trunk-0000000b"), "+393330000001@trunk")
        room.lines.end(next(iter(room.lines.live.values())))
        assert (await sending).result is CanaryResult.BLOCKED
        assert room.lines.hung_up == []


async def test_a_number_that_would_ring_is_not_sent() -> None:
    """Somebody's phone must not ring because a suppression is missing."""
    async with connected(Room(permitted=True)) as room:
        assert await room.send() is CanaryResult.FAILED
        assert room.lines.originated == []
        assert room.told == ["canary.not_suppressed", "canary.failed"]


async def test_without_the_pbx_it_fails_and_is_told() -> None:
    """No connection, or no end within ten seconds; what cannot be kept is told as well."""
    async with connected(Room()) as room:
        assert await room.send(ends=False) is CanaryResult.FAILED
        room.lines.disconnect()
        room.book.down = True
        assert await room.send() is CanaryResult.FAILED
        assert room.told[-2:] == ["canary.failed", "canary.unrecorded"]


async def test_it_goes_through_every_context_and_comes_again() -> None:
    """Each in its turn, then after the pause."""
    async with connected(Room(verdict=CanaryVerdict(call_id="01A", permitted=False))) as room:
        running = asyncio.create_task(room.watch.run())
        for _ in range(40):
            await asyncio.sleep(60)
            for line in tuple(room.lines.live.values()):
                room.lines.end(line)
        running.cancel()
        contexts = [channel.split("@")[1] for channel, *_ in room.lines.originated]
        assert contexts[:4] == ["garbo-outbound/n", "from-internal/n"] * 2
        assert len(contexts) >= 4
