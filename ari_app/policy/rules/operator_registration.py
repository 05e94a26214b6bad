"""Whoever calls is entered in the register of those who may."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from ari_app.policy.facts import Facts
from ari_app.policy.pack import Finding, TextValue
from ari_app.policy.pack_file import Said
from ari_app.policy.phrases import NEVER
from ari_app.policy.request import CallRequest

_MISSING: Mapping[str, str] = {"it": "non risulta", "en": "it is not on record"}
_EXPIRED: Mapping[str, str] = {"it": "è scaduta", "en": "it has expired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """
    The `holder` has an entry in `register` that has not ended.

    From `valid_until` on it has (equal is too late); an entry without an end has none. Where no agency calls, a rule on
    agencies passes: what is registered of the principal then shows in its caller id.

    Source: IT, Codice di condotta art. 7 c. 1 (ROC); US, 16 CFR 310.8 (SAN); UK, TPS licence.
    """

    register: Said
    holder: Literal["agency", "principal"] = "agency"

    reads: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ("register", "valid_until", "why")
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  the campaign's
        """`operator_registration_expired`, also where there never was one. A call without a campaign passes."""
        campaign = request.campaign
        if campaign is None or (self.holder == "agency" and not campaign.agency):
            return ()
        ends = [
            entry.valid_until
            for entry in campaign.registrations
            if entry.register == self.register and entry.holder == self.holder
        ]
        for end in ends:
            if end is None or now < end:
                return ()
        last: TextValue = max((end for end in ends if end is not None), default=None) or NEVER
        why = _EXPIRED if ends else _MISSING
        values = (("register", self.register), ("valid_until", last), ("why", why))
        return (Finding(code="operator_registration_expired", values=values),)
