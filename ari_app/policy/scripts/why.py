"""Why a script was chosen, in a sentence or two for operator and supervisor, in Italian or else in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ari_app.policy.phrases import fill
from ari_app.policy.request import CallRequest
from ari_app.policy.scripts.conditions import last_word, worded
from ari_app.policy.scripts.situation import Situation

Texts: TypeAlias = Mapping[str, str]
Variant: TypeAlias = Literal["prospect", "customer", "former_customer", "spoken_before", "unknown"]

_BY_FACTS: Mapping[Variant, Texts] = {
    "unknown": {
        "it": "Non si sa che rapporto abbia questa persona con {principal}.",
        "en": "It is not known how this person stands with {principal}.",
    },
    "spoken_before": {
        "it": "Con questa persona si è già parlato per {principal}.",
        "en": "This person has been spoken to before for {principal}.",
    },
    "customer": {
        "it": "È già cliente di {principal}.",
        "en": "This person is already a customer of {principal}.",
    },
    "former_customer": {
        "it": "È stato cliente di {principal}.",
        "en": "This person used to be a customer of {principal}.",
    },
    "prospect": {
        "it": "Non è cliente di {principal} e finora non ci si è parlato.",
        "en": "This person is no customer of {principal} and has not been spoken to yet.",
    },
}
_LINE: Texts = {"it": "Riga {line}: {fits}.", "en": "Line {line}: {fits}."}
_CARE: Texts = {
    "it": "È già cliente di {principal}: per i clienti la campagna ha un testo di assistenza.",
    "en": "This person is already a customer of {principal}: for customers the campaign has a care script.",
}
_MISSING: Texts = {
    "it": "Il testo {missing} non è disponibile, al suo posto c'è {script}.",
    "en": "Script {missing} is not at hand, {script} is shown instead.",
}
_UNFIT: Texts = {
    "it": "Il testo {missing} non è scritto per lo scopo di questa campagna, al suo posto c'è {script}.",
    "en": "Script {missing} is not written for what this campaign calls for, {script} is shown instead.",
}
_LAST: Texts = {"it": "L'ultima volta: {last_at}{who}{said}.", "en": "Last time: {last_at}{who}{said}."}
_WHO: Texts = {"it": ", con {}", "en": ", with {}"}
_PROMISED: Texts = {"it": "Richiamata promessa per {due}{who}.", "en": "A call back was promised for {due}{who}."}
_BY: Texts = {"it": " da {}", "en": " by {}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What there is to explain."""

    line: int
    """Of the campaign's table; 0: none fitted, -1: the care script."""
    script: str
    missing: str
    """The script that should have been shown; empty: it is."""
    unfit: bool
    """It is at hand, and written for other purposes."""
    variant: Variant
    """By the facts alone."""


def why(chosen: Chosen, request: CallRequest, situation: Situation, language: str) -> str:
    """
    The line and the facts that it went by, and when and by whom the callee was spoken to before.

    What was said then is told only of somebody who consented to profiling: nobody else is routed by it.
    """
    tongue = language if language in _LINE else "en"
    texts = [_head(chosen, request, situation, tongue)]
    if situation.last_at is not None:
        said = f" ({last_word(situation.last_word, tongue)})" if situation.profiling and situation.last_word else ""
        who = _WHO[tongue].format(situation.last_operator) if situation.last_operator else ""
        values = (("last_at", situation.last_at), ("who", who), ("said", said))
        texts.append(fill(_LAST, values, request, None)[tongue])
    if situation.callback_due is not None:
        who = _BY[tongue].format(situation.callback_by) if situation.callback_by else ""
        texts.append(fill(_PROMISED, (("due", situation.callback_due), ("who", who)), request, None)[tongue])
    if chosen.missing:
        text = _UNFIT if chosen.unfit else _MISSING
        texts.append(fill(text, (("missing", chosen.missing), ("script", chosen.script)), request, None)[tongue])
    return " ".join(texts)


def _head(chosen: Chosen, request: CallRequest, situation: Situation, tongue: str) -> str:
    if chosen.line > 0 and request.campaign is not None:
        conditions = request.campaign.routes[chosen.line - 1].when
        fitting = worded(conditions, tongue, of=situation)
        return _LINE[tongue].format(line=chosen.line, fits=fitting)
    return by_facts(principal_of(request), chosen.variant, tongue, care=chosen.line < 0)


def principal_of(request: CallRequest) -> str:
    """As people know it; empty: there is no campaign."""
    campaign = request.campaign
    return (campaign.principal_name or campaign.principal) if campaign else ""


def by_facts(principal: str, variant: Variant, language: str, *, care: bool) -> str:
    """What there is to say where no line fitted and nobody was spoken to or promised anything."""
    text = _CARE if care else _BY_FACTS[variant]
    return (text.get(language) or text["en"]).format(principal=principal)
