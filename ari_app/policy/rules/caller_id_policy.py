"""Which number may be shown to the callee."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import AfterValidator

from ari_app.policy.calendar import read_span
from ari_app.policy.facts import Facts, known
from ari_app.policy.held import CallerIdEntry
from ari_app.policy.numbers import Number, countries_of
from ari_app.policy.pack import Finding
from ari_app.policy.pack_file import Said, one_or_many
from ari_app.policy.request import CallRequest, Campaign

_RANGE = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)

_Words: TypeAlias = Mapping[str, str]
_HIDDEN: _Words = {"it": "non c'è", "en": "there is none"}
_NOT_AMONG: _Words = {"it": "non è di una numerazione ammessa", "en": "it is in no range that is allowed"}
_FORBIDDEN: _Words = {"it": "è di una numerazione vietata", "en": "it is in a range that is forbidden"}
_ANOTHERS: _Words = {
    "it": "non è assegnato né al committente né a chi chiama",
    "en": "it is assigned neither to the principal nor to whoever calls",
}
_FROM_ABROAD: _Words = {
    "it": "la chiamata entra in rete in un altro paese",
    "en": "the call enters the network in another country",
}


def _a_range(value: str) -> str:
    if not _RANGE.fullmatch(value):
        raise ValueError(f"{value!r} begins no number; write it with plus and country, such as +390844")
    return value


Ranges: TypeAlias = Annotated[tuple[Annotated[str, AfterValidator(_a_range)], ...], one_or_many]
"""Beginnings of E.164 numbers, such as `+390844`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdAllowed:
    """
    The campaign's caller id is one that may be shown.

    It is there (`must_present`; where a pack does not ask for that, a missing one passes everything else as well); in
    one of `allowed_ranges`, if there are any, and in none of `forbidden_ranges`; declared as the principal's or the
    agency's (`assigned_to_controller`); declared as entered in each of `registered_in`, by those two if it must be
    theirs; and of the country in which the call enters the network (`domestic_origin`: an international number is of
    none, one of a range that is not on record of any country with its prefix). `callback_hours` says when somebody
    answers there; it is kept to be shown, and not judged.

    Source: IT, L. 5/2018 art. 2, AGCOM 106/25/CONS; UK, PECR reg. 21(A1); US, 47 CFR 64.1601(e); FR, Arcep 2022-1583.
    """

    must_present: bool = True
    allowed_ranges: Ranges = ()
    forbidden_ranges: Ranges = ()
    assigned_to_controller: bool = False
    registered_in: Annotated[tuple[Said, ...], one_or_many] = ()
    domestic_origin: bool = False
    callback_hours: str = ""

    gives: ClassVar[tuple[str, ...]] = ("caller_id", "register", "why")
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a rule that could never object, and hours that cannot be.

        Raises ValueError.
        """
        ranges = self.allowed_ranges or self.forbidden_ranges
        if not (self.must_present or ranges or self.reads or self.domestic_origin):
            raise ValueError("asks for nothing; leave must_present on, or name what else the caller id must be")
        if self.callback_hours:
            read_span(self.callback_hours)

    @property
    def reads(self) -> tuple[str, ...]:
        """What was declared of the caller id, if that matters."""
        return ("caller_ids",) if self.assigned_to_controller or self.registered_in else ()

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  the campaign's
        """
        `caller_id_not_allowed`, and `caller_id_not_registered` for each register that it is not in.

        A call without a campaign passes: it is denied as such.
        """
        campaign = request.campaign
        if campaign is None or not (campaign.caller_id or self.must_present):
            return ()
        if not isinstance(request.callee, Number):
            return ()  # nobody sees it, and what was declared of it was not looked up
        if not campaign.caller_id:
            return (_not_allowed(campaign, _HIDDEN),)
        entries = self._entries(campaign, facts)
        why = self._why_not(campaign, entries)
        first = (_not_allowed(campaign, why),) if why else ()
        if not self.registered_in:
            return first
        entered = {register for entry in entries for register in entry.registered_in.split()}
        missing = [register for register in self.registered_in if register not in entered]
        return (*first, *[_not_registered(campaign, register) for register in missing])

    def _entries(self, campaign: Campaign, facts: Facts) -> Sequence[CallerIdEntry]:
        if not (self.assigned_to_controller or self.registered_in):
            return ()
        entries = known(facts.caller_ids)
        if not self.assigned_to_controller:
            return entries
        return [entry for entry in entries if entry.owner in (campaign.principal, campaign.agency)]

    def _why_not(self, campaign: Campaign, entries: Sequence[CallerIdEntry]) -> _Words | None:
        caller_id = campaign.caller_id
        if self.allowed_ranges and not caller_id.startswith(self.allowed_ranges):
            return _NOT_AMONG
        if self.forbidden_ranges and caller_id.startswith(self.forbidden_ranges):
            return _FORBIDDEN
        if self.assigned_to_controller and not entries:
            return _ANOTHERS
        if self.domestic_origin and (campaign.trunk_country or campaign.region) not in countries_of(Number(caller_id)):
            return _FROM_ABROAD
        return None


def _not_allowed(campaign: Campaign, why: _Words) -> Finding:
    values = (("caller_id", campaign.caller_id), ("register", ""), ("why", why))
    return Finding(code="caller_id_not_allowed", values=values)


def _not_registered(campaign: Campaign, register: str) -> Finding:
    why = {"it": f"non risulta iscritto al {register}", "en": f"it is not on record as entered in {register}"}
    values = (("caller_id", campaign.caller_id), ("register", register), ("why", why))
    return Finding(code="caller_id_not_registered", values=values)
