"""What is noted about a person for one principal: added and cleared by hand, or by a disposition; kept with both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update
from ulid import ULID

from ari_app.policy.disposition import FlagKind
from ari_app.policy.held import Flag
from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.keeping import need_principal
from ari_app.stores.tables import flag


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagEntry:
    """A flag with where it came from and what became of it."""

    id: str
    principal: str
    flag: Flag
    source: str
    cleared_at: datetime | None
    cleared_by: str | None


class Flags:
    """Each method is one transaction; numbers are E.164. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def add(self, e164: str, *, principal: str, kind: FlagKind, value: str = "", source: str) -> FlagEntry:
        """Note something from now on. Raises StoreConflict: a language or hours are noted without saying which."""
        if kind in (FlagKind.LANGUAGE, FlagKind.HOURS) and not value:
            raise StoreConflict(f"a flag {kind.value} needs its value, as `de` or `17:00-20:00`")
        noted = Flag(kind=kind, value=value, since=self._clock.now())
        new = FlagEntry(
            id=str(ULID()), principal=principal, flag=noted, source=source, cleared_at=None, cleared_by=None
        )

        def work(connection: Connection) -> FlagEntry:
            need_principal(connection, principal)
            connection.execute(
                insert(flag),
                {
                    "principal": principal,
                    "id": new.id,
                    "number_key": self._keyring.number_key(e164),
                    "kind": kind.value,
                    "value": value,
                    "since": noted.since,
                    "source": source,
                },
            )
            return new

        return self._database.write(work)

    def show(self, e164: str) -> list[FlagEntry]:
        """Every flag on a number, of every principal, oldest first, with cleared ones."""
        query = select(flag).where(flag.c.number_key == self._keyring.number_key(e164)).order_by(flag.c.since)
        return self._database.read(lambda connection: _entries(connection, query))

    def clear(self, flag_id: str, *, by: str) -> FlagEntry:
        """End a flag; it stays on record. Raises StoreConflict: there is none of this id, or it is cleared already."""

        def work(connection: Connection) -> FlagEntry:
            this = flag.c.id == flag_id
            connection.execute(
                update(flag)
                .where(this, flag.c.cleared_at.is_(None))
                .values(cleared_at=self._clock.now(), cleared_by=by)
            )
            found = _entries(connection, select(flag).where(this))
            if not found:
                raise StoreConflict(f"there is no flag {flag_id}; `garbo flag show NUMBER` names those there are")
            return found[0]

        return self._database.write(work)


def _entries(connection: Connection, query: Select[Any]) -> list[FlagEntry]:
    return [
        FlagEntry(
            id=row.id,
            principal=row.principal,
            flag=Flag(kind=FlagKind(row.kind), value=row.value, since=row.since),
            source=row.source,
            cleared_at=row.cleared_at,
            cleared_by=row.cleared_by,
        )
        for row in connection.execute(query)
    ]
