"""What is somebody else's text stays text: dialled strings, names, headers and variables, on a real Asterisk."""

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from docker.asterisk import Asterisk
from docker.lab import ami, ari
from docker.lab.caller import Caller, PlacedCall
from docker.lab.sip_log import poll
from tests.e2e.conftest import ANNA, CALLER_ID, CARLA, Lab, furnished
from tests.e2e.test_bypass import await_watched

OTHER = "+393339998001"
"""Nobody ever has a reason to call it."""
LISTENER = "test-listener-not-a-secret"
IN_URL, SIGNED_WITH = "test-url-hunter2", "test-webhooks-hunter2-hunter2-hunter2"
SOON = timedelta(seconds=5)

# What a phone says of itself is handed to the gate as it is, as a careless dialplan hands it on.
DIALPLAN = """
[from-operators](+)
exten => _40.,1,Set(GLOBAL(OWNED)=${EVAL(${CALLERID(name)})})
 same => n,Hangup(16)
exten => _41.,1,Set(GARBO_CAMPAIGN=${PJSIP_HEADER(read,X-Campaign)})
 same => n,Set(GARBO_OPERATOR=${PJSIP_HEADER(read,X-Operator)})
 same => n,Set(GARBO_CALL_ID=${PJSIP_HEADER(read,X-Call)})
 same => n,Set(GARBO_ANNOUNCE=${PJSIP_HEADER(read,X-Announce)})
 same => n,Gosub(garbo,s,1(${EXTEN:2}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},,i)
 same => n,Hangup(${HANGUPCAUSE})
exten => _42.,1,Set(GARBO_ANNOUNCE=no)
 same => n,Gosub(garbo,s,1(${CALLERID(name)}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},,i)
 same => n,Hangup(${HANGUPCAUSE})
[holds]
exten => s,1,Answer()
 same => n,Wait(20)
"""


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose Asterisk can run commands of the machine, and tells AMI of verdicts."""
    environment = {"GARBO_GATE__DEADLINE_MS": "3000", "GARBO_ASTERISK__ANNOUNCE": "false"}
    environment["GARBO_WEBHOOKS__URL"] = f"http://garbo:{IN_URL}@127.0.0.1:9/hooks"
    environment["GARBO_WEBHOOKS__SECRET"] = SIGNED_WITH
    for made in furnished(asterisk, tmp_path_factory.mktemp("injection"), environment):
        etc = made.pbx.folder / "etc"
        with (etc / "extensions_extra.conf").open("a") as file:
            file.write(DIALPLAN)
        with (etc / "manager.conf").open("a") as file:
            file.write(f"[listener]\nsecret = {LISTENER}\nread = user\nwrite = call\n")
        # Else what a phone says of itself is not looked at.
        phones = etc / "pjsip.conf"
        phones.write_text(re.sub(r"(?m)^callerid *=.*\n", "", phones.read_text()))
        for command in ("dialplan reload", "module reload res_pjsip.so", "manager reload", "module load func_shell.so"):
            made.pbx.cli(command)
        assert await_watched(made.gate)
        yield made


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is there once a command was run; its name needs no sign that a dialplan gives a sense of its own."""
    return tmp_path_factory.mktemp("trap") / "owned"


@pytest.fixture(scope="module")
def barred(lab: Lab) -> str:
    """A number that may never be called."""
    number = lab.number()
    lab.installation.garbo("suppression", "add", number, "--reason", "asked")
    return number


def hostile(trap: Path) -> list[str]:
    """Texts that mean something to a dialplan, to SQL, or to a line of a protocol."""
    return [
        f"${{SHELL(touch {trap})}}",
        "${SET(GLOBAL(OWNED)=yes)}",
        f"x),n,Dial(PJSIP/{OTHER}@trunk",
        f"autumn,anna&PJSIP/{OTHER}@trunk",
        'autumn" = "autumn" | "1',
        "autumn|anna;--",
        "x'); DROP TABLE verdict; --",
        "' OR '1'='1",
        "autumn%0d%0aAction: Hangup",
        "${GARBO_TRUNK}^${EXTEN}",
    ]


def outcome_of(calls: list[PlacedCall]) -> list[int]:
    """The final code of each, once all have ended."""
    return [call.wait().status for call in calls]


def dial(lab: Lab, dialled: str, *, phone: str = ANNA, **words: Any) -> PlacedCall:
    """A call that is over soon."""
    return Caller(lab.pbx.sip_port, source=phone).start(dialled, talk=timedelta(milliseconds=100), **words)


def quoted(text: str) -> str:
    """As a display name has it."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


@contextmanager
def only(lab: Lab, trap: Path, *numbers: str) -> Iterator[None]:
    """In the block none but these numbers reach the carrier, no function is evaluated, nothing breaks."""
    before = len(lab.far_end.invites())
    yield
    assert lab.no_channels()
    assert sorted(invite.number for invite in lab.far_end.invites()[before:]) == sorted(numbers)
    assert not trap.exists()
    assert lab.told("OWNED") == "no"
    assert lab.gate.events("call.broken") == []
    assert lab.gate.events("service.failed") == []


def test_the_trap_works(lab: Lab, trap: Path) -> None:
    """A dialplan that does evaluate what a phone says is caught: so what follows is worth something."""
    assert outcome_of([dial(lab, "401", from_name=f"${{SHELL(touch {trap})}}")])
    assert trap.exists()
    trap.unlink()
    dial(lab, "401", from_name="${SET(GLOBAL(OWNED)=yes)}").wait()
    assert lab.told("OWNED") == "yes"
    lab.pbx.cli("dialplan set global OWNED no")


def test_what_a_phone_says_of_itself_changes_nothing(lab: Lab, trap: Path) -> None:
    """Its name and number are whatever it likes: the number that was dialled goes out, by the campaign's own."""
    numbers = [lab.number() for _ in hostile(trap)]
    before = len(lab.far_end.invites())
    with only(lab, trap, *numbers):
        calls = [
            dial(lab, number, from_user=text, from_name=quoted(text))
            for number, text in zip(numbers, hostile(trap), strict=True)
        ]
        assert outcome_of(calls) == [200] * len(numbers)
    invites = lab.far_end.invites()[before:]
    assert {(invite.from_user, invite.from_name.strip('" ')) for invite in invites} <= {
        (CALLER_ID, ""),
        (CALLER_ID, CALLER_ID),
    }
    recorded = lab.installation.garbo("calls", "list", "--limit", "1000")
    assert {each["operator"] for each in recorded if each["callee"] in numbers} == {"anna"}


def test_headers_that_name_a_campaign_are_names_or_nobodys(lab: Lab, trap: Path) -> None:
    """Campaign, operator and call id as sent by a phone, each with every text: denied, and the tables are there."""
    texts = hostile(trap)
    with only(lab, trap):
        calls = [
            dial(lab, f"41{lab.number()}", headers={"X-Operator": "anna", "X-Campaign": "autumn", name: text})
            for name in ("X-Campaign", "X-Operator")
            for text in texts
        ]
        assert set(outcome_of(calls)) == {403}
    numbers = [lab.number() for _ in texts]
    with only(lab, trap, *numbers):
        calls = [
            dial(lab, f"41{number}", headers={"X-Call": text, "X-Announce": text, "X-Garbo-Call": text})
            for number, text in zip(numbers, texts, strict=True)
        ]
        assert set(outcome_of(calls)) == {200}


def test_a_number_taken_from_a_name_is_a_number_or_nothing(lab: Lab, trap: Path) -> None:
    """What no URI can carry as a dialled string comes by a display name: quotes, line ends, functions."""
    number = lab.number()
    texts = [*hostile(trap), *(f"{number}{text}" for text in hostile(trap)), f"{number}),n(x", f"{number},1"]
    with only(lab, trap):
        assert set(outcome_of([dial(lab, "421", from_name=quoted(text)) for text in texts])) <= {403, 480, 503}
    with only(lab, trap, number):
        assert dial(lab, "421", from_name=number).wait().status == 200


def forged(lab: Lab, other: str) -> dict[str, str]:
    """All that a dialer may set to be taken for permitted."""
    permit = permit_of(lab, other)
    return {
        "__GARBO_PERMIT": permit,
        "__GARBO_VERDICT": "permit",
        "__GARBO_NUMBER": OTHER,
        "__GARBO_TRUNK": "trunk",
        "__GARBO_ENTRY": "1",
        "__GARBO_CALL_ID": permit.partition(".")[0],
        "__GARBO_OPERATOR": "anna",
        "__GARBO_CAMPAIGN": "autumn",
        "__GARBO_REASONS": "x\r\nAction: Hangup",
        "__garbo_entry": "1",
        "__garbo_passage": '1" = "1" | "',
        "__garbo_limit": "${SET(GLOBAL(OWNED)=yes)}",
        "__garbo_next": "allow",
        "__garbo_call": "x",
        "__garbo_dialled": OTHER,
    }


def permit_of(lab: Lab, number: str) -> str:
    """A real one, of a call that was permitted and never dialled."""
    before = lab.told("TOLD_PERMIT")
    lab.call(f"71{number}")
    permit = lab.told("TOLD_PERMIT")
    assert permit not in ("", before)
    return permit


def by_ami(lab: Lab, channel: str, variables: dict[str, str]) -> None:
    """As any dialer does; a line end in a value ends its line."""
    told = "\r\nVariable: ".join(f"{name}={value}" for name, value in variables.items())
    ami.action(
        lab.pbx.ami_port,
        lab.pbx.ami_user,
        lab.pbx.ami_password,
        Action="Originate",
        Channel=channel,
        Context="holds",
        Exten="s",
        Priority="1",
        Async="true",
        Variable=told,
    )


def by_ari(lab: Lab, channel: str, variables: dict[str, str]) -> None:
    """With the same variables, whose line ends are kept."""
    place = urlencode({"endpoint": channel, "context": "holds", "extension": "s", "priority": 1})
    url = f"{lab.pbx.ari_url}/channels?{place}"
    body = json.dumps({"variables": variables})
    ari.request("POST", url, lab.pbx.ari_user, lab.pbx.ari_password, body=body)


WAYS = [by_ami, by_ari]


@pytest.mark.parametrize("way", WAYS)
def test_variables_of_a_dialer_permit_nothing(lab: Lab, trap: Path, barred: str, way: Any) -> None:
    """Verdict, number, call id and permit of another call, and what the subroutine keeps for itself: denied."""
    variables = forged(lab, lab.number())
    before = len(lab.gate.events("call.denied"))
    with only(lab, trap):
        way(lab, f"Local/{barred}@garbo-outbound/n", variables)
        found = poll(lambda: lab.gate.events("call.denied")[before:], bool, SOON)
        assert [event["reasons"] for event in found] == [["suppressed_global"]]


@pytest.mark.parametrize("way", WAYS)
def test_variables_of_a_dialer_move_no_call_to_another_number(lab: Lab, trap: Path, way: Any) -> None:
    """A number that may be called is what goes out, or nothing does: never the one in a variable."""
    variables, number = forged(lab, lab.number()), lab.number()
    del variables["__garbo_passage"]
    with only(lab, trap, number):
        way(lab, f"Local/{number}@garbo-outbound/n", variables)
        assert poll(lambda: lab.reached(number), bool, SOON)
        lab.pbx.cli("channel request hangup all")


@pytest.mark.parametrize("way", WAYS)
def test_a_permit_of_another_number_is_no_permit(lab: Lab, way: Any) -> None:
    """Straight to the trunk with a real one: the watch ends it, and says why."""
    variables, number = {"__GARBO_PERMIT": permit_of(lab, lab.number())}, lab.number()
    before = len(bypasses(lab))
    way(lab, f"PJSIP/{number}@trunk", variables)
    found = poll(lambda: bypasses(lab), lambda now: len(now) > before, SOON)
    assert found[before:] == ["other_number"]
    assert lab.no_channels()


def bypasses(lab: Lab) -> list[str]:
    """Why each on record was ended, oldest first."""
    with closing(sqlite3.connect(lab.installation.folder / "garbo.db")) as database:
        return [str(why) for (why,) in database.execute("SELECT why FROM bypass ORDER BY at")]


def test_what_listeners_on_ami_hear_is_one_event_a_verdict(lab: Lab, trap: Path) -> None:
    """No line more than those that are told, whatever the campaign and operator are called."""
    with socket.create_connection(("127.0.0.1", lab.pbx.ami_port), timeout=10) as listening:
        listening.sendall(f"Action: Login\r\nUsername: listener\r\nSecret: {LISTENER}\r\n\r\n".encode())
        listening.settimeout(0.3)
        calls = [
            dial(lab, f"41{lab.number()}", headers={"X-Campaign": text, "X-Operator": text}, phone=CARLA)
            for text in hostile(trap)
        ]
        outcome_of(calls)
        heard = _heard(listening, len(calls))
    assert len(heard) == len(calls)
    names = {line.partition(":")[0] for event in heard for line in event}
    asterisks = ("Channel", "CallerID", "ConnectedLine", "ChanVariable", "SystemName")
    assert {name for name in names if not name.startswith(asterisks)} == {
        *("CallID", "Verdict", "Reason", "NotBefore", "Campaign", "Operator", "Script", "ScriptURL", "UserEvent"),
        *("Event", "Privilege", "Language", "AccountCode", "Context", "Exten", "Priority", "Uniqueid", "Linkedid"),
    }
    fields = [dict(line.split(": ", 1) for line in event if ": " in line) for event in heard]
    assert {(each.get("Campaign"), each.get("Operator")) for each in fields} == {("-", "-")}


def _heard(listening: socket.socket, count: int) -> list[list[str]]:
    said = b""
    for _ in range(20):
        with suppress(TimeoutError):
            said += listening.recv(65536)
        if said.count(b"UserEvent: GarboVerdict") >= count and said.endswith(b"\r\n\r\n"):
            break
    events = said.decode(errors="replace").split("\r\n\r\n")
    return [event.splitlines() for event in events if "UserEvent: GarboVerdict" in event]


def test_the_record_is_whole(lab: Lab) -> None:
    """After all of the above: every call has its outcome, no table and no link of the chain is missing."""
    assert lab.no_channels()
    assert lab.installation.garbo("ledger", "verify")["faults"] == []
    recorded = poll(
        lambda: lab.installation.garbo("calls", "list", "--limit", "1000"),
        lambda found: all(document["outcome"] for document in found),
        SOON,
    )
    assert [document for document in recorded if document["outcome"] is None] == []
    assert lab.reached(OTHER) == []


def test_the_log_and_the_process_list_hold_no_number_and_no_secret(lab: Lab) -> None:
    """Permits, denials, bypasses, webhooks in vain were told; who was called, and with what, was not."""
    log = lab.gate.log.read_text()
    assert lab.gate.events("call.permitted")
    assert lab.gate.events("bypass.hung_up")
    assert lab.gate.events("webhook.failed")
    dialled = {invite.number for invite in lab.far_end.invites()} | {OTHER}
    assert [number for number in dialled if number.removeprefix("+39") in log] == []
    secrets = [lab.pbx.ari_password, lab.pbx.ami_password, IN_URL, SIGNED_WITH]
    secrets += [lab.told("TOLD_PERMIT"), lab.told("TOLD_URL")]
    titles = Path(f"/proc/{lab.gate.pid}/cmdline").read_text()
    assert [secret for secret in secrets if secret in log or secret in titles] == []
