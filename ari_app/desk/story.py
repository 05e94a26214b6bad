"""
What an operator sees beside the script: who it is, how they stand with the brand, what was said before, what is owed.

Only the history of the call's own principal; another brand's is nobody's business. What somebody said they need is told
on later calls of the same campaign, which goes on with what they spoke of; to whoever calls for another campaign only
with their consent to profiling (decision 43).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Known
from ari_app.policy.held import Callback, Customer, CustomerStatus, Flag
from ari_app.policy.record import VerdictRecord
from ari_app.policy.scripts import situation_of
from ari_app.ports.clock import Clock
from ari_app.ports.needs import Need
from ari_app.ports.stories import OnRecord, PastCall, StoryBook

MOST_TOLD = 30
"""Earlier calls; nobody reads more while a phone rings."""

_PROTECTED = {"it": "persona da tutelare", "en": "a person who is to be protected"}
# As the reasons of a denial: who reads it learns that there is something to mind, not that somebody is ill or a child.
FLAG_WORDS: Mapping[FlagKind, Mapping[str, str]] = {
    FlagKind.MINOR: _PROTECTED,
    FlagKind.DECEASED: _PROTECTED,
    FlagKind.VULNERABLE: _PROTECTED,
    FlagKind.COMPLAINT: {"it": "reclamo in corso", "en": "an open complaint"},
    FlagKind.DISPUTE: {"it": "contestazione in corso", "en": "an open dispute"},
    FlagKind.LANGUAGE: {"it": "ha chiesto di parlare: {value}", "en": "asked to speak: {value}"},
    FlagKind.HOURS: {"it": "ha chiesto di essere chiamato tra le {value}", "en": "asked to be called at {value}"},
    FlagKind.WRONG_NUMBER: {"it": "qui risponde un'altra persona", "en": "somebody else answers here"},
    FlagKind.ALREADY_CUSTOMER: {
        "it": "dice di essere già cliente: da verificare",
        "en": "says they are a customer already: to be confirmed",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is told of one callee for one call."""

    name: str
    """By which to greet them; empty: no list gives one."""
    person: str
    """The principal's reference for them; empty: there is none."""
    customer: Customer
    contacts: tuple[PastCall, ...] = ()
    """Earlier calls for this principal, the newest first."""
    promises: tuple[Callback, ...] = ()
    """Calls that were promised and are not kept, the first due first."""
    flags: tuple[Flag, ...] = ()
    needs: tuple[Need, ...] = ()
    """What they said they need and is not met, oldest first."""

    def flags_in(self, language: str) -> tuple[str, ...]:
        """The flags in words, each once."""
        words = (FLAG_WORDS[flag.kind].get(language, FLAG_WORDS[flag.kind]["en"]) for flag in self.flags)
        return tuple(dict.fromkeys(text.format(value=flag.value) for text, flag in zip(words, self.flags, strict=True)))


class Stories:
    """Tells stories. Raises StoreUnavailable."""

    def __init__(self, book: StoryBook, clock: Clock) -> None:
        """Every port is given."""
        self._book = book
        self._clock = clock

    async def of(self, record: VerdictRecord) -> Story:
        """The story of the callee of this verdict; an empty one where nobody is known."""
        found = await self._book.of(record, now=self._clock.now(), calls=MOST_TOLD)
        if found is None:
            return Story(name="", person="", customer=Customer(status=CustomerStatus.NONE))
        customer = _customer(record, found)
        profiling = situation_of(found.request, found.facts).profiling
        return Story(
            name=found.name,
            person=customer.person or found.person,
            customer=customer,
            contacts=found.calls,
            promises=tuple(sorted(_value(found.facts.callbacks), key=lambda each: (each.due_at, each.id))),
            flags=_value(found.facts.flags),
            needs=tuple(
                each for each in found.needs if each.met_at is None and (profiling or each.campaign == record.campaign)
            ),
        )


def _customer(record: VerdictRecord, found: OnRecord) -> Customer:
    """The newer word: what is on record, or what the verdict was told by the principal's own books."""
    fact = found.facts.customer
    held = fact if isinstance(fact, Known) else Known(Customer(status=CustomerStatus.NONE), found.request.asked_at)
    told = record.evidence.facts.get("customer", {})
    if "value" not in told:
        return held.value
    seen = msgspec.convert(told, Known[Customer])
    # Where nothing is on record the fact is of now, and says nothing against what the books answered a moment ago.
    return seen.value if held.value.status is CustomerStatus.NONE or seen.as_of > held.as_of else held.value


def _value(fact: Any) -> tuple[Any, ...]:
    return fact.value if isinstance(fact, Known) else ()
