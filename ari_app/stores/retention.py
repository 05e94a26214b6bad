"""
Records deleted when their time is over, a few at a time, so that no verdict waits for it.

By itself only what no verdict can see is deleted: list versions that died unpublished, and rows of lists that a newer
version has taken the place of. Everything else needs a pack (or the configuration) that says how long at most. What is
to go is found by reading alone; each transaction that writes deletes a hundred rows and asks again whether they may go.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from ari_app.policy.retention import Keeping
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.doomed import Doomed, calls_of_nobody, doomed_of
from ari_app.stores.lists import SqlLists
from ari_app.stores.tables import list_version, principal

DEAD_AFTER = timedelta(days=1)
"""An import takes minutes; a version that is as old as this and not published will never be."""

_AT_ONCE = 100
_PAUSE_S = 0.005
"""Between transactions, so that a verdict which waits for SQLite's writer gets its turn."""


@dataclass(slots=True)
class Swept:
    """What was deleted (or would be), by what it was."""

    rows: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, rows: int) -> None:
        """Count."""
        if rows:
            self.rows[what] = self.rows.get(what, 0) + rows


class Retention:
    """One run over everything. Raises StoreUnavailable: what was deleted by then stays so, and the next run goes on."""

    def __init__(self, database: Database, lists: SqlLists, clock: Clock) -> None:
        """`lists` abandons what died."""
        self._database = database
        self._lists = lists
        self._clock = clock

    def run(
        self,
        keepings: Callable[[str], Keeping],
        *,
        calls_at_most: timedelta | None = None,
        dry: bool = False,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Swept:
        """
        Delete whatever's time is over.

        `calls_at_most`: as if each principal's packs said so of its calls. `dry`: only count. `stopped` is asked
        between transactions; once it is True the run ends.
        """
        swept = Swept()
        now = self._clock.now()
        for step in self._steps(keepings, calls_at_most, now, dry=dry):
            for what, rows in step:
                swept.add(what, rows)
                if stopped():
                    return swept
        return swept

    def _steps(
        self, keepings: Callable[[str], Keeping], calls_at_most: timedelta | None, now: datetime, *, dry: bool
    ) -> Iterator[Iterator[tuple[str, int]]]:
        yield self._dead_versions(now, dry=dry)
        owners = self._database.read(lambda connection: list(connection.scalars(select(principal.c.id))))
        for owner in owners:
            for what, doomed in doomed_of(owner, keepings(owner), calls_at_most, now):
                yield self._delete(what, doomed, dry=dry)
        for what, doomed in calls_of_nobody(keepings(""), calls_at_most, now):
            yield self._delete(what, doomed, dry=dry)

    def _dead_versions(self, now: datetime, *, dry: bool) -> Iterator[tuple[str, int]]:
        query = select(list_version.c.id).where(
            list_version.c.published_at.is_(None), list_version.c.started_at < now - DEAD_AFTER
        )
        for version in self._database.read(lambda connection: list(connection.scalars(query))):
            if not dry:
                try:
                    self._lists.abandon(version)
                except StoreConflict:  # somebody abandoned or published it in this very moment
                    continue
            yield "list versions that died", 1

    def _delete(self, what: str, doomed: Doomed, *, dry: bool) -> Iterator[tuple[str, int]]:
        after: tuple[Any, ...] | None = None
        while True:
            page = self._database.read(partial(doomed.page, after=after))
            for start in range(0, len(page.doomed), _AT_ONCE):
                some = page.doomed[start : start + _AT_ONCE]
                yield what, len(some) if dry else self._database.write(partial(doomed.delete, some))
                if not dry:
                    time.sleep(_PAUSE_S)
            if page.last is None:
                return
            after = page.last
            yield what, 0  # to be asked whether to go on
            time.sleep(_PAUSE_S)
