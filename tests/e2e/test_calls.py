"""What leaves the PBX and what does not, on a real Asterisk with real SIP calls."""

import re
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from docker.lab.caller import Audio, Caller
from docker.lab.far_end import Behaviour, FarEnd
from docker.lab.history import past_call
from docker.lab.sip_log import poll
from tests.e2e.conftest import ANNA, BRUNO, CALLER_ID, CARLA, Lab

FORBIDDEN, UNAVAILABLE, BUSY = 403, 503, 486


def test_a_permitted_call_is_bridged_both_ways_with_the_campaigns_caller_id(lab: Lab) -> None:
    """The far end is asked for the E.164 number by the campaign; audio flows both ways; the outcome is answered."""
    number = lab.number()
    with lab.start(number, audio=Audio.TONE) as call:
        assert call.await_status().status == 200
        counts = poll(
            lab.pbx.rtp_counts,
            lambda found: len(found) == 2 and all(rx > 50 and tx > 50 for rx, tx in found.values()),
            timedelta(seconds=8),
        )
        assert len(counts) == 2
        assert all(rx > 50 and tx > 50 for rx, tx in counts.values()), counts
    invite = next(invite for invite in lab.far_end.invites() if invite.number == number)
    assert (invite.from_user, invite.asserted_identity) == (CALLER_ID, CALLER_ID)


def test_an_answered_call_ends_with_that_outcome(lab: Lab) -> None:
    """One verdict, one outcome."""
    number = lab.number()
    assert lab.call(number).status == 200
    assert lab.outcome(number) == "answered"
    assert len(lab.verdicts(number)) == 1


def test_a_withheld_caller_id_is_presented_all_the_same(lab: Lab) -> None:
    """An anonymous phone: the campaign's number is shown, as the law wants it."""
    number = lab.number()
    caller = Caller(lab.pbx.sip_port, source=ANNA)
    call = caller.start(
        number,
        talk=timedelta(milliseconds=200),
        from_user="anonymous",
        from_name="Anonymous",
        headers={"Privacy": "id", "P-Asserted-Identity": "<sip:101@127.0.0.11>"},
    )
    assert call.wait().status == 200
    invite = next(invite for invite in lab.far_end.invites() if invite.number == number)
    assert invite.from_user == CALLER_ID
    assert "privacy" not in invite.headers


def test_who_must_not_be_called_never_reaches_the_trunk(lab: Lab) -> None:
    """A suppressed number, a customer, somebody spoken to yesterday: each is refused, with its reason on record."""
    suppressed, customer, spoken = lab.number(), lab.number(), lab.number()
    lab.installation.garbo("suppression", "add", suppressed, "--reason", "asked")
    customers = lab.installation.folder / "customers.csv"
    customers.write_text(f"number,status,products\n{customer},current,fibre\n")
    lab.installation.garbo("import", "customers", str(customers), "--principal", "lumina")
    past_call(lab.installation, spoken, campaign="autumn", operator="bruno", at=datetime.now(UTC) - timedelta(days=1))
    reasons = {suppressed: "suppressed_global", customer: "already_customer", spoken: "contacted_recently"}
    for number, reason in reasons.items():
        result = lab.call(f"73{number}")
        assert (result.status, result.reason) == (FORBIDDEN, "Q.850;cause=21")
        verdict = lab.verdicts(number)[-1]
        assert [each["code"] for each in verdict["reasons"]] == [reason]
        assert verdict["outcome"] == "denied"
        assert lab.reached(number) == []
        assert lab.told("BOOKS").startswith("DNC/")


def test_a_call_outside_hours_never_reaches_the_trunk(lab: Lab) -> None:
    """Deferred, with the instant from which it would be allowed."""
    number = lab.number()
    assert lab.call(f"75{number}").status == FORBIDDEN
    verdict = lab.verdicts(number)[-1]
    assert (verdict["verdict"], verdict["reasons"][0]["code"]) == ("defer", "outside_calling_window")
    wait = datetime.fromisoformat(verdict["not_before"]) - datetime.now(UTC)
    assert timedelta(0) < wait < timedelta(hours=24)
    assert lab.reached(number) == []
    assert lab.told("BOOKS") == f"DNC/defer/outside_calling_window/{verdict['not_before']}"


@pytest.mark.parametrize(
    "spelling",
    ["{national}", "+39 {a} {b}", "0039{national}", "00 39 {a} {b}", "{a}.{b}", "{a}-{b}", "+39{national}"],
)
def test_every_spelling_of_a_mobile_is_one_number(lab: Lab, spelling: str) -> None:
    """The far end is asked for E.164 whatever was dialled."""
    number = lab.number()
    national = number.removeprefix("+39")
    dialled = spelling.format(national=national, a=national[:3], b=national[3:])
    assert lab.call(dialled).status == 200
    assert lab.reached(national) == [number]


@pytest.mark.parametrize(
    ("dialled", "e164"), [("02 1234 5001", "+390212345001"), ("+39 06 1234 5002", "+390612345002")]
)
def test_italian_landlines_keep_their_zero(lab: Lab, dialled: str, e164: str) -> None:
    """Milan and Rome."""
    assert lab.call(dialled).status == 200
    assert lab.reached(e164[-6:]) == [e164]


@pytest.mark.parametrize("dialled", ["12345", "39", "00390", "+39333", "3331234567890123456789", "00999123456", "+390"])
def test_what_is_no_number_is_denied_as_such(lab: Lab, dialled: str) -> None:
    """Too short, too long, unassigned: `number_invalid`, never an error."""
    before = len(lab.far_end.invites())
    assert lab.call(f"73{dialled.replace('+', '')}" if "+" not in dialled else f"73{dialled}").status == FORBIDDEN
    assert ",number_invalid," in f",{lab.told('BOOKS').split('/')[2]},"
    assert len(lab.far_end.invites()) == before


STRANGE = [
    "3470000506,20,G(from-operators^3478812345^1)",
    "3470000506,20",
    "3470000506&PJSIP/3478812345@trunk",
    "3470000506)",
    "3470000506,1),n,Dial(PJSIP/3478812345@trunk",
    "347abc0506",
    "++393470000506",
    '3470000506" | "1',
    "3470000506${EXTEN}",
    "3470000506;ruri",
    "3470000506*",
    "3470000506):0:10",
    "3470000506):0:10&PJSIP/3478812345",
    "112):0:3",
    "112):0:3&PJSIP/3478812345",
    "3470000506):1",
]


@pytest.mark.parametrize("dialled", STRANGE)
@pytest.mark.parametrize("prefix", ["", "72"])
def test_a_string_with_commas_options_or_letters_is_refused_before_anything_is_parsed(
    lab: Lab, dialled: str, prefix: str
) -> None:
    """Through the ready-made context and through a careless trunk-first Dial: no INVITE, and nothing to judge."""
    before, judged = len(lab.far_end.invites()), len(lab.gate.events())
    result = lab.call(prefix + dialled)
    assert result.status >= 400, result.status
    assert len(lab.far_end.invites()) == before
    assert [event for event in lab.gate.events()[judged:] if event["event"] == "call.permitted"] == []


def test_a_trunk_first_dial_of_a_plain_number_goes_out(lab: Lab) -> None:
    """The careless dialplan of the test above does dial, when what was dialled is only a number."""
    number = lab.number()
    assert lab.call(f"72{number}").status == 200
    assert lab.reached(number) == [number]


def test_the_channel_is_told_everything(lab: Lab) -> None:
    """Verdict, script, number, caller id; a link that opens the script; a permit signed for this callee."""
    number = lab.number()
    lab.call(f"71{number}")
    assert lab.told("TOLD").rsplit("/", 1)[0] == f"permit/courtesy/{number}/{CALLER_ID}/allowed"
    assert float(lab.told("TOLD").rsplit("/", 1)[1]) == 0
    with urllib.request.urlopen(lab.told("TOLD_URL"), timeout=5) as page:
        text = page.read().decode()
    assert number in re.sub(r"[\s\u00a0\u202f]", "", re.sub("<[^>]*>", "", text))
    assert "Lumina" in text or "lumina" in text
    assert re.fullmatch(r"[0-9A-Z]{26}\.\d+\.[\w-]{32}", lab.told("TOLD_PERMIT"))


def test_a_link_that_was_altered_opens_nothing(lab: Lab) -> None:
    """One character of the token is enough."""
    lab.call(f"71{lab.number()}")
    link = lab.told("TOLD_URL")
    forged = link[:-1] + ("A" if link[-1] != "A" else "B")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(forged, timeout=5)
    with refused.value:
        assert refused.value.code == 404


def test_a_callers_own_time_limit_is_handed_back(lab: Lab) -> None:
    """The subroutine borrows TIMEOUT(absolute) and restores what was left of it."""
    lab.call(f"77{lab.number()}")
    assert 55 < float(lab.told("TOLD").rsplit("/", 1)[1]) <= 60


def test_a_permit_that_never_dialled_is_no_attempt(lab: Lab) -> None:
    """The dialplan gave up: `not_dialled`, and the very next call to that number is permitted."""
    number = lab.number()
    lab.call(f"71{number}")
    assert lab.outcome(number) == "not_dialled"
    assert lab.call(number).status == 200


def test_an_operator_who_leaves_while_it_rings_has_made_an_attempt(lab: Lab) -> None:
    """`cancelled`: the callee's phone rang, so the four hours after no answer begin."""
    number = lab.number()[:-6] + "990487"
    result = lab.start(number, cancel_after=timedelta(milliseconds=500)).wait()
    assert result.status == 487
    assert lab.outcome(number) == "cancelled"
    assert lab.call(f"73{number}").status == FORBIDDEN


def test_busy_and_failed_have_their_own_outcomes(lab: Lab) -> None:
    """Busy counts as an attempt without a conversation; a failure of the network does not count."""
    busy, failed = lab.number()[:-6] + "990486", lab.number()[:-6] + "990503"
    assert lab.call(busy).status == BUSY
    assert lab.call(failed).status == UNAVAILABLE
    assert (lab.outcome(busy), lab.outcome(failed)) == ("busy", "failed")
    again = lab.installation.garbo("check", busy, "--campaign", "autumn", "--operator", "anna", codes=(3,))
    made_at = datetime.fromisoformat(lab.verdicts(busy)[0]["decided_at"])
    assert datetime.fromisoformat(again["not_before"]) == made_at + timedelta(hours=4)
    assert lab.installation.garbo("check", failed, "--campaign", "autumn", "--operator", "anna")["verdict"] == "permit"


def test_a_hook_that_runs_for_each_trunk_counts_one_attempt(lab: Lab) -> None:
    """The first trunk fails: the second passage gets the same permit, and the call has one verdict."""
    number = lab.number()
    with FarEnd(lab.pbx.trunk2_port, host="127.0.0.3", behaviour=Behaviour.FAIL) as dead:
        assert lab.call(f"76{number}").status == 200
        assert [invite.number for invite in dead.invites()] == [number]
    assert lab.outcome(number) == "answered"
    assert len(lab.verdicts(number)) == 1


def test_a_refusal_two_subroutines_down_still_runs_the_callers_hangup(lab: Lab) -> None:
    """The nearest `h` up the stack keeps its books."""
    number = lab.number()
    lab.installation.garbo("suppression", "add", number, "--reason", "asked")
    assert lab.call(f"74{number}").status == FORBIDDEN
    assert poll(lambda: lab.told("BOOKS"), lambda said: "suppressed" in said, timedelta(seconds=3)) == (
        "DNC/deny/suppressed_global/"
    )


def test_a_refusal_is_said_as_early_media_and_never_to_an_answered_channel(lab: Lab) -> None:
    """183 with SDP before the 403; a dialplan that asks for silence, or an answered channel, gets none."""
    number = lab.number()
    lab.installation.garbo("suppression", "add", number, "--reason", "asked")
    spoken, silent = lab.call(number), lab.call(f"73{number}")
    answered = lab.call(f"78{number}", talk=timedelta(seconds=5))
    assert (spoken.status, spoken.early_media) == (FORBIDDEN, True)
    assert (silent.status, silent.early_media) == (FORBIDDEN, False)
    assert answered.status == 200
    assert answered.ended_by == "far end"
    assert spoken.setup is not None
    assert silent.setup is not None
    assert spoken.setup > timedelta(seconds=1) > silent.setup


def test_an_opt_out_between_two_trunks_stops_the_second(lab: Lab) -> None:
    """A permit is good for the facts it was given on: the second passage of the same channel is refused."""
    number = lab.number()
    with (
        FarEnd(lab.pbx.trunk2_port, host="127.0.0.3", behaviour=Behaviour.NO_ANSWER) as first,
        lab.start(f"60{number}", talk=timedelta(milliseconds=300)) as call,
    ):
        assert first.await_invites(1)
        lab.installation.garbo("suppression", "add", number, "--reason", "asked while it rang")
        assert call.await_status(timedelta(seconds=20)).status == FORBIDDEN
    assert lab.reached(number) == []
    assert [document["verdict"] for document in lab.verdicts(number)] == ["permit", "deny"]


def test_a_campaign_with_odd_signs_is_not_another_campaign(lab: Lab) -> None:
    """`aut,umn` is not autumn without its comma: it is unknown."""
    before = len(lab.far_end.invites())
    assert lab.call(f"61{lab.number()}").status == FORBIDDEN
    assert lab.told("BOOKS").split("/")[2].split(",")[0] == "campaign_unknown"
    assert len(lab.far_end.invites()) == before


def test_the_operators_name_does_not_go_out(lab: Lab) -> None:
    """The callee sees the campaign's number and nobody's name."""
    number = lab.number()
    lab.call(number)
    invite = next(invite for invite in lab.far_end.invites() if invite.number == number)
    assert "101" not in invite.from_name
    assert "Operator" not in invite.headers.get("p-asserted-identity", "")


def test_a_302_of_the_carrier_calls_nobody(lab: Lab) -> None:
    """Forwarding by the far side would be a number that nobody judged."""
    lab.installation.garbo(
        *("campaign", "add", "second", "--principal", "lumina", "--purpose", "service", "--sector", "telecom"),
        *("--trunk", "PJSIP/trunk2", "--caller-id", CALLER_ID, "--region", "IT"),
    )
    lab.installation.garbo("operator", "add", "dora", "--endpoint", "PJSIP/201", "--language", "en")
    number, other = lab.number(), lab.number()
    with FarEnd(lab.pbx.trunk2_port, host="127.0.0.3", behaviour=Behaviour.FORWARD, forward_to=other) as second:
        assert lab.call(f"79{number}").status >= 400
        assert [invite.number for invite in second.invites()] == [number]
    assert lab.reached(other) == []


def test_emergency_numbers_and_helplines_go_out_unjudged(lab: Lab) -> None:
    """In any spelling, with their own number and no campaign's caller id; nothing is written down."""
    for dialled in ("112", "1 1 8", "1522", "116 117"):
        digits = dialled.replace(" ", "")
        assert lab.call(dialled, phone=CARLA).status == 200
        assert lab.reached(digits)[-1] == digits
    invite = lab.far_end.invites()[-1]
    assert invite.from_user != CALLER_ID
    recorded = lab.installation.garbo("calls", "list", "--limit", "1000")
    assert all(document["callee"] for document in recorded if document["verdict"] == "permit")
    assert not [document for document in recorded if (document["callee"] or "") == "112"]


def test_a_check_and_a_call_agree(lab: Lab) -> None:
    """The same facts at the same instant: permit, defer and deny, word for word."""
    free, suppressed, spoken = lab.number(), lab.number(), lab.number()
    lab.installation.garbo("suppression", "add", suppressed, "--scope", "principal:lumina", "--reason", "asked")
    past_call(lab.installation, spoken, campaign="autumn", operator="bruno", at=datetime.now(UTC) - timedelta(hours=3))
    before = lab.installation.garbo("check", free, "--campaign", "autumn", "--operator", "anna")
    for number in (free, suppressed, spoken):
        lab.call(number if number == free else f"73{number}")
        called = lab.verdicts(number)[-1]
        checked = (
            before
            if number == free
            else lab.installation.garbo(
                *("check", number, "--campaign", "autumn", "--operator", "anna"),
                *("--at", called["decided_at"]),
                codes=(0, 3, 4),
            )
        )
        own = {"call_id", "decided_at", "outcome", "explained"}  # a check also tells what each rule said
        assert {k: v for k, v in checked.items() if k not in own} == {k: v for k, v in called.items() if k not in own}


def test_twenty_calls_at_once_for_one_callee_get_one_permit(lab: Lab) -> None:
    """The lock is in the database: one call goes out, nineteen are refused."""
    number = lab.number()
    caller = Caller(lab.pbx.sip_port, source=BRUNO)
    with caller.load([f"73{number}"], rate=400, duration=timedelta(milliseconds=50), talk=timedelta(seconds=1)) as load:
        result = load.wait()
    assert result.by_status == {200: 1, FORBIDDEN: 19}
    assert lab.reached(number) == [number]
    verdicts = [document["verdict"] for document in lab.verdicts(number)]
    assert sorted(verdicts) == ["defer"] * 19 + ["permit"]


def test_nothing_is_left_and_the_ledger_is_whole(lab: Lab) -> None:
    """After all of the above: no channel, no open call, no fault in the chain, nothing broken in the log."""
    assert lab.no_channels()
    assert lab.installation.garbo("ledger", "verify")["faults"] == []
    recorded = lab.installation.garbo("calls", "list", "--limit", "1000")
    assert [document for document in recorded if document["outcome"] is None] == []
    assert lab.gate.events("call.broken") == []
    assert lab.gate.events("service.failed") == []
