"""Which variant of a script, and why, by what is known about the callee."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from ari_app.policy.request import CallRequest
from ari_app.policy.scripts.script import Script
from ari_app.policy.scripts.situation import Situation

Variant: TypeAlias = Literal["prospect", "customer", "former_customer", "spoken_before", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptChoice:
    """The script for this call, and why it was chosen."""

    id: str
    version: str
    variant: str
    """`prospect`, `customer`, `former_customer`, `spoken_before` or `unknown`."""
    language: str
    why: str

    def document(self) -> dict[str, str]:
        """As JSON values."""
        return {
            "id": self.id,
            "version": self.version,
            "variant": self.variant,
            "language": self.language,
            "why": self.why,
        }


_WHY: dict[Variant, dict[str, str]] = {
    "unknown": {
        "it": "Non si sa che rapporto abbia questa persona con il committente.",
        "en": "It is not known how this person stands with the principal.",
    },
    "spoken_before": {
        "it": "Con questa persona si è già parlato per lo stesso committente.",
        "en": "This person has been spoken to before for the same principal.",
    },
    "customer": {
        "it": "È già cliente del committente.",
        "en": "This person is a customer of the principal.",
    },
    "former_customer": {
        "it": "È stato cliente del committente.",
        "en": "This person used to be a customer of the principal.",
    },
    "prospect": {
        "it": "Non è cliente del committente e non è ancora stato chiamato.",
        "en": "This person is no customer of the principal and has not been spoken to yet.",
    },
}


def route(situation: Situation, script: Script, *, language: str) -> ScriptChoice:
    """
    The first that fits: unknown facts, spoken before, customer, former customer, prospect.

    An earlier call that nobody saw end counts as spoken.
    """
    return _choice(script.id, script.version, variant_of(situation), language)


def variant_of(situation: Situation) -> Variant:
    """The first that fits, as `route` has it."""
    if "unknown" in (situation.customer, situation.spoken):
        return "unknown"
    if situation.spoken == "yes":
        return "spoken_before"
    if situation.customer == "current":
        return "customer"
    return "former_customer" if situation.customer == "ended" else "prospect"


@lru_cache(maxsize=1024)
def _choice(script: str, version: str, variant: Variant, language: str) -> ScriptChoice:
    why = _WHY[variant].get(language, _WHY[variant]["en"])
    return ScriptChoice(id=script, version=version, variant=variant, language=language, why=why)


def language_for(request: CallRequest, script: Script) -> str:
    """The operator's language, else that of the campaign's region, else English, else the script's first."""
    if request.operator and request.operator.language in script.title:
        return request.operator.language
    # it, fr, es, de: country and language have one code
    region = request.campaign.region.lower() if request.campaign else ""
    return region if region in script.title else "en" if "en" in script.title else script.languages[0]
