"""The gate in a hook that is called by Macro(), as FreePBX 16 and Issabel do: on a real Asterisk 16, by FastAGI."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from docker.asterisk import Asterisk
from docker.lab.far_end import Behaviour, FarEnd
from docker.lab.gate import Gate, Installation
from docker.lab.ports import PortBlock
from docker.lab.releases import OLD
from tests.e2e.conftest import CALLER_ID, Lab, furnish
from tests.e2e.products import predial

FORBIDDEN, UNAVAILABLE, ANSWERED = 403, 503, 200
PHONES = """
[from-operators](+)
exten => _*0.,1,Set(GARBO_ANNOUNCE=no)
 same => n,Goto(outbound-routes,${FILTER(0-9+,${EXTEN:2})},1)
"""


@dataclass
class Macros(Lab):
    """A lab that knows where the first gate should be."""

    first_port: int = 0


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Macros]:
    """An Asterisk 16 whose dialplan asks a gate that hangs first, and then the one that answers."""
    folder = tmp_path_factory.mktemp("macros")
    with ExitStack() as stack:
        ports = stack.enter_context(PortBlock.claim("127.0.0.1", 3, fixed=2))
        addresses = [f"127.0.0.1:{ports.first + place}" for place in (1, 2)]
        environment = {"GARBO_GATE__DEADLINE_MS": "1000", "GARBO_FASTAGI__GATES": json.dumps(addresses)}
        installation = Installation(folder / "garbo", environment)
        furnish(installation)
        files = installation.garbo("dialplan", "render", "--flavor", "freepbx", "--version", "16")["files"]
        (folder / "subroutine.conf").write_text(files["extensions_garbo.conf"])
        extra = files["extensions_garbo_freepbx.conf"] + PHONES + predial(macros=True)
        (folder / "pbx" / "etc").mkdir(parents=True)
        pbx = stack.enter_context(
            Asterisk.obtain(OLD).start(folder / "pbx", folder / "subroutine.conf", extra_dialplan=extra)
        )
        modules = pbx.folder / "etc" / "modules.conf"
        modules.write_text(modules.read_text() + "load = app_macro.so\n")
        pbx.cli("module load app_macro.so")
        pbx.cli("dialplan reload")
        far_end = stack.enter_context(FarEnd(pbx.trunk_port, ring=timedelta(milliseconds=100)))
        gate = stack.enter_context(Gate(installation, pbx, agi_port=ports.first + 2)).start()
        yield Macros(installation=installation, pbx=pbx, far_end=far_end, gate=gate, first_port=ports.first + 1)


def test_a_permitted_call_goes_on_in_the_macro(lab: Macros) -> None:
    """First trunk dead, second dialled, one attempt; the macro for hang-ups runs."""
    number = lab.number()
    with FarEnd(lab.pbx.trunk2_port, host="127.0.0.3", behaviour=Behaviour.FAIL) as dead:
        assert lab.call(f"*081{number}").status == ANSWERED
        assert [invite.number for invite in dead.invites()] == [number]
    assert [(i.number, i.from_user) for i in lab.far_end.invites()] == [(number, CALLER_ID)]
    assert len(lab.verdicts(number)) == 1
    assert (lab.told("BOOKS"), lab.told("OWN")) == ("ANSWER/permit", f"2/0099{number}")


def test_a_refused_call_ends_in_the_macro(lab: Macros) -> None:
    """403, no trunk, nothing after the trunks, and the macro for hang-ups once."""
    number, booked = lab.number(), int(lab.told("BOOKED") or 0)
    lab.installation.garbo("suppression", "add", number, "--reason", "asked")
    assert lab.call(f"*081{number}").status == FORBIDDEN
    assert lab.reached(number) == []
    assert (lab.told("BOOKS"), lab.told("AFTERWARDS")) == ("DNC/deny", "")
    assert int(lab.told("BOOKED")) == booked + 1


def test_a_hung_gate_lets_nothing_out(lab: Macros) -> None:
    """The time-out ends every Macro(): the second gate's permit finds no way back, and its refusal refuses."""
    number, refused = lab.number(), lab.number()
    lab.installation.garbo("suppression", "add", refused, "--reason", "asked")
    with socket.create_server(("127.0.0.1", lab.first_port)):
        results = [lab.call(f"*088{dialled}") for dialled in (number, refused)]
    assert [result.status for result in results] == [UNAVAILABLE, FORBIDDEN]
    assert all(result.setup and result.setup < timedelta(seconds=5) for result in results)
    assert (lab.reached(number), lab.reached(refused)) == ([], [])
    assert lab.outcome(number) == "not_dialled"


def test_without_a_gate_only_emergencies_leave(lab: Macros) -> None:
    """503 and nothing dialled; the emergency route as it is; an ENUM trunk is left out."""
    number, emergency = lab.number(), f"06{lab.number()[-6:]}"
    lab.gate.kill()
    assert [lab.call(f"*0{route}{number}").status for route in (88, 84, 83)] == [UNAVAILABLE] * 3
    assert [lab.call(f"*0{dialled}").status for dialled in (f"82{emergency}", "88112")] == [ANSWERED] * 2
    assert (lab.reached(number), lab.told("ENUM")) == ([], "")
    assert (lab.reached(emergency), lab.reached("112")) == ([f"0099{emergency}"], ["112"])
    assert lab.told("BOOKS") == "ANSWER/exempt"
