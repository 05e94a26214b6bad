"""
A batch of rows on its way into a version, transaction by transaction.

What is on record is compared in transactions that only read. What differs is written in short ones, since on SQLite a
verdict waits for the writer: as many rows at a time as the disk takes in a few milliseconds, with a pause between them
in which a verdict that waits, asking every millisecond, gets its turn.

Rows are put in the order of their numbers' keys. An index of a million keys that are as good as random has more pages
than a transaction can touch at a time; in order, those of one transaction lie close together, and a fraction of the
pages is written.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection

from ari_app.policy.keyring import Keyring
from ari_app.ports.lists import Counts
from ari_app.stores.database import Database
from ari_app.stores.imports.inserting import insert_rows
from ari_app.stores.imports.version import Change, Keyed, Version, open_version

T = TypeVar("T")

_COMPARED_ROWS = 5_000
_FEWEST_ROWS = 20
_CHECKPOINT_EVERY_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Of transactions that write."""

    rows: int
    """At most."""
    lasts_s: float
    """About as long as this."""
    pause_s: float
    """After each."""


_LIMITS = {
    "sqlite": Limits(rows=1_000, lasts_s=0.008, pause_s=0.002),
    # Nobody waits for such a transaction on PostgreSQL: it locks only what nobody sees.
    "postgresql": Limits(rows=_COMPARED_ROWS, lasts_s=1.0, pause_s=0.0),
}


class Putting:
    """Puts batches. How many rows go into a transaction is learnt from those before it."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring hides the numbers; they are not kept."""
        self._database = database
        self._keyring = keyring
        self._limits = _LIMITS[database.engine.dialect.name]
        self._rows = self._limits.rows // 4
        self._unchecked = 0

    def put_numbers(
        self, version: int, rows: Sequence[T], change: Callable[[Version, Sequence[Keyed[T]]], Change]
    ) -> Counts:
        """Rows of a number each, which have it as `e164`. Raises StoreUnavailable, StoreConflict."""
        number_key = self._keyring.number_key
        keyed: list[tuple[bytes, Any]] = [(number_key(row.e164), row) for row in rows]  # type: ignore[attr-defined]
        keyed.sort(key=itemgetter(0))
        return self.put(version, keyed, change)

    def put(self, version: int, rows: Sequence[T], change: Callable[[Version, Sequence[T]], Change]) -> Counts:
        """Rows in their order. Raises StoreUnavailable, StoreConflict."""
        counts = Counts()
        for start in range(0, len(rows), _COMPARED_ROWS):
            some = rows[start : start + _COMPARED_ROWS]
            found = self._database.read(partial(self._compare, version, some, change))
            self._write(version, found)
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
            self._learn(len(some), time.perf_counter() - begun_at)
            time.sleep(self._limits.pause_s)
            self._checkpoint(len(some))
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

    def _learn(self, rows: int, took_s: float) -> None:
        """Half way to what would have lasted as long as it may: one slow write to the disk is no rule."""
        fitting = rows * self._limits.lasts_s / max(took_s, 1e-6)
        self._rows = min(max(int((self._rows + fitting) / 2), _FEWEST_ROWS), self._limits.rows)

    def _checkpoint(self, rows: int) -> None:
        """Between transactions, so that none lasts longer for it."""
        self._unchecked += rows
        if self._unchecked >= _CHECKPOINT_EVERY_ROWS:
            self._unchecked = 0
            self._database.checkpoint()
