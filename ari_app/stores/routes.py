"""
A campaign's routing table, and the campaign under which an offer may be made in its calls, as they are kept.

What a campaign offers has to stay an upsell campaign of the same principal, whatever is changed later.
"""

import msgspec
from sqlalchemy import Connection, delete, insert, select

from ari_app.policy.request import Campaign, Purpose
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.tables import campaign, campaign_route


def put_routes(connection: Connection, new: Campaign) -> None:
    """Keep the campaign's table as it is now, instead of what there was."""
    connection.execute(delete(campaign_route).where(campaign_route.c.campaign == new.id))
    rows = [
        {
            "campaign": new.id,
            "position": place,
            "conditions": msgspec.json.encode(each.when).decode(),
            "script": each.script,
            "variant": each.variant,
        }
        for place, each in enumerate(new.routes)
    ]
    if rows:
        connection.execute(insert(campaign_route), rows)


def need_offers(connection: Connection, new: Campaign) -> None:
    """Raises StoreConflict: what it offers is no upsell campaign of its principal."""
    if not new.offers:
        return
    held = connection.execute(
        select(campaign.c.principal, campaign.c.purpose).where(campaign.c.id == new.offers)
    ).one_or_none()
    if held is None:
        raise StoreConflict(f"there is no campaign {new.offers} to offer; `garbo campaign list` names those there are")
    if held.purpose != Purpose.UPSELL:
        raise StoreConflict(
            f"campaign {new.offers} is for {held.purpose}: an offer within a call needs a campaign for upsell"
        )
    if held.principal != new.principal:
        raise StoreConflict(
            f"campaign {new.offers} calls for {held.principal}: {new.id} offers only for its own principal"
        )


def still_offered(connection: Connection, new: Campaign) -> None:
    """Raises StoreConflict: others offer under this campaign, and it is to be for upsell no more."""
    if new.purpose is not Purpose.UPSELL and (others := _offering(connection, new.id)):
        raise StoreConflict(f"campaign {others[0]} offers under {new.id}, which has to stay a campaign for upsell")


def not_offered(connection: Connection, campaign_id: str) -> None:
    """Raises StoreConflict: others offer under this campaign."""
    if others := _offering(connection, campaign_id):
        raise StoreConflict(f"campaign {others[0]} offers under {campaign_id}; end that first")


def _offering(connection: Connection, campaign_id: str) -> tuple[str, ...]:
    query = select(campaign.c.id).where(campaign.c.offers == campaign_id).order_by(campaign.c.id)
    return tuple(connection.scalars(query))
