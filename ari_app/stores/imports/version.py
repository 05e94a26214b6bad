"""The version that rows are put under, as every kind of list needs it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, or_, select

from ari_app.policy.keyring import Keyring
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.tables import MANUAL, list_version


@dataclass(frozen=True, slots=True)
class Version:
    """A version that is not published yet, inside one transaction."""

    id: int
    kind: str
    principal: str | None
    started_at: datetime
    """What its rows say, they say as of then."""
    connection: Connection
    keyring: Keyring

    def seen_in(self, table: Table) -> Select[Any]:
        """Rows of `table` that are visible or of this version, as a query to be narrowed."""
        return (
            select(table)
            .join(list_version, list_version.c.id == table.c.list_version)
            .where(or_(list_version.c.published_at.is_not(None), self.own(table)))
        )

    def own(self, table: Table) -> ColumnElement[bool]:
        """Of this version."""
        return table.c.list_version == self.id


def open_version(connection: Connection, version: int, keyring: Keyring) -> Version:
    """The version. Raises StoreConflict: it is published, was abandoned, or is none."""
    found = connection.execute(
        select(list_version).where(
            list_version.c.id == version, list_version.c.id != MANUAL, list_version.c.published_at.is_(None)
        )
    ).one_or_none()
    if found is None:
        raise StoreConflict(f"list version {version} is published already, or was abandoned")
    return Version(found.id, found.kind, found.principal, found.started_at, connection, keyring)
