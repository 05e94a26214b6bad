"""What a campaign's packs ask of lists, and how far lists answer: for a command, and for the watch beside the gate."""

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime

from ari_app.config import Settings
from ari_app.main.books import open_database
from ari_app.main.courtroom import packs
from ari_app.policy.docket import docket
from ari_app.policy.list_terms import ListTerms, list_terms
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.pack_file import REGISTER_KEYS, REGISTERS
from ari_app.policy.request import Campaign
from ari_app.ports.packs import Packs
from ari_app.stores.campaign_lists import CampaignLists, Cover
from ari_app.stores.consultations import Consultations


def terms_of(campaign: Campaign, at_hand: Packs, now: datetime) -> ListTerms:
    """What the campaign's packs ask of lists at `now`; a pack that is not at hand asks nothing."""
    found = (at_hand.get(name) for name in dict.fromkeys((CORE, *campaign.packs)))
    return list_terms(docket([pack for pack in found if pack is not None], campaign), campaign, now)


def campaign_terms(settings: Settings, campaign: Campaign, now: datetime) -> ListTerms:
    """The same for a command."""
    return terms_of(campaign, packs(settings), now)


def campaign_cover(settings: Settings, campaign: Campaign, terms: ListTerms, *, now: datetime, soon: datetime) -> Cover:
    """How far the lists let the campaign call at `now`. Raises StoreError."""
    with closing(open_database(settings)) as database:
        return CampaignLists(database).cover(campaign, terms, now=now, soon=soon)


def known_registers(settings: Settings) -> tuple[str, ...]:
    """Registers that Garbo or a pack at hand knows by name, sorted."""
    folder = packs(settings)
    found = (folder.get(name) for name in folder.ids())
    return tuple(sorted({*REGISTERS, *_named_by(pack for pack in found if pack is not None)}))


def open_consultations(settings: Settings) -> Consultations:
    """What went out to registers, and what came back. Raises StoreError."""
    return Consultations(open_database(settings))


def _named_by(at_hand: Iterable[Pack]) -> set[str]:
    kinds: list[object] = []
    for pack in at_hand:
        kinds += [*(rule.kind for rule in pack.rules), *(ground.kind for ground in pack.grounds)]
    return {getattr(kind, key, "") for kind in kinds for key in REGISTER_KEYS} - {""}
