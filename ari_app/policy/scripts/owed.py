"""Which disclosures the packs of a campaign may ask of the calls that a script is for."""

from collections.abc import Mapping, Sequence
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
    """What `lint` takes by these names."""

    required: tuple[Disclosure, ...]
    before_offer: tuple[Disclosure, ...]
    only_for: Mapping[str, frozenset[str]]


def owed_by(script: Script, packs: Sequence[Pack], *, sector: str = "") -> Owed:
    """
    What any of these packs may ask of a call by this script; `sector` empty: in any sector.

    A duty that hangs on the callee or on the day counts as well: a script is the same for everybody. An offer that
    needs a verdict of its own is an upsell.
    """
    asked = {purpose: _asked(packs, purpose, sector) for purpose in script.purposes or sorted(MARKETING)}
    items = {item.id: item for each in asked.values() for item in each}
    only_for = {item: frozenset(purpose for purpose in asked if _holds(asked[purpose], item)) for item in items}
    sells = any(step.needs_verdict for step in script.steps)
    return Owed(
        required=tuple(items.values()),
        before_offer=_asked(packs, Purpose.UPSELL, sector) if sells else (),
        only_for={item: purposes for item, purposes in only_for.items() if len(purposes) < len(asked)},
    )


def _holds(items: Sequence[Disclosure], item_id: str) -> bool:
    return any(item.id == item_id for item in items)


def _asked(packs: Sequence[Pack], purpose: str, sector: str) -> tuple[Disclosure, ...]:
    kinds = [CampaignKind(purpose, each, CallMode.LIVE) for each in ((sector,) if sector else SECTORS)]
    items: dict[str, Disclosure] = {}
    for duty in (duty for pack in packs for duty in pack.duties):
        if isinstance(duty.kind, Disclosures) and any(campaign_meets(duty.when, kind) for kind in kinds):
            for item in duty.kind.items:
                items.setdefault(item.id, item)
    return tuple(items.values())
