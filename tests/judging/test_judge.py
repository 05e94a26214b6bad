"""From an `Ask` to a record: every door gets the same verdict, whatever breaks is a denial."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ari_app.judging.exempt import is_exempt
from ari_app.policy.attempts import Attempt
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.policy.outcome import Outcome
from ari_app.policy.request import Door, Mode, Purpose
from ari_app.ports.verdicts import StoreUnavailable
from tests.fakes.world import CALLEE, START, World, campaign
from tests.policy.examples import IT

pytestmark = pytest.mark.looptime


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """An open world."""
    world = World()
    yield world
    await world.judge.close()


async def test_a_check_says_what_a_call_would_get_and_leaves_no_trace(world: World) -> None:
    """The preview of a prospect, of a customer and of a number that is none, beside the real verdicts."""
    world.verdicts.put_customer("lumina", "+393330000002", Customer(status=CustomerStatus.CURRENT), START)
    for dialled in (CALLEE, "333 0000002", "12"):
        preview = await world.judge.preview(world.ask(dialled), at=world.clock.now())
        assert world.verdicts.held.keys() == {key for key in world.verdicts.held if key != preview.call_id}
        verdict = await world.judge.judge(world.ask(dialled))
        same = {"call_id": "", "decided_at": START, "evidence": preview.evidence}
        assert replace(preview, **same) == replace(verdict, **same)  # type: ignore[arg-type]  # three fields by name


async def test_a_check_can_look_at_another_instant(world: World) -> None:
    """Christmas dinner: the hours of the Italian pack defer to the first open morning."""
    world.built_in.packs["it"] = IT
    world.verdicts.put_campaign(campaign(packs=("it",)))
    at = datetime.fromisoformat("2026-12-25T20:30:00+01:00")
    record = await world.judge.preview(world.ask(), at=at)
    assert (record.verdict, record.reasons[0].code) == ("defer", "holiday")
    assert record.not_before == datetime.fromisoformat("2026-12-28T09:00:00+01:00")


async def test_the_same_key_gets_the_same_verdict_and_counts_once(world: World) -> None:
    """A hook that runs for each trunk: one call, one attempt."""
    first = await world.judge.judge(world.ask())
    again = await world.judge.judge(world.ask())
    assert (first.verdict, again.verdict) == ("permit", "permit")
    assert (again.call_id, again.repeated) == (first.call_id, True)
    assert world.attempts() == ["reserved"]


async def test_a_campaign_that_is_not_named_is_the_operators_only_one(world: World) -> None:
    """Else the default, else nothing: campaign_unknown."""
    assert (await world.judge.judge(world.ask())).campaign == "autumn"
    stranger = await world.judge.judge(world.ask(endpoint="PJSIP/999", idempotency_key=""))
    assert (stranger.verdict, [reason.code for reason in stranger.reasons]) == ("deny", ["campaign_unknown"])


async def test_a_phone_that_the_campaign_does_not_name_is_not_admitted(world: World) -> None:
    """A campaign that names operators admits only these."""
    record = await world.judge.judge(world.ask(endpoint="PJSIP/999", campaign="autumn"))
    assert [reason.code for reason in record.reasons] == ["operator_not_allowed"]


async def test_a_pack_that_is_missing_denies(world: World) -> None:
    """Fewer rules are never the answer to a missing file."""
    world.verdicts.put_campaign(campaign(packs=("nowhere",)))
    record = await world.judge.judge(world.ask())
    assert (record.verdict, [reason.code for reason in record.reasons]) == ("deny", ["rule_error"])


async def test_a_shadow_pack_only_notes_but_core_still_binds(world: World) -> None:
    """At night the Italian hours are noted; a customer is still denied."""
    world.built_in.packs["it"] = IT
    world.verdicts.put_campaign(campaign(packs=("it",), packs_mode=Mode.SHADOW))
    night = datetime.fromisoformat("2026-11-23T23:00:00+01:00")
    record = await world.judge.preview(world.ask(), at=night)
    assert (record.verdict, record.mode) == ("permit", "shadow")
    assert [reason.code for reason in record.reasons] == ["outside_calling_window"]
    world.verdicts.put_customer("lumina", CALLEE, Customer(status=CustomerStatus.CURRENT), START)
    assert (await world.judge.preview(world.ask(), at=night)).verdict == "deny"


async def test_yesterdays_conversation_by_another_agency_defers(world: World) -> None:
    """Thirty days from its start, to the instant."""
    yesterday = START - timedelta(days=1)
    world.verdicts.put_attempt(
        "lumina",
        CALLEE,
        Attempt(call_id="old", campaign="other", purpose=Purpose.ACQUISITION, at=yesterday, outcome=Outcome.ANSWERED),
    )
    record = await world.judge.judge(world.ask())
    assert (record.verdict, record.not_before) == ("defer", yesterday + timedelta(days=30))
    again = await world.judge.preview(world.ask(), at=yesterday + timedelta(days=30))
    assert (again.verdict, again.script and again.script.variant) == ("permit", "spoken_before")


async def test_reasons_are_told_in_the_operators_language(world: World) -> None:
    """An Italian operator reads Italian."""
    world.verdicts.put_operator(replace(world.verdicts.operators["anna"], language="it"))
    italian = await world.judge.judge(world.ask("12"))
    english = await world.judge.judge(world.ask("12", endpoint="PJSIP/102", idempotency_key=""))
    assert italian.reasons[0].code == english.reasons[0].code == "number_invalid"
    assert italian.reasons[0].text != english.reasons[0].text


async def test_a_store_that_is_down_denies_and_says_so(world: World) -> None:
    """Degraded, and not on record; a check raises, since it has nothing to deny."""
    world.verdicts.unavailable = True
    record = await world.judge.judge(world.ask())
    assert (record.verdict, record.degraded, record.reasons[0].code) == ("deny", True, "facts_unavailable")
    with pytest.raises(StoreUnavailable):
        await world.judge.preview(world.ask())


async def test_the_verdict_comes_at_the_deadline_at_the_latest(world: World) -> None:
    """A store that hangs costs the deadline and no more; what it never committed is not on record."""
    world.verdicts.slow = timedelta(seconds=10)
    started = asyncio.get_running_loop().time()
    record = await world.judge.judge(world.ask())
    assert record.reasons[0].code == "facts_unavailable"
    assert asyncio.get_running_loop().time() - started == pytest.approx(0.3, abs=0.01)


async def test_a_record_says_what_judged(world: World) -> None:
    """Packs with version and digest, libraries, gate, and the facts that were seen."""
    record = await world.judge.judge(world.ask())
    assert [pack.id for pack in record.packs] == ["core"]
    assert all(len(pack.sha256) == 64 and pack.status == "draft" for pack in record.packs)
    assert record.evidence.gate == "garbo-a"
    assert not record.evidence.facts["attempts"]["value"]
    assert [run["said"] for run in record.evidence.trace].count("passed") >= 3


@pytest.mark.parametrize(
    ("dialled", "exempt"),
    [
        ("112", True),
        ("1 1 2", True),
        ("0112", True),
        ("1522", True),
        ("116 117", True),
        ("201", True),
        ("+39 02 1234 0000", True),
        ("02 12340000", True),
        ("3330000001", False),
        ("1121", False),
        ("11", False),
        ("2012", False),
        ("112,20", False),
        ("", False),
    ],
)
def test_special_internal_and_exempt_numbers_are_never_gated(dialled: str, exempt: bool) -> None:
    """Each in its spellings, and nothing that merely begins like one."""
    assert (
        is_exempt(
            dialled,
            region="IT",
            strip_prefixes=("0",),
            internal_patterns=("_2XX", "_9[1-3]"),
            exempt_numbers=("+390212340000",),
        )
        is exempt
    )


async def test_a_late_permit_that_cannot_be_released_is_reported(world: World) -> None:
    """The store is gone when a late permit is to be released: it is said, and the resync will close the call."""
    world.verdicts.slow_answer = timedelta(seconds=1)
    await world.judge.judge(world.ask())
    world.verdicts.unavailable = True
    await world.judge.close()
    assert "verdict.unsettled" in world.heard.names()


async def test_a_late_denial_needs_no_settling(world: World) -> None:
    """Only a permit holds a reservation."""
    world.verdicts.slow_answer = timedelta(seconds=1)
    await world.judge.judge(world.ask("12"))
    await world.judge.close()
    assert world.outcomes() == [None]
    assert "verdict.unsettled" not in world.heard.names()


async def test_a_check_of_a_special_number_says_exempt(world: World) -> None:
    """No campaign is asked, nothing is looked up; an outside-line prefix is not for the carrier."""
    record = await world.judge.preview(world.ask("112", campaign="nowhere"))
    assert (record.verdict, record.number, record.campaign) == ("exempt", "112", "")


async def test_a_check_that_names_no_operator_is_answered_as_for_any_of_the_campaign(world: World) -> None:
    """It asks about the callee; a call from a phone that nobody knows is still refused."""
    ask = world.ask(campaign="autumn", endpoint="", door=Door.CHECK, idempotency_key="")
    assert (await world.judge.preview(ask)).verdict == "permit"
    assert (await world.judge.preview(replace(ask, operator="nobody"))).verdict == "deny"
    assert (await world.judge.judge(replace(ask, door=Door.STASIS))).verdict == "deny"
