"""
What is known of the callee, in the terms in which scripts and routing tables ask for it.

Without a consent to profiling only contract facts are gone by, and that there was a call (RULES 6.6): what somebody
said then is not (decision 42).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from ari_app.policy.attempts import Attempt, was_conversation
from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import FACT_NAMES, Fact, Facts, Known, Unknown
from ari_app.policy.held import Callback, Consent, Contact, Customer, Flag, as_withdrawn
from ari_app.policy.request import CallRequest

if TYPE_CHECKING:  # a record holds the choice that is made of a situation
    from ari_app.policy.record import VerdictRecord

Conditions: TypeAlias = Mapping[str, tuple[str, ...]]
"""Name of something in a `Situation` to the words of which one must be there; all of them must fit. Empty fits all."""

NAMES = ("customer", "products", "spoken", "callback", "language", "party", "purpose", "sector", "product", "last_word")
"""What conditions may ask for; `spoken` and `callback` are `yes`, `no` or `unknown`."""
OF_PROFILES = frozenset({"last_word"})
"""What only somebody who consented to profiling is routed by."""
READS: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"customer"}),
    "products": frozenset({"customer"}),
    "spoken": frozenset({"attempts"}),
    "callback": frozenset({"callbacks"}),
    "language": frozenset({"flags", "contacts"}),
    "party": frozenset({"contacts"}),
    "last_word": frozenset({"attempts", "consents"}),
}
"""The facts that a condition of this name goes by; of what is not here the campaign says it."""
_PROFILING = "profiling"
_TYPES: Mapping[str, Any] = {
    "customer": Customer,
    "attempts": tuple[Attempt, ...],
    "callbacks": tuple[Callback, ...],
    "contacts": tuple[Contact, ...],
    "flags": tuple[Flag, ...],
    "consents": tuple[Consent, ...],
}
"""The facts that a situation is made of, and what their values are."""
SITUATED = frozenset(_TYPES)
"""The names of these facts."""


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
    if campaign is None:
        return _situation(facts, "", "", "")
    return _situation(facts, campaign.purpose.value, campaign.sector, campaign.product)


def situation_of_record(record: "VerdictRecord") -> Situation:
    """
    The same, of the facts as the verdict kept them.

    What was erased, or was kept by a version that wrote it otherwise, is unknown.
    """
    kept = record.evidence.facts
    gone = Facts.unknown("record", "erased, or never read")
    facts = {name: _read(kept[name], name) for name in _TYPES if name in kept}
    whole = Facts(**{name: facts.get(name, getattr(gone, name)) for name in FACT_NAMES})
    return _situation(whole, record.purpose or "", record.sector, record.product)


def fits(conditions: Conditions, situation: Situation) -> bool:
    """
    Whether every condition holds; one on what somebody said never does without their consent to profiling.

    Words are the same in capitals and in small letters.
    """
    for name, words in conditions.items():
        if name in OF_PROFILES and not situation.profiling:
            return False
        said = _said(situation, name)
        if not any([word in said for word in words]) and not _alike(words, said):
            return False
    return True


def holding(name: str, words: tuple[str, ...], situation: Situation) -> tuple[str, ...]:
    """Those of the words that are so, as the situation spells them."""
    wanted = {word.casefold() for word in words}
    return tuple(each for each in _said(situation, name) if each.casefold() in wanted)


def _alike(words: tuple[str, ...], said: tuple[str, ...]) -> bool:
    return not {word.casefold() for word in words}.isdisjoint([each.casefold() for each in said])


def _said(situation: Situation, name: str) -> tuple[str, ...]:
    said = getattr(situation, name)
    return said if isinstance(said, tuple) else (said,)


def _situation(facts: Facts, purpose: str, sector: str, product: str) -> Situation:
    customer = None if isinstance(facts.customer, Unknown) else facts.customer.value
    attempts = None if isinstance(facts.attempts, Unknown) else facts.attempts.value
    last = next((each for each in attempts if _spoke(each)), None) if attempts else None
    callbacks = None if isinstance(facts.callbacks, Unknown) else facts.callbacks.value
    promised = min(callbacks, key=lambda callback: callback.due_at) if callbacks else None
    contacts = () if isinstance(facts.contacts, Unknown) else facts.contacts.value
    return Situation(
        customer=customer.status.value if customer else "unknown",
        products=customer.products if customer else (),
        since=customer.since if customer else None,
        until=customer.until if customer else None,
        spoken="unknown" if attempts is None else "yes" if last else "no",
        last_word=str(last.disposition or last.outcome or "") if last else "",
        last_operator=last.operator if last else "",
        last_at=last.at if last else None,
        callback="unknown" if callbacks is None else "yes" if promised else "no",
        callback_due=promised.due_at if promised else None,
        callback_by=promised.operator if promised else "",
        language=_language(facts, contacts),
        party=next((contact.party for contact in contacts if contact.party), "") if contacts else "",
        list_source=next((contact.list_source for contact in contacts if contact.list_source), "") if contacts else "",
        profiling=not isinstance(facts.consents, Unknown) and _profiling(facts.consents.value),
        purpose=purpose,
        sector=sector,
        product=product,
    )


def _language(facts: Facts, contacts: tuple[Contact, ...]) -> str:
    """The one they asked for last, else the one that their list tells."""
    flags = () if isinstance(facts.flags, Unknown) else facts.flags.value
    asked = [flag for flag in flags if flag.kind is FlagKind.LANGUAGE and flag.value] if flags else ()
    said = max(asked, key=lambda flag: flag.since).value if asked else ""
    if contacts and not said:
        said = next((each.language for each in contacts if each.language), "")
    return said.strip().casefold() if said else ""


def _spoke(attempt: Attempt) -> bool:
    return attempt.outcome is not None and was_conversation(attempt)  # a call under way has not told anything yet


def _profiling(consents: tuple[Consent, ...]) -> bool:
    return bool(consents) and any(
        each.purpose == _PROFILING and each.withdrawn_at is None for each in as_withdrawn(consents)
    )


def _read(fact: Mapping[str, Any], name: str) -> Fact[Any]:
    if "value" not in fact:
        return Unknown(str(fact.get("source", "")), str(fact.get("cause", "")))
    try:
        return Known(msgspec.convert(fact["value"], _TYPES[name]), msgspec.convert(fact["as_of"], datetime))
    except (msgspec.ValidationError, KeyError) as error:
        return Unknown("record", str(error))
