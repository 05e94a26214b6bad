"""Calls that were promised: any later conversation with the number keeps them (`closing`), or somebody says so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update
from ulid import ULID

from ari_app.policy.held import Callback
from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.tables import callback, campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackEntry:
    """A promise with whose it is and what became of it."""

    principal: str
    callback: Callback
    done_at: datetime | None
    done_in: str | None
    """Id of the call that kept it."""


class Callbacks:
    """Each method is one transaction; numbers are E.164. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def promise(self, e164: str, *, campaign_id: str, due_at: datetime, operator: str = "") -> Callback:
        """Promise a call. Raises StoreConflict: there is no such campaign, or the instant is past."""
        new = Callback(
            id=str(ULID()), campaign=campaign_id, operator=operator, promised_at=self._clock.now(), due_at=due_at
        )
        if due_at <= new.promised_at:
            raise StoreConflict("a callback cannot be promised for an instant that is past")

        def work(connection: Connection) -> Callback:
            owner = connection.scalar(select(campaign.c.principal).where(campaign.c.id == campaign_id))
            if owner is None:
                raise StoreConflict(f"there is no campaign {campaign_id}; `garbo campaign list` names those there are")
            connection.execute(
                insert(callback),
                {
                    "principal": owner,
                    "id": new.id,
                    "number_key": self._keyring.number_key(e164),
                    "campaign": campaign_id,
                    "operator": operator,
                    "created_at": new.promised_at,
                    "due_at": due_at,
                },
            )
            return new

        return self._database.write(work)

    def show(self, e164: str) -> list[CallbackEntry]:
        """Every promise to a number, of every principal, the first due first, with those that were kept."""
        query = select(callback).where(callback.c.number_key == self._keyring.number_key(e164))
        return self._database.read(lambda connection: _entries(connection, query.order_by(callback.c.due_at)))

    def open_of(self, principal: str, *, until: datetime) -> list[CallbackEntry]:
        """Promises of a principal that are not kept, due before `until`, the first due first."""
        query = select(callback).where(
            callback.c.principal == principal, callback.c.done_at.is_(None), callback.c.due_at < until
        )
        return self._database.read(lambda connection: _entries(connection, query.order_by(callback.c.due_at)))

    def done(self, callback_id: str) -> CallbackEntry:
        """Say that a promise was kept or withdrawn; once done it stays so. Raises StoreConflict: there is none."""

        def work(connection: Connection) -> CallbackEntry:
            this = callback.c.id == callback_id
            connection.execute(
                update(callback).where(this, callback.c.done_at.is_(None)).values(done_at=self._clock.now())
            )
            found = _entries(connection, select(callback).where(this))
            if not found:
                raise StoreConflict(f"there is no callback {callback_id}")
            return found[0]

        return self._database.write(work)


def _entries(connection: Connection, query: Select[Any]) -> list[CallbackEntry]:
    return [
        CallbackEntry(
            principal=row.principal,
            callback=Callback(
                id=row.id,
                campaign=row.campaign,
                operator=row.operator,
                promised_at=row.created_at,
                due_at=row.due_at,
            ),
            done_at=row.done_at,
            done_in=row.done_in,
        )
        for row in connection.execute(query)
    ]
