"""What is known outside the database joins the facts inside, and never makes an Unknown known."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Facts, Known, Unknown
from ari_app.policy.held import Customer, CustomerStatus, Flag, Screening
from ari_app.policy.outside import NOTHING, Outside, joined
from tests.policy.examples import MONDAY_10, facts

LISTED = Screening(
    register="TPS",
    answer="listed",
    answered_at=MONDAY_10,
    valid_until=MONDAY_10 + timedelta(days=28),
    per_controller=False,
)
CURRENT = Customer(status=CustomerStatus.CURRENT)
ENDED = Customer(status=CustomerStatus.ENDED)
NOT_REACHED = Unknown("crm", "no answer")


def test_nothing_outside_changes_nothing() -> None:
    """The facts are the very same."""
    inside = facts()
    assert joined(inside, NOTHING) is inside


def test_a_registers_answer_stands_beside_those_on_record() -> None:
    """Both are told; which counts is a rule's matter."""
    own = replace(LISTED, register="RPO")
    inside = replace(facts(), screenings=Known((own,), MONDAY_10))
    assert joined(inside, Outside(screenings=(LISTED,))).screenings == Known((own, LISTED), MONDAY_10)


@pytest.mark.parametrize(("inside", "outside"), [(NOT_REACHED, (LISTED,)), (Known((), MONDAY_10), NOT_REACHED)])
def test_what_is_unknown_on_either_side_is_unknown(
    inside: Known[tuple[Screening, ...]] | Unknown, outside: tuple[Screening, ...] | Unknown
) -> None:
    """A register that cannot be read is not one that says nothing."""
    told = joined(replace(facts(), screenings=inside), Outside(screenings=outside))
    assert told.screenings == NOT_REACHED


@pytest.mark.parametrize(
    ("inside", "live", "told"),
    [
        (Known(CURRENT, MONDAY_10), Known(ENDED, MONDAY_10), ENDED),
        (Known(CURRENT, MONDAY_10), Known(ENDED, MONDAY_10 - timedelta(seconds=1)), CURRENT),
        (
            Known(Customer(status=CustomerStatus.NONE), MONDAY_10),
            Known(CURRENT, MONDAY_10 - timedelta(hours=2)),
            CURRENT,
        ),
        (Known(CURRENT, MONDAY_10), None, CURRENT),
    ],
)
def test_the_newer_word_on_a_customer_counts(
    inside: Known[Customer], live: Known[Customer] | None, told: Customer
) -> None:
    """As new is newer; and any word is newer than none."""
    found = joined(replace(facts(), customer=inside), Outside(customer=live)).customer
    assert isinstance(found, Known)
    assert found.value == told


def test_books_that_do_not_answer_leave_the_customer_unknown() -> None:
    """Whatever a list said before: nobody can say now."""
    assert (
        joined(replace(facts(), customer=Known(CURRENT, MONDAY_10)), Outside(customer=NOT_REACHED)).customer
        == NOT_REACHED
    )
    unknown = Facts.unknown("store", "down")
    assert joined(unknown, Outside(customer=Known(CURRENT, MONDAY_10))).customer == unknown.customer


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "since", "answered_at", "told"),
    [
        (FlagKind.WRONG_NUMBER, MONDAY_10 - HOUR, MONDAY_10 - 2 * HOUR, CustomerStatus.NONE),
        (FlagKind.WRONG_NUMBER, MONDAY_10 - HOUR, MONDAY_10 - HOUR, CustomerStatus.NONE),
        (FlagKind.WRONG_NUMBER, MONDAY_10 - 2 * HOUR, MONDAY_10 - HOUR, CustomerStatus.CURRENT),
        (FlagKind.WRONG_NUMBER, MONDAY_10 + HOUR, MONDAY_10, CustomerStatus.CURRENT),
        (FlagKind.MINOR, MONDAY_10 - HOUR, MONDAY_10 - 2 * HOUR, CustomerStatus.CURRENT),
    ],
)
def test_a_word_from_before_a_wrong_number_says_nothing(
    kind: FlagKind, since: datetime, answered_at: datetime, told: CustomerStatus
) -> None:
    """It was said of somebody who is not there; what comes later has been looked at again. As early is before."""
    flags: Known[tuple[Flag, ...]] = Known((Flag(kind=kind, value="", since=since),), MONDAY_10)
    inside = replace(facts(), flags=flags, customer=Known(Customer(status=CustomerStatus.NONE), MONDAY_10))
    found = joined(inside, Outside(customer=Known(CURRENT, answered_at))).customer
    assert isinstance(found, Known)
    assert found.value.status is told


def test_flags_that_nobody_asked_for_void_nothing() -> None:
    """Then no rule in force minds a wrong number."""
    inside = replace(facts(), flags=NOT_REACHED, customer=Known(ENDED, MONDAY_10 - HOUR))
    assert joined(inside, Outside(customer=Known(CURRENT, MONDAY_10))).customer == Known(CURRENT, MONDAY_10)
