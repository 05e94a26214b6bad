"""What was looked up outside the database before a verdict, and how it joins the facts that are read inside."""

from dataclasses import dataclass, replace
from datetime import datetime

from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Facts, Known, Unknown
from ari_app.policy.held import Customer, Screening, void_before_wrong_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Answers of whole registers and of a principal's own books, gathered unlocked before the transaction."""

    screenings: tuple[Screening, ...] | Unknown = ()
    """One for each register that was asked and covers the number."""
    customer: Known[Customer] | Unknown | None = None
    """None: the principal has no books that are asked live."""


NOTHING = Outside()


def joined(facts: Facts, outside: Outside) -> Facts:
    """
    The facts with what was looked up outside.

    A fact that could not be looked up on either side is Unknown. Of two words on the customer the newer counts, the
    live one if both are as new. What the books said last before somebody else was met at the number says nothing.
    """
    if outside is NOTHING:
        return facts
    screenings = facts.screenings
    if isinstance(screenings, Known):
        told = outside.screenings
        screenings = told if isinstance(told, Unknown) else replace(screenings, value=screenings.value + told)
    customer, live = facts.customer, outside.customer
    if isinstance(live, Known):
        live = replace(live, value=void_before_wrong_number(_wrong_since(facts), live.value, live.as_of, ())[0])
    if isinstance(customer, Known) and live is not None:
        is_newer = isinstance(live, Unknown) or live.as_of >= customer.as_of
        customer = live if is_newer or not _says_something(customer) else customer
    return replace(facts, screenings=screenings, customer=customer)


def _wrong_since(facts: Facts) -> datetime | None:
    """When somebody else was met at the number; None: nobody was, or no rule in force asks."""
    flags = facts.flags
    if isinstance(flags, Unknown):
        return None
    wrong = (each.since for each in flags.value if each.kind is FlagKind.WRONG_NUMBER)
    return max((since for since in wrong if since <= flags.as_of), default=None)


def _says_something(customer: Known[Customer]) -> bool:
    """Where nothing is on record, its instant is that of the look-up, and any word is newer than none."""
    return customer.value.status.value != "none"
