"""What everybody may rely on who asks a PBX for its lines: the fake, ours on a fake AMI and on a real Asterisk."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

import pytest

from ari_app.asterisk.ami import Ami
from ari_app.asterisk.ami_session import AmiSettings
from ari_app.policy.lines import LegBegan, Line, LineEvent, LineGone
from ari_app.ports.lines import LineGoneError, Lines, LinesError, LinesUnavailable
from docker.asterisk import Asterisk, RunningAsterisk
from tests.fakes.ami import SECRET, USER, FakeAmi
from tests.fakes.lines import FakeLines

T = TypeVar("T")
DIALPLAN = """
[garbo]
exten => s,1,Return()
[garbo-outbound]
exten => _X.,1,Wait(600)
[contract]
exten => waits,1,Wait(600)
"""


class Bench(Protocol):
    """A PBX with a line on it, and what it told."""

    told: list[LineEvent]

    @property
    def lines(self) -> Lines: ...

    async def waiting(self) -> str:
        """The name of a line that waits, with GARBO_PERMIT=a.b.c."""
        ...

    def frozen(self) -> None: ...


@dataclass
class InMemory:
    lines: FakeLines = field(default_factory=FakeLines)
    told: list[LineEvent] = field(default_factory=list)

    async def waiting(self) -> str:
        leg = self.lines.begin("Local/waits@contract-1;1", permit="a.b.c")
        self.lines.dial(leg, "waits@contract/n")
        return leg.name

    def frozen(self) -> None:
        self.lines.unavailable = True


@dataclass
class OnFakeAmi:
    lines: Ami
    ami: FakeAmi
    told: list[LineEvent]

    async def waiting(self) -> str:
        name = "Local/waits@contract-1;1"
        self.ami.add(name, permit="a.b.c")
        self.ami.variables[name, "GARBO_PERMIT"] = "a.b.c"
        self.ami.tell("DialBegin", **{f"Dest{key}": value for key, value in self.ami.channels[name].items()})
        return name

    def frozen(self) -> None:
        self.ami.deaf |= {"Hangup", "Getvar", "CoreShowChannels", "Command", "Originate", "Ping"}


@dataclass
class OnAsterisk:
    lines: Ami
    pbx: RunningAsterisk
    told: list[LineEvent]

    async def waiting(self) -> str:
        id_ = await self.lines.originate(
            "Local/waits@contract/n",
            context="contract",
            exten="waits",
            variables={"GARBO_PERMIT": "a.b.c"},
            timeout_s=60,
        )
        return (await until(lambda: next((line for line in began(self) if line.id == id_), None))).name

    def frozen(self) -> None:
        os.kill(self.pbx.pid, signal.SIGSTOP)


def began(bench: Bench) -> list[Line]:
    """Legs that are dialled so far."""
    return [event.leg for event in bench.told if isinstance(event, LegBegan)]


async def until(found: Callable[[], T | None]) -> T:
    async with asyncio.timeout(5):
        while (result := found()) is None:  # noqa: ASYNC110  what was told is a plain list
            await asyncio.sleep(0.01)
    return result


class Utc:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Deaf:
    def event(self, name: str, **values: object) -> None:
        pass

    def measure(self, name: str, value: float) -> None:
        pass


@asynccontextmanager
async def linked(settings: AmiSettings, told: list[LineEvent]) -> AsyncIterator[Ami]:
    """A connection that is ready; what it tells is appended."""
    ami = Ami(settings, clock=Utc(), observer=Deaf(), random=Random(1))  # noqa: S311  jitter
    task = asyncio.create_task(ami.run(told.append, lambda _: None))
    try:
        await until(lambda: ami.connected or None)
        yield ami
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture(scope="module")
def real_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAsterisk]:
    """A real Asterisk."""
    folder: Path = tmp_path_factory.mktemp("pbx")
    extensions = folder / "contract.conf"
    extensions.write_text(DIALPLAN)
    with Asterisk.obtain().start(folder / "run", extensions) as running:
        yield running


@pytest.fixture(params=["memory", "fake ami", "asterisk"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    quick = timedelta(milliseconds=500)
    told: list[LineEvent] = []
    match request.param:
        case "memory":
            fake = InMemory(told=told)
            task = asyncio.create_task(fake.lines.run(told.append, lambda _: None))
            await until(lambda: fake.lines.connected or None)
            yield fake
            task.cancel()
        case "fake ami":
            async with FakeAmi() as ami:
                settings = AmiSettings(host="127.0.0.1", port=ami.port, user=USER, secret=SECRET, request_timeout=quick)
                async with linked(settings, told) as lines:
                    yield OnFakeAmi(lines, ami, told)
        case _:
            pbx: RunningAsterisk = request.getfixturevalue("real_pbx")
            settings = AmiSettings(
                host="127.0.0.1", port=pbx.ami_port, user=pbx.ami_user, secret=pbx.ami_password, request_timeout=quick
            )
            async with linked(settings, told) as lines:
                try:
                    yield OnAsterisk(lines, pbx, told)
                finally:
                    os.kill(pbx.pid, signal.SIGCONT)
                    await asyncio.to_thread(pbx.cli, "channel request hangup all")


async def test_a_line_that_is_hung_up_is_gone(bench: Bench) -> None:
    """It is told with its cause, no longer listed, and cannot be asked or hung up again."""
    name = await bench.waiting()
    assert name in {line.name for line in await bench.lines.lines()}
    await bench.lines.hang_up(name, cause=21)
    await until(lambda: next((event for event in bench.told if isinstance(event, LineGone)), None))
    assert name not in {line.name for line in await bench.lines.lines()}
    with pytest.raises(LineGoneError):
        await bench.lines.hang_up(name, cause=21)
    with pytest.raises(LineGoneError):
        await bench.lines.variable(name, "GARBO_PERMIT")


async def test_variables_are_read(bench: Bench) -> None:
    """One that is set, and one that is not: empty."""
    name = await bench.waiting()
    assert await bench.lines.variable(name, "GARBO_PERMIT") == "a.b.c"
    assert await bench.lines.variable(name, "GARBO_NOTHING") == ""


async def test_a_listed_line_says_since_when_it_is(bench: Bench) -> None:
    """Which an event does not say."""
    name = await bench.waiting()
    line = next(line for line in await bench.lines.lines() if line.name == name)
    assert line.began is not None


async def test_a_dialled_line_is_told_with_its_permit(bench: Bench) -> None:
    """Nobody has to ask for it."""
    name = await bench.waiting()
    leg = await until(lambda: next((leg for leg in began(bench) if leg.name == name), None))
    assert leg.state == "Down"
    assert leg.permit == "a.b.c"


async def test_originating(bench: Bench) -> None:
    """It gives the id that is told; variables are on it; a channel that nobody has is an error."""
    line_id = await bench.lines.originate(
        "Local/3330000001@garbo-outbound/n",
        context="contract",
        exten="waits",
        variables={"__GARBO_CAMPAIGN": "autumn"},
        timeout_s=20,
    )
    line = next(line for line in await bench.lines.lines() if line.id == line_id)
    assert await bench.lines.variable(line.name, "GARBO_CAMPAIGN") == "autumn"
    with pytest.raises(LinesError):
        await bench.lines.originate("PJSIP/nobody", context="nowhere", exten="1", variables={}, timeout_s=20)


async def test_a_frozen_pbx_is_unavailable(bench: Bench) -> None:
    """Every method ends at its deadline."""
    name = await bench.waiting()
    bench.frozen()
    with pytest.raises(LinesUnavailable):
        await bench.lines.hang_up(name, cause=21)
    with pytest.raises(LinesUnavailable):
        await bench.lines.variable(name, "GARBO_PERMIT")
    with pytest.raises(LinesUnavailable):
        await bench.lines.lines()
    with pytest.raises(LinesUnavailable):
        await bench.lines.command("core show version")
    with pytest.raises(LinesUnavailable):
        await bench.lines.originate("Local/1@contract/n", context="contract", exten="waits", variables={}, timeout_s=1)
