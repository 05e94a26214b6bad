"""A real Asterisk's own records held against the gate's book, and a canary through its real dialplan."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from docker.asterisk import Asterisk
from docker.lab.sip_log import poll
from tests.e2e.conftest import Lab, furnished

SHORT = timedelta(seconds=5)
CANARY = "+393339999999"
DIALPLAN = """
[from-operators](+)
; 50: straight to the trunk, without the subroutine.
exten => _50.,1,Dial(PJSIP/${EXTEN:2}@trunk)
 same => n,Hangup(16)
; A way out that somebody forgot.
[forgotten]
exten => _+X.,1,Dial(PJSIP/${EXTEN}@trunk)
"""


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that reports bypasses, keeps legs, and sends a canary every ten seconds."""
    environment = {
        "GARBO_ASTERISK__BYPASS": "report",
        "GARBO_RECONCILIATION__SOURCE": "ami",
        "GARBO_RECONCILIATION__CDR_TIMES": "utc",
        "GARBO_CANARY__NUMBER": CANARY,
        "GARBO_CANARY__EVERY_S": "10",
        "GARBO_CANARY__CONTEXTS": '["garbo-outbound", "forgotten"]',
        "GARBO_CANARY__CAMPAIGN": "autumn",
    }
    for made in furnished(asterisk, tmp_path_factory.mktemp("records"), environment):
        made.installation.garbo("suppression", "add", CANARY, "--purpose", "all", "--reason", "canary")
        extra = made.pbx.folder / "etc" / "extensions_extra.conf"
        extra.write_text(extra.read_text() + DIALPLAN)
        made.pbx.cli("dialplan reload")
        yield made


def test_a_canary_is_blocked_and_one_that_escapes_is_told(lab: Lab) -> None:
    """Through the gate it is blocked; through a way out that somebody forgot it is hung up at once, and told."""
    passed = poll(lambda: lab.gate.events("canary.passed"), bool, timedelta(seconds=20))
    assert [event["context"] for event in passed] == ["forgotten"] * len(passed)
    assert len(passed) > 0
    assert {event["context"] for event in lab.gate.events("canary.blocked")} == {"garbo-outbound"}
    kept = lab.installation.garbo("canary", "list", codes=(0, 1))
    assert {(each["context"], each["result"]) for each in kept} >= {
        ("garbo-outbound", "blocked"),
        ("forgotten", "passed"),
    }


def cdr_lines(lab: Lab) -> Path:
    """Where cdr_csv writes, once it is told to."""
    (lab.pbx.folder / "log" / "cdr-csv").mkdir()
    (lab.pbx.folder / "etc" / "cdr.conf").write_text(
        "[general]\nenable = yes\nunanswered = yes\n[csv]\nusegmtime = yes\nloguniqueid = yes\n"
    )
    lab.pbx.cli("module reload cdr")
    lab.pbx.cli("module load cdr_csv.so")
    return lab.pbx.folder / "log" / "cdr-csv" / "Master.csv"


def test_a_day_of_calls_is_held_against_its_permits(lab: Lab) -> None:
    """By AMI's legs and by the file of cdr_csv: one call left unchecked, and it alone is told, beside the canary."""
    file = cdr_lines(lab)
    permitted, unchecked = lab.number(), lab.number()
    assert lab.call(permitted).status == 200
    assert lab.call(f"50{unchecked}").status == 200
    today = datetime.now(UTC).astimezone().date().isoformat()
    lines = poll(lambda: file.read_text().splitlines() if file.exists() else [], lambda found: len(found) >= 2, SHORT)
    assert len(lines) >= 2
    poll(
        lambda: lab.installation.garbo("reconcile", "--day", today, codes=(0, 1))["legs"], lambda legs: legs >= 2, SHORT
    )
    by_ami = lab.installation.garbo("reconcile", "--day", today, codes=(1,))
    told = [each["channel"] for each in by_ami["unchecked"]]
    by_file = lab.installation.garbo("reconcile", "--day", today, "--cdr", str(file), codes=(1,))
    by_number = {each["dialled"]: each["channel"] for each in by_file["unchecked"]}
    assert by_number.keys() - {masked(CANARY)} == {masked(unchecked)}
    assert by_number[masked(unchecked)] in told
    assert by_file["legs"] - len(by_file["unchecked"]) == 1
    assert by_file["unseen"] == []


def masked(number: str) -> str:
    """As it is shown."""
    return f"{number[:4]}*******{number[-2:]}"
