"""
What is known of the callee, in the terms in which scripts and routing tables ask for it.

Without a consent to profiling only contract facts are gone by, and that there was a call (RULES 6.6): what somebody
said then is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from ari_app.policy.attempts import Attempt, was_conversation
from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Facts, Unknown
from ari_app.policy.held import Consent, as_withdrawn
from ari_app.policy.request import CallRequest

Conditions: TypeAlias = Mapping[str, tuple[str, ...]]
"""Name of something in a `Situation` to the words of which one must be there; all of them must fit. Empty fits all."""

NAMES = ("customer", "products", "spoken", "callback", "language", "party", "purpose", "sector", "product", "last_word")
"""What conditions may ask for; `spoken` and `callback` are `yes`, `no` or `unknown`."""
OF_PROFILES = frozenset({"last_word"})
"""What only somebody who consented to profiling is routed by."""
_PROFILING = "profiling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of one callee, for one call."""

    customer: Literal["none", "current", "ended", "unknown"] = "unknown"
    products: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    spoken: Literal["yes", "no", "unknown"] = "unknown"
    """Whether somebody spoke to them for this principal; a call that nobody saw end counts."""
    last_word: str = ""
    """Disposition, else outcome, of the last conversation."""
    last_operator: str = ""
    last_at: datetime | None = None
    callback: Literal["yes", "no", "unknown"] = "unknown"
    """Whether a call was promised to them and is not kept yet."""
    callback_due: datetime | None = None
    callback_by: str = ""
    """Who promised it; empty: nobody in particular."""
    language: str = ""
    """The callee's own, where it is known."""
    party: Literal["consumer", "business", ""] = ""
    list_source: str = ""
    """Where the number comes from; empty: not known."""
    profiling: bool = False
    """They consented to it."""
    purpose: str = ""
    sector: str = ""
    product: str = ""
    """What the campaign offers; empty: nothing in particular."""


def situation_of(request: CallRequest, facts: Facts) -> Situation:
    """What the facts of a verdict come to."""
    campaign = request.campaign
    customer = None if isinstance(facts.customer, Unknown) else facts.customer.value
    spoken = [] if isinstance(facts.attempts, Unknown) else [each for each in facts.attempts.value if _spoke(each)]
    last = spoken[0] if spoken else None
    promised = [] if isinstance(facts.callbacks, Unknown) else sorted(facts.callbacks.value, key=lambda c: c.due_at)
    contacts = () if isinstance(facts.contacts, Unknown) else facts.contacts.value
    flags = () if isinstance(facts.flags, Unknown) else facts.flags.value
    asked_for = [flag.value for flag in flags if flag.kind is FlagKind.LANGUAGE]
    languages = [*asked_for, *(contact.language for contact in contacts if contact.language)]
    return Situation(
        customer=customer.status.value if customer else "unknown",
        products=customer.products if customer else (),
        since=customer.since if customer else None,
        until=customer.until if customer else None,
        spoken="unknown" if isinstance(facts.attempts, Unknown) else "yes" if spoken else "no",
        last_word=str(last.disposition or last.outcome or "") if last else "",
        last_operator=last.operator if last else "",
        last_at=last.at if last else None,
        callback="unknown" if isinstance(facts.callbacks, Unknown) else "yes" if promised else "no",
        callback_due=promised[0].due_at if promised else None,
        callback_by=promised[0].operator if promised else "",
        language=languages[0] if languages else "",
        party=next((contact.party for contact in contacts if contact.party), ""),
        list_source=next((contact.list_source for contact in contacts if contact.list_source), ""),
        profiling=not isinstance(facts.consents, Unknown) and _profiling(facts.consents.value),
        purpose=campaign.purpose.value if campaign else "",
        sector=campaign.sector if campaign else "",
        product=campaign.product if campaign else "",
    )


def fits(conditions: Conditions, situation: Situation) -> bool:
    """Whether every condition holds; one on what somebody said never does without their consent to profiling."""
    return all(
        (situation.profiling or name not in OF_PROFILES) and any(word in words for word in _said(situation, name))
        for name, words in conditions.items()
    )


def _said(situation: Situation, name: str) -> tuple[str, ...]:
    said = getattr(situation, name)
    return said if isinstance(said, tuple) else (said,)


def _spoke(attempt: Attempt) -> bool:
    return attempt.outcome is not None and was_conversation(attempt)  # a call under way has not told anything yet


def _profiling(consents: tuple[Consent, ...]) -> bool:
    return any(each.purpose == _PROFILING and each.withdrawn_at is None for each in as_withdrawn(consents))
