"""Every way out × every state of the gate, on a real Asterisk: nothing leaves but what was permitted, or as is said."""

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from docker.asterisk import Asterisk
from docker.lab import ami, ari
from docker.lab.caller import Caller
from docker.lab.far_end import Behaviour, FarEnd
from docker.lab.gate import Watch
from docker.lab.sip_log import poll
from tests.e2e.conftest import BRUNO, CALLER_ID, Lab, furnished
from tests.e2e.ways import DIALPLAN, FORWARDED, WAYS, Taken, Way, asks_ami
from tests.e2e.ways_page import STATES, page
from tests.fuzz.doors import PERMITTED, dialled
from tests.fuzz.strings import is_exempt

DEADLINE = timedelta(seconds=1)
HEARD_WITHIN = DEADLINE + timedelta(seconds=1)
PATIENCE = timedelta(seconds=12)
ANSWERED = ("up", "slow")
"""In which the gate answers; it watches as well."""
STRAIGHT = tuple(way for way in WAYS if way.guard == "watch")
PAGE = Path(__file__).parents[2] / "docs" / "ways-out.md"
_PLAIN = re.compile(r"[+0-9 .\-]+", re.ASCII)
DEPRIVED = "test-deprived-not-a-secret"


@dataclass
class Seen:
    """What one state of the gate let out."""

    numbers: dict[str, str]
    """By way, in E.164; nothing speaks against them."""
    out: list[str] = field(default_factory=list)
    """Every number that a carrier was asked for, in E.164, short ones as they are."""
    cut: set[str] = field(default_factory=set)
    """Of the ways round the gate, numbers whose leg was ended from this side: while the state lasted, if watched."""
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The verdicts on record, by number."""
    refused_in: timedelta | None = None
    status: int = 0


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab with both trunks guarded, every way out in its dialplan, and users who may not originate."""
    environment = {
        "GARBO_GATE__DEADLINE_MS": str(DEADLINE // timedelta(milliseconds=1)),
        "GARBO_ASTERISK__GUARDED_TRUNKS": '["PJSIP/trunk", "PJSIP/trunk2"]',
        "GARBO_ASTERISK__ANNOUNCE": "false",
    }
    for made in furnished(asterisk, tmp_path_factory.mktemp("ways"), environment):
        etc = made.pbx.folder / "etc"
        for name, more in (
            ("extensions_extra.conf", DIALPLAN),
            ("features.conf", "[featuremap]\natxfer = *2\n"),
            ("confbridge.conf", "[general]\n"),
            ("manager.conf", f"[deprived]\nsecret = {DEPRIVED}\nread = system,call\nwrite = system,call,reporting\n"),
            ("ari.conf", f"[deprived]\ntype = user\nread_only = yes\npassword_format = plain\npassword = {DEPRIVED}\n"),
        ):
            with (etc / name).open("a") as file:
                file.write(more)
        for reload in ("dialplan reload", "module reload features", "manager reload", "module reload res_ari.so"):
            made.pbx.cli(reload)
        made.pbx.cli("module load app_confbridge.so")
        made.installation.garbo(
            *("campaign", "add", "second", "--principal", "lumina", "--purpose", "acquisition", "--sector", "telecom"),
            *("--trunk", "PJSIP/trunk2", "--caller-id", CALLER_ID, "--region", "IT"),
        )
        yield made


@contextmanager
def in_state(lab: Lab, state: str) -> Iterator[None]:
    """The gate as it is then: killed, stopped by SIGSTOP, or past its deadline since somebody holds the database.

    `alone`: killed, and no watch runs beside it.
    """
    with closing(sqlite3.connect(lab.installation.folder / "garbo.db", isolation_level=None)) as database:
        match state:
            case "slow":
                database.execute("BEGIN IMMEDIATE")
            case "hung":
                lab.gate.freeze()
            case "down" | "alone":
                lab.gate.kill()
        try:
            yield
        finally:
            match state:
                case "slow":
                    database.execute("ROLLBACK")
                case "hung":
                    lab.gate.thaw()
                case "down" | "alone":
                    lab.gate.start()


@pytest.fixture(scope="module")
def barred(lab: Lab) -> str:
    """A number that may never be called."""
    number = lab.number()
    lab.installation.garbo("suppression", "add", number, "--reason", "asked")
    return number


@pytest.fixture(scope="module")
def seen(lab: Lab, barred: str) -> dict[str, Seen]:
    """All ways taken at once, in each state of the gate."""
    assert poll(lambda: lab.gate.events("ami.connected"), bool, PATIENCE)
    forwards = {"990302": Behaviour.FORWARD}
    with FarEnd(lab.pbx.trunk2_port, host="127.0.0.3", by_suffix=forwards, forward_to=FORWARDED) as second:
        carriers = (lab.far_end, second)
        with Watch(lab.installation, lab.pbx).start():
            watched = {state: _take_all(lab, carriers, state, barred) for state in STATES if state != "alone"}
        return watched | {"alone": _take_all(lab, carriers, "alone", barred)}


def _take_all(lab: Lab, carriers: tuple[FarEnd, FarEnd], state: str, barred: str) -> Seen:
    numbers = {way.name: FORWARDED if way.leads_to == "forward" else lab.number() for way in WAYS}
    seen = Seen(numbers=numbers)
    before = {invite.call_id for carrier in carriers for invite in carrier.invites()}
    round_it = {numbers[way.name] for way in STRAIGHT}

    def out() -> list[str]:
        invites = [invite for carrier in carriers for invite in carrier.invites()]
        return [_e164(invite.number) for invite in invites if invite.call_id not in before]

    def cut() -> set[str]:
        return {number for carrier in carriers for number in _ended(carrier)} & round_it

    with _forwarded_phone(lab, numbers["forwarded phone (302)"]), in_state(lab, state):
        alone = lab.call(_national(barred))
        seen.refused_in, seen.status = alone.setup, alone.status
        begun = _begin(lab, [(way, numbers[way.name]) for way in WAYS], barred)
        poll(lambda: all(taken.over() for taken in begun), bool, PATIENCE)
        poll(lambda: _under_way(lab), lambda names: not names, PATIENCE)
        poll(out, lambda now: round_it <= set(now), PATIENCE)
        if state != "alone":
            seen.cut = poll(cut, lambda now: now == round_it, PATIENCE)
    if state == "alone":
        seen.cut = poll(cut, lambda now: now == round_it, PATIENCE)
    lab.pbx.cli("channel request hangup all")
    for taken in begun:
        taken.stop()
    assert lab.no_channels()
    seen.out = out()
    seen.calls = {call["callee"]: call for call in lab.installation.garbo("calls", "list", "--limit", "1000")}
    return seen


def _begin(lab: Lab, numbers: list[tuple[Way, str]], barred: str) -> list[Taken]:
    """Every way with its number, those that are judged also with the barred one, and an emergency call."""
    also = [(way, barred) for way, _ in numbers if way.guard == "gate" and not way.leads_to]
    with ThreadPoolExecutor(max_workers=8) as phones:
        asked = [
            phones.submit(way.take, lab, number)
            for way, number in [*((way, _national(number)) for way, number in (*numbers, *also)), (WAYS[0], "112")]
        ]
        return [each.result() for each in asked]


def _forwarded_phone(lab: Lab, number: str) -> AbstractContextManager[object]:
    """Bruno's phone, which sends whoever rings it on."""
    target = f"sip:{_national(number)}@127.0.0.1:{lab.pbx.sip_port}"
    return FarEnd(lab.pbx.operator_ports["102"], host=BRUNO, behaviour=Behaviour.FORWARD, forward_to=target)


def _national(number: str) -> str:
    return number.removeprefix("+39")


def _e164(number: str) -> str:
    return number if number.startswith("+") or len(number) < 7 else f"+39{number}"


def _ended(carrier: FarEnd) -> list[str]:
    """Numbers whose leg was ended by the PBX."""
    numbers = {invite.call_id: _e164(invite.number) for invite in carrier.invites()}
    ends = [m for m in carrier.messages() if m.direction == "received" and m.method in ("BYE", "CANCEL")]
    return [numbers[message.call_id] for message in ends if message.call_id in numbers]


def _under_way(lab: Lab) -> list[str]:
    """Channels that are still on their way out."""
    lines = [line.split("!") for line in lab.pbx.cli("core show channels concise").splitlines() if "!" in line]
    return [line[0] for line in lines if line[1] in ("garbo", "garbo-outbound") and line[4] != "Up"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_way_out_is_guarded_as_it_is_said(seen: dict[str, Seen], way: Way, state: str) -> None:
    """Judged and out by a permit alone; refused by the dialplan unasked; or, round the gate, cut and so on record."""
    found = seen[state]
    number = found.numbers[way.name]
    if way.guard == "watch":
        assert number in found.out
        assert number in found.cut
        return
    verdict = found.calls[number]["verdict"] if number in found.calls else ""
    if way.guard == "dialplan" or state != "up":
        assert (number in found.out, verdict) == (False, "")
    else:
        assert verdict
        assert (number in found.out) == (verdict == "permit")


@pytest.mark.parametrize("state", STATES)
def test_nothing_else_leaves(seen: dict[str, Seen], barred: str, state: str) -> None:
    """What carriers were asked for is the emergency number, what a permit was given for, and what went round."""
    found = seen[state]
    straight = {found.numbers[way.name] for way in STRAIGHT}
    permitted = (
        {number for number, call in found.calls.items() if call["verdict"] == "permit"} if state == "up" else set()
    )
    assert "112" in found.out
    assert barred not in found.out
    assert FORWARDED not in found.out
    assert set(found.out) <= {"112"} | straight | permitted


def test_with_the_gate_up_each_phone_reaches_whom_it_may(seen: dict[str, Seen]) -> None:
    """The ways are real ones: those with an operator behind them go out on a permit."""
    found = seen["up"]
    out = {way.name for way in WAYS if way.guard == "gate" and found.numbers[way.name] in found.out}
    assert {way.name for way in WAYS if way.guard == "gate"} - out <= {
        "ARI originate, Local",
        "ARI originate, Local /n",
    }


@pytest.mark.parametrize("state", STATES)
def test_the_caller_hears_the_denial_soon(seen: dict[str, Seen], state: str) -> None:
    """A final answer within the deadline and a second, whatever the gate is doing: never silence for ever."""
    found = seen[state]
    assert found.status == (403 if state in ANSWERED else 503)
    assert found.refused_in is not None
    assert found.refused_in < HEARD_WITHIN


def test_who_may_not_originate_cannot_go_round(lab: Lab, seen: dict[str, Seen]) -> None:
    """An AMI user without `originate` and a read-only ARI user are refused, to the trunk and to a Local channel."""
    assert seen
    before = len(lab.far_end.invites())
    for channel in (f"PJSIP/{lab.number()}@trunk", f"Local/{lab.number()}@garbo-outbound"):
        headers = {"Action": "Originate", "Channel": channel, "Application": "Wait", "Data": "1"}
        said = ami.action(lab.pbx.ami_port, "deprived", DEPRIVED, **headers)
        assert said.startswith("Error")
        assert "Permission denied" in said
        with pytest.raises(ari.AriError) as refused:
            ari.request("POST", f"{lab.pbx.ari_url}/channels?endpoint={channel}&extension=1", "deprived", DEPRIVED)
        assert refused.value.status == 403
    assert asks_ami(lab, Action="Ping").startswith("Success")
    assert len(lab.far_end.invites()) == before


def test_the_page_says_what_is_tested() -> None:
    """`docs/ways-out.md` is made of the table above: `python -m tests.e2e.ways_page > docs/ways-out.md`."""
    assert PAGE.read_text() == page()


def test_odd_strings_reach_nobody_else_through_the_real_dialplan(lab: Lab, seen: dict[str, Seen], barred: str) -> None:
    """A sample of what `make fuzz` dials, by a phone: what goes out was dialled, and has a permit or is exempt."""
    assert seen
    assert barred == PERMITTED, "the strings lie around the one number that may not be called here"
    random = Random("dialplan/1")  # noqa: S311  nothing secret
    texts = [text for text in (dialled(random) for _ in range(300)) if 0 < len(text) < 100 and _can_be_sent(text)]
    before = len(lab.far_end.invites())
    with Caller(lab.pbx.sip_port, source=BRUNO).load(
        texts, rate=60, duration=timedelta(seconds=len(texts) / 60), talk=timedelta(milliseconds=1)
    ) as load:
        result = load.wait(timedelta(seconds=40))
    assert sum(result.by_status.values()) == len(texts)
    assert result.by_status.get(0, 0) == 0
    out = [invite.number for invite in lab.far_end.invites()[before:]]
    plain = {"".join(sign for sign in text if sign in "+0123456789") for text in texts if _PLAIN.fullmatch(text)}
    meant = plain | {f"+39{each}" for each in plain} | {f"+{each[2:]}" for each in plain if each.startswith("00")}
    assert set(out) <= meant
    calls = lab.installation.garbo("calls", "list", "--limit", "1000")
    permitted = {call["callee"] for call in calls if call["verdict"] == "permit"}
    assert all(number in permitted or is_exempt(number) for number in out)
    assert barred not in out
    assert "112" in out
    assert permitted & set(out)


def _can_be_sent(text: str) -> bool:
    """Whether it can stand in a SIP address at all."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
