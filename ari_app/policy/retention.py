"""
How long a principal's records are kept, as the packs of all its campaigns say together.

What a pack asks to be kept binds as soon as one campaign names it, shadowed or closed too; what it asks to be deleted
binds where it is enforced and surely applies. Of lengths that contradict each other the longer one binds who deletes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ari_app.policy.applicability import CampaignKind, campaign_meets, surely_in_force
from ari_app.policy.duties.record_retention import RecordsKept
from ari_app.policy.pack import CORE, Duty, Pack
from ari_app.policy.request import Campaign, Mode

LEGAL = frozenset({"law", "regulator"})
"""Forces that stand against an erasure (GDPR art. 17(3)(b), (e)); what is only a custom of the house does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What one duty says of a class of records."""

    record: str
    said_by: str
    """`pack/duty`."""
    legal: bool
    at_least: timedelta | None = None
    at_most: timedelta | None = None
    """None also where it may not apply to every callee."""
    from_: Literal["made", "used"] = "made"

    def until(self, *, made: datetime, used: datetime | None = None) -> datetime:
        """Until when a record is to be kept by this; `used` is its last use, if it ever was."""
        start = max(made, used or made) if self.from_ == "used" else made
        return start + (self.at_least or timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What all duties say of a principal's records."""

    keeps: tuple[Keep, ...] = ()
    missing: tuple[str, ...] = ()
    """Packs that a campaign names and that are not at hand: nobody knows what they say."""

    def held_by(
        self, record: str, *, made: datetime, used: datetime | None = None, legal: bool = False
    ) -> tuple[datetime, str] | None:
        """Until when a record of this class is to be kept at least, and who says so; None: nobody does."""
        found = [
            (keep.until(made=made, used=used), keep.said_by)
            for keep in self.keeps
            if keep.record == record and keep.at_least is not None and (keep.legal or not legal)
        ]
        return max(found, default=None)

    def at_most(self, record: str) -> timedelta | None:
        """After how long records of this class are deleted; None: never by themselves, or not all is known."""
        found = [keep.at_most for keep in self.keeps if keep.record == record and keep.at_most is not None]
        return min(found, default=None) if not self.missing else None


def keeping(campaigns: Iterable[Campaign], pack_of: Callable[[str], Pack | None], now: datetime) -> Keeping:
    """What the packs of a principal's campaigns, and `core`, say of its records."""
    held = list(campaigns)
    keeps: dict[Keep, None] = {}
    missing: dict[str, None] = {}
    named: list[tuple[str, Campaign | None]] = [(CORE, None)]
    named += [(pack_id, campaign) for campaign in held for pack_id in campaign.packs]
    for pack_id, campaign in named:
        pack = pack_of(pack_id)
        if pack is None:
            missing[pack_id] = None
            continue
        keeps |= dict.fromkeys(_keeps(pack, campaign, now))
    return Keeping(keeps=tuple(keeps), missing=tuple(missing))


def _keeps(pack: Pack, campaign: Campaign | None, now: datetime) -> Sequence[Keep]:
    enforced = campaign is None or campaign.packs_mode is Mode.ENFORCE
    kind = CampaignKind(campaign.purpose, campaign.sector, campaign.call_mode) if campaign else None
    found = []
    for duty in pack.duties:
        begun, over = surely_in_force(duty)
        if not isinstance(duty.kind, RecordsKept) or not campaign_meets(duty.when, kind) or not begun <= now < over:
            continue
        found.append(
            Keep(
                record=duty.kind.record,
                said_by=f"{pack.id}/{duty.id}",
                legal=duty.force in LEGAL,
                at_least=duty.kind.min,
                at_most=duty.kind.max if enforced and _binds_all(duty) else None,
                from_=duty.kind.rolling_from,
            )
        )
    return found


def _binds_all(duty: Duty) -> bool:
    when = duty.when
    return not (when.lines or when.regions or when.parties or when.list_origins)
