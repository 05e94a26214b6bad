"""
The agreement that permits figures of single operators, and the spans that are written only while it is in force.

Whether it is is asked in the very transaction that writes a span: no part of the program can forget to.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update
from ulid import ULID

from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.ports.workers import Agreement
from ari_app.stores.database import Database
from ari_app.stores.tables import agreement, operator, operator_time

_AT_ONCE = 500
_LOCK = int.from_bytes(b"agreemen", "big")
_IN_FORCE = select(agreement).where(agreement.c.ended_at.is_(None))


class AgreementBook:
    """For a caller that may wait: `garbo agreement`. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self._database = database
        self._clock = clock

    def make(self, reference: str, *, by: str) -> Agreement:
        """Put an agreement on record, in force from now on. Raises StoreConflict: another is."""
        new = Agreement(id=str(ULID()), reference=reference, made_by=by, made_at=self._clock.now())

        def work(connection: Connection) -> Agreement:
            self._database.lock(connection, [_LOCK])
            held = connection.execute(_IN_FORCE).first()
            if held is not None:
                raise StoreConflict(f"agreement {held.reference} is in force; end it first: `garbo agreement end`")
            row = {"id": new.id, "reference": reference, "made_by": by, "made_at": new.made_at}
            connection.execute(insert(agreement), row)
            return new

        return self._database.write(work)

    def end(self, *, by: str) -> Agreement:
        """
        End the agreement that is in force, from now on, and remove every span that was written under it.

        Raises StoreConflict: none is in force. Interrupted, the rest is removed by ending the next one, and not shown.
        """
        now = self._clock.now()

        def work(connection: Connection) -> Agreement:
            self._database.lock(connection, [_LOCK])
            held = connection.execute(_IN_FORCE).first()
            if held is None:
                raise StoreConflict("no agreement is in force; `garbo agreement show` tells those that were")
            this = agreement.c.id == held.id
            connection.execute(update(agreement).where(this).values(ended_at=now, ended_by=by))
            return _agreement(connection.execute(select(agreement).where(this)).one())

        ended = self._database.write(work)
        while self._database.write(self._forget_some):
            pass
        return ended

    def all(self) -> list[Agreement]:
        """Every agreement, oldest first."""
        query = select(agreement).order_by(agreement.c.made_at, agreement.c.id)
        return self._database.read(lambda connection: [_agreement(row) for row in connection.execute(query)])

    def in_force(self) -> Agreement | None:
        """As `ports.workers.Workers`."""
        row = self._database.read(lambda connection: connection.execute(_IN_FORCE).first())
        return _agreement(row) if row is not None else None

    def teams(self) -> Mapping[str, int]:
        """As `ports.workers.Workers`."""
        query = select(operator.c.team, func.count()).where(operator.c.role == "operator").group_by(operator.c.team)
        return self._database.read(lambda connection: {row[0]: row[1] for row in connection.execute(query)})

    def keep_time(self, operator_id: str, state: str, *, since: datetime, until: datetime) -> bool:
        """As `ports.workers.Workers`."""

        def work(connection: Connection) -> bool:
            held = connection.execute(_IN_FORCE.with_for_update(read=True)).first()
            if held is None or until <= held.made_at:
                return False
            row = {"id": str(ULID()), "operator": operator_id, "state": state}
            connection.execute(insert(operator_time), {**row, "since": max(since, held.made_at), "until": until})
            return True

        return self._database.write(work)

    def _forget_some(self, connection: Connection) -> int:
        if connection.scalar(select(exists().where(agreement.c.ended_at.is_(None)))):
            return 0  # another one has been made meanwhile, and is written under
        some = select(operator_time.c.id).limit(_AT_ONCE)
        return connection.execute(delete(operator_time).where(operator_time.c.id.in_(some))).rowcount


class SqlWorkers:
    """Implements ports.workers.Workers on the database's own threads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self.book = AgreementBook(database, clock)
        self._database = database

    async def in_force(self) -> Agreement | None:
        """As the port."""
        return await self._database.on_reader(self.book.in_force)

    async def teams(self) -> Mapping[str, int]:
        """As the port."""
        return await self._database.on_reader(self.book.teams)

    async def keep_time(self, operator: str, state: str, *, since: datetime, until: datetime) -> bool:
        """As the port."""
        return await self._database.on_writer(partial(self.book.keep_time, operator, state, since=since, until=until))


def _agreement(row: Row[Any]) -> Agreement:
    return Agreement(
        id=row.id,
        reference=row.reference,
        made_by=row.made_by,
        made_at=row.made_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
