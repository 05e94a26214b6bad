"""
Which script, which variant and which language, and why: by what is known about the callee.

Somebody whom the campaign cares for gets its care script; else the first line of its table that fits says it; else its
own script. A script that is not at hand is replaced by the campaign's own, and that is told. A script that was written
for other purposes is never chosen: a line that names it is passed over, and a campaign's own counts as not being there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, get_args

from ari_app.policy.request import CallRequest, Campaign, Purpose
from ari_app.policy.scripts.script import Script
from ari_app.policy.scripts.situation import READS, Situation, fits
from ari_app.policy.scripts.why import Chosen, by_facts, principal_of, why
from ari_app.policy.scripts.why import Variant as Variant

VARIANTS: tuple[Variant, ...] = get_args(Variant)
DEFAULT_SCRIPT = "courtesy"
"""Of a campaign that names none; it comes with Garbo."""
_CARING = (Purpose.CARE, Purpose.SERVICE)
Scripts: TypeAlias = Mapping[str, Script]
"""The scripts at hand, by id, each in the version that is served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptChoice:
    """The script for this call, and why it was chosen."""

    id: str
    version: str
    variant: str
    """`prospect`, `customer`, `former_customer`, `spoken_before` or `unknown`."""
    language: str
    why: str
    instead_of: str = ""
    """The script that it should have been, and that is not at hand, or for other purposes; empty: it is the one."""

    def document(self) -> dict[str, str]:
        """As JSON values."""
        return {
            "id": self.id,
            "version": self.version,
            "variant": self.variant,
            "language": self.language,
            "why": self.why,
        }


def scripts_of(campaign: Campaign | None) -> tuple[str, ...]:
    """Ids of all scripts that a call of this campaign may be routed to, what it falls back to first."""
    if campaign is None:
        return (DEFAULT_SCRIPT,)
    own = (campaign.script or DEFAULT_SCRIPT, DEFAULT_SCRIPT)
    care = (campaign.care_script,) if campaign.customers == "care" and campaign.care_script else ()
    return tuple(dict.fromkeys((*own, *care, *(each.script for each in campaign.routes))))


def route_reads(campaign: Campaign) -> frozenset[str]:
    """The facts that the campaign's table goes by."""
    return _reads(tuple(name for each in campaign.routes for name in each.when))


@lru_cache(maxsize=256)
def _reads(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(READS.get(name, frozenset()) for name in names))


def may_be_spoken(script: Script, campaign: Campaign | None) -> bool:
    """Whether it is written for such calls; a call of no campaign has no purpose that it could be against."""
    return campaign is None or script.is_for(campaign.purpose)


def may_care(script: Script, campaign: Campaign) -> bool:
    """Whether its customers may be cared for with it: words of care sell nothing, whatever the campaign is for."""
    return any([script.is_for(purpose) for purpose in (campaign.purpose, *_CARING)])


def choose(request: CallRequest, situation: Situation, scripts: Scripts) -> ScriptChoice | None:
    """The choice for this call; None: neither its script nor the campaign's own is at hand and for its purpose."""
    campaign = request.campaign
    line, wanted, variant = _line(campaign, situation, scripts)
    script = scripts.get(wanted)
    unfit = script is not None and line == 0 and not may_be_spoken(script, campaign)
    if script is None or unfit:
        script = _instead(campaign, scripts)
    if script is None:
        return None
    known = variant_of(situation)
    language = language_for(request, script, situation)
    missing = wanted if script.id != wanted else ""
    if line <= 0 and not missing and situation.last_at is None and situation.callback_due is None:
        return _by_facts(script.id, script.version, known, language, principal_of(request), care=line < 0)
    return ScriptChoice(
        id=script.id,
        version=script.version,
        variant=known if missing or not variant else variant,
        language=language,
        why=why(
            Chosen(line=line, script=script.id, missing=missing, unfit=unfit, variant=known),
            request,
            situation,
            language,
        ),
        instead_of=missing,
    )


@lru_cache(maxsize=1024)
def _by_facts(
    script: str, version: str, variant: Variant, language: str, principal: str, *, care: bool
) -> ScriptChoice:
    return ScriptChoice(
        id=script,
        version=version,
        variant=variant,
        language=language,
        why=by_facts(principal, variant, language, care=care),
    )


def _line(campaign: Campaign | None, situation: Situation, scripts: Scripts) -> tuple[int, str, str]:
    """
    The line that fits, counted from 1, with its script and its variant (empty: by the facts); 0: none, -1: care.

    A care script for other purposes is none: without one the call is denied (`admission`).
    """
    if campaign is None:
        return 0, DEFAULT_SCRIPT, ""
    if campaign.customers == "care" and campaign.care_script and situation.customer == "current":
        return -1, campaign.care_script, ""
    for place, each in enumerate(campaign.routes, start=1):
        if fits(each.when, situation) and _counts(scripts.get(each.script), campaign):
            return place, each.script, each.variant
    return 0, campaign.script or DEFAULT_SCRIPT, ""


def _counts(script: Script | None, campaign: Campaign) -> bool:
    """What is not at hand is replaced, and that is told."""
    return script is None or may_be_spoken(script, campaign)


def _instead(campaign: Campaign | None, scripts: Scripts) -> Script | None:
    """The campaign's own, or the one that comes with Garbo."""
    own = (campaign.script if campaign else None) or DEFAULT_SCRIPT
    found = [scripts[name] for name in (own, DEFAULT_SCRIPT) if name in scripts]
    return next((script for script in found if may_be_spoken(script, campaign)), None)


def variant_of(situation: Situation) -> Variant:
    """
    The first that fits: unknown facts, spoken before, customer, former customer, prospect.

    An earlier call that nobody saw end counts as spoken.
    """
    if "unknown" in (situation.customer, situation.spoken):
        return "unknown"
    if situation.spoken == "yes":
        return "spoken_before"
    if situation.customer == "current":
        return "customer"
    return "former_customer" if situation.customer == "ended" else "prospect"


def language_for(request: CallRequest, script: Script, situation: Situation) -> str:
    """
    One that the script has, and that operator and campaign speak: the callee's own, else the operator's first.

    Where nobody is known to speak, or nobody speaks what the script has: the callee's own, that of the campaign's
    region, English, the script's first.
    """
    campaign, operator = request.campaign, request.operator
    ours = list(script.title)
    if campaign is not None and campaign.languages:
        called_in = campaign.languages.split()
        ours = [each for each in ours if each in called_in] or ours
    if operator is None:
        if situation.language in ours:
            return situation.language
    elif common := [each for each in operator.languages if each in ours]:
        return situation.language if situation.language in common else common[0]
    # it, fr, es, de: country and language have one code
    region = campaign.region.lower() if campaign else ""
    return region if region in ours else "en" if "en" in ours else ours[0]
