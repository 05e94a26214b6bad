"""What a principal's CRM answered last about each number: written by gates, read when the CRM does not answer."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.facts import Known
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.policy.keyring import Keyring
from ari_app.ports.live_customers import LiveAnswer
from ari_app.stores.database import Database
from ari_app.stores.tables import live_customer

_SAID = ("status", "products", "since", "until", "person", "answered_at")


class SqlLiveAnswers:
    """Implements ports.live_customers.LiveAnswers."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring

    async def last(self, principal: str, e164: str) -> Known[Customer] | None:
        """As the port."""
        return await self._database.on_reader(lambda: self.show(principal, e164))

    async def keep(self, answers: Sequence[LiveAnswer]) -> None:
        """As the port."""
        await self._database.on_writer(lambda: self._database.write(lambda c: self._put(c, answers)))

    def show(self, principal: str, e164: str) -> Known[Customer] | None:
        """As `last`, here and now."""
        query = select(*(live_customer.c[name] for name in _SAID)).where(
            live_customer.c.principal == principal, live_customer.c.number_key == self._keyring.number_key(e164)
        )
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            return None
        customer = Customer(
            status=CustomerStatus(row.status),
            products=tuple(msgspec.json.decode(row.products, type=list[str])),
            since=row.since,
            until=row.until,
            person=row.person,
        )
        return Known(customer, row.answered_at)

    def _put(self, connection: Connection, answers: Sequence[LiveAnswer]) -> None:
        newest = {(answer.principal, answer.e164): answer for answer in sorted(answers, key=_when)}
        add = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(live_customer)
        put = add.on_conflict_do_update(
            index_elements=["principal", "number_key"],
            set_={name: add.excluded[name] for name in _SAID},
            where=live_customer.c.answered_at <= add.excluded.answered_at,
        )
        connection.execute(put, [self._row(answer) for _, answer in sorted(newest.items())])

    def _row(self, answer: LiveAnswer) -> dict[str, object]:
        customer = answer.said.value
        return {
            "principal": answer.principal,
            "number_key": self._keyring.number_key(answer.e164),
            "status": customer.status.value,
            "products": msgspec.json.encode(customer.products).decode(),
            "since": customer.since,
            "until": customer.until,
            "person": customer.person,
            "answered_at": answer.said.as_of,
        }


def _when(answer: LiveAnswer) -> float:
    return answer.said.as_of.timestamp()
