"""
Principals, agencies, campaigns and operators: what the CLI writes and every verdict reads.

Nothing here can quietly widen who may call: taking away the only operator that a campaign names is refused, because a
campaign that names none admits any phone.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from ari_app.policy.request import Campaign, Operator
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores import admission, routes
from ari_app.stores.database import Database
from ari_app.stores.tables import (
    agency,
    attempt,
    callback,
    campaign,
    campaign_pack,
    campaign_route,
    contact_list,
    operator,
    operator_campaign,
    principal,
    verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The brand that is data controller."""

    id: str
    name: str
    country: str
    """ISO 3166."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """A call centre that calls for principals."""

    id: str
    name: str
    roc: str | None = None
    """Its number in Italy's Registro degli Operatori di Comunicazione."""
    roc_until: datetime | None = None
    processor_act: str | None = None
    """Reference of the act that makes it a processor (GDPR 28)."""
    subprocessor_of: str | None = None


class Directory:
    """Each method is one transaction. Raises StoreConflict, with what is to be done; StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    def add_principal(self, principal_id: str, *, name: str, country: str) -> None:
        """Add a principal."""

        def work(connection: Connection) -> None:
            if connection.scalar(select(exists().where(principal.c.id == principal_id))):
                raise StoreConflict(f"principal {principal_id} exists already")
            connection.execute(insert(principal), {"id": principal_id, "name": name, "country": country})

        self._database.write(work)

    def principals(self) -> tuple[Principal, ...]:
        """Every principal, by id."""
        query = select(principal).order_by(principal.c.id)
        return self._database.read(lambda c: tuple(Principal(**row) for row in c.execute(query).mappings()))

    def add_agency(self, new: Agency) -> None:
        """Add an agency."""

        def work(connection: Connection) -> None:
            if connection.scalar(select(exists().where(agency.c.id == new.id))):
                raise StoreConflict(f"agency {new.id} exists already")
            if new.subprocessor_of is not None:
                _need_agency(connection, new.subprocessor_of)
            connection.execute(insert(agency), asdict(new))

        self._database.write(work)

    def agencies(self) -> tuple[Agency, ...]:
        """Every agency, by id."""
        query = select(agency).order_by(agency.c.id)
        return self._database.read(lambda c: tuple(Agency(**row) for row in c.execute(query).mappings()))

    def add_campaign(self, new: Campaign) -> None:
        """Add a campaign; operators that it names must exist."""

        def work(connection: Connection) -> None:
            if admission.campaign_by_id(connection, new.id) is not None:
                raise StoreConflict(f"campaign {new.id} exists already; change it with `garbo campaign set {new.id}`")
            _need_parties(connection, new)
            connection.execute(insert(campaign), {"id": new.id, **_campaign_columns(new)})
            _put_packs(connection, new)
            routes.put_routes(connection, new)
            _put_operators_of(connection, new)

        self._database.write(work)

    def campaign(self, campaign_id: str) -> Campaign | None:
        """The campaign of this id."""
        return self._database.read(lambda connection: admission.campaign_by_id(connection, campaign_id))

    def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign, by id."""

        def work(connection: Connection) -> tuple[Campaign, ...]:
            ids = connection.scalars(select(campaign.c.id).order_by(campaign.c.id)).all()
            found = (admission.campaign_by_id(connection, each) for each in ids)
            return tuple(each for each in found if each is not None)

        return self._database.read(work)

    def set_campaign(self, campaign_id: str, **changes: Any) -> Campaign:
        """
        Change fields of a campaign, named as in `Campaign`; all but its id and its principal.

        `operators` replaces those that it names; an empty set opens it to any phone. Raises TypeError: no such field.
        """
        if {"id", "principal"} & changes.keys():
            raise StoreConflict(
                "a campaign's id and principal are part of its record; add a new campaign and close this"
            )

        def work(connection: Connection) -> Campaign:
            held = _need_campaign(connection, campaign_id)
            new = replace(held, **changes)
            _need_parties(connection, new)
            routes.still_offered(connection, new)
            connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(**_campaign_columns(new)))
            if new.packs != held.packs:
                _put_packs(connection, new)
            if new.routes != held.routes:
                routes.put_routes(connection, new)
            if new.operators != held.operators:
                _put_operators_of(connection, new)
            return new

        return self._database.write(work)

    def remove_campaign(self, campaign_id: str) -> None:
        """Remove a campaign that never led to a verdict, and that nobody brought a contact list for."""

        def work(connection: Connection) -> None:
            _need_campaign(connection, campaign_id)
            for table in (verdict, attempt, callback):
                if connection.scalar(select(exists().where(table.c.campaign == campaign_id))):
                    raise StoreConflict(
                        f"campaign {campaign_id} has calls on record and stays with them; close it instead"
                    )
            if connection.scalar(select(exists().where(contact_list.c.campaign == campaign_id))):
                raise StoreConflict(f"campaign {campaign_id} has contact lists and stays with them; close it instead")
            routes.not_offered(connection, campaign_id)
            for table in (campaign_pack, campaign_route, operator_campaign):
                connection.execute(delete(table).where(table.c.campaign == campaign_id))
            connection.execute(delete(campaign).where(campaign.c.id == campaign_id))

        self._database.write(work)

    def add_operator(self, new: Operator, *, replace_it: bool = False) -> None:
        """Add an operator; with `replace_it` one of that id may exist and becomes this."""

        def work(connection: Connection) -> None:
            held = admission.operator_by_id(connection, new.id)
            if held is not None and not replace_it:
                raise StoreConflict(f"operator {new.id} exists already")
            _put_operator(connection, held, new)

        self._database.write(work)

    def operator(self, operator_id: str) -> Operator | None:
        """The operator of this id."""
        return self._database.read(lambda connection: admission.operator_by_id(connection, operator_id))

    def operators(self) -> tuple[Operator, ...]:
        """Every operator, by id."""
        return self._database.read(admission.operators)

    def set_operator(self, operator_id: str, **changes: Any) -> Operator:
        """Change fields of an operator, named as in `Operator`; all but the id. Raises TypeError: no such field."""
        if "id" in changes:
            raise StoreConflict("an operator's id stands in the records and cannot change; add a new operator")

        def work(connection: Connection) -> Operator:
            held = _need_operator(connection, operator_id)
            new = replace(held, **changes)
            _put_operator(connection, held, new)
            return new

        return self._database.write(work)

    def remove_operator(self, operator_id: str) -> None:
        """Remove an operator; their past calls keep their id."""

        def work(connection: Connection) -> None:
            held = _need_operator(connection, operator_id)
            connection.execute(delete(operator_campaign).where(operator_campaign.c.operator == operator_id))
            connection.execute(delete(operator).where(operator.c.id == operator_id))
            _still_restricted(connection, held.campaigns)

        self._database.write(work)


def _campaign_columns(held: Campaign) -> dict[str, Any]:
    return {
        "principal": held.principal,
        "agency": held.agency,
        "purpose": held.purpose.value,
        "sector": held.sector,
        "trunk": held.trunk,
        "caller_id": held.caller_id,
        "region": held.region,
        "script": held.script,
        "number_format": held.number_format.value,
        "packs_mode": held.packs_mode.value,
        "closed": held.closed,
        "product": held.product,
        "call_mode": held.call_mode.value,
        "own_similar_products": held.own_similar_products,
        "trunk_country": held.trunk_country,
        "opened_at": held.opened_at,
        "ends_at": held.ends_at,
        "languages": held.languages,
        "customers": held.customers,
        "care_script": held.care_script,
        "offers": held.offers,
    }


def _need_parties(connection: Connection, new: Campaign) -> None:
    if not connection.scalar(select(exists().where(principal.c.id == new.principal))):
        raise StoreConflict(
            f"there is no principal {new.principal}; add it with `garbo principal add {new.principal} --name …`"
        )
    if new.agency is not None:
        _need_agency(connection, new.agency)
    routes.need_offers(connection, new)


def _need_agency(connection: Connection, agency_id: str) -> None:
    if not connection.scalar(select(exists().where(agency.c.id == agency_id))):
        raise StoreConflict(f"there is no agency {agency_id}; add it with `garbo agency add {agency_id} --name …`")


def _need_campaign(connection: Connection, campaign_id: str) -> Campaign:
    found = admission.campaign_by_id(connection, campaign_id)
    if found is None:
        raise StoreConflict(f"there is no campaign {campaign_id}; `garbo campaign list` names those there are")
    return found


def _need_operator(connection: Connection, operator_id: str) -> Operator:
    found = admission.operator_by_id(connection, operator_id)
    if found is None:
        raise StoreConflict(f"there is no operator {operator_id}; add them with `garbo operator add {operator_id} …`")
    return found


def _put_packs(connection: Connection, new: Campaign) -> None:
    connection.execute(delete(campaign_pack).where(campaign_pack.c.campaign == new.id))
    rows = [{"campaign": new.id, "position": place, "pack": pack} for place, pack in enumerate(new.packs)]
    if rows:
        connection.execute(insert(campaign_pack), rows)


def _put_operators_of(connection: Connection, new: Campaign) -> None:
    connection.execute(
        delete(operator_campaign).where(
            operator_campaign.c.campaign == new.id, operator_campaign.c.operator.not_in(new.operators)
        )
    )
    for each in sorted(new.operators):
        held = _need_operator(connection, each)
        if new.id not in held.campaigns:
            row = {"operator": each, "campaign": new.id, "position": len(held.campaigns)}
            connection.execute(insert(operator_campaign), row)


def _put_operator(connection: Connection, held: Operator | None, new: Operator) -> None:
    owner = admission.owner_of(connection, new.endpoint)
    if owner not in (None, new.id):
        raise StoreConflict(f"endpoint {new.endpoint} is the phone of operator {owner}; one phone, one operator")
    for each in new.campaigns:
        _need_campaign(connection, each)
    columns = {"endpoint": new.endpoint or None, "language": new.language, "role": new.role.value}
    columns |= {"name": new.name, "team": new.team, "speaks": " ".join(new.speaks)}
    if held is None:
        connection.execute(insert(operator), {"id": new.id, **columns})
    else:
        connection.execute(update(operator).where(operator.c.id == new.id).values(**columns))
    connection.execute(delete(operator_campaign).where(operator_campaign.c.operator == new.id))
    campaigns = dict.fromkeys(new.campaigns)
    rows = [{"operator": new.id, "campaign": each, "position": place} for place, each in enumerate(campaigns)]
    if rows:
        connection.execute(insert(operator_campaign), rows)
    if held is not None:
        _still_restricted(connection, tuple(set(held.campaigns) - set(new.campaigns)))


def _still_restricted(connection: Connection, campaigns: tuple[str, ...]) -> None:
    """Raise StoreConflict if an open campaign has just lost the last operator it named."""
    for each in sorted(campaigns):
        held = admission.campaign_by_id(connection, each)
        if held is not None and not held.operators and not held.closed:
            raise StoreConflict(
                f"campaign {each} names no other operator and would admit any phone; name another first, or close it"
            )
