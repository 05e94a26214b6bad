"""Where the number came from: somebody gave it, it is on a list, and the principal approved that list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeAlias

from ari_app.policy.consents import standing_consents
from ari_app.policy.facts import Facts, known
from ari_app.policy.held import Contact
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest
from ari_app.policy.screenings import newest_answer

_Words: TypeAlias = Mapping[str, str]
_NO_LIST: _Words = {"it": "non è in nessuna lista della campagna", "en": "it is in no list of the campaign"}
_NO_SOURCE: _Words = {"it": "non risulta da dove viene", "en": "nobody noted where it came from"}
_GENERATED: _Words = {"it": "è stato generato da una macchina", "en": "it was made up by a machine"}
_NOT_APPROVED: _Words = {
    "it": "la lista non è approvata dal committente per chi chiama",
    "en": "the principal did not approve its list for whoever calls",
}
_LACKING = (_NO_SOURCE, _GENERATED, _NOT_APPROVED, None)
_REASSIGNED: _Words = {
    "it": "dopo il consenso non è stato verificato che il numero sia rimasto alla stessa persona",
    "en": "nobody checked after the consent that the number still is the same person's",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberGiven:
    """
    One entry of the campaign's lists shows where the number came from.

    It must name a source, not have been made up by a machine, and be approved by the principal for whoever calls: the
    campaign's agency, or the principal itself. One entry must be all of that; a rule that only forbids generated
    numbers passes a number that is in no list. `reassigned_register` names a register of numbers that changed hands:
    its last answer must be clear, hold still, and not be older than a consent that stands (exactly as old passes);
    without a consent there is nothing to count from, and it objects.

    Source: IT, L. 5/2018 art. 1 c. 14, AGCOM 197/23/CONS; US, 47 CFR 64.1200(m).
    """

    require_list_source: bool = True
    forbid_generated: bool = True
    require_approval: bool = True
    reassigned_register: str = ""

    gives: ClassVar[tuple[str, ...]] = ("why",)
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a rule that could never object.

        Raises ValueError: it asks for nothing.
        """
        if not (self._asks_of_lists or self.reassigned_register):
            raise ValueError("asks for nothing; leave one of the requirements on")

    @property
    def _asks_of_lists(self) -> bool:
        return self.require_list_source or self.forbid_generated or self.require_approval

    @property
    def reads(self) -> tuple[str, ...]:
        """Lists, and for numbers that changed hands consents and screenings."""
        lists = ("contacts",) if self._asks_of_lists else ()
        return (*lists, "consents", "screenings") if self.reassigned_register else lists

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """`number_provenance_missing`, at most once for the lists and once for the register."""
        wrong = []
        if self._asks_of_lists and (why := self._wrong_with_lists(request, facts, now)):
            wrong.append(why)
        if self.reassigned_register and not self._still_the_same(facts, now):
            wrong.append(_REASSIGNED)
        return tuple([Finding(code="number_provenance_missing", values=(("why", why),)) for why in wrong])

    def _wrong_with_lists(self, request: CallRequest, facts: Facts, now: datetime) -> _Words | None:
        agency = (request.campaign.agency if request.campaign else None) or ""
        met = [self._met(contact, agency) for contact in known(facts.contacts) if contact.imported_at <= now]
        if not met:
            return _NO_LIST if self.require_list_source or self.require_approval else None
        # Told is what the best entry lacks: the others lack that or more.
        return _LACKING[max(met)]

    def _met(self, contact: Contact, agency: str) -> int:
        """How many requirements the entry meets, in their order, before the first that it does not."""
        if self.require_list_source and (not contact.list_source or contact.list_source.isspace()):
            return 0
        if self.forbid_generated and contact.generated:
            return 1
        approved_by = contact.approved_by
        if self.require_approval and (not approved_by or approved_by.isspace() or contact.agency != agency):
            return 2
        return 3

    def _still_the_same(self, facts: Facts, now: datetime) -> bool:
        answer = newest_answer(known(facts.screenings), self.reassigned_register, now)
        if answer is None or answer.answer != "clear" or now >= answer.valid_until:
            return False
        return any(consent.given_at <= answer.answered_at for consent in standing_consents(known(facts.consents), now))
