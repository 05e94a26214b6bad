"""Nobody is called who has not said that they may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ari_app.policy.consents import ConsentTerms
from ari_app.policy.facts import Facts
from ari_app.policy.pack import Finding
from ari_app.policy.phrases import NEVER
from ari_app.policy.request import CallRequest

_WHY: dict[str, Mapping[str, str]] = {
    "consent_missing": {"it": "non ne risulta uno valido", "en": "there is none that is valid"},
    "consent_expired": {"it": "è troppo vecchio", "en": "it is too old"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(ConsentTerms):
    """
    The callee has consented to the campaign's principal, as the terms ask.

    Source: IT, Codice privacy art. 130; DE, UWG s. 7(2) (express); FR, C. conso L. 223-1; ES, Ley 11/2022 art. 66.1.b,
    Ley 10/2025 (renewed every two years).
    """

    gives: ClassVar[tuple[str, ...]] = ("purpose", "given_at", "why")
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  the principal's
        """`consent_missing`, or `consent_expired` if one would do that is too old; only a new consent helps."""
        consent = self.newest(facts, now)
        if consent is not None and not self.is_too_old(consent, now):
            return ()
        code = "consent_expired" if consent else "consent_missing"
        given_at = consent.given_at if consent else NEVER
        return (Finding(code=code, values=(("purpose", self.purpose), ("given_at", given_at), ("why", _WHY[code]))),)
