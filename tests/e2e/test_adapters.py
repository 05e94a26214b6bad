"""The gate in other products' dialplans, or some of their shape, on a real Asterisk with SIP calls."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from docker.asterisk import Asterisk, RunningAsterisk
from docker.lab.call_result import CallResult
from docker.lab.far_end import Behaviour, FarEnd, Invite
from docker.lab.gate import Installation
from docker.lab.sip_log import poll
from tests.e2e.conftest import ANNA, BRUNO, CALLER_ID, CARLA, Lab, furnished
from tests.e2e.originating import ami, ari
from tests.e2e.products import CallLog, predial, shown, vicidial

FORBIDDEN, UNAVAILABLE, ANSWERED = 403, 503, 200
GLOBALS = """
[globals](+)
GARBO_OPERATOR_9102=bruno
GARBO_CAMPAIGN_ROUTE_3=everybody
GARBO_CAMPAIGN_VICI=everybody
GARBO_PREFIX_TRUNK_3=7788

[from-operators](+)
include => outbound-routes
"""


@dataclass
class Products(Lab):
    """A lab that all products share, with VICIdial's `call_log` beside it."""

    call_log: CallLog | None = None

    def asked_for(self, number: str, *ends: FarEnd) -> list[Invite]:
        """Every INVITE for a number that reached a carrier."""
        return [invite for end in (self.far_end, *ends) for invite in end.invites() if number in invite.number]

    def suppressed(self) -> str:
        """A number that must not be called."""
        number = self.number()
        self.installation.garbo("suppression", "add", number, "--reason", "asked")
        return number

    def dial(self, dialled: str, phone: str = ANNA) -> CallResult:
        """As `call`, without an announcement, which takes seconds: the phone's own dialplan asks for none."""
        return self.call(f"*0{dialled}", phone=phone)


# Where a dialer's answered call goes, and the PBX's own extensions.
OWN = """
[dialer-answered]
exten => s,1,Wait(20)

[internal]
exten => _1XX,1,Dial(PJSIP/${EXTEN},10)
"""
# `*0`: what a phone dials, without an announcement; `*1`: a colleague's phone.
SILENTLY = """
[from-operators](+)
exten => _*0.,1,Set(GARBO_ANNOUNCE=no)
 same => n,Goto(outbound-routes,${FILTER(0-9+,${EXTEN:2})},1)
exten => _*1.,1,Set(__GARBO_ANNOUNCE=no)
 same => n,Set(__GARBO_CAMPAIGN=everybody)
 same => n,Set(FORWARD_CONTEXT=garbo-transfers)
 same => n,Dial(PJSIP/${EXTEN:2},10)
 same => n,Hangup(${HANGUPCAUSE})
"""


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Products]:
    """One exchange with the dialplans of all products that Asterisk 22 can run."""
    folder = tmp_path_factory.mktemp("adapters")
    with CallLog() as call_log:
        environment = {"GARBO_GATE__DEADLINE_MS": "3000", "GARBO_ASTERISK__TRUNK_PREFIXES": '["7788"]'}
        for lab in furnished(asterisk, folder, environment):
            lab.installation.garbo(
                *("campaign", "add", "everybody", "--principal", "lumina", "--sector", "telecom"),
                *("--trunk", "PJSIP/trunk", "--region", "IT", "--purpose", "acquisition", "--caller-id", CALLER_ID),
            )
            extra = lab.pbx.folder / "etc" / "extensions_extra.conf"
            entry = rendered(lab.installation, "vicidial", "vicidial_carrier_entry.txt")
            parts = [
                rendered(lab.installation, "freepbx", "extensions_garbo_freepbx.conf"),
                rendered(lab.installation, "vicidial", "extensions_garbo_vicidial.conf"),
                *(GLOBALS, OWN, SILENTLY, predial(macros=False), vicidial(entry, call_log.port)),
                shown("asterisk.md", "[garbo-transfers]"),
            ]
            extra.write_text(extra.read_text() + "\n".join(parts))
            lab.pbx.cli("dialplan reload")
            yield Products(
                installation=lab.installation,
                pbx=lab.pbx,
                far_end=lab.far_end,
                gate=lab.gate,
                call_log=call_log,
            )


def rendered(installation: Installation, flavor: str, name: str) -> str:
    """One file of a flavour."""
    folder = installation.folder / flavor
    installation.garbo("dialplan", "render", "--flavor", flavor, "-o", str(folder))
    return (folder / name).read_text()


# ---- FreePBX --------------------------------------------------------------------------------------------------------


def test_a_permitted_call_leaves_once_with_the_permitted_number_and_caller_id(lab: Products) -> None:
    """First trunk dead, second dialled: one attempt, no trunk's caller id or prefix, an own hook before."""
    number = lab.number()
    with FarEnd(lab.pbx.trunk2_port, host="127.0.0.3", behaviour=Behaviour.FAIL) as dead:
        assert lab.dial(f"81{number}").status == ANSWERED
        found = lab.asked_for(number, dead)
    assert [invite.number for invite in found] == [number, number]
    assert {(invite.from_user, invite.asserted_identity, invite.from_name) for invite in found} == {
        (CALLER_ID, CALLER_ID, "")
    }
    assert lab.outcome(number) == "answered"
    assert len(lab.verdicts(number)) == 1
    assert lab.told("OWN") == f"2/0099{number}"


def test_a_refused_call_ends_before_the_first_trunk(lab: Products) -> None:
    """403; no trunk is tried, nothing after the trunks runs, and the macro for hang-ups keeps its books once."""
    number, booked = lab.suppressed(), int(lab.told("BOOKED") or 0)
    with FarEnd(lab.pbx.trunk2_port, host="127.0.0.3") as first:
        result = lab.dial(f"81{number}")
        assert (result.status, result.reason) == (FORBIDDEN, "Q.850;cause=21")
        assert lab.asked_for(number, first) == []
    assert lab.told("BOOKS") == "DNC/deny"
    assert int(lab.told("BOOKED")) == booked + 1
    assert lab.told("AFTERWARDS") == ""


def test_when_every_trunk_fails_the_route_goes_on_as_without_the_gate(lab: Products) -> None:
    """Congestion after the last one, and the books kept; a failure of the network is no attempt."""
    number = f"{lab.number()[:-6]}990503"
    assert lab.dial(f"88{number}").status == UNAVAILABLE
    assert (lab.told("AFTERWARDS"), lab.told("BOOKS")) == ("xbusy", "CONGESTION/permit")
    assert [invite.number for invite in lab.asked_for(number)] == [number]
    assert lab.outcome(number) == "failed"


def test_a_custom_trunk_and_dundi_are_guarded_as_well(lab: Products) -> None:
    """The permitted number stands where the custom trunk wants it, behind the carrier's code; a refused one nowhere."""
    custom, dundi, refused = lab.number(), lab.number(), lab.suppressed()
    assert (lab.dial(f"85{custom}").status, lab.dial(f"84{dundi}").status) == (ANSWERED, ANSWERED)
    assert [invite.number for invite in (*lab.asked_for(custom), *lab.asked_for(dundi))] == [f"7788{custom}", dundi]
    assert {invite.from_user for invite in (*lab.asked_for(custom), *lab.asked_for(dundi))} == {CALLER_ID}
    assert (lab.dial(f"85{refused}").status, lab.dial(f"84{refused}").status) == (FORBIDDEN, FORBIDDEN)
    assert lab.asked_for(refused) == []


def test_an_enum_trunk_is_left_out(lab: Products) -> None:
    """It dials whatever a look-up says and has no hook: the next trunk is tried, through the gate."""
    number, refused = lab.number(), lab.suppressed()
    assert (lab.dial(f"83{number}").status, lab.dial(f"83{refused}").status) == (ANSWERED, FORBIDDEN)
    assert [invite.from_user for invite in lab.asked_for(number)] == [CALLER_ID]
    assert (lab.asked_for(refused), lab.told("ENUM")) == ([], "")


def test_route_and_user_name_campaign_and_operator(lab: Products) -> None:
    """Carla is no operator of the campaign: she is permitted on the route that names another, and at a hot desk."""
    alone, by_route, by_user = lab.number(), lab.number(), lab.number()
    assert lab.dial(f"81{alone}", phone=CARLA).status == FORBIDDEN
    assert lab.dial(f"86{by_route}", phone=CARLA).status == ANSWERED
    assert lab.dial(f"87{by_user}", phone=CARLA).status == ANSWERED
    assert lab.verdicts(by_route)[-1]["campaign"] == "everybody"
    assert lab.verdicts(by_user)[-1]["campaign"] == "autumn"


def test_the_hook_comes_before_the_products_own_empty_one(lab: Products) -> None:
    """Of two definitions the first counts, whole: nothing of the second stands in the hook."""
    for name in ("trunk", "dundi"):
        found = lab.pbx.cli(f"dialplan show macro-dialout-{name}-predial-hook")
        assert found.count("Gosub(garbo-predial,s,1)") == 1
        assert found.count("Return()") == 1
    assert any("already in use" in line for line in lab.pbx.problems())


# ---- VICIdial -------------------------------------------------------------------------------------------------------


def dialled_by_vicidial(lab: Products, number: str, code: str) -> None:
    """What its auto-dialer asks of AMI: a Local channel, its own code as the caller's name, an agent once answered."""
    ami(
        lab.pbx,
        f"""Action: Originate
Channel: Local/9{number.removeprefix("+")}@default
Context: default
Exten: 8368
Priority: 1
Callerid: "{code}" <0699999994>
Timeout: 10000
Async: true""",
    )


def ending(lab: Products, code: str) -> tuple[str, ...]:
    """Cause and DIALSTATUS that VICIdial was told."""
    log = lab.call_log
    assert log is not None
    return poll(lambda: log.ended(code), lambda found: found != (), timedelta(seconds=8))


def test_vicidial_is_told_dnc_and_finds_its_call_again(lab: Products) -> None:
    """Refused: no INVITE, no second carrier; its own code at the end, DNC and cause 21."""
    assert lab.call_log is not None
    lab.call_log.campaign, number, code = "VICI", lab.suppressed(), "V1124150000000000001"
    dialled_by_vicidial(lab, number, code)
    assert ending(lab, code) == ("21", "DNC")
    assert lab.asked_for(number) == []
    assert lab.verdicts(number)[-1]["campaign"] == "everybody"


def test_vicidials_permitted_call_leaves_with_the_permitted_caller_id(lab: Products) -> None:
    """The campaign that call_log names; the number in the campaign's format; answered; one attempt."""
    assert lab.call_log is not None
    lab.call_log.campaign, number, code = "VICI", lab.number(), "V1124150000000000002"
    dialled_by_vicidial(lab, number, code)
    invite = poll(lambda: lab.asked_for(number), bool, timedelta(seconds=8))[0]
    assert (invite.number, invite.from_user, invite.from_name) == (number, CALLER_ID, code)
    poll(lambda: lab.pbx.cli("core show channels concise"), lambda said: "!Up!Wait!" in said, timedelta(seconds=5))
    lab.pbx.cli("channel request hangup all")
    assert ending(lab, code)[1] == "ANSWER"
    assert len(lab.verdicts(number)) == 1


def test_a_call_that_may_be_tried_later_is_no_dnc_to_vicidial(lab: Products) -> None:
    """Deferred: a DNC would take the lead away for good, so it is one that found no channel."""
    assert lab.call_log is not None
    lab.call_log.campaign, number, code = "night", lab.number(), "V1124150000000000003"
    dialled_by_vicidial(lab, number, code)
    assert ending(lab, code) == ("21", "CHANUNAVAIL")
    assert lab.verdicts(number)[-1]["verdict"] == "defer"
    assert lab.asked_for(number) == []


def test_signs_in_what_vicidial_dials_are_refused(lab: Products) -> None:
    """A comma would make a second argument of the rest: DNC, and nothing is judged or dialled."""
    assert lab.call_log is not None
    lab.call_log.campaign, number, code = "VICI", lab.number(), "V1124150000000000004"
    dialled_by_vicidial(lab, f"{number},1", code)
    assert ending(lab, code) == ("21", "DNC")
    assert (lab.asked_for(number), lab.verdicts(number)) == ([], [])


# ---- Dialers that originate -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "start"), [(ami, "Action: Originate"), (ari, "POST /ari/channels")])
def test_the_originates_of_the_documentation_go_through_the_gate(
    lab: Products, asked: Callable[[RunningAsterisk, str], object], start: str
) -> None:
    """Word for word as docs/adapters/dialers.md shows them: permitted, it leaves; refused, it does not."""
    permitted, refused = lab.number(), lab.suppressed()
    for number in (permitted, refused):
        example = shown("dialers.md", start).replace("+393330001234", number).replace("adsl-autunno", "everybody")
        asked(lab.pbx, example)
    invite = poll(lambda: lab.asked_for(permitted), bool, timedelta(seconds=8))[0]
    assert (invite.number, invite.from_user) == (permitted, CALLER_ID)
    assert poll(lambda: lab.verdicts(refused), bool, timedelta(seconds=8))[-1]["outcome"] == "denied"
    assert lab.asked_for(refused) == []
    lab.pbx.cli("channel request hangup all")


# ---- Forwards and transfers -----------------------------------------------------------------------------------------


def test_a_phones_own_forward_goes_through_the_gate(lab: Products) -> None:
    """A 302 of a colleague's phone: the context of the documentation has it judged like any call."""
    permitted, refused = lab.number(), lab.suppressed()
    for number in (permitted, refused):
        with FarEnd(lab.pbx.operator_ports["102"], host=BRUNO, behaviour=Behaviour.FORWARD, forward_to=number) as phone:
            result = lab.call("*1102")
            assert phone.await_invites(1)
            assert result.status == (ANSWERED if number == permitted else FORBIDDEN)
    assert [invite.from_user for invite in lab.asked_for(permitted)] == [CALLER_ID]
    assert lab.asked_for(refused) == []


def test_a_blind_transfer_goes_through_the_gate(lab: Products) -> None:
    """To a number that must not be called: nothing leaves, and who was transferred hears that it ended."""
    talking, refused = lab.number(), lab.suppressed()
    with lab.start(f"*088{talking}") as call:
        assert call.await_status().status == ANSWERED
        channels = lab.pbx.cli("core show channels concise").splitlines()
        customer = next(line.split("!")[0] for line in channels if line.startswith("PJSIP/trunk"))
        ami(lab.pbx, f"Action: BlindTransfer\nChannel: {customer}\nContext: garbo-transfers\nExten: {refused}")
        assert poll(lambda: lab.verdicts(refused), bool, timedelta(seconds=8))[-1]["verdict"] == "deny"
    assert lab.asked_for(refused) == []


# ---- No gate --------------------------------------------------------------------------------------------------------


def test_without_a_gate_only_emergencies_leave(lab: Products) -> None:
    """503 and nothing dialled, in every product; an emergency route goes out as it is; VICIdial may try again later."""
    assert lab.call_log is not None
    number, emergency, code = lab.number(), f"06{lab.number()[-6:]}", "V1124150000000000009"
    lab.gate.kill()
    try:
        result = lab.dial(f"81{number}")
        assert (result.status, result.reason) == (UNAVAILABLE, "Q.850;cause=34")
        dialled_by_vicidial(lab, number, code)
        assert ending(lab, code) == ("34", "CHANUNAVAIL")
        assert lab.asked_for(number) == []
        assert [lab.dial(dialled).status for dialled in (f"82{emergency}", "82112", "88112")] == [ANSWERED] * 3
    finally:
        lab.gate.start()
    assert [invite.number for invite in lab.asked_for(emergency)] == [f"0099{emergency}"]
    assert [invite.number for invite in lab.far_end.invites() if invite.number.endswith("112")] == ["0099112", "112"]


def test_nothing_is_left(lab: Products) -> None:
    """No channel, no open call, no broken one."""
    assert lab.no_channels()
    recorded = lab.installation.garbo("calls", "list", "--limit", "1000")
    assert [document for document in recorded if document["outcome"] is None] == []
    assert lab.gate.events("call.broken") == []
