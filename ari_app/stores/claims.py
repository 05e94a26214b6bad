"""Who said on the phone that they are a customer: open until their brand has confirmed it, or denied."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.disposition import FlagKind
from ari_app.policy.held import CustomerStatus
from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.keeping import need_principal
from ari_app.stores.person_queries import published
from ari_app.stores.tables import MANUAL, customer, flag, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody's word that they are a customer."""

    id: str
    """Of the flag that holds it."""
    principal: str
    e164: str | None
    """None: no call on record tells the number."""
    since: datetime
    source: str


class Claims:
    """Each method is one transaction; numbers are E.164. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def open_of(self, principal: str) -> tuple[Claim, ...]:
        """Claims that this principal has not answered, the oldest first."""

        def work(connection: Connection) -> tuple[Claim, ...]:
            need_principal(connection, principal)
            rows = connection.execute(
                select(flag.c.id, flag.c.since, flag.c.source, number.c.e164)
                .outerjoin(number, number.c.number_key == flag.c.number_key)
                .where(*_open(principal))
                .order_by(flag.c.since, flag.c.id)
            )
            return tuple(
                Claim(id=row.id, principal=principal, e164=row.e164, since=row.since, source=row.source) for row in rows
            )

        return self._database.read(work)

    def confirm(
        self, e164: str, *, principal: str, by: str, products: Sequence[str] = (), since: datetime | None = None
    ) -> None:
        """They are a customer: the principal's own word of now. Raises StoreConflict: nobody claims it."""
        key, now = self._keyring.number_key(e164), self._clock.now()

        def work(connection: Connection) -> None:
            self._answer(connection, key, principal, by=by, now=now)
            said = {
                "status": CustomerStatus.CURRENT.value,
                "products": msgspec.json.encode(list(products)).decode(),
                "since": since,
                "until": None,
                "person": _person(connection, key, principal),
                "as_of": now,
                "inquired_at": None,
                "source": f"said on the phone, confirmed by {by}",
                "stood_since": None,
            }
            put = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(customer)
            whole = {"principal": principal, "number_key": key, "list_version": MANUAL, **said}
            own = [customer.c.principal, customer.c.number_key, customer.c.list_version]
            connection.execute(put.values(**whole).on_conflict_do_update(index_elements=own, set_=said))

        self._database.write(work)

    def deny(self, e164: str, *, principal: str, by: str) -> None:
        """They are no customer: the claim is answered and stays on record. Raises StoreConflict: nobody claims it."""
        key, now = self._keyring.number_key(e164), self._clock.now()
        self._database.write(lambda connection: self._answer(connection, key, principal, by=by, now=now))

    def _answer(self, connection: Connection, key: bytes, principal: str, *, by: str, now: datetime) -> None:
        need_principal(connection, principal)
        mine = (flag.c.principal == principal, flag.c.number_key == key, flag.c.cleared_at.is_(None))
        claimed = update(flag).where(*mine, flag.c.kind == FlagKind.ALREADY_CUSTOMER.value)
        if not connection.execute(claimed.values(cleared_at=now, cleared_by=by)).rowcount:
            raise StoreConflict(
                f"nobody at this number says that they are a customer of {principal}; "
                f"`garbo customer claims --principal {principal}` lists who does"
            )


def _open(principal: str) -> tuple[ColumnElement[bool], ...]:
    """Not cleared, and nothing was said of the number since (`policy.held.open_claims`)."""
    said_since = exists().where(
        customer.c.principal == flag.c.principal,
        customer.c.number_key == flag.c.number_key,
        func.coalesce(customer.c.stood_since, customer.c.as_of) > flag.c.since,
        published(customer.c.list_version),
    )
    return (
        flag.c.principal == principal,
        flag.c.kind == FlagKind.ALREADY_CUSTOMER.value,
        flag.c.cleared_at.is_(None),
        ~said_since,
    )


def _person(connection: Connection, key: bytes, principal: str) -> str | None:
    """The principal's reference for them, by its newest word."""
    return connection.scalar(
        select(customer.c.person)
        .where(customer.c.principal == principal, customer.c.number_key == key, published(customer.c.list_version))
        .order_by(customer.c.as_of.desc(), customer.c.list_version.desc())
        .limit(1)
    )
