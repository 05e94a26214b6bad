"""ARI's JSON, as recorded or as feared, and what becomes of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ari_app.asterisk.events import EVENT_FILTER, EventReader, marked_if_late
from ari_app.policy.events import CallAsked, CallEvent, ChannelGone, DialStatus, LeftGate, LegDialled
from ari_app.policy.request import Ask, Door
from ari_app.ports.switch import endpoint
from tests.asterisk.conftest import Observed

AT = datetime(2026, 11, 22, 1, 13, 0, 123000, tzinfo=UTC)
COMMON = {"timestamp": "2026-11-22T02:13:00.123+0100", "asterisk_id": "02:01", "application": "garbo-a"}
CALLER = {"id": "pbx-1.1", "name": "PJSIP/101-0000001a", "state": "Ring", "dialplan": {"context": "garbo"}}
LEG = {"id": "pbx-1.2", "name": "PJSIP/trunk-0000001b", "state": "Down"}


def asked(**fields: Any) -> CallAsked:
    entry = fields.pop("entry", "")
    key = "02:01/pbx-1.1"
    ask = Ask(
        **{"endpoint": "PJSIP/101", "attended": True, **fields},
        door=Door.STASIS,
        channel_id="pbx-1.1",
        asterisk_id="02:01",
        idempotency_key=key,
    )
    return CallAsked(channel_id="pbx-1.1", at=AT, ask=ask, entry=entry)


def start(*args: str, caller: dict[str, Any] = CALLER) -> dict[str, Any]:
    return {"type": "StasisStart", "args": list(args), "channel": caller}


def dial(status: str) -> dict[str, Any]:
    return {"type": "Dial", "caller": CALLER, "peer": LEG, "dialstatus": status, "dialstring": "trunk/1", "forward": ""}


def leg(status: DialStatus) -> LegDialled:
    return LegDialled(channel_id="pbx-1.1", leg_id="pbx-1.2", leg_name="PJSIP/trunk-0000001b", at=AT, status=status)


CASES: list[tuple[dict[str, Any], CallEvent | None]] = [
    (
        start("verdict", "+39 333.123-4567", "7", "adsl", "anna", "01JABC"),
        asked(
            dialled="+39 333.123-4567",
            entry="7",
            campaign="adsl",
            operator="anna",
            call_id="01JABC",
        ),
    ),
    (start("verdict", "333", "7", "", "", ""), asked(dialled="333", entry="7")),
    (start("verdict", "333"), asked(dialled="333")),
    (start("verdict"), asked(dialled="")),
    (
        start("verdict", "333", "7", "c", "o", "i", "more"),
        asked(dialled="333", entry="7", campaign="c", operator="o", call_id="i"),
    ),
    (
        start("verdict", "333", "7", "c", "anna", caller=CALLER | {"name": "Local/333@dialer-0000001a;2"}),
        asked(dialled="333", entry="7", campaign="c", operator="anna", endpoint="Local/333@dialer", attended=False),
    ),
    (start("dialled", "x"), None),
    (start(), None),
    ({"type": "StasisEnd", "channel": CALLER}, LeftGate(channel_id="pbx-1.1", at=AT)),
    (dial(""), leg(DialStatus.DIALLED)),
    (dial("RINGING"), leg(DialStatus.RINGING)),
    (dial("ANSWER"), leg(DialStatus.ANSWER)),
    (dial("NOANSWER"), leg(DialStatus.NOANSWER)),
    (dial("SOMETHING NEW"), leg(DialStatus.OTHER)),
    ({"type": "Dial", "peer": LEG, "dialstatus": ""}, None),
    (
        {"type": "ChannelDestroyed", "cause": 17, "cause_txt": "User busy", "tech_cause": 486, "channel": CALLER},
        ChannelGone(channel_id="pbx-1.1", at=AT, cause=17),
    ),
    ({"type": "ChannelVarset", "variable": "X", "value": "1"}, None),
]


@pytest.mark.parametrize(("event", "expected"), CASES)
async def test_events_are_read(event: dict[str, Any], expected: CallEvent | None) -> None:
    """Each event means exactly this."""
    assert EventReader(Observed()).read(event["type"], json.dumps(COMMON | event)) == expected


@pytest.mark.parametrize(
    "broken",
    [
        {"channel": None},
        {"channel": {"id": 5, "name": "x"}},
        {"args": "verdict"},
        {"args": [1]},
        {"timestamp": "yesterday"},
        {"timestamp": "2026-11-22T02:13:00.123"},
        {"timestamp": 5},
    ],
)
async def test_malformed_events_are_reported(broken: dict[str, Any]) -> None:
    """An event that cannot be read is reported without its numbers, and never raised."""
    observed = Observed()
    raw = json.dumps(COMMON | start("verdict", "3331234567") | broken)
    assert EventReader(observed).read("StasisStart", raw) is None
    assert [name for name, _ in observed.events] == ["ari.event_malformed"]
    assert "3331234567" not in str(observed.events)


async def test_a_stranger_in_the_application_is_reported() -> None:
    """A channel that came without asking for a verdict gets none, and is named."""
    observed = Observed()
    EventReader(observed).read("StasisStart", json.dumps(COMMON | start("other")))
    assert observed.events == [("ari.stasis_start_unknown", {"channel_id": "pbx-1.1"})]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PJSIP/101-0000001a", "PJSIP/101"),
        ("PJSIP/alice-cafe-0000001a", "PJSIP/alice-cafe"),
        ("Local/s@ctx-0000;1", "Local/s@ctx"),
        ("Local/333@from-op-0000001a;2", "Local/333@from-op"),
        ("SIP/101", "SIP/101"),
        ("", ""),
    ],
)
def test_endpoints_lose_the_serial_number_only(name: str, expected: str) -> None:
    """A channel's name is its endpoint and a serial number."""
    assert endpoint(name) == expected


@pytest.mark.parametrize(("age_ms", "late"), [(0, False), (300, False), (301, True), (-5000, False)])
def test_late_is_older_than_the_deadline(age_ms: int, late: bool) -> None:
    """Exactly as old as the deadline is in time."""
    event = asked(dialled="333")
    judged = marked_if_late(
        event, asterisk_now=AT + timedelta(milliseconds=age_ms), deadline=timedelta(milliseconds=300)
    )
    assert isinstance(judged, CallAsked)
    assert judged.late is late


def test_only_asking_can_be_late() -> None:
    """What happened has happened, however long ago."""
    gone = ChannelGone(channel_id="1", at=AT, cause=16)
    assert marked_if_late(gone, asterisk_now=AT + timedelta(days=1), deadline=timedelta(0)) is gone


def test_the_filter_lets_answers_through() -> None:
    """Without RESTResponse in it no answer would ever come."""
    assert {"type": "RESTResponse"} in EVENT_FILTER["allowed"]  # type: ignore[operator]
