"""The version that rows are put under, as every kind of list needs it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
    Table,
    any_,
    func,
    literal,
    or_,
    select,
)

from ari_app.policy.keyring import Keyring
from ari_app.ports.lists import Counts
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.person_queries import published
from ari_app.stores.tables import MANUAL, list_version

T = TypeVar("T")
Keyed: TypeAlias = tuple[bytes, T]
"""A row with its number's key before it."""

_KEY_BYTES = 16


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

    def seen_in(self, table: Table, *names: str) -> Select[Any]:
        """Rows of `table` that are visible or of this version, as a query to be narrowed; of these columns, or all."""
        columns = (table.c[name] for name in names or table.c.keys())
        return select(*columns).where(or_(published(table.c.list_version), self.own(table)))

    def own(self, table: Table) -> ColumnElement[bool]:
        """Of this version."""
        return table.c.list_version == self.id

    def among(self, column: Column[bytes], keys: Sequence[bytes]) -> ColumnElement[bool]:
        """
        The column holds one of these number keys.

        They are one value, so that the statement is the same for however many: to write down and to compile another
        statement for each chunk costs more than to run it.
        """
        whole = literal(b"".join(keys), LargeBinary)
        if self.connection.dialect.name != "sqlite":
            place = func.generate_series(0, len(keys) - 1).column_valued("place")
            key = func.substr(whole, place * _KEY_BYTES + 1, _KEY_BYTES, type_=LargeBinary)
            # Of an array the planner thinks that it is short, and takes the index; of a query it fears the worst.
            return column == any_(func.array(select(key).scalar_subquery(), type_=ARRAY(LargeBinary)))
        first = select(literal(0, Integer).label("place")).where(literal(len(keys)) > 0)
        places = first.cte("place", recursive=True)
        places = places.union_all(select(places.c.place + 1).where(places.c.place < len(keys) - 1))
        return column.in_(select(func.substr(whole, places.c.place * _KEY_BYTES + 1, _KEY_BYTES, type_=LargeBinary)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a chunk of rows comes to, compared with what is on record: to be written in a transaction of its own."""

    counts: Counts
    table: Table
    new: Sequence[Mapping[str, Any]]
    """Rows of the table, all of the same columns."""
    first: Callable[[Version], None] | None = None
    """What is to be done before they are put there."""


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
