"""The gate killed, hung and restarted at each point of a call; and its watch, while it hangs."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

import pytest
from sqlalchemy import Engine

from docker.asterisk import Asterisk
from docker.lab.ari_proxy import AriProxy, Message
from docker.lab.gate import Gate, Watch
from docker.lab.sip_log import poll
from tests.e2e.conftest import Lab, furnished
from tests.e2e.faults.matrix import Recoveries, Row
from tests.e2e.faults.storm import Account, Storm
from tests.e2e.test_bypass import bypasses, originate

LASTS = timedelta(seconds=20)
"""At most: a storm ends once calls leave again."""
AT_ONCE = "73{}"
"""Refused calls get no announcement: the row is over sooner."""
FROZEN = timedelta(seconds=3)
SHORT = timedelta(seconds=5)
STALE = timedelta(seconds=1.5)
"""A call that old has been refused by the dialplan, whose limit is 0.4 s; the rest is how far SIPp may lag."""
_WAITS = "\n[waits]\nexten => _X.,1,Wait(60)\n"


class Point(Enum):
    """A point of a call, by the message that passes between Asterisk and the gate just then."""

    BEFORE_VERDICT = "before the verdict"
    BEFORE_CONTINUE = "after the commit, before `continue`"
    RINGING = "ringing"
    TALKING = "talking"
    HANGING_UP = "hanging up"

    def is_in(self, message: Message) -> bool:
        """Whether this message is it."""
        kind = message.get("type")
        match self:
            case Point.BEFORE_VERDICT:
                return kind == "StasisStart"
            case Point.BEFORE_CONTINUE:
                query = {each["name"]: each["value"] for each in message.get("query_strings", ())}
                return str(message.get("uri")).endswith("/continue") and query.get("label") == "allow"
            case Point.RINGING:
                return kind == "Dial" and message["dialstatus"] == "RINGING"
            case Point.TALKING:
                return kind == "Dial" and message["dialstatus"] == "ANSWER"
            case Point.HANGING_UP:
                return kind == "ChannelDestroyed"


@dataclass
class Trap:
    """At a point of a call something happens, on the proxy's thread: before the gate, or Asterisk, has the message."""

    proxy: AriProxy
    number: str = ""
    """Whose call it was."""
    _then: Callable[[], None] | None = None
    _point: Point = Point.BEFORE_VERDICT
    _dialled: dict[str, str] = field(default_factory=dict)
    """By the caller's channel."""
    _sprung: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Look at all that passes."""
        self.proxy.events = self.proxy.requests = self._look

    def spring(self, point: Point, then: Callable[[], None]) -> None:
        """Arm it, and wait until it has sprung; a request that springs it is lost, unless `then` stalls the proxy."""
        self.number, self._point = "", point
        self._sprung.clear()
        self._then = then
        assert self._sprung.wait(SHORT.total_seconds()), f"no call was {point.value}"

    def _look(self, message: Message) -> Message | None:
        if message.get("type") == "StasisStart":
            self._dialled[message["channel"]["id"]] = message["args"][1]
        number = self._dialled.get(_channel_of(message), "")
        then = self._then
        if then is None or not number or not self._point.is_in(message):
            return message
        self._then, self.number = None, number
        then()
        self._sprung.set()
        return message if self._point is not Point.BEFORE_CONTINUE or self.proxy.stalled else None


def _channel_of(message: Message) -> str:
    if message.get("type") == "RESTRequest":
        return str(message["uri"]).removeprefix("channels/").removesuffix("/continue")
    return str((message.get("caller") or message.get("channel") or {}).get("id", ""))


_KILLED = {
    Point.BEFORE_VERDICT: Row(
        name="gate-killed-before-verdict",
        fault="the only gate killed (SIGKILL) as a call asks for its verdict, and started again",
        new_calls="503, nothing leaves",
        live_calls="go on; their outcomes are caught up with; the call that asked has no verdict",
        recovery="from its start to the first call that leaves",
    ),
    Point.BEFORE_CONTINUE: Row(
        name="gate-killed-before-continue",
        fault="… after the verdict was committed, before Asterisk was told",
        new_calls="503, nothing leaves",
        live_calls="go on; the permit that was lost dials nothing and is closed as `unobserved`, as nobody saw it",
        recovery="from its start to the first call that leaves",
    ),
    Point.RINGING: Row(
        name="gate-killed-ringing",
        fault="… as a call begins to ring",
        new_calls="503, nothing leaves",
        live_calls="go on: it is answered; what lives at the start is taken up, what ended unseen is `unobserved`",
        recovery="from its start to the first call that leaves",
    ),
    Point.TALKING: Row(
        name="gate-killed-talking",
        fault="… as a call is answered",
        new_calls="503, nothing leaves",
        live_calls="go on; what lives at the start is taken up, what ended unseen is `unobserved`",
        recovery="from its start to the first call that leaves",
    ),
    Point.HANGING_UP: Row(
        name="gate-killed-hanging-up",
        fault="… as a call is hung up",
        new_calls="503, nothing leaves",
        live_calls="go on; the call that ended has its outcome all the same",
        recovery="from its start to the first call that leaves",
    ),
}
_HUNG = {
    Point.BEFORE_VERDICT: Row(
        name="gate-hung-before-verdict",
        fault="the only gate hung (SIGSTOP) for 3 s as a call asks for its verdict",
        new_calls="503 within 0.4 s; what piled up is dropped unjudged",
        live_calls="go on; their events are read afterwards",
        recovery="from when it goes on to the first call that leaves",
    ),
    Point.BEFORE_CONTINUE: Row(
        name="gate-hung-before-continue",
        fault="… after the verdict was committed, before Asterisk was told",
        new_calls="503 within 0.4 s; what piled up is dropped unjudged",
        live_calls="go on; the permit comes too late and dials nothing",
        recovery="from when it goes on to the first call that leaves",
    ),
    Point.TALKING: Row(
        name="gate-hung-talking",
        fault="… as a call is answered",
        new_calls="503 within 0.4 s; what piled up is dropped unjudged",
        live_calls="go on; their events are read afterwards",
        recovery="from when it goes on to the first call that leaves",
    ),
}
_RESTARTED = Row(
    name="gate-restarted",
    fault="the only gate restarted in order (SIGTERM)",
    new_calls="503 until it is back; calls that had asked get their verdict",
    live_calls="go on; what lives at the start is taken up, what ended unseen is `unobserved`",
    recovery="from its start to the first call that leaves",
)
_WATCHED = Row(
    name="gate-hung-bypass",
    fault="a call is put straight on the trunk (AMI) while the gate hangs; `garbo watch` runs beside it",
    new_calls="the one that goes round the gate is cut; all others 503",
    live_calls="go on, untouched by the watch",
    recovery="from that call's originate until it was cut and is on record",
)
_WATCH_KILLED = Row(
    name="watch-killed-bypass",
    fault="the same, and `garbo watch` is killed (SIGKILL) before, started after that call",
    new_calls="the one that goes round the gate goes on until the watch is back, then is cut; others 503",
    live_calls="go on, untouched by the watch",
    recovery="from the start of the watch until the call was cut and is on record",
)
ROWS = (*_KILLED.values(), *_HUNG.values(), _RESTARTED, _WATCHED, _WATCH_KILLED)


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A furnished lab, with a place where calls that went round the gate wait."""
    for made in furnished(asterisk, tmp_path_factory.mktemp("gate-faults"), {}):
        extra = made.pbx.folder / "etc" / "extensions_extra.conf"
        extra.write_text(extra.read_text() + _WAITS)
        made.pbx.cli("dialplan reload")
        yield made


@pytest.fixture(scope="module")
def trap(lab: Lab) -> Iterator[Trap]:
    """A proxy between the lab's gate and Asterisk, and a trap in it."""
    lab.gate.terminate()
    with AriProxy(lab.pbx.ari_url) as proxy, Gate(lab.installation, lab.pbx, ari_url=proxy.url) as gate:
        lab.gate = gate.start()
        yield Trap(proxy)


def _under_way(storm: Storm) -> None:
    assert poll(lambda: len(storm.left()) >= 12, bool, SHORT)


def _until_calls_leave(storm: Storm, since: datetime) -> None:
    """Calls that were placed after an instant leave again, as many as half a second brings."""
    before = storm.due_before(since)
    poll(lambda: len(storm.left().keys() - before) >= 10, bool, timedelta(seconds=10))
    storm.wind_down()


def _said(account: Account) -> str:
    return f"({dict(account.heard.by_status)}, {dict(account.outcomes)})"


@pytest.mark.parametrize("point", _KILLED)
def test_a_gate_killed_at_a_point_of_a_call(
    lab: Lab, trap: Trap, engine: Engine, recoveries: Recoveries, point: Point
) -> None:
    """Calls are refused until it is back, those in progress go on, every permit has its outcome."""
    with Storm(lab, engine, lasts=LASTS, dialled=AT_ONCE, talk=timedelta(seconds=2)) as storm:
        _under_way(storm)
        trap.spring(point, lab.gate.kill)
        back = datetime.now(UTC)
        lab.gate.start()
        _until_calls_leave(storm, back)
        account = storm.settled()
    assert account.heard.by_status[503] > 0
    assert account.heard.by_status[200] == len(account.left)
    match point:
        case Point.BEFORE_VERDICT:
            assert trap.number not in account.permitted
        case Point.BEFORE_CONTINUE:
            assert trap.number not in account.left
            assert account.outcome_of[trap.number] == "unobserved"
        case _:
            assert account.outcome_of[trap.number] in ("answered", "unobserved")
    recoveries.took(_KILLED[point].name, account.first_permitted_after(back), _said(account))


@pytest.mark.parametrize("point", _HUNG)
def test_a_gate_hung_at_a_point_of_a_call(
    lab: Lab, trap: Trap, engine: Engine, recoveries: Recoveries, point: Point
) -> None:
    """When it goes on, no call of the past is judged, and no permit of the past carried out."""

    def hang() -> None:
        lab.gate.freeze()
        trap.proxy.stalled = point is Point.BEFORE_CONTINUE  # the request stays unsent with the gate that would send it

    with Storm(lab, engine, lasts=LASTS, dialled=AT_ONCE) as storm:
        _under_way(storm)
        trap.spring(point, hang)
        time.sleep(FROZEN.total_seconds())  # the fault itself
        thawed = datetime.now(UTC)
        trap.proxy.stalled = False
        lab.gate.thaw()
        _until_calls_leave(storm, thawed)
        account = storm.settled()
    stale = storm.due_before(thawed - STALE)
    assert not [number for number, at in account.left.items() if at >= thawed and number in stale]
    assert not [number for number, at in account.decided.items() if at >= thawed and number in stale]
    assert account.heard.by_status[503] > 0
    assert account.heard.by_status[200] == len(account.left)
    match point:
        case Point.BEFORE_VERDICT:
            assert trap.number not in account.permitted
        case Point.BEFORE_CONTINUE:
            assert trap.number not in account.left
            assert account.outcome_of[trap.number] == "not_dialled"
        case _:
            assert account.outcome_of[trap.number] == "answered"
    recoveries.took(_HUNG[point].name, account.first_permitted_after(thawed), _said(account))


def test_a_gate_restarted_in_order(lab: Lab, trap: Trap, engine: Engine, recoveries: Recoveries) -> None:
    """It ends with 0, and its next life takes up what it left."""
    with Storm(lab, engine, lasts=LASTS, dialled=AT_ONCE, talk=timedelta(seconds=2)) as storm:
        _under_way(storm)
        assert lab.gate.terminate() == 0
        back = datetime.now(UTC)
        lab.gate.start()
        _until_calls_leave(storm, back)
        account = storm.settled()
    assert account.heard.by_status[200] == len(account.left)
    recoveries.took(_RESTARTED.name, account.first_permitted_after(back), _said(account))


@pytest.mark.parametrize("row", [_WATCHED, _WATCH_KILLED], ids=lambda row: row.name)
def test_a_call_round_a_gate_that_hangs(lab: Lab, trap: Trap, engine: Engine, recoveries: Recoveries, row: Row) -> None:
    """The watch cuts it, or finds it when it is back; it is on record once, and no permitted call is touched."""
    before, number = len(bypasses(lab)), lab.number()
    with Watch(lab.installation, lab.pbx) as watch, Storm(lab, engine, lasts=LASTS, dialled=AT_ONCE) as storm:
        watch.start()
        _under_way(storm)
        trap.spring(Point.TALKING, lab.gate.freeze)
        try:
            if row is _WATCH_KILLED:
                watch.kill()
            began = datetime.now(UTC)
            originate(lab, number)
            if row is _WATCH_KILLED:
                assert poll(lambda: lab.reached(number), bool, SHORT)
                began = datetime.now(UTC)
                watch.start()
            found = poll(lambda: bypasses(lab), lambda now: len(now) > before, SHORT)
            took = datetime.now(UTC) - began
        finally:
            lab.gate.thaw()
        _until_calls_leave(storm, datetime.now(UTC))
        account = storm.settled()
    assert [(each["gate"], each["done"], each["why"]) for each in found[: len(found) - before]] == [
        ("watch", "hung_up", "no_permit")
    ]
    assert len(bypasses(lab)) == before + 1
    assert account.heard.by_status[200] == len(account.left)
    recoveries.took(row.name, took, _said(account))
