"""Which disclosures the packs of a campaign may ask of the calls that a script is for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ari_app.policy.applicability import CampaignKind, campaign_meets
from ari_app.policy.duties.script_disclosure import Disclosures
from ari_app.policy.duties_owed import Disclosure
from ari_app.policy.pack import Pack
from ari_app.policy.request import MARKETING, CallMode, Purpose
from ari_app.policy.scripts.script import Script
from ari_app.policy.sectors import SECTORS


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What `lint` takes."""

    required: tuple[Disclosure, ...]
    before_offer: tuple[Disclosure, ...]


def owed_by(script: Script, packs: Sequence[Pack], *, sector: str = "") -> Owed:
    """
    What any of these packs may ask of a call by this script; `sector` empty: in any sector.

    A duty that hangs on the callee or on the day counts as well: a script is the same for everybody. An offer that
    needs a verdict of its own is an upsell.
    """
    sells = any(step.needs_verdict for step in script.steps)
    return Owed(
        required=_asked(packs, script.purposes or tuple(MARKETING), sector),
        before_offer=_asked(packs, (Purpose.UPSELL,), sector) if sells else (),
    )


def _asked(packs: Sequence[Pack], purposes: Iterable[str], sector: str) -> tuple[Disclosure, ...]:
    sectors = (sector,) if sector else tuple(SECTORS)
    kinds = [CampaignKind(purpose, each, CallMode.LIVE) for purpose in purposes for each in sectors]
    items: dict[str, Disclosure] = {}
    for duty in (duty for pack in packs for duty in pack.duties):
        if isinstance(duty.kind, Disclosures) and any(campaign_meets(duty.when, kind) for kind in kinds):
            for item in duty.kind.items:
                items.setdefault(item.id, item)
    return tuple(items.values())
