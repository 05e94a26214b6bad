"""Campaigns and operators as they are read from their tables, for the gate and for the CLI alike."""

from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, bindparam, select

from ari_app.policy.request import Ask, Campaign, Mode, NumberFormat, Operator, Purpose, Role
from ari_app.ports.verdicts import Admission
from ari_app.stores.tables import campaign, campaign_pack, operator, operator_campaign, principal

_OPERATOR = (
    select(operator, operator_campaign.c.campaign)
    .outerjoin(operator_campaign, operator_campaign.c.operator == operator.c.id)
    .order_by(operator.c.id, operator_campaign.c.position)
)
_BY_ID = _OPERATOR.where(operator.c.id == bindparam("id"))
_BY_ENDPOINT = _OPERATOR.where(operator.c.endpoint == bindparam("endpoint"))
_CAMPAIGN = (
    select(campaign, campaign_pack.c.pack, principal.c.name.label("principal_name"))
    .join(principal, principal.c.id == campaign.c.principal)
    .outerjoin(campaign_pack, campaign_pack.c.campaign == campaign.c.id)
    .where(campaign.c.id == bindparam("id"))
    .order_by(campaign_pack.c.position)
)
_OPERATORS_OF = select(operator_campaign.c.operator).where(operator_campaign.c.campaign == bindparam("id"))


def admit(connection: Connection, ask: Ask, default_campaign: str) -> Admission:
    """
    Who calls for what: the operator by id, else by endpoint; the campaign as named, else theirs, else the default.

    An operator or campaign that was named and does not exist is not replaced by another: it stays None.
    """
    who = operator_by_id(connection, ask.operator) if ask.operator else operator_at(connection, ask.endpoint)
    named = ask.campaign
    if not named and who is not None and len(who.campaigns) == 1:
        named = who.campaigns[0]
    named = named or default_campaign
    return Admission(
        campaign_id=named,
        campaign=campaign_by_id(connection, named) if named else None,
        operator_id=who.id if who is not None else ask.operator,
        operator=who,
    )


def operator_by_id(connection: Connection, operator_id: str) -> Operator | None:
    """The operator of this id."""
    return _one(connection.execute(_BY_ID, {"id": operator_id}).mappings())


def operator_at(connection: Connection, endpoint: str) -> Operator | None:
    """The operator whose phone this is."""
    return _one(connection.execute(_BY_ENDPOINT, {"endpoint": endpoint}).mappings()) if endpoint else None


def operators(connection: Connection) -> tuple[Operator, ...]:
    """Every operator, by id."""
    found: dict[str, list[RowMapping]] = {}
    for row in connection.execute(_OPERATOR).mappings():
        found.setdefault(row["id"], []).append(row)
    return tuple(_operator(rows) for rows in found.values())


def campaign_by_id(connection: Connection, campaign_id: str) -> Campaign | None:
    """The campaign of this id, with its packs in their order and the operators that name it."""
    rows = connection.execute(_CAMPAIGN, {"id": campaign_id}).mappings().all()
    if not rows:
        return None
    row = rows[0]
    return Campaign(
        id=row["id"],
        principal=row["principal"],
        principal_name=row["principal_name"],
        purpose=Purpose(row["purpose"]),
        sector=row["sector"],
        packs=tuple(each["pack"] for each in rows if each["pack"] is not None),
        trunk=row["trunk"],
        caller_id=row["caller_id"],
        region=row["region"],
        agency=row["agency"],
        script=row["script"],
        number_format=NumberFormat(row["number_format"]),
        packs_mode=Mode(row["packs_mode"]),
        closed=row["closed"],
        operators=frozenset(connection.scalars(_OPERATORS_OF, {"id": campaign_id})),
    )


def _one(rows: Iterable[RowMapping]) -> Operator | None:
    found = list(rows)
    return _operator(found) if found else None


def _operator(rows: list[RowMapping]) -> Operator:
    return Operator(
        id=rows[0]["id"],
        endpoint=rows[0]["endpoint"] or "",
        language=rows[0]["language"],
        role=Role(rows[0]["role"]),
        campaigns=tuple(row["campaign"] for row in rows if row["campaign"] is not None),
    )
