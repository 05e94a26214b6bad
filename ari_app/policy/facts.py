"""
What is known about a callee when a verdict is due.

A fact is `Known`, with the instant it was true, or `Unknown`, with the source that could not say. An Unknown denies;
an empty tuple means "looked, and there is nothing".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from ari_app.policy.outcome import Outcome
from ari_app.policy.request import Purpose

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


class SuppressionPurpose(StrEnum):
    """What a suppression forbids: marketing, or every call (dispute, deceased, court order)."""

    MARKETING = "marketing"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One do-not-call entry on the callee's number."""

    id: str
    scope: str
    """`*` (global), `principal:ID` or `campaign:ID`."""
    purpose: SuppressionPurpose
    reason: str
    source: str
    created_at: datetime
    expires_at: datetime | None = None
    """None: for ever."""


class CustomerStatus(StrEnum):
    """The callee's relationship with the campaign's principal."""

    NONE = "none"
    CURRENT = "current"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The principal's own word on the callee; `NONE` when it holds nothing on them."""

    status: CustomerStatus
    products: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    person: str | None = None
    """The principal's own reference for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One earlier call to this callee for the same principal, by any agency, campaign or operator."""

    call_id: str
    campaign: str
    purpose: Purpose
    at: datetime
    """When it was permitted or, for an imported one, when it was made."""
    operator: str = ""
    outcome: Outcome | None = None
    """None: it is under way, or nobody has said yet how it ended."""


LOOK_BACK = timedelta(days=3 * 366)
"""How far back attempts are looked up; no rule may ask for more, or it would see nothing where there was a call."""

MOST_ATTEMPTS = 200
"""More attempts on one callee than this within `LOOK_BACK`, and the fact is Unknown rather than cut short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the rules may read. Attempts are newest first and never hold the call that is being judged."""

    suppressions: Fact[tuple[Suppression, ...]]
    customer: Fact[Customer]
    attempts: Fact[tuple[Attempt, ...]]

    @classmethod
    def unknown(cls, source: str, cause: str) -> "Facts":
        """Facts of which none could be looked up."""
        nothing = Unknown(source, cause)
        return cls(suppressions=nothing, customer=nothing, attempts=nothing)

    @classmethod
    def nothing_held(cls, as_of: datetime) -> "Facts":
        """Facts about a number on which nothing is held, because it is no number at all."""
        return cls(
            suppressions=Known((), as_of),
            customer=Known(Customer(status=CustomerStatus.NONE), as_of),
            attempts=Known((), as_of),
        )
