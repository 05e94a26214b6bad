"""Asterisk 16, which has no REST over websockets: the same calls, by Stasis with plain HTTP and by FastAGI."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from docker.asterisk import Asterisk
from docker.lab.ports import PortBlock
from docker.lab.releases import OLD
from tests.e2e.conftest import CALLER_ID, Lab, furnished

FORBIDDEN, UNAVAILABLE = 403, 503


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab on the old Asterisk whose gate keeps both doors open; `asterisk` sees to SIPp."""
    with PortBlock.claim("127.0.0.1", 2, fixed=2) as ports:
        environment = {
            "GARBO_GATE__DEADLINE_MS": "3000",
            "GARBO_FASTAGI__GATES": json.dumps([f"127.0.0.1:{ports.first + 1}"]),
        }
        folder = tmp_path_factory.mktemp("old")
        yield from furnished(Asterisk.obtain(OLD), folder, environment, agi_port=ports.first + 1)


@pytest.fixture(scope="module", params=["stasis", "fastagi"], autouse=True)
def door(request: pytest.FixtureRequest, lab: Lab) -> str:
    """How the dialplan asks from now on: the file that Asterisk includes is rendered anew."""
    folder = str(lab.installation.folder / "dialplan")
    lab.installation.garbo("dialplan", "render", "--flavor", "asterisk", "--door", request.param, "-o", folder)
    lab.pbx.cli("dialplan reload")
    assert ("AGI(" in lab.pbx.cli("dialplan show garbo")) is (request.param == "fastagi")
    return str(request.param)


def test_the_gate_knows_what_it_speaks_to(lab: Lab) -> None:
    """The log and /metrics name the transport, and what is wrong with so old a version."""
    assert lab.gate.events("ari.connected")[-1]["rest"] == "http"
    assert "#801" in str(lab.gate.events("ari.version_faulty"))
    with urllib.request.urlopen(f"{lab.gate.web_url}/metrics") as page:
        assert 'garbo_ari_transport{transport="http"} 1.0' in page.read().decode()


def test_a_permitted_call_goes_out(lab: Lab) -> None:
    """With the campaign's caller id; it is answered, and its outcome is recorded."""
    number = lab.number()
    assert lab.call(number).status == 200
    invite = next(invite for invite in lab.far_end.invites() if invite.number == number)
    assert invite.from_user == CALLER_ID
    assert lab.outcome(number) == "answered"


def test_a_busy_callee_is_recorded(lab: Lab, door: str) -> None:
    """The leg's own answer comes back to the caller and into the record."""
    number = {"stasis": "+393330990486", "fastagi": "+393331990486"}[door]
    assert lab.call(number).status != 200
    assert lab.outcome(number) == "busy"


def test_a_suppressed_number_never_reaches_the_trunk(lab: Lab) -> None:
    """Denied with its reason; the dialplan's own books say the same."""
    number = lab.number()
    lab.installation.garbo("suppression", "add", number, "--reason", "asked")
    result = lab.call(f"73{number}")
    assert (result.status, result.reason) == (FORBIDDEN, "Q.850;cause=21")
    assert lab.verdicts(number)[-1]["reasons"][0]["code"] == "suppressed_global"
    assert lab.told("BOOKS").startswith("DNC/deny/")
    assert lab.reached(number) == []


def test_a_call_outside_hours_is_deferred(lab: Lab) -> None:
    """With the instant from which it would be allowed."""
    number = lab.number()
    assert lab.call(f"75{number}").status == FORBIDDEN
    verdict = lab.verdicts(number)[-1]
    wait = datetime.fromisoformat(verdict["not_before"]) - datetime.now(UTC)
    assert timedelta(0) < wait < timedelta(hours=24)
    assert lab.told("BOOKS") == f"DNC/defer/outside_calling_window/{verdict['not_before']}"
    assert lab.reached(number) == []


def test_without_a_gate_only_emergencies_go_out(lab: Lab) -> None:
    """Killed: 503 and nothing on the trunk, but 112; afterwards all is well again."""
    number, later = lab.number(), lab.number()
    lab.gate.kill()
    refused = lab.call(f"73{number}")
    assert (refused.status, refused.reason) == (UNAVAILABLE, "Q.850;cause=34")
    assert lab.reached(number) == []
    assert lab.call("112").status == 200
    lab.gate.start()
    assert lab.call(later).status == 200
    assert lab.outcome(later) == "answered"


def test_nothing_is_left_and_nothing_broke(lab: Lab) -> None:
    """No channel, no open call, a whole ledger, and no complaint of Asterisk's about the dialplan."""
    assert lab.no_channels()
    assert lab.installation.garbo("ledger", "verify")["faults"] == []
    recorded = lab.installation.garbo("calls", "list", "--limit", "100")
    assert [document for document in recorded if document["outcome"] is None] == []
    assert lab.gate.events("call.broken") == []
    assert lab.gate.events("service.failed") == []
