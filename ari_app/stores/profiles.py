"""Which column of somebody's files holds which field, kept under a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select

from ari_app.ports.clock import Clock
from ari_app.stores.database import Database
from ari_app.stores.tables import import_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A mapping for one kind of list."""

    name: str
    kind: str
    mapping: Mapping[str, str]
    """Column to field."""
    saved_at: datetime


class Profiles:
    """Each method is one transaction. Raises StoreUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """The clock says when a profile is saved."""
        self._database = database
        self._clock = clock

    def all(self) -> tuple[Profile, ...]:
        """Every profile, by its name."""
        query = select(import_profile).order_by(import_profile.c.name)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return tuple(
            Profile(
                name=row.name,
                kind=row.kind,
                mapping=msgspec.json.decode(row.mapping, type=dict[str, str]),
                saved_at=row.saved_at,
            )
            for row in rows
        )

    def save(self, name: str, kind: str, mapping: Mapping[str, str]) -> None:
        """Keep a mapping; one that had the name is replaced."""
        kept = {"name": name, "kind": kind, "mapping": msgspec.json.encode(dict(mapping)).decode()}

        def work(connection: Connection) -> None:
            connection.execute(delete(import_profile).where(import_profile.c.name == name))
            connection.execute(insert(import_profile), {**kept, "saved_at": self._clock.now()})

        self._database.write(work)

    def remove(self, name: str) -> bool:
        """Forget a mapping; False: there is none."""
        gone = delete(import_profile).where(import_profile.c.name == name)
        return self._database.write(lambda connection: connection.execute(gone).rowcount > 0)
