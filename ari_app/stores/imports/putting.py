"""
A batch of rows on its way into a version, transaction by transaction.

What is on record is compared in transactions that only read. What differs is written in short ones, since on SQLite a
verdict waits for the writer: as many rows at a time as the disk takes in a few milliseconds, with a pause between them
in which a verdict that waits, asking every millisecond, gets its turn. On PostgreSQL nobody waits for what nobody sees:
it is written by a thread beside, while the next batch is read.

Rows are put in the order of their numbers' keys. An index of a million keys that are as good as random has more pages
than a transaction can touch at a time; in order, those of one transaction lie close together, and a fraction of the
pages is written.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Table, delete, select, tuple_

from ari_app.policy.keyring import Keyring
from ari_app.ports.lists import CallerIdRow, Counts
from ari_app.ports.verdicts import StoreError
from ari_app.stores.database import Database
from ari_app.stores.imports.inserting import insert_rows
from ari_app.stores.imports.version import Change, Keyed, Version, open_version

T = TypeVar("T")

_COMPARED_ROWS = 5_000
_FEWEST_ROWS = 20
_CHECKPOINT_EVERY_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an engine is written to."""

    rows: int
    """In a transaction, at most."""
    lasts_s: float
    """A transaction, about."""
    pause_s: float
    """After each."""
    beside: bool
    """By a thread of its own. SQLite's driver lets other threads run after every row, and would keep the lock."""


_MANNERS = {
    "sqlite": Manner(rows=1_000, lasts_s=0.008, pause_s=0.002, beside=False),
    "postgresql": Manner(rows=_COMPARED_ROWS, lasts_s=1.0, pause_s=0.0, beside=True),
}


class Putting:
    """
    Puts batches; each version is put by one thread at a time.

    How many rows go into a transaction is learnt from those before it.
    """

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring hides the numbers; they are not kept."""
        self._database = database
        self._keyring = keyring
        self._manner = _MANNERS[database.engine.dialect.name]
        self._rows = self._manner.rows // 4
        self._unchecked = 0
        self._thread = database.thread_beside("garbo-import") if self._manner.beside else None
        self._under_way: dict[int, list[Future[None]]] = {}

    def numbers(
        self, version: int, rows: Sequence[T], change: Callable[[Version, Sequence[Keyed[T]]], Change]
    ) -> Counts:
        """
        Put rows of a number each, which have it as `e164`.

        They may be on their way still, until `settle`. Raises StoreUnavailable, StoreConflict, also for those that were
        put before.
        """
        number_key = self._keyring.number_key
        e164_of: Callable[[T], str] = attrgetter("e164")
        return self._put(version, [(number_key(e164_of(row)), row) for row in rows], itemgetter(0), change)

    def ranges(self, version: int, rows: Sequence[CallerIdRow], change: Callable[..., Change]) -> Counts:
        """The same for rows of a range each."""
        return self._put(version, list(rows), attrgetter("range_start"), change)

    def settle(self, version: int) -> None:
        """Wait until what was put into a version is written. Raises StoreUnavailable, StoreConflict."""
        wait(self._under_way.get(version, ()))  # all of them, also if one fails: whatever comes next finds none running
        for each in self._under_way.pop(version, ()):
            each.result()

    def drop(self, version: int, table: Table) -> None:
        """Take the rows of an unpublished version out of a table. Raises StoreUnavailable."""
        dropped = self._rows
        while dropped:
            begun_at = time.perf_counter()
            dropped = self._database.write_unseen(partial(_drop_some, table, version, self._rows))
            self._after(dropped, begun_at)

    def let_go(self, version: int) -> None:
        """As `settle`, but whether it could be written is all the same."""
        under_way = self._under_way.pop(version, ())
        for each in under_way:
            each.cancel()
        for each in under_way:
            with suppress(StoreError, CancelledError):
                each.result()

    def _put(
        self, version: int, rows: list[T], key: Callable[[T], Any], change: Callable[[Version, Sequence[T]], Change]
    ) -> Counts:
        self.settle(version)
        rows.sort(key=key)
        counts = Counts()
        for some in _pieces(rows, key):
            found = self._database.read(partial(self._compare, version, some, change))
            if self._thread is None:
                self._write(version, found)
            else:
                self._under_way.setdefault(version, []).append(self._thread.submit(self._write, version, found))
            counts += found.counts
        return counts

    def _compare(
        self, version: int, some: Sequence[T], change: Callable[[Version, Sequence[T]], Change], connection: Connection
    ) -> Change:
        return change(open_version(connection, version, self._keyring), some)

    def _write(self, version: int, found: Change) -> None:
        first = found.first
        for some in self._portions(found.new):
            begun_at = self._database.write_unseen(partial(self._write_some, version, found, some, first))
            self._after(len(some), begun_at)
            first = None

    def _write_some(
        self,
        version: int,
        found: Change,
        some: Sequence[Mapping[str, Any]],
        first: Callable[[Version], None] | None,
        connection: Connection,
    ) -> float:
        """When the wait for the lock was over."""
        begun_at = time.perf_counter()
        own = open_version(connection, version, self._keyring)
        if first is not None:
            first(own)
        insert_rows(connection, found.table, some)
        return begun_at

    def _portions(self, rows: Sequence[T]) -> Iterator[Sequence[T]]:
        start = 0
        while start < len(rows):
            some = rows[start : start + self._rows]
            yield some
            start += len(some)

    def _after(self, rows: int, begun_at: float) -> None:
        """After a transaction: learn from it, let others have their turn, and move the log now and then."""
        if rows:
            self._learn(rows, time.perf_counter() - begun_at)
        time.sleep(self._manner.pause_s)
        self._unchecked += rows
        if self._unchecked >= _CHECKPOINT_EVERY_ROWS:
            self._unchecked = 0
            self._database.checkpoint()

    def _learn(self, rows: int, took_s: float) -> None:
        """Half way to what would have lasted as long as it may: one slow write to the disk is no rule."""
        fitting = rows * self._manner.lasts_s / max(took_s, 1e-6)
        self._rows = min(max(int((self._rows + fitting) / 2), _FEWEST_ROWS), self._manner.rows)


def _drop_some(table: Table, version: int, rows: int, connection: Connection) -> int:
    key: list[Column[Any]] = list(table.primary_key.columns)
    some = select(*key).where(table.c.list_version == version).limit(rows)
    return connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount


def _pieces(rows: Sequence[T], key: Callable[[T], Any]) -> Iterator[Sequence[T]]:
    """Sorted rows in parts that have no key in common: one can be compared while another is still being written."""
    start = 0
    while start < len(rows):
        end = min(start + _COMPARED_ROWS, len(rows))
        while end < len(rows) and key(rows[end]) == key(rows[end - 1]):
            end += 1
        yield rows[start:end]
        start = end
