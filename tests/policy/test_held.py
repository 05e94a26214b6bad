"""What is held about a callee, and what voids it: another person at the number, a register's later word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Unknown
from ari_app.policy.held import (
    Consent,
    ConsentForm,
    Customer,
    CustomerStatus,
    Flag,
    Screening,
    open_claims,
    void_before_wrong_number,
)
from ari_app.policy.rules.consent_required import ConsentGiven
from tests.policy.examples import MONDAY_10, call, facts

NOW = MONDAY_10
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
YES = Consent(
    id="c1", purpose="marketing", form=ConsentForm.EXPRESS, given_at=NOW - DAY, text_version="1", evidence="form 12"
)
OURS = Customer(status=CustomerStatus.CURRENT, products=("fibra",))
NOBODYS = Customer(status=CustomerStatus.NONE)
FOLLOWS = ConsentGiven(must_postdate="RPO")


def test_where_nobody_else_was_met_everything_stands() -> None:
    """Customer and consents stay as they are."""
    assert void_before_wrong_number(None, OURS, NOW, (YES,)) == (OURS, (YES,))


@pytest.mark.parametrize(("after", "stands"), [(-TICK, False), (0 * TICK, False), (TICK, True)])
def test_what_was_said_of_somebody_else_is_void(after: timedelta, stands: bool) -> None:
    """What was on record by then, equal included; what came later has been verified again. Each by its own time."""
    met_at = NOW - DAY
    said, older = replace(YES, given_at=met_at + after), replace(YES, id="c0", given_at=met_at - DAY)
    assert void_before_wrong_number(met_at, OURS, met_at + after, (older, said)) == (
        OURS if stands else NOBODYS,
        (said,) if stands else (),
    )
    assert void_before_wrong_number(met_at, OURS, met_at + TICK, (older,)) == (OURS, ())
    assert void_before_wrong_number(met_at, OURS, met_at, (replace(YES, given_at=NOW),))[0] == NOBODYS


@pytest.mark.parametrize(("after", "open_"), [(-TICK, True), (0 * TICK, True), (TICK, False)])
def test_a_claim_is_open_until_the_brand_says_something_new(after: timedelta, open_: bool) -> None:
    """At the very same instant it is not answered yet; other flags no word of the brand touches."""
    claim, other = (Flag(kind=kind, value="", since=NOW) for kind in (FlagKind.ALREADY_CUSTOMER, FlagKind.MINOR))
    assert open_claims((claim, other), NOW + after) == ((claim, other) if open_ else (other,))
    assert open_claims((claim, other), None) == (claim, other)


def answer(said: str, days_back: int) -> Screening:
    """A register's word."""
    return Screening(
        register="RPO",
        answer="listed" if said == "listed" else "clear",
        answered_at=NOW - days_back * DAY,
        valid_until=NOW + DAY,
    )


def test_of_two_answers_at_one_instant_listed_is_the_later() -> None:
    """So the number was dropped in that instant once more, in whatever order they come."""
    answers = (answer("listed", 5), answer("clear", 3), answer("listed", 3))
    between = facts(consents=(replace(YES, given_at=NOW - 4 * DAY),))
    for screenings in (answers, answers[::-1]):
        held = replace(between, screenings=facts(screenings=screenings).screenings)
        assert [finding.code for finding in FOLLOWS.judge(call(), held, NOW)] == ["consent_missing"]
    still_listed = (answer("listed", 5), answer("listed", 3), answer("clear", 3), answer("listed", 1))
    held = facts(consents=(replace(YES, given_at=NOW - 2 * DAY),), screenings=still_listed)
    assert FOLLOWS.judge(call(), held, NOW) == ()


def test_an_answer_of_this_instant_revokes_what_was_given_before() -> None:
    """It has been given by now."""
    held = facts(consents=(YES,), screenings=(answer("listed", 0),))
    assert [finding.code for finding in FOLLOWS.judge(call(), held, NOW)] == ["consent_missing"]
    assert FOLLOWS.judge(call(), held, NOW - TICK) == ()


def test_screenings_matter_only_to_a_consent_that_must_follow_them() -> None:
    """Elsewhere they may be Unknown."""
    blind = replace(facts(consents=(YES,)), screenings=Unknown("lists", "down"))
    assert ConsentGiven().judge(call(), blind, NOW) == ()
