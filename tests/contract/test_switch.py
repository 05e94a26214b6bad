"""What every switch does: the fake one, ours on a fake ARI and on real Asterisks, over both transports."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Protocol

import pytest

from ari_app.asterisk.connection import AriConnection
from ari_app.asterisk.control import AriSwitch
from ari_app.asterisk.rest import Transport
from ari_app.asterisk.settings import AriSettings
from ari_app.policy.events import CallAsked, CallEvent, DialStatus
from ari_app.ports.switch import (
    ChannelGoneError,
    LiveChannel,
    Origination,
    Originator,
    Switch,
    SwitchError,
    SwitchUnavailable,
)
from docker.asterisk import Asterisk, RunningAsterisk
from docker.lab.releases import OLD
from tests.fakes.ari import PASSWORD, USER, Answer, FakeAri
from tests.fakes.switch import FakeSwitch

APP = "garbo-a"
DIALPLAN = f"""
[garbo]
exten => s,1,NoOp()
 same => n,Stasis({APP},verdict,3331234567,7,camp,op,)
 same => n,Hangup(34)
 same => n(refuse),Wait(600)
 same => n(allow),Wait(600)

[garbo-outbound]
exten => _X.,1,Hangup(21)

[contract]
exten => elsewhere,1,Wait(600)
exten => busy,1,Busy(600)
exten => dials,1,Dial(Local/busy@contract/n)
 same => n,Wait(600)
exten => answers,1,Wait(600)
"""


PHONE = "Local/elsewhere@contract"
"""One that can be rung, and rings for ever."""


class Exchange(Switch, Originator, Protocol):
    """Both halves: every switch has both."""


class Bench(Protocol):
    """A switch with callers before it."""

    @property
    def switch(self) -> Exchange: ...

    async def caller(self, *, in_gate: bool = True) -> str: ...
    async def hang_up(self, channel_id: str) -> None: ...
    async def landed(self, channel_id: str, variables: dict[str, str], label: str) -> bool: ...
    async def dialled_busy(self) -> str: ...
    def frozen(self) -> None: ...


@dataclass
class InMemory:
    switch: FakeSwitch = field(default_factory=lambda: FakeSwitch(phones={PHONE}))

    async def caller(self, *, in_gate: bool = True) -> str:
        return self.switch.add(f"1.{len(self.switch.live)}", in_gate=in_gate).channel_id

    async def hang_up(self, channel_id: str) -> None:
        self.switch.hang_up(channel_id)

    async def landed(self, channel_id: str, variables: dict[str, str], label: str) -> bool:
        told = self.switch.told[-1]
        return (told.channel_id, told.variables, told.label) == (channel_id, variables, label)

    async def dialled_busy(self) -> str:
        channel_id = await self.caller(in_gate=False)
        self.switch.dial_statuses[channel_id] = DialStatus.BUSY
        return channel_id

    def frozen(self) -> None:
        self.switch.unavailable = True


@dataclass
class OnFakeAri:
    switch: AriSwitch
    ari: FakeAri

    async def caller(self, *, in_gate: bool = True) -> str:
        channel_id = f"1.{len(self.ari.channels)}"
        self.ari.add(channel_id, app_name="Stasis" if in_gate else "Wait")
        return channel_id

    async def hang_up(self, channel_id: str) -> None:
        del self.ari.channels[channel_id]

    async def landed(self, channel_id: str, variables: dict[str, str], label: str) -> bool:
        channel = self.ari.channels[channel_id]
        return (channel.variables, channel.label) == (variables, label)

    async def dialled_busy(self) -> str:
        channel_id = await self.caller(in_gate=False)
        self.ari.channels[channel_id].variables["DIALSTATUS"] = "BUSY"
        return channel_id

    def frozen(self) -> None:
        self.ari.answers["POST", ""] = Answer(None)
        self.ari.answers["GET", ""] = Answer(None)


@dataclass
class OnAsterisk:
    switch: AriSwitch
    connection: AriConnection
    pbx: RunningAsterisk
    asked: asyncio.Queue[CallEvent]

    async def caller(self, *, in_gate: bool = True) -> str:
        if in_gate:
            await self._originate("s@garbo")
            async with asyncio.timeout(5):
                while not isinstance(event := await self.asked.get(), CallAsked):
                    pass
            return event.channel_id
        await self._originate("elsewhere@contract")
        return await self._channel("Local/elsewhere@contract", state="Ring")

    async def hang_up(self, channel_id: str) -> None:
        await self.connection.request("DELETE", f"channels/{channel_id}")
        await _until(lambda channels: all(channel.channel_id != channel_id for channel in channels), self.switch)

    async def landed(self, channel_id: str, variables: dict[str, str], label: str) -> bool:
        seen = {name.lstrip("_"): await self._variable(channel_id, name.lstrip("_")) for name in variables}
        at = (await self.connection.request("GET", f"channels/{channel_id}")).read(dict)["dialplan"]
        wanted = {"refuse": 4, "allow": 5}[label]
        named = {name.lstrip("_"): value for name, value in variables.items()}
        return (seen, at["context"], at["app_name"], at["priority"]) == (named, "garbo", "Wait", wanted)

    async def dialled_busy(self) -> str:
        await self._originate("dials@contract")
        channel_id = await self._channel("Local/dials@contract", state="Ring")
        async with asyncio.timeout(5):
            while await self.switch.dial_status(channel_id) is None:  # noqa: ASYNC110  nothing tells of a variable
                await asyncio.sleep(0.01)
        return channel_id

    def frozen(self) -> None:
        os.kill(self.pbx.pid, signal.SIGSTOP)

    async def _originate(self, where: str) -> None:
        command = f"channel originate Local/{where}/n application Wait 600"
        await asyncio.to_thread(self.pbx.cli, command)

    async def _channel(self, name: str, *, state: str) -> str:
        found: list[str] = []

        def there(channels: tuple[LiveChannel, ...]) -> bool:
            found.extend(c.channel_id for c in channels if c.name.startswith(name) and c.state == state)
            return bool(found)

        await _until(there, self.switch)
        return found[0]

    async def _variable(self, channel_id: str, name: str) -> str:
        answer = await self.connection.request("GET", f"channels/{channel_id}/variable", query={"variable": name})
        return str(answer.read(dict)["value"])


async def _until(holds: Callable[[tuple[LiveChannel, ...]], bool], switch: Switch) -> None:
    async with asyncio.timeout(5):
        while not holds(await switch.channels()):  # noqa: ASYNC110  asks Asterisk, which tells nobody
            await asyncio.sleep(0.01)


class _Utc:
    def now(self) -> datetime:
        return datetime.now(UTC)


class _Deaf:
    def event(self, name: str, **values: object) -> None:
        pass

    def measure(self, name: str, value: float) -> None:
        pass


@asynccontextmanager
async def _connected(settings: AriSettings) -> AsyncIterator[tuple[AriConnection, asyncio.Queue[CallEvent]]]:
    connection = AriConnection(settings, clock=_Utc(), observer=_Deaf(), random=Random(1))  # noqa: S311  jitter
    events: asyncio.Queue[CallEvent] = asyncio.Queue()

    async def resynced(channels: tuple[LiveChannel, ...]) -> None:
        pass

    task = asyncio.create_task(connection.run(events.put_nowait, resynced))
    try:
        async with asyncio.timeout(10):
            await connection.wait_connected()
        yield connection, events
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture(scope="module")
def real_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAsterisk]:
    """A real Asterisk whose subroutine waits where it would dial or refuse."""
    yield from _running(Asterisk.obtain(), tmp_path_factory.mktemp("pbx"))


@pytest.fixture(scope="module")
def old_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAsterisk]:
    """As `real_pbx`, of a release without REST over websockets."""
    yield from _running(Asterisk.obtain(OLD), tmp_path_factory.mktemp("old"))


def _running(asterisk: Asterisk, folder: Path) -> Iterator[RunningAsterisk]:
    extensions = folder / "contract.conf"
    extensions.write_text(DIALPLAN)
    with asterisk.start(folder / "run", extensions) as running:
        yield running


@pytest.fixture(
    params=["memory", "fake ari", "fake ari, old", "fake ari, http", "asterisk", "asterisk, http", "asterisk 16"]
)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    quick = timedelta(milliseconds=500)
    match request.param:
        case "memory":
            yield InMemory()
        case "asterisk" | "asterisk, http" | "asterisk 16":
            old = request.param == "asterisk 16"
            pbx: RunningAsterisk = request.getfixturevalue("old_pbx" if old else "real_pbx")
            transport = Transport.WEBSOCKET if request.param == "asterisk" else Transport.HTTP
            settings = AriSettings(
                ari_url=pbx.ari_url,
                user=pbx.ari_user,
                password=pbx.ari_password,
                app=APP,
                # Each command to a channel may wait 200 ms there.
                request_timeout=timedelta(seconds=2) if old else quick,
                rest=None if old else transport,
            )
            async with _connected(settings) as (connection, events):
                assert connection.transport is transport
                try:
                    yield OnAsterisk(AriSwitch(connection, APP), connection, pbx, events)
                finally:
                    os.kill(pbx.pid, signal.SIGCONT)
                    await asyncio.to_thread(pbx.cli, "channel request hangup all")
        case _:
            async with FakeAri(APP) as ari:
                ari.bulk_variables = request.param == "fake ari"
                if request.param == "fake ari, http":
                    ari.version, ari.rest_over_websocket = "16.28.0", False
                ari.phones = {PHONE}
                settings = AriSettings(ari_url=ari.url, user=USER, password=PASSWORD, app=APP, request_timeout=quick)
                async with _connected(settings) as (connection, _):
                    yield OnFakeAri(AriSwitch(connection, APP), ari)


TOLD = {
    "GARBO_ENTRY": "7",
    "__GARBO_PERMIT": 'a.b-c/d+e="f"',
    "GARBO_REASONS": "one,two",
    "GARBO_SCRIPT_URL": "http://h/s?x=1&y=è",
}


@pytest.mark.parametrize("label", ["allow", "refuse"])
async def test_a_caller_leaves_with_variables(bench: Bench, label: str) -> None:
    """The channel stands at the label, the variables are set as they were given."""
    channel_id = await bench.caller()
    await (bench.switch.allow if label == "allow" else bench.switch.refuse)(channel_id, TOLD)
    await _until(lambda channels: not any(c.in_gate for c in channels if c.channel_id == channel_id), bench.switch)
    assert await bench.landed(channel_id, TOLD, label)


@pytest.mark.parametrize("label", ["allow", "refuse"])
async def test_a_caller_who_hung_up_is_gone(bench: Bench, label: str) -> None:
    """Nothing is sent twice, nothing else is raised."""
    channel_id = await bench.caller()
    await bench.hang_up(channel_id)
    with pytest.raises(ChannelGoneError):
        await (bench.switch.allow if label == "allow" else bench.switch.refuse)(channel_id, TOLD)


async def test_a_caller_is_let_on_once(bench: Bench) -> None:
    """A second verdict finds nobody in the gate."""
    channel_id = await bench.caller()
    await bench.switch.allow(channel_id, TOLD)
    await _until(lambda channels: not any(c.in_gate for c in channels if c.channel_id == channel_id), bench.switch)
    with pytest.raises(ChannelGoneError):
        await bench.switch.refuse(channel_id, TOLD)


async def test_a_caller_is_passed_on_once(bench: Bench) -> None:
    """Without a verdict it leaves the gate for the line after it, and a verdict finds nobody."""
    channel_id = await bench.caller()
    await bench.switch.pass_on(channel_id)
    await _until(lambda channels: not any(c.in_gate for c in channels if c.channel_id == channel_id), bench.switch)
    for leave in (bench.switch.pass_on(channel_id), bench.switch.allow(channel_id, TOLD)):
        with pytest.raises(ChannelGoneError):
            await leave


async def test_a_channel_outside_the_gate_is_out_of_reach(bench: Bench) -> None:
    """It went on long ago: refusing it must not touch it."""
    channel_id = await bench.caller(in_gate=False)
    with pytest.raises(ChannelGoneError):
        await bench.switch.refuse(channel_id, TOLD)
    assert channel_id in {channel.channel_id for channel in await bench.switch.channels()}


async def test_watching(bench: Bench) -> None:
    """A live channel can be watched, wherever it stands; one that is gone cannot."""
    inside, outside = await bench.caller(), await bench.caller(in_gate=False)
    assert await bench.switch.watch(inside)
    assert await bench.switch.watch(outside)
    assert not await bench.switch.watch("no-such-channel")


async def test_channels_tell_who_waits(bench: Bench) -> None:
    """Each live channel, and whether it stands in the gate."""
    inside, outside = await bench.caller(), await bench.caller(in_gate=False)
    in_gate = {channel.channel_id: channel.in_gate for channel in await bench.switch.channels()}
    assert (in_gate[inside], in_gate[outside]) == (True, False)


async def test_dial_status(bench: Bench) -> None:
    """How dialling went; nothing for a channel that never dialled, or is gone."""
    assert await bench.switch.dial_status(await bench.dialled_busy()) is DialStatus.BUSY
    assert await bench.switch.dial_status(await bench.caller()) is None
    assert await bench.switch.dial_status("no-such-channel") is None


def ringing(channel_id: str, *, endpoint: str = PHONE) -> Origination:
    """A phone that is to ring for a while."""
    return Origination(
        channel_id=channel_id,
        endpoint=endpoint,
        number="+393330000001",
        rings_for=timedelta(seconds=25),
        variables={"GARBO_CAMPAIGN": "autumn"},
        headers={"X-Garbo-Call": "01TEST"},
    )


async def test_a_phone_rings_under_the_id_that_was_chosen(bench: Bench) -> None:
    """It can be watched from then on; the PBX says who it is."""
    assert await bench.switch.asterisk_id()
    await bench.switch.originate(ringing("garbo-contract-1"))
    assert await bench.switch.watch("garbo-contract-1")
    in_gate = {channel.channel_id: channel.in_gate for channel in await bench.switch.channels()}
    assert in_gate["garbo-contract-1"] is False


async def test_a_phone_that_nobody_knows_is_an_error(bench: Bench) -> None:
    """Said at once, and nothing is left."""
    with pytest.raises(SwitchError):
        await bench.switch.originate(ringing("garbo-contract-2", endpoint="PJSIP/nobody"))
    assert "garbo-contract-2" not in {channel.channel_id for channel in await bench.switch.channels()}


async def test_a_frozen_pbx_is_unavailable(bench: Bench) -> None:
    """Every method ends at its deadline."""
    channel_id = await bench.caller()
    bench.frozen()
    with pytest.raises(SwitchUnavailable):
        await bench.switch.allow(channel_id, TOLD)
    with pytest.raises(SwitchUnavailable):
        await bench.switch.watch(channel_id)
    with pytest.raises(SwitchUnavailable):
        await bench.switch.channels()
    with pytest.raises(SwitchUnavailable):
        await bench.switch.dial_status(channel_id)
    with pytest.raises(SwitchUnavailable):
        await bench.switch.asterisk_id()
    with pytest.raises(SwitchUnavailable):
        await bench.switch.originate(ringing("garbo-contract-3"))
