"""What is known of a callee, told of facts at hand and of facts that a verdict kept."""

from dataclasses import replace
from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ari_app.judging.records import Bench, verdict_record
from ari_app.policy.decide import decide
from ari_app.policy.facts import FACT_NAMES, Facts, Unknown
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Campaign, Purpose
from ari_app.policy.scripts import SITUATED, Situation, situation_of, situation_of_record
from tests.policy.examples import CORE, COURTESY, MONDAY_10, PROPERTY, call, campaign, facts
from tests.policy.strategies import facts_at

CAMPAIGN = campaign(purpose=Purpose.UPSELL, product="fibra")


def kept(found: Facts, calling: Campaign | None = CAMPAIGN) -> VerdictRecord:
    """The record of a verdict on these facts, once as it is made and once as it is read from a book."""
    request = call(campaign=calling)
    record = verdict_record(
        request,
        decide(request, found, (CORE,), now=MONDAY_10, scripts={"courtesy": COURTESY}),
        packs=(CORE,),
        facts=found,
        now=MONDAY_10,
        language="it",
        bench=Bench(gate="garbo-a", libraries={}),
    )
    return msgspec.convert(msgspec.json.decode(msgspec.json.encode(record)), VerdictRecord)


@PROPERTY
@given(facts_at(MONDAY_10), st.sets(st.sampled_from(FACT_NAMES)))
def test_what_a_verdict_kept_says_the_same(found: Facts, unknown: set[str]) -> None:
    """Whichever facts were Unknown, and with the campaign's purpose, sector and product."""
    found = replace(found, **{name: Unknown("store", "not asked for") for name in unknown})
    record = kept(found)
    assert situation_of_record(record) == situation_of(call(campaign=CAMPAIGN), found)
    assert situation_of_record(record).product == "fibra"


def test_without_a_campaign_nothing_is_offered() -> None:
    """A call that belongs to none has a situation all the same."""
    assert situation_of_record(kept(facts(), None)) == situation_of(call(campaign=None), facts())


def test_what_was_erased_is_unknown() -> None:
    """The campaign is not personal, and stays."""
    record = kept(facts())
    erased = replace(record, evidence=replace(record.evidence, facts={}))
    assert situation_of_record(erased) == Situation(purpose="upsell", sector="telecom", product="fibra")


def test_what_cannot_be_read_any_more_is_unknown() -> None:
    """A fact that an other version wrote in another way is not guessed."""
    record = kept(facts())
    strange = {
        **record.evidence.facts,
        "customer": {"value": {"status": "friend"}, "as_of": "2026-01-01T00:00:00Z"},
        "attempts": {"value": []},
        "contacts": {},
    }
    read = situation_of_record(replace(record, evidence=replace(record.evidence, facts=strange)))
    assert (read.customer, read.spoken, read.callback) == ("unknown", "unknown", "no")


def test_a_situation_is_made_of_what_it_says() -> None:
    """Any other fact may be what it likes."""
    request, found = call(campaign=CAMPAIGN), facts()
    others = {name: Unknown("store", "x") for name in FACT_NAMES if name not in SITUATED}
    assert situation_of(request, replace(found, **others)) == situation_of(request, found)
    later = replace(request, asked_at=MONDAY_10 + timedelta(days=9))
    assert situation_of(later, found) == situation_of(request, found)
