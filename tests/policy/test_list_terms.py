"""What a campaign's packs ask of lists, without a look at any callee."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ari_app.policy.docket import docket
from ari_app.policy.held import Screening
from ari_app.policy.list_terms import ListTerms, RegisterTerms, list_terms
from ari_app.policy.pack import Pack
from ari_app.policy.request import Campaign, Mode, Purpose
from ari_app.stores.packs import Choices, built_in

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CAMPAIGN = Campaign(
    id="adsl",
    principal="fastnet",
    purpose=Purpose.ACQUISITION,
    sector="telecom",
    packs=("it",),
    trunk="trunk",
    caller_id="+390844123456",
    region="IT",
    opened_at=NOW - 3 * DAY,
)


def terms(*packs: Pack, campaign: Campaign = CAMPAIGN, now: datetime = NOW) -> ListTerms:
    """What these packs ask, beside `core`."""
    return list_terms(docket((built_in("core"), *packs), campaign), campaign, now)


def test_italy_asks_for_its_register() -> None:
    """An answer of its own, of 15 days at most; and nobody is won who is a customer already."""
    asked = terms(built_in("it"))
    assert asked.registers == (RegisterTerms(register="RPO", max_age=15 * DAY),)
    assert (asked.marketing, asked.not_customers) == (True, True)


def test_a_copy_that_everybody_holds_may_answer_as_well() -> None:
    """Where the rule takes answers that nobody asked for by themselves."""
    registers = terms(built_in("uk")).registers
    assert [(each.register, each.own_only, each.max_age) for each in registers] == [
        ("CTPS", False, 28 * DAY),
        ("TPS", False, 28 * DAY),
    ]


@pytest.mark.parametrize(("opened_at", "since"), [(NOW, NOW), (None, datetime.max.replace(tzinfo=UTC))])
def test_two_rules_of_one_register_ask_for_what_is_stricter(opened_at: datetime | None, since: datetime) -> None:
    """An answer since the campaign was set up; if nobody knows when that was, none will do."""
    switched = built_in("it", Choices(switched_on=frozenset({"it/rpo_before_campaign"})))
    campaign = replace(CAMPAIGN, opened_at=opened_at)
    assert terms(switched, campaign=campaign).of("RPO") == RegisterTerms(register="RPO", max_age=15 * DAY, since=since)


def test_what_is_not_in_force_asks_nothing() -> None:
    """By its day, by the purpose, and in shadow mode, where only `core` stops calls."""
    last = datetime(2026, 8, 10, 23, 59, tzinfo=UTC)
    assert [each.register for each in terms(built_in("fr"), now=last).registers] == ["BLOCTEL"]
    assert terms(built_in("fr"), now=last + timedelta(minutes=1)).registers == ()
    service = replace(CAMPAIGN, purpose=Purpose.SERVICE)
    assert terms(built_in("it"), campaign=service) == ListTerms(registers=(), marketing=False, not_customers=False)
    shadow = replace(CAMPAIGN, packs_mode=Mode.SHADOW)
    assert terms(built_in("it"), campaign=shadow) == ListTerms(registers=(), marketing=True, not_customers=True)


def test_a_rule_that_begins_later_asks_nothing_yet() -> None:
    """Nor one that is over."""
    pack = built_in("it")
    (rpo,) = (rule for rule in pack.rules if rule.id == "rpo")
    for begun, over, asked in (
        (date(2026, 11, 22), date(2026, 11, 22), 1),
        (date(2026, 11, 23), None, 0),
        (None, date(2026, 11, 21), 0),
    ):
        changed = replace(pack, sha256=f"{begun}{over}", rules=(replace(rpo, effective_from=begun, effective_to=over),))
        assert len(terms(changed).registers) == asked


def test_a_register_that_no_rule_asks_for_is_taken_at_its_word() -> None:
    """Its answers hold as long as they say."""
    assert terms().of("TPS") == RegisterTerms(register="TPS")


def test_an_answer_holds_until_the_first_of_all_its_ends() -> None:
    """Its own, its age, or at once if it is older than may be."""
    answer = Screening(register="RPO", answer="clear", answered_at=NOW - DAY, valid_until=NOW + 14 * DAY)
    for asked, end in (
        (RegisterTerms(register="RPO"), NOW + 14 * DAY),
        (RegisterTerms(register="RPO", max_age=20 * DAY), NOW + 14 * DAY),
        (RegisterTerms(register="RPO", max_age=10 * DAY), NOW + 9 * DAY),
        (RegisterTerms(register="RPO", since=NOW - DAY), NOW + 14 * DAY),
        (RegisterTerms(register="RPO", since=NOW), NOW - DAY),
    ):
        assert asked.holds_until(answer) == end
