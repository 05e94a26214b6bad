"""The FastAGI door on a real Asterisk: who is let out, who is not, what is on record, and what a bad gate can do."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta

import pytest

from docker.asterisk import Asterisk
from docker.lab import ami
from docker.lab.far_end import Behaviour, FarEnd
from docker.lab.gate import Gate, Installation
from docker.lab.ports import PortBlock
from docker.lab.sip_log import poll
from tests.e2e.conftest import ANNA, BRUNO, CALLER_ID, CARLA, EXTRA_DIALPLAN, Lab, furnish

FORBIDDEN, UNAVAILABLE = 403, 503
LATER = timedelta(seconds=5)


@pytest.fixture(scope="module")
def ports() -> Iterator[PortBlock]:
    """Where the dialplan looks for gates: first a stranger's place, then the gate, then the second gate."""
    with PortBlock.claim("127.0.0.1", 4, fixed=3) as block:
        yield block


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, ports: PortBlock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose dialplan asks by FastAGI, at three addresses of which one mostly answers."""
    folder = tmp_path_factory.mktemp("fastagi")
    addresses = [f"127.0.0.1:{ports.first + place}" for place in (1, 2, 3)]
    environment = {
        "GARBO_ASTERISK__DOOR": "fastagi",
        "GARBO_ASTERISK__APPS": json.dumps(["garbo-a", "garbo-b"]),
        "GARBO_FASTAGI__GATES": json.dumps(addresses),
    }
    with ExitStack() as stack:
        installation = Installation(folder / "garbo", environment)
        furnish(installation)
        pbx = stack.enter_context(asterisk.start(folder / "pbx", installation.dialplan(), extra_dialplan=""))
        extra = EXTRA_DIALPLAN.replace("TRUNK_PORT", str(pbx.trunk_port))
        (pbx.folder / "etc" / "extensions_extra.conf").write_text(extra)
        pbx.cli("dialplan reload")
        endings = {"990486": Behaviour.BUSY, "990487": Behaviour.NO_ANSWER, "990503": Behaviour.FAIL}
        far_end = stack.enter_context(FarEnd(pbx.trunk_port, ring=timedelta(milliseconds=100), by_suffix=endings))
        gate = stack.enter_context(Gate(installation, pbx, agi_port=ports.first + 2)).start()
        yield Lab(installation=installation, pbx=pbx, far_end=far_end, gate=gate)


class Stranger:
    """Whatever listens where a gate should: each connection, once its environment was read, is given to `play`."""

    def __init__(self, port: int, play: Callable[[socket.socket, dict[str, str]], None]) -> None:
        """Listens from now on."""
        self._play = play
        self._socket = socket.create_server(("127.0.0.1", port))
        self.met = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no longer; who waits in `accept` keeps the port unless it is told."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self.met += 1
            threading.Thread(target=self._meet, args=(peer,), daemon=True).start()

    def _meet(self, peer: socket.socket) -> None:
        raw = b""
        with peer:
            while b"\n\n" not in raw and (some := peer.recv(4096)):
                raw += some
            told = dict(line.partition(": ")[::2] for line in raw.decode().splitlines() if line)
            with suppress(OSError):  # hung up on
                self._play(peer, told)


@contextmanager
def stranger(ports: PortBlock, play: Callable[[socket.socket, dict[str, str]], None]) -> Iterator[Stranger]:
    """A stranger at the first address."""
    other = Stranger(ports.first + 1, play)
    try:
        yield other
    finally:
        other.close()


def closes(peer: socket.socket, told: dict[str, str]) -> None:
    """Hear the question, and close without a word."""


def hangs(peer: socket.socket, told: dict[str, str]) -> None:
    """Hear the question, and say nothing until Asterisk gives up."""
    while peer.recv(4096):
        pass


def permits(peer: socket.socket, told: dict[str, str], *, after_s: float = 0.0, **changes: str) -> None:
    """Answer as a gate does that permits, so late; `changes` are of what it says."""
    time.sleep(after_s)
    number = told["agi_arg_1"]
    said = {
        "GARBO_ENTRY": told["agi_arg_2"],
        "GARBO_NUMBER": number,
        "GARBO_TRUNK": "trunk",
        "GARBO_VERDICT": "permit",
        "GARBO_TOKEN": f"{told['agi_uniqueid']}/{told['agi_arg_2']}/{number}/{number}",
        **changes,
    }
    for name, value in said.items():
        peer.sendall(f'SET VARIABLE {name} "{value}"\n'.encode())
        peer.recv(4096)


def quiet(number: str) -> str:
    """What to dial for a call that is refused at once, without an announcement."""
    return f"73{number}"


def test_a_permitted_call_goes_out_with_its_caller_id_and_is_recorded(lab: Lab) -> None:
    """The carrier sees the number that was judged, under the campaign's; the outcome is told as the channel ends."""
    number = lab.number()
    assert lab.call(number).status == 200
    [invite] = [invite for invite in lab.far_end.invites() if invite.number == number]
    assert (invite.from_user, invite.from_name) == (CALLER_ID, "")
    assert lab.outcome(number) == "answered"
    assert len(lab.verdicts(number)) == 1


def test_a_dialer_that_says_it_is_seen_to_is_seen_to_all_the_same(lab: Lab) -> None:
    """A variable of its own in the place of ours does not keep a call's outcome from being told."""
    number = lab.number()
    asked = {"Channel": f"Local/{number}@garbo-outbound/n", "Application": "Wait", "Data": "1", "Async": "true"}
    said = ("__GARBO_OPERATOR=anna", "__GARBO_CAMPAIGN=autumn", "__garbo_handler=yes", "__garbo_ended=x")
    variables = "\r\nVariable: ".join(said)
    answer = ami.action(
        lab.pbx.ami_port, lab.pbx.ami_user, lab.pbx.ami_password, Action="Originate", Variable=variables, **asked
    )
    assert answer.startswith("Success")
    assert poll(lambda: lab.reached(number), bool, LATER) == [number]
    assert lab.outcome(number) == "answered"


def test_a_channels_own_id_is_no_part_of_an_expression(lab: Lab) -> None:
    """A dialer that names its channel so that the token's comparison comes out true is refused before any gate."""
    number = lab.number()
    answer = ami.action(
        lab.pbx.ami_port,
        lab.pbx.ami_user,
        lab.pbx.ami_password,
        Action="Originate",
        Channel=f"Local/73{number}@from-operators/n",
        ChannelId='1" | "1',
        OtherChannelId='2" | "1',
        Variable="__GARBO_OPERATOR=anna",
        Application="Wait",
        Data="1",
        Async="true",
    )
    assert answer.startswith("Success")
    assert poll(lambda: lab.told("BOOKS"), bool, LATER) == "DNC/deny/number_invalid/"
    assert lab.no_channels()
    assert lab.reached(number) == []


def test_spaces_and_dashes_in_what_was_dialled_do_no_harm(lab: Lab) -> None:
    """The token is bound to what was dialled, as it was dialled."""
    number = lab.number()
    assert lab.call(f"{number[:3]} {number[3:6]}-{number[6:]}").status == 200
    assert lab.reached(number) == [number]
    assert lab.outcome(number) == "answered"


def test_what_the_gate_says_is_told_to_the_dialplan(lab: Lab) -> None:
    """The same variables as through Stasis, and the caller's own time limit handed back."""
    number = lab.number()
    lab.call(f"77{number}")
    verdict, script, told, caller_id, presentation, limit = lab.told("TOLD").split("/")
    assert (verdict, told, caller_id, presentation) == ("permit", number, CALLER_ID, "allowed")
    assert script
    assert float(limit) > 55
    assert lab.told("TOLD_URL").startswith(f"{lab.gate.web_url}/s/")
    assert lab.told("TOLD_PERMIT")
    assert lab.outcome(number) == "not_dialled"


def test_a_denied_call_gets_403_and_runs_the_callers_own_books(lab: Lab) -> None:
    """The reason comes with it, and nothing reaches the carrier."""
    number = lab.number()
    lab.installation.garbo("suppression", "add", number, "--reason", "asked")
    refused = lab.call(f"74{number}")
    assert (refused.status, refused.reason) == (FORBIDDEN, "Q.850;cause=21")
    assert lab.told("BOOKS") == "DNC/deny/suppressed_global/"
    assert lab.reached(number) == []


def test_a_deferred_call_gets_403_with_its_instant(lab: Lab) -> None:
    """A window that is closed: the dialplan is told when it opens."""
    number = lab.number()
    assert lab.call(f"75{number}").status == FORBIDDEN
    [verdict] = lab.verdicts(number)
    assert (verdict["verdict"], verdict["reasons"][0]["code"]) == ("defer", "outside_calling_window")
    assert verdict["not_before"]


def test_exempt_numbers_go_out_ungated_and_unrecorded(lab: Lab) -> None:
    """112 asks no gate."""
    before = len(lab.gate.events())
    assert lab.call("112").status == 200
    assert [event for event in lab.gate.events()[before:] if str(event["event"]).startswith("call.")] == []


@pytest.mark.parametrize(
    ("ending", "outcome"), [("990486", "busy"), ("990503", "failed")], ids=["busy", "carrier refuses"]
)
def test_the_outcome_is_what_dial_came_to(lab: Lab, ending: str, outcome: str) -> None:
    """Told by the hangup handler, also where nobody was spoken to."""
    number = f"{lab.number()[:-6]}{ending}"
    assert lab.call(number).status >= 400
    assert lab.outcome(number) == outcome


def test_a_caller_who_hangs_up_while_it_rings_is_cancelled(lab: Lab) -> None:
    """The handler runs on the dying channel as well."""
    number = f"{lab.number()[:-6]}990487"
    with lab.start(number, cancel_after=timedelta(milliseconds=500)) as call:
        call.wait()
    assert lab.outcome(number) == "cancelled"


def test_nobody_answers_in_time(lab: Lab) -> None:
    """Dial's own time-out, on a second trunk that rings for ever."""
    number = "+393340990487"
    extra = lab.pbx.folder / "etc" / "extensions_extra.conf"
    extra.write_text(
        extra.read_text()
        + """
[from-operators](+)
exten => _65.,1,Gosub(garbo,s,1(${EXTEN:2}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},1)
 same => n,Hangup(19)
"""
    )
    lab.pbx.cli("dialplan reload")
    lab.call(f"65{number}")
    assert lab.outcome(number) == "no_answer"


def test_a_hook_that_runs_for_each_trunk_counts_once(lab: Lab) -> None:
    """The first trunk fails, the second answers: one verdict, one outcome."""
    number = lab.number()
    with FarEnd(lab.pbx.trunk2_port, host="127.0.0.3", behaviour=Behaviour.FAIL) as dead:
        assert lab.call(f"76{number}").status == 200
        assert [invite.number for invite in dead.invites()] == [number]
    assert lab.outcome(number) == "answered"
    assert len(lab.verdicts(number)) == 1


def test_a_gate_that_is_down_means_503_and_112_still_goes(lab: Lab) -> None:
    """Killed: nothing leaves, and the end of a call that was up is told to its next life."""
    talking, blocked = lab.number(), lab.number()
    with lab.start(talking, phone=BRUNO) as call:
        assert call.await_status().status == 200
        lab.gate.kill()
        refused = lab.call(quiet(blocked))
        assert (refused.status, refused.reason) == (UNAVAILABLE, "Q.850;cause=34")
        assert lab.call("112").status == 200
    lab.pbx.cli("channel request hangup all")
    lab.gate.start()
    assert lab.outcome(talking) == "answered"
    assert lab.reached(blocked) == []
    assert lab.verdicts(blocked) == []


def test_a_frozen_gate_costs_the_deadline_and_the_next_is_asked(lab: Lab, ports: PortBlock) -> None:
    """SIGSTOP: denied within the deadline and a second; with a second gate, permitted; its backlog is not judged."""
    blocked, through = lab.number(), lab.number()
    lab.gate.freeze()
    refused = lab.call(quiet(blocked))
    assert refused.status == UNAVAILABLE
    assert refused.setup is not None
    assert refused.setup < timedelta(milliseconds=400 + 1000)
    with Gate(lab.installation, lab.pbx, app="garbo-b", agi_port=ports.first + 3) as second:
        second.start()
        assert lab.call(quiet(through)).status == 200
        assert lab.outcome(through) == "answered"
        lab.gate.thaw()
        assert poll(lambda: lab.gate.events("fastagi.left"), lambda found: len(found) >= 2, LATER)
        assert second.terminate() == 0
    assert lab.verdicts(blocked) == []
    assert len(lab.verdicts(through)) == 1
    assert lab.reached(blocked) == []


@pytest.mark.parametrize("play", [closes, hangs])
def test_a_stranger_in_a_gates_place_lets_nobody_out(
    lab: Lab, ports: PortBlock, play: Callable[[socket.socket, dict[str, str]], None]
) -> None:
    """AGISTATUS says SUCCESS to a closed connection; the next gate is asked all the same, and only its word counts."""
    number, blocked = lab.number(), lab.number()
    lab.installation.garbo("suppression", "add", blocked, "--reason", "asked")
    with stranger(ports, play) as other:
        assert lab.call(quiet(number)).status == 200
        assert lab.call(quiet(blocked)).status == FORBIDDEN
        assert other.met >= 2
    assert lab.outcome(number) == "answered"


def test_only_the_token_of_this_channel_passage_and_number_dials(lab: Lab, ports: PortBlock) -> None:
    """In time and right it dials; too late, or for another channel, passage or number, it never does."""
    lab.gate.kill()
    try:
        with stranger(ports, permits):
            right = lab.number()
            assert lab.call(quiet(right)).status == 200
        for wrong in (
            {"GARBO_TOKEN": "pbx-1.1/1/+393330000000/+393330000000"},
            {"GARBO_NUMBER": "+393339999999"},
            {"GARBO_ENTRY": "7"},
            {"GARBO_TOKEN": ""},
        ):
            with stranger(ports, lambda peer, told, wrong=wrong: permits(peer, told, **wrong)):  # type: ignore[misc]
                number = lab.number()
                assert lab.call(quiet(number)).status == UNAVAILABLE
                assert lab.reached(number) == []
        with stranger(ports, lambda peer, told: permits(peer, told, after_s=0.6)):
            late = lab.number()
            assert lab.call(quiet(late)).status == UNAVAILABLE
            assert lab.reached(late) == []
        assert lab.reached("9999999") == []
    finally:
        lab.gate.start()


def test_an_orderly_stop_exits_with_zero_and_lets_the_next_gate_take_over(lab: Lab) -> None:
    """SIGTERM: the port is closed at once, so that the dialplan loses no time."""
    assert lab.gate.terminate() == 0
    refused = lab.call(quiet(lab.number()), phone=CARLA)
    assert refused.status == UNAVAILABLE
    lab.gate.start()
    number = lab.number()
    assert lab.call(number, phone=ANNA).status == 200
    assert lab.outcome(number) == "answered"


def test_nothing_is_left_and_no_call_without_its_outcome(lab: Lab) -> None:
    """After all of the above."""
    assert lab.no_channels()
    recorded = lab.installation.garbo("calls", "list", "--limit", "1000")
    assert [document for document in recorded if document["outcome"] is None] == []
    assert [document for document in recorded if document["outcome"] == "unobserved"] == []
    assert lab.installation.garbo("ledger", "verify")["faults"] == []
    assert lab.gate.events("call.broken") == []
    assert lab.gate.events("fastagi.failed") == []
