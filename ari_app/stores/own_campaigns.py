"""Whose campaigns are whose: a campaign that names operators is theirs, one that names none is everybody's."""

from sqlalchemy import BindParameter, Select, exists, or_, select

from ari_app.stores.tables import campaign, operator_campaign


def own_campaigns(operator_id: str | BindParameter[str]) -> Select[tuple[str]]:
    """Ids of the campaigns that are open and that this operator may call for; by id or by a parameter."""
    named = exists().where(operator_campaign.c.campaign == campaign.c.id)
    admitted = exists().where(
        operator_campaign.c.campaign == campaign.c.id, operator_campaign.c.operator == operator_id
    )
    return select(campaign.c.id).where(~campaign.c.closed, or_(~named, admitted))
