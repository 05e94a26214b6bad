"""What AMI costs the gate beside its calls: events of permitted calls read, and their legs judged, on one core."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from rich.table import Table

from ari_app.asterisk.ami_events import LineReader
from ari_app.asterisk.ami_session import AmiSession
from ari_app.policy.keyring import Keyring
from ari_app.ports.bypasses import Bypass, Claim
from ari_app.watch.bypass import BypassWatch
from ari_app.watch.leg_permits import BypassSettings
from tests.fakes.lines import FakeLines

_CALLS, _RUNS = 500, 5
_A_SECOND = 20
_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_KEYRING = Keyring.from_secret(b"a secret of the benchmark")
_COURSE = (
    *("Newchannel caller", "Newchannel leg", "DialBegin both", "Newstate leg", "Newstate leg", "DialEnd both"),
    *("Newstate caller", "BridgeEnter leg", "BridgeEnter caller", "BridgeLeave caller", "BridgeLeave leg"),
    *("Hangup caller", "Hangup leg"),
)
"""As Asterisk 22 tells of an answered call, through the event filter of docs/bypass.md."""


class _Nothing:
    """Implements what the watch needs and a right leg never asks."""

    def now(self) -> datetime:
        return _NOW

    def event(self, name: str, **_: object) -> None:
        raise AssertionError(name)

    def measure(self, name: str, _: float) -> None:
        raise AssertionError(name)

    async def record(self, found: Bypass) -> bool:
        raise AssertionError(found)

    async def claim(self, call_id: str) -> Claim | None:
        raise AssertionError(call_id)


class _Wire(asyncio.Transport):
    """Nobody at the other end."""


def tables() -> list[Table]:
    """Milliseconds of a core for each call, and its share at twenty calls a second."""
    texts = [_told(number).encode() for number in range(_CALLS)]
    spent = median(asyncio.run(_spent(texts)) for _ in range(_RUNS)) / _CALLS
    table = Table(title="AMI beside the gate")
    for column in ("events a call", "bytes a call", "ms of a core a call", f"of a core at {_A_SECOND} calls/s"):
        table.add_column(column, justify="right")
    share = f"{spent * _A_SECOND:.2%}"
    table.add_row(str(len(_COURSE)), f"{len(texts[0]):,}", f"{spent * 1000:.2f}", share)
    return [table]


async def _spent(texts: list[bytes]) -> float:
    nothing = _Nothing()
    settings = BypassSettings(gate="garbo-a", trunks=("PJSIP/trunk",), hangs_up=True, region="IT")
    watch = BypassWatch(settings, lines=FakeLines(), book=nothing, keyring=_KEYRING, clock=nothing, observer=nothing)
    reader, seen = LineReader(), 0

    def take(message: object) -> None:
        nonlocal seen
        event = reader.read(message, _NOW)  # type: ignore[arg-type]  # panoramisk's message is a mapping
        if event is not None:
            watch.see(event)
            seen += 1

    session = AmiSession(take)
    session.connection_made(_Wire())
    began = time.process_time()
    for text in texts:
        session.data_received(text)
    spent = time.process_time() - began
    assert seen == len(texts) * len(_COURSE)
    return spent


def _told(number: int) -> str:
    e164 = f"+39333{number:07d}"
    permit = _KEYRING.permit(f"01CALL{number:020d}", e164, _NOW + timedelta(hours=4))
    lines = {"caller": _line(f"PJSIP/101-{number:08x}", 2 * number, 2 * number, permit)}
    lines["leg"] = _line(f"PJSIP/trunk-{number:08x}", 2 * number + 1, 2 * number, permit)
    told = []
    for step in _COURSE:
        event, _, who = step.partition(" ")
        headers = {"Event": event, "Privilege": "call,all", "SystemName": "pbx"}
        if who == "both":
            leg = {f"Dest{name}": value for name, value in lines["leg"].items()}
            headers |= {**lines["caller"], **leg, "DialString": f"{e164}@trunk", "DialStatus": "ANSWER"}
        else:
            headers |= {**lines[who], "BridgeUniqueid": f"bridge-{number}", "Cause": "16"}
        told.append("".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n")
    return "".join(told)


def _line(name: str, own: int, linked: int, permit: str) -> dict[str, str]:
    who = {"CallerIDNum": "101", "CallerIDName": "Operator", "ConnectedLineNum": "<unknown>", "AccountCode": ""}
    where = {"Language": "it", "Context": "from-operators", "Exten": "s", "Priority": "1"}
    ids = {"Uniqueid": f"pbx-1.{own}", "Linkedid": f"pbx-1.{linked}", "ChanVariable": f"GARBO_PERMIT={permit}"}
    return {"Channel": name, "ChannelState": "0", "ChannelStateDesc": "Down", **who, **where, **ids}
