"""
What is known about a callee when a verdict is due.

A fact is `Known`, with the instant it was true, or `Unknown`, with the source that could not say. An Unknown denies;
an empty tuple means "looked, and there is nothing".
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from ari_app.policy.attempts import Attempt
from ari_app.policy.held import (
    Callback,
    CallerIdEntry,
    Consent,
    Contact,
    Customer,
    CustomerStatus,
    Flag,
    OneOffPermit,
    Screening,
    SilentCalls,
    Suppression,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """A fact that was looked up."""

    value: T
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be looked up; `cause` says why, in words for the record."""

    source: str
    cause: str


Fact: TypeAlias = Known[T] | Unknown


class FactUnknown(Exception):  # noqa: N818  a signal inside the core: `decide` turns it into an objection
    """A rule asked for a fact that is Unknown."""

    def __init__(self, fact: Unknown) -> None:
        """Keep the Unknown that was met."""
        super().__init__(f"{fact.source}: {fact.cause}")
        self.fact = fact


def known(fact: "Known[T] | Unknown") -> T:
    """
    The fact's value.

    Raises FactUnknown: it is Unknown; `decide` makes an objection `facts_unavailable` of that.
    """
    if isinstance(fact, Unknown):
        raise FactUnknown(fact)
    return fact.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the rules may read. Attempts are newest first and never hold the call that is being judged."""

    suppressions: Fact[tuple[Suppression, ...]]
    customer: Fact[Customer]
    attempts: Fact[tuple[Attempt, ...]]
    """Also those to other numbers of the same person, marked as such, where a pack counts by person."""
    consents: Fact[tuple[Consent, ...]]
    """Also withdrawn ones; in no order."""
    screenings: Fact[tuple[Screening, ...]]
    """In no order."""
    contacts: Fact[tuple[Contact, ...]]
    """Entries of the campaign's lists."""
    one_off_permits: Fact[tuple[OneOffPermit, ...]]
    callbacks: Fact[tuple[Callback, ...]]
    """Promised by the campaign's principal and not kept yet."""
    flags: Fact[tuple[Flag, ...]]
    caller_ids: Fact[tuple[CallerIdEntry, ...]]
    """Declared ranges that the campaign's caller id lies in."""
    silent_calls: Fact[tuple[SilentCalls, ...]]
    """Of the campaign; one for each window that the packs in force ask for."""
    office_numbers: Fact[int]
    """How many other numbers the campaign called within the last 24 hours."""

    @classmethod
    def unknown(cls, source: str, cause: str) -> "Facts":
        """Facts of which none could be looked up."""
        return cls(**dict.fromkeys(FACT_NAMES, Unknown(source, cause)))

    @classmethod
    def nothing_held(cls, as_of: datetime) -> "Facts":
        """Facts about a number on which nothing is held, because it is no number at all."""
        nothing: Known[tuple[Any, ...]] = Known((), as_of)
        rest: dict[str, Any] = dict.fromkeys(FACT_NAMES, nothing)
        rest["customer"] = Known(Customer(status=CustomerStatus.NONE), as_of)
        rest["office_numbers"] = Known(0, as_of)
        return cls(**rest)


FACT_NAMES = tuple(field.name for field in fields(Facts))
