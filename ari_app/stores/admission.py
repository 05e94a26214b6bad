"""Campaigns and operators as they are read from their tables, for the gate and for the CLI alike."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    union_all,
)

from ari_app.policy.request import Ask, Campaign, Operator, Role
from ari_app.ports.verdicts import Admission
from ari_app.stores.json_form import JsonForm, json_text
from ari_app.stores.prepared import Prepared
from ari_app.stores.tables import (
    agency,
    campaign,
    campaign_pack,
    campaign_route,
    operator,
    operator_campaign,
    phone,
    principal,
    registration,
    script,
    script_read,
)


def _operators(dialect: str) -> Select[Any]:
    """Operators, a row for each of their campaigns, with what they have to read first."""
    read = (
        exists()
        .where(
            script_read.c.operator == operator.c.id,
            script_read.c.script == script.c.id,
            script_read.c.version == script.c.version,
        )
        .correlate(operator, script)
    )
    unread = (
        select(JsonForm(dialect).gathered({"id": script.c.id, "version": script.c.version}))
        .where(text("must_read AND current"), ~read)
        .correlate(operator)
    )
    return (
        select(operator, operator_campaign.c.campaign, unread.scalar_subquery().label("unread"))
        .outerjoin(operator_campaign, operator_campaign.c.operator == operator.c.id)
        .order_by(operator.c.id, operator_campaign.c.position)
    )


_BY_ID = Prepared(lambda dialect: _operators(dialect).where(operator.c.id == bindparam("id", type_=Text)))
_ENDPOINT = bindparam("endpoint", type_=Text)
_OWNER = select(operator.c.id).where(operator.c.endpoint == _ENDPOINT)
_SITTER = select(phone.c.operator).where(phone.c.phone == _ENDPOINT)
AT_PHONE = Prepared(
    lambda dialect: _operators(dialect).where(
        operator.c.id == func.coalesce(_SITTER.scalar_subquery(), _OWNER.scalar_subquery())
    )
)
"""Whoever sits there now; else whose own phone it is. Both are found by a unique index."""
_OWNER_ID = Prepared(_OWNER)
_EVERY = Prepared(_operators)
_ROC = literal_column("'ROC'", Text)
_AGENCY = literal_column("'agency'", Text)


def _campaign_whole(dialect: str) -> Select[Any]:
    """The campaign `id` with its packs in their order, its operators and registrations, as one JSON object."""
    form, this = JsonForm(dialect), bindparam("id", type_=Text)
    lists = {
        "packs": form.values(
            select(campaign_pack.c.pack).where(campaign_pack.c.campaign == this).order_by(campaign_pack.c.position)
        ),
        "operators": form.values(select(operator_campaign.c.operator).where(operator_campaign.c.campaign == this)),
        "registrations": form.rows(_registrations_of(this)),
        "routes": form.rows(
            select(
                json_text(campaign_route.c.conditions).label("when"), campaign_route.c.script, campaign_route.c.variant
            )
            .where(campaign_route.c.campaign == this)
            .order_by(campaign_route.c.position)
        ),
    }
    whole = form.object(
        {
            **{name: column for name, column in campaign.c.items()},
            "principal_name": principal.c.name,
            **{name: json_text(found) for name, found in lists.items()},
        }
    )
    return (
        select(cast(whole, Text)).join(principal, principal.c.id == campaign.c.principal).where(campaign.c.id == this)
    )


def _registrations_of(campaign_id: Any) -> Select[Any]:
    """The agency's own number in Italy's ROC, and everything that was registered for agency or principal."""
    roc = (
        select(
            _ROC.label("register"),
            _AGENCY.label("holder"),
            agency.c.roc.label("number"),
            agency.c.roc_until.label("valid_until"),
        )
        .join(campaign, campaign.c.agency == agency.c.id)
        .where(campaign.c.id == campaign_id, agency.c.roc.is_not(None))
    )
    rest = (
        select(
            registration.c.register,
            registration.c.holder_kind.label("holder"),
            registration.c.number,
            registration.c.valid_until,
        )
        .join(
            campaign,
            or_(
                and_(registration.c.holder_kind == "agency", registration.c.holder_id == campaign.c.agency),
                and_(registration.c.holder_kind == "principal", registration.c.holder_id == campaign.c.principal),
            ),
        )
        .where(campaign.c.id == campaign_id)
    )
    found = union_all(roc, rest).subquery()
    return select(*found.c)


_CAMPAIGN = Prepared(_campaign_whole)
_CAMPAIGN_DECODER = msgspec.json.Decoder(Campaign)


class _Unread(msgspec.Struct, frozen=True):
    """A script that an operator has to read."""

    id: str
    version: str


_UNREAD = msgspec.json.Decoder(tuple[_Unread, ...])


def admit(connection: Connection, ask: Ask, default_campaign: str) -> Admission:
    """
    Who calls for what: the operator by id, else by their phone; the campaign as named, else theirs, else the default.

    An operator or campaign that was named and does not exist is not replaced by another: it stays None.
    """
    who = operator_by_id(connection, ask.operator) if ask.operator else operator_at(connection, ask.endpoint)
    named = ask.campaign
    if not named and who is not None and len(who.campaigns) == 1:
        named = who.campaigns[0]
    named = named or default_campaign
    found = campaign_by_id(connection, named) if named else None
    if ask.principal and found is not None and found.principal != ask.principal:
        found = None  # to whom it is not told, it does not exist
    return Admission(
        campaign_id=named,
        campaign=found,
        operator_id=who.id if who is not None else ask.operator,
        operator=who,
    )


def operator_by_id(connection: Connection, operator_id: str) -> Operator | None:
    """The operator of this id."""
    return _one(_BY_ID.run(connection, {"id": operator_id}).mappings())


def operator_at(connection: Connection, endpoint: str) -> Operator | None:
    """The operator at this phone: who sat down there, else whose own it is."""
    return _one(AT_PHONE.run(connection, {"endpoint": endpoint}).mappings()) if endpoint else None


def owner_of(connection: Connection, endpoint: str) -> str | None:
    """The id of the operator whose own phone this is, whoever sits there."""
    return _OWNER_ID.run(connection, {"endpoint": endpoint}).scalar_one_or_none() if endpoint else None


def operators(connection: Connection) -> tuple[Operator, ...]:
    """Every operator, by id."""
    found: dict[str, list[RowMapping]] = {}
    for row in _EVERY.run(connection, {}).mappings():
        found.setdefault(row["id"], []).append(row)
    return tuple(_operator(rows) for rows in found.values())


def campaign_by_id(connection: Connection, campaign_id: str) -> Campaign | None:
    """The campaign of this id, with its packs in their order and the operators that name it."""
    found = _CAMPAIGN.run(connection, {"id": campaign_id}).scalar_one_or_none()
    return _CAMPAIGN_DECODER.decode(found) if found is not None else None


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
        name=rows[0]["name"],
        team=rows[0]["team"],
        speaks=tuple(rows[0]["speaks"].split()),
        unread={each.id: each.version for each in _UNREAD.decode(rows[0]["unread"] or "[]")},
    )
