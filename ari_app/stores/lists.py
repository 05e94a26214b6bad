"""
Imported lists, in versions: rows are written under a version that nobody sees until one update publishes it.

Transactions stay short, since on SQLite a verdict waits for the writer: a batch is written a hundred rows at a time,
and what a version repeats from the visible ones is not written at all. An import only ever adds suppressions: it lifts
none, and one that would end sooner than an entry already there changes nothing.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, Connection, Select, Table, delete, exists, insert, or_, select, tuple_, update
from ulid import ULID

from ari_app.policy.held import Suppression
from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.lists import Counts, CustomerRow, ListFile, SuppressionRow
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.suppressions import suppression_columns
from ari_app.stores.tables import (
    MANUAL,
    attempt,
    caller_id,
    consent,
    customer,
    list_version,
    principal,
    screening,
    suppression,
)

T = TypeVar("T")

_ROWS_A_TRANSACTION = 100
_PAUSE_S = 0.005
"""Between transactions, so that a verdict which waits for SQLite's writer, asking every millisecond, gets its turn."""
_VERSIONED: tuple[Table, ...] = (suppression, consent, screening, customer, caller_id, attempt)


class SqlLists:
    """Implements ports.lists.ListStore. Raises StoreConflict: the version is published, or there is none."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """The keyring hides the numbers; they are not kept."""
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def begin(self, file: ListFile) -> int:
        """As the port. Raises StoreConflict: there is no such principal."""
        values = {
            "kind": file.kind,
            "principal": file.principal,
            "file_name": file.file_name,
            "sha256": file.sha256,
        }

        def work(connection: Connection) -> int:
            self._lock_list(connection, file.kind, file.principal)
            known = select(principal.c.id).where(principal.c.id == file.principal)
            if file.principal is not None and connection.scalar(known) is None:
                raise StoreConflict(
                    f"there is no principal {file.principal}; add it with `garbo principal add {file.principal} …`"
                )
            version: int = connection.execute(
                insert(list_version).values(started_at=self._clock.now(), **values).returning(list_version.c.id)
            ).scalar_one()
            return version

        return self._database.write(work)

    def put_suppressions(self, version: int, rows: Sequence[SuppressionRow]) -> Counts:
        """As the port. `updated` counts numbers that the scope held already, but not so, or not as long."""
        return self._in_chunks(rows, partial(self._put_suppressions, version))

    def put_customers(self, version: int, principal: str, rows: Sequence[CustomerRow]) -> Counts:
        """As the port. Of two rows for one number the later counts."""
        return self._in_chunks(rows, partial(self._put_customers, version, principal))

    def publish(self, version: int, report: dict[str, int | float]) -> None:
        """
        As the port. Raises StoreConflict: another version of the same list was published since this one was begun.

        Rows were left out because the visible ones said the same; they may say something else by now.
        """

        def work(connection: Connection) -> None:
            own = _need_unpublished(connection, version)
            self._lock_list(connection, own.kind, own.principal)
            own = _need_unpublished(connection, version)  # it may have been published while the lock was waited for
            if connection.scalar(_published_since(own)):
                raise StoreConflict(
                    f"another import of {own.kind} was published while this one ran, and its rows may be newer; "
                    "nothing was changed: run the import again"
                )
            change = update(list_version).where(list_version.c.id == version)
            kept = msgspec.json.encode(report).decode()
            connection.execute(change.values(published_at=self._clock.now(), report=kept))

        self._database.write(work)

    def abandon(self, version: int) -> None:
        """As the port; what is not there any more is no error."""
        self._database.write(lambda connection: _need_unpublished(connection, version))
        for table in _VERSIONED:
            while self._database.write(partial(_drop_some, table, version)):
                time.sleep(_PAUSE_S)
        self._database.write(
            lambda connection: connection.execute(delete(list_version).where(list_version.c.id == version))
        )

    def unpublished(self) -> tuple[int, ...]:
        """Versions that were begun and neither published nor abandoned: imports under way, or ones that died."""
        query = select(list_version.c.id).where(list_version.c.published_at.is_(None)).order_by(list_version.c.id)
        return self._database.read(lambda connection: tuple(connection.scalars(query)))

    def _lock_list(self, connection: Connection, kind: str, owner: str | None) -> None:
        """Versions of one list are begun and published one at a time, so that their instants tell the order."""
        self._database.lock(connection, [self._keyring.lock_number(f"list:{kind}:{owner or ''}")])

    def _in_chunks(self, rows: Sequence[T], put: Callable[[Sequence[T], Connection], Counts]) -> Counts:
        counts = Counts()
        for start in range(0, len(rows), _ROWS_A_TRANSACTION):
            counts += self._database.write(partial(put, rows[start : start + _ROWS_A_TRANSACTION]))
            time.sleep(_PAUSE_S)
        return counts

    def _put_suppressions(self, version: int, rows: Sequence[SuppressionRow], connection: Connection) -> Counts:
        _need_unpublished(connection, version)
        keys = {row.e164: self._keyring.number_key(row.e164) for row in rows}
        held: defaultdict[tuple[bytes, str, str], list[Any]] = defaultdict(list)
        for row in _held_suppressions(connection, version, set(keys.values())):
            held[row.number_key, row.scope, row.purpose].append(row)
        now = self._clock.now()
        added = updated = unchanged = 0
        new: list[dict[str, object]] = []
        for row in rows:
            key = keys[row.e164]
            alike = held[key, row.scope, row.purpose.value]
            if any(_covers(each, row) for each in alike):
                unchanged += 1
                continue
            added, updated = (added, updated + 1) if alike else (added + 1, updated)
            entry = Suppression(
                id=str(ULID()),
                scope=row.scope,
                purpose=row.purpose,
                reason=row.reason,
                source=row.source,
                created_at=now,
                expires_at=row.expires_at,
            )
            alike.append(row)
            new.append({**suppression_columns(entry, key, self._keyring.key_id), "list_version": version})
        if new:
            connection.execute(insert(suppression), new)
        return Counts(added=added, updated=updated, unchanged=unchanged)

    def _put_customers(self, version: int, owner: str, rows: Sequence[CustomerRow], connection: Connection) -> Counts:
        as_of = _need_unpublished(connection, version).started_at
        keyed = {self._keyring.number_key(row.e164): row for row in rows}
        visible, own = _held_customers(connection, version, owner, set(keyed))
        counts = Counts(unchanged=len(rows) - len(keyed))
        new: list[dict[str, object]] = []
        changed: list[bytes] = []
        for key, row in keyed.items():
            columns = _customer_columns(row)
            held = own.get(key, visible.get(key))
            if held == columns:
                counts += Counts(unchanged=1)
                continue
            counts += Counts(updated=1) if held is not None else Counts(added=1)
            if key in own:
                changed.append(key)
            new.append({"principal": owner, "number_key": key, "as_of": as_of, "list_version": version, **columns})
        if changed:
            connection.execute(
                delete(customer).where(
                    customer.c.principal == owner,
                    customer.c.list_version == version,
                    customer.c.number_key.in_(changed),
                )
            )
        if new:
            connection.execute(insert(customer), new)
        return counts


def _need_unpublished(connection: Connection, version: int) -> Any:
    """The version; when it was begun is what its rows say they are true as of."""
    found = connection.execute(
        select(list_version).where(
            list_version.c.id == version, list_version.c.id != MANUAL, list_version.c.published_at.is_(None)
        )
    ).one_or_none()
    if found is None:
        raise StoreConflict(f"list version {version} is published already, or was abandoned")
    return found


def _published_since(own: Any) -> Select[tuple[bool]]:
    """Whether a version of the same list was begun later and is published, or was published while this one was put."""
    return select(
        exists().where(
            list_version.c.id != own.id,
            list_version.c.kind == own.kind,
            list_version.c.principal.is_not_distinct_from(own.principal),
            list_version.c.published_at.is_not(None),
            or_(list_version.c.id > own.id, list_version.c.published_at >= own.started_at),
        )
    )


def _held_suppressions(connection: Connection, version: int, keys: set[bytes]) -> Sequence[Any]:
    """Entries on these numbers that nobody lifted, of this version and of every published one."""
    return connection.execute(
        select(suppression)
        .join(list_version, list_version.c.id == suppression.c.list_version)
        .where(
            suppression.c.number_key.in_(keys),
            suppression.c.lifted_at.is_(None),
            or_(list_version.c.published_at.is_not(None), list_version.c.id == version),
        )
    ).all()


def _covers(held: Any, row: SuppressionRow) -> bool:
    """Whether an entry (or an earlier row of the file) already says what this row says, and for at least as long."""
    if (held.reason, held.source) != (row.reason, row.source):
        return False
    return held.expires_at is None or (row.expires_at is not None and held.expires_at >= row.expires_at)


def _held_customers(
    connection: Connection, version: int, owner: str, keys: set[bytes]
) -> tuple[dict[bytes, dict[str, object]], dict[bytes, dict[str, object]]]:
    """What is visible on these numbers, newest word only, and what this very version has said so far."""
    rows = connection.execute(
        select(customer)
        .join(list_version, list_version.c.id == customer.c.list_version)
        .where(
            customer.c.principal == owner,
            customer.c.number_key.in_(keys),
            or_(list_version.c.published_at.is_not(None), list_version.c.id == version),
        )
        .order_by(customer.c.as_of, customer.c.list_version)
    ).mappings()
    visible: dict[bytes, dict[str, object]] = {}
    own: dict[bytes, dict[str, object]] = {}
    for row in rows:
        said = {column: row[column] for column in ("status", "products", "since", "until", "person")}
        (own if row["list_version"] == version else visible)[row["number_key"]] = said
    return visible, own


def _customer_columns(row: CustomerRow) -> dict[str, object]:
    return {
        "status": row.status.value,
        "products": msgspec.json.encode(row.products).decode(),
        "since": row.since,
        "until": row.until,
        "person": row.person,
    }


def _drop_some(table: Table, version: int, connection: Connection) -> bool:
    """Delete some rows of the version; False once there are no more."""
    key: list[Column[Any]] = list(table.primary_key.columns)
    some = select(*key).where(table.c.list_version == version).limit(_ROWS_A_TRANSACTION)
    return connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount > 0
