"""Calls that go round the gate on a real Asterisk: each way there is ends within moments, and is on record."""

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from docker.asterisk import Asterisk
from docker.lab import ari
from docker.lab.caller import Caller
from docker.lab.gate import Gate, GateError, Watch
from docker.lab.sip_log import poll
from tests.e2e.conftest import Lab, furnished

SHORT = timedelta(seconds=3)
DIALPLAN = """
[from-operators](+)
; 50: straight to the trunk, without the subroutine.
exten => _50.,1,Dial(PJSIP/${EXTEN:2}@trunk)
 same => n,Hangup(16)
; 51: a permit that nobody gave.
exten => _51.,1,Set(__GARBO_PERMIT=01JABCDEFGHJKMNPQRSTVWXYZ0.9999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA)
 same => n,Dial(PJSIP/${EXTEN:2}@trunk)
 same => n,Hangup(16)
; 52: a permit, and another number after it.
exten => _52.,1,Set(number=${FILTER(0-9+,${EXTEN:2})})
 same => n,Gosub(garbo,s,1(${number}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},1)
 same => n,Dial(PJSIP/+39333999${number:-4}@trunk)
 same => n,Hangup(16)
; 53: through a Local channel, whose name is a number.
exten => _53.,1,Dial(Local/${EXTEN:2}@round/n)
 same => n,Hangup(16)
; 54: to the second trunk with a permit, in another spelling.
exten => _54.,1,Set(number=${FILTER(0-9+,${EXTEN:2})})
 same => n,Gosub(garbo,s,1(${number}))
 same => n,Dial(PJSIP/trunk/sip:99${GARBO_NUMBER:1}@127.0.0.2:TRUNK_PORT)
 same => n,Hangup(16)
; 55: one permit, two trunks.
exten => _55.,1,Gosub(garbo,s,1(${FILTER(0-9+,${EXTEN:2})}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@trunk2,1)
 same => n,Dial(PJSIP/${GARBO_NUMBER}@trunk)
 same => n,Hangup(16)
[round]
exten => _X.,1,Dial(PJSIP/${EXTEN}@trunk)
exten => _+X.,1,Dial(PJSIP/${EXTEN}@trunk)
[waits]
exten => _X.,1,Wait(60)
[from-trunk](+)
exten => _021234567X,1,Answer()
 same => n,Wait(60)
 same => n,Hangup(16)
"""


def await_watched(gate: Gate) -> bool:
    """Whether the gate is told of lines, within moments."""
    return bool(poll(lambda: gate.events("ami.connected"), bool, SHORT))


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose carrier wants 99 before a number; nobody answers numbers that end in 487."""
    environment = {"GARBO_GATE__DEADLINE_MS": "3000", "GARBO_ASTERISK__TRUNK_PREFIXES": '["99"]'}
    environment["GARBO_ASTERISK__APPS"] = '["garbo-a", "garbo-b"]'
    for made in furnished(asterisk, tmp_path_factory.mktemp("bypass"), environment):
        extra = made.pbx.folder / "etc" / "extensions_extra.conf"
        more = DIALPLAN.replace("TRUNK_PORT", str(made.pbx.trunk_port))
        extra.write_text(extra.read_text() + more)
        made.pbx.cli("dialplan reload")
        assert await_watched(made.gate)
        yield made


def bypasses(lab: Lab) -> list[dict[str, Any]]:
    """Those on record, the newest first; read beside the command, which takes its time to start."""
    with closing(sqlite3.connect(lab.installation.folder / "garbo.db")) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute("SELECT * FROM bypass ORDER BY at DESC").fetchall()
    return [{**row, "how": json.loads(row["how"])} for row in rows]


def newest(lab: Lab, before: int) -> dict[str, Any]:
    """The one bypass that came after so many."""
    found = poll(lambda: bypasses(lab), lambda now: len(now) > before, SHORT)
    assert len(found) == before + 1
    return found[0]


def action(lab: Lab, **headers: str) -> None:
    """An AMI action, as any program with the secret may send it."""
    with socket.create_connection(("127.0.0.1", lab.pbx.ami_port), timeout=5) as ami:
        login = {"Action": "Login", "Username": lab.pbx.ami_user, "Secret": lab.pbx.ami_password, "Events": "off"}
        for each in (login, headers):
            ami.sendall(("".join(f"{key}: {value}\r\n" for key, value in each.items()) + "\r\n").encode())
        ami.settimeout(0.5)
        answer = ""
        while "queued" not in answer:
            answer += ami.recv(65536).decode()


def originate(lab: Lab, number: str) -> None:
    action(
        lab,
        Action="Originate",
        Channel=f"PJSIP/{number}@trunk",
        Context="waits",
        Exten="12",
        Priority="1",
        Async="true",
    )


def ari_originate(lab: Lab, number: str) -> None:
    query = urlencode({"endpoint": f"PJSIP/{number}@trunk", "context": "waits", "extension": "12", "priority": 1})
    ari.request("POST", f"{lab.pbx.ari_url}/channels?{query}", lab.pbx.ari_user, lab.pbx.ari_password)


def call_file(lab: Lab, number: str) -> None:
    channel = f"PJSIP/trunk/sip:{number}@127.0.0.2:{lab.pbx.trunk_port}"
    text = f"Channel: {channel}\nContext: waits\nExtension: 12\nPriority: 1\n"
    made = lab.pbx.folder / "spool" / "tmp" / number
    made.write_text(text)
    made.rename(lab.pbx.folder / "spool" / "outgoing" / number)


@pytest.mark.parametrize(("prefix", "why"), [("50", "no_permit"), ("51", "permit_forged"), ("53", "no_permit")])
def test_a_dial_without_a_permit_of_its_own_is_ended(lab: Lab, prefix: str, why: str) -> None:
    """The caller is told 403; who, how and why are on record, without the number."""
    before, number = len(bypasses(lab)), lab.number()
    result = lab.call(f"{prefix}{number}", talk=timedelta(seconds=2))
    found = newest(lab, before)
    assert (found["why"], found["done"], found["trunk"]) == (why, "hung_up", "PJSIP/trunk")
    assert (found["caller"], found["operator"], found["how"]["way"]) == ("PJSIP/101", "anna", "dialled")
    assert (found["how"]["context"], found["how"]["application"]) == (
        "round" if prefix == "53" else "from-operators",
        "Dial",
    )
    assert result.status != 200
    assert number[4:] not in str(found)
    assert lab.no_channels()


def test_a_second_number_after_a_permit_is_ended(lab: Lab) -> None:
    """The permit is inherited and does not help: it is for the number that was asked for."""
    before, number = len(bypasses(lab)), f"{lab.number()[:-6]}990487"
    lab.call(f"52{number}")
    assert newest(lab, before)["why"] == "other_number"
    assert lab.verdicts(number)[-1]["verdict"] == "permit"


@pytest.mark.parametrize("way", [originate, ari_originate, call_file])
def test_a_leg_that_nobody_dials_is_ended(lab: Lab, way: Any) -> None:
    """AMI, ARI and call files straight to the trunk: there is no caller to be named."""
    before = len(bypasses(lab))
    way(lab, lab.number())
    found = newest(lab, before)
    assert (found["why"], found["done"], found["how"]["way"]) == ("no_permit", "hung_up", "originated")
    assert (found["caller"], found["operator"]) == ("", "")
    assert lab.no_channels()


def test_what_is_right_is_left_alone(lab: Lab) -> None:
    """A permitted call in two spellings, a second trunk, an emergency call, and a call that comes in on the trunk."""
    before = len(bypasses(lab))
    assert lab.call(lab.number()).status == 200
    assert lab.call(f"54{lab.number()}").status == 200
    assert lab.call("112").status == 200
    assert lab.call(f"55{lab.number()}").status == 200
    inbound = Caller(lab.pbx.sip_port, source="127.0.0.2").start("0212345678", talk=timedelta(milliseconds=700)).wait()
    assert inbound.status == 200
    assert len(bypasses(lab)) == before


def test_what_happened_unwatched_is_made_up_for(lab: Lab) -> None:
    """A permitted call and one that came in go on; a leg that went round the gate meanwhile is found and ended."""
    before, right, wrong = len(bypasses(lab)), lab.number(), lab.number()
    caller = Caller(lab.pbx.sip_port, source="127.0.0.2")
    with lab.start(right) as talking, caller.start("0212345679", talk=timedelta(minutes=1)) as inbound:
        assert talking.await_status().status == 200
        assert inbound.await_status().status == 200
        lab.gate.kill()
        originate(lab, wrong)
        assert poll(lambda: lab.reached(wrong), bool, SHORT)
        lab.gate.start()
        found = newest(lab, before)
        assert (found["done"], found["how"]["way"], found["why"]) == ("hung_up", "found", "no_permit")
        assert talking.is_running
        assert inbound.is_running
    lab.pbx.cli("channel request hangup all")
    assert lab.no_channels()


def test_a_bypass_is_told_once_by_two_gates_and_is_short(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty of them; every one ended and on record once, with no number in a log; the command lists them."""
    before = len(bypasses(lab))
    numbers = [lab.number() for _ in range(20)]
    with Gate(lab.installation, lab.pbx, app="garbo-b") as second:
        second.start()
        assert await_watched(second)
        for number in numbers:
            originate(lab, number)
            time.sleep(0.05)  # one by one, as they come: a burst measures how long twenty take
        found = poll(lambda: bypasses(lab), lambda now: len(now) >= before + 20, SHORT)[:20]
        told = len(second.events("bypass.hung_up")) + len(lab.gate.events("bypass.hung_up")[-20:])
        logs = second.log.read_text() + lab.gate.log.read_text()
    took = sorted(each["took_ms"] for each in found)
    with capsys.disabled():
        print(f"\n20 bypasses, first word to end: p50 {took[9]:.1f} ms, max {took[-1]:.1f} ms")  # noqa: T201
    assert {each["done"] for each in found} == {"hung_up"}
    assert len(bypasses(lab)) == before + 20 <= before + told
    assert not [number for number in numbers if number in logs]
    listed = lab.installation.garbo("bypass", "list", "--limit", "20")
    assert {each["id"] for each in listed} == {each["id"] for each in found}
    assert "number_key" not in listed[0]


def test_a_watch_of_its_own_needs_neither_gate_nor_database(
    lab: Lab, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the gate hung and no database yet, twenty end and are on record once it is there; it stops in order."""
    database = lab.installation.folder / "garbo.db"
    away = tmp_path_factory.mktemp("away") / "garbo.db"
    before, numbers = len(bypasses(lab)), [lab.number() for _ in range(20)]
    lab.gate.terminate()
    database.rename(away)
    with Watch(lab.installation, lab.pbx).start() as watch:
        for number in numbers:
            originate(lab, number)
            time.sleep(0.05)
        assert lab.no_channels()
        assert watch.events("watch.without_database")
        away.rename(database)
        found = poll(lambda: bypasses(lab), lambda now: len(now) >= before + 20, SHORT)[:20]
        assert watch.terminate() == 0
        log = watch.log.read_text()
    took = sorted(each["took_ms"] for each in found)
    with capsys.disabled():
        print(f"\n20 bypasses, no gate, first word to end: p50 {took[9]:.1f} ms, max {took[-1]:.1f} ms")  # noqa: T201
    assert {(each["gate"], each["done"]) for each in found} == {("watch", "hung_up")}
    assert len(found) == 20
    assert not [number for number in numbers if number in log]
    lab.gate.start()
    assert await_watched(lab.gate)


def test_a_watch_without_anything_to_watch_says_so(lab: Lab) -> None:
    """It names the key, and ends with 2."""
    with pytest.raises(GateError, match=r"asterisk\.ami_user is empty"):
        lab.installation.garbo("watch")


def test_where_it_is_only_reported_the_call_goes_on(lab: Lab) -> None:
    """It is on record all the same."""
    before, number = len(bypasses(lab)), lab.number()
    lab.gate.terminate()
    lab.installation.environment["GARBO_ASTERISK__BYPASS"] = "report"
    with Gate(lab.installation, lab.pbx, app="garbo-b") as reporting:
        reporting.start()
        assert await_watched(reporting)
        with lab.start(f"50{number}") as talking:
            assert talking.await_status().status == 200
            assert newest(lab, before)["done"] == "reported"
            assert talking.is_running
