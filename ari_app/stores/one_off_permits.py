"""Calls that somebody asked for once, granted to one principal for one number."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select
from ulid import ULID

from ari_app.policy.held import OneOffPermit
from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.fact_queries import uses_a_permit
from ari_app.stores.keeping import need_principal
from ari_app.stores.tables import attempt, one_off_permit


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitEntry:
    """A permit with whose it is and who granted it."""

    principal: str
    permit: OneOffPermit
    granted_by: str


class OneOffPermits:
    """Each method is one transaction; numbers are E.164. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def grant(
        self, e164: str, *, principal: str, source: str, by: str, expires_at: datetime | None = None
    ) -> OneOffPermit:
        """Permit a call from now on, until `expires_at` (not included). Raises StoreConflict: that is past."""
        new = OneOffPermit(id=str(ULID()), source=source, granted_at=self._clock.now(), expires_at=expires_at)
        if expires_at is not None and expires_at <= new.granted_at:
            raise StoreConflict("the permit would have expired before it was granted")

        def work(connection: Connection) -> OneOffPermit:
            need_principal(connection, principal)
            connection.execute(
                insert(one_off_permit),
                {
                    "principal": principal,
                    "id": new.id,
                    "number_key": self._keyring.number_key(e164),
                    "key_id": self._keyring.key_id,
                    "source": source,
                    "granted_at": new.granted_at,
                    "granted_by": by,
                    "expires_at": expires_at,
                },
            )
            return new

        return self._database.write(work)

    def show(self, e164: str) -> list[PermitEntry]:
        """Every permit on a number, of every principal, oldest first, with how often each was used."""
        used = (
            select(func.count())
            .where(uses_a_permit(), attempt.c.one_off_permit == one_off_permit.c.id)
            .scalar_subquery()
            .label("uses")
        )
        query = (
            select(one_off_permit, used)
            .where(one_off_permit.c.number_key == self._keyring.number_key(e164))
            .order_by(one_off_permit.c.granted_at)
        )

        def work(connection: Connection) -> list[PermitEntry]:
            return [
                PermitEntry(
                    principal=row.principal,
                    permit=OneOffPermit(
                        id=row.id,
                        source=row.source,
                        granted_at=row.granted_at,
                        expires_at=row.expires_at,
                        uses=row.uses,
                    ),
                    granted_by=row.granted_by,
                )
                for row in connection.execute(query)
            ]

        return self._database.read(work)
