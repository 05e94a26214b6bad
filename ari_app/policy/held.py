"""What is held about a callee by the campaign's principal, one value a row: lists, registers, promises, flags."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from ari_app.policy.disposition import FlagKind


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
    inquired_at: datetime | None = None
    """When they last asked the principal for something; None: not on record."""


class ConsentForm(StrEnum):
    """How a consent was given, the weakest first."""

    PRESUMED = "presumed"
    EXPRESS = "express"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One consent to the campaign's principal, with its proof."""

    id: str
    purpose: str
    """`marketing`, `profiling`, `third_parties`, or whatever the text named, such as `energy`."""
    form: ConsentForm
    given_at: datetime
    text_version: str
    evidence: str
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What a public register answered about the callee, and when."""

    register: str
    """`RPO`, `TPS` …"""
    answer: Literal["listed", "clear"]
    answered_at: datetime
    valid_until: datetime
    """No rule makes it valid for longer than this."""
    per_controller: bool = True
    """Asked by the principal for itself; False: looked up in a register that everybody holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The callee in a list of the campaign: where the number came from, and who approved it."""

    list_id: str
    list_source: str
    approved_by: str
    """Who at the principal approved the list; empty: nobody."""
    imported_at: datetime
    agency: str = ""
    """The agency it was approved for; empty: the principal itself calls."""
    listed: bool | None = None
    """In a public directory; None: not known."""
    party: Literal["consumer", "business"] | None = None
    language: str = ""
    person: str = ""
    generated: bool = False
    """The number was made up by a machine, not given by anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOffPermit:
    """A call that the callee asked for, once."""

    id: str
    source: str
    """`inbound_call`, `web_form`, `sale_verification` …"""
    granted_at: datetime
    expires_at: datetime | None = None
    uses: int = 0
    """Calls it has permitted so far that ended in a conversation, or have not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A promise to call again that is not kept yet."""

    id: str
    campaign: str
    operator: str
    """Who promised it; empty: nobody in particular."""
    promised_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something noted about the callee that is not cleared."""

    kind: FlagKind
    value: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdEntry:
    """A declared range that the campaign's caller id lies in."""

    owner: str
    """Id of the principal or agency it is assigned to."""
    registered_in: str = ""
    """`ROC` …; several are separated by spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentCalls:
    """What became of the campaign's answered calls, in whole hours back from now."""

    window: timedelta | None
    """None: since the campaign began."""
    put_through: int
    """Answered, and an operator spoke."""
    silent: int
    """Answered, and no operator was there."""


def as_withdrawn(consents: tuple[Consent, ...]) -> tuple[Consent, ...]:
    """
    Consents as all their withdrawals leave them.

    A withdrawal ends every consent to its purpose given by then (equal is given by then), whichever row tells of it:
    what is on record once is not undone by a list that has forgotten it.
    """
    withdrawals = tuple((each.purpose, each.withdrawn_at) for each in consents if each.withdrawn_at is not None)
    if not withdrawals:
        return consents
    return tuple(
        replace(
            each,
            withdrawn_at=min(
                (at for purpose, at in withdrawals if purpose == each.purpose and at >= each.given_at), default=None
            ),
        )
        for each in consents
    )


def open_claims(flags: tuple[Flag, ...], customer_as_of: datetime | None) -> tuple[Flag, ...]:
    """
    Flags without the claims to be a customer that the principal has answered: it said something of the number since.

    Said at the very same instant, or only again what it had said before (`customer_as_of` is when it said so first), is
    no answer; nor is it one that it has never said anything (None).
    """
    if customer_as_of is None:
        return flags
    return tuple(flag for flag in flags if flag.kind is not FlagKind.ALREADY_CUSTOMER or flag.since >= customer_as_of)


def void_before_wrong_number(
    at: datetime | None, customer: Customer, customer_as_of: datetime, consents: tuple[Consent, ...]
) -> tuple[Customer, tuple[Consent, ...]]:
    """
    Customer and consents as they stand after somebody else was met at this number at `at` (None: nobody was).

    What was on record by then was said of somebody who is not there; what came later has been verified again.
    """
    if at is None:
        return customer, consents
    kept = tuple(consent for consent in consents if consent.given_at > at)
    return (customer if customer_as_of > at else Customer(status=CustomerStatus.NONE)), kept
