"""What is on record about a principal's customers, for people who look one up."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select

from ari_app.policy.facts import Known
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.policy.keyring import Keyring
from ari_app.stores.database import Database
from ari_app.stores.keeping import need_principal
from ari_app.stores.live_customers import SqlLiveAnswers
from ari_app.stores.tables import customer, list_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCustomer:
    """A word on a customer that somebody brought."""

    said: Known[Customer]
    source: str
    """As the row says; else where the row came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerOnRecord:
    """All that is on record about a number for one principal."""

    listed: ListedCustomer | None
    """The newest word of lists and deliveries."""
    live: Known[Customer] | None
    """What the principal's CRM answered last."""


class Customers:
    """Each method only reads; numbers are E.164. Raises StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring
        self._live = SqlLiveAnswers(database, keyring)

    def show(self, e164: str, *, principal: str) -> CustomerOnRecord:
        """What is on record. Raises StoreConflict: there is no such principal."""
        listed = self._database.read(lambda connection: self._listed(connection, e164, principal))
        return CustomerOnRecord(listed=listed, live=self._live.show(principal, e164))

    def _listed(self, connection: Connection, e164: str, principal: str) -> ListedCustomer | None:
        need_principal(connection, principal)
        row = connection.execute(
            select(customer, list_version.c.kind, list_version.c.file_name)
            .join(list_version, list_version.c.id == customer.c.list_version)
            .where(
                customer.c.principal == principal,
                customer.c.number_key == self._keyring.number_key(e164),
                list_version.c.published_at.is_not(None),
            )
            .order_by(customer.c.as_of.desc(), customer.c.list_version.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        held = Customer(
            status=CustomerStatus(row.status),
            products=tuple(msgspec.json.decode(row.products, type=list[str])),
            since=row.since,
            until=row.until,
            person=row.person,
            inquired_at=row.inquired_at,
        )
        return ListedCustomer(said=Known(held, row.as_of), source=row.source or row.file_name or row.kind)
