"""SQLite's writer: what waits together is committed together, and nobody answers for another's fault."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from ari_app.ports.verdicts import StoreConflict, StoreUnavailable
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from tests.stores.databases import fresh

NAMES = "SELECT id FROM principal ORDER BY id"


def add(database: Database, name: str) -> str:
    """Write one row, as a transaction of its own."""
    statement = text("INSERT INTO principal (id, name, country) VALUES (:id, :id, 'IT')")
    database.write(lambda connection: connection.execute(statement, {"id": name}))
    return name


def held(database: Database) -> list[str]:
    """What is committed."""

    def read(connection: Connection) -> list[str]:
        return list(connection.scalars(text(NAMES)))

    return database.read(read)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database, of somebody who does not wait long."""
    opened = Database.open(StoreSettings(url=fresh(request, tmp_path, "sqlite"), wait=timedelta(milliseconds=50)))
    yield opened
    opened.close()


async def together(database: Database, *works: partial[str]) -> list[str | BaseException]:
    """Keep the writer busy until all of them wait, then let them go."""
    gate = threading.Event()
    first = asyncio.ensure_future(database.on_writer(gate.wait))
    others = [asyncio.ensure_future(database.on_writer(work)) for work in works]
    await asyncio.sleep(0)
    gate.set()
    await first
    return await asyncio.gather(*others, return_exceptions=True)


async def test_those_that_wait_share_a_commit(database: Database) -> None:
    """Each gets its own answer, and all is there when the first of them is told."""
    told = await together(database, *(partial(add, database, name) for name in "abc"))
    assert told == ["a", "b", "c"]
    assert held(database) == ["a", "b", "c"]


async def test_a_fault_is_its_own_and_nobody_elses(database: Database) -> None:
    """The second `a` is a conflict; what came before and after it in the same commit stands."""
    told = await together(database, *(partial(add, database, name) for name in "aab"))
    assert [each for each in told if isinstance(each, str)] == ["a", "b"]
    assert [type(each) for each in told if not isinstance(each, str)] == [StoreConflict]
    assert held(database) == ["a", "b"]


async def test_who_is_cancelled_before_its_turn_never_runs(database: Database) -> None:
    """Its caller is gone, and nothing was begun."""
    gate = threading.Event()
    first = asyncio.ensure_future(database.on_writer(gate.wait))
    late = asyncio.ensure_future(database.on_writer(partial(add, database, "late")))
    await asyncio.sleep(0)
    late.cancel()
    await asyncio.gather(late, return_exceptions=True)  # only then does the thread know of it
    gate.set()
    await first
    await database.on_writer(lambda: None)
    assert held(database) == []


async def test_a_commit_that_cannot_begin_fails_for_all_of_them(database: Database) -> None:
    """Somebody else holds the lock for longer than one may wait: all are unavailable, and nothing is written."""
    other = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        works = (partial(add, database, "x"), partial(add, database, "y"))
        told = await asyncio.gather(*(database.on_writer(work) for work in works), return_exceptions=True)
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert [type(each) for each in told] == [StoreUnavailable, StoreUnavailable]
    assert held(database) == []
    assert await database.on_writer(partial(add, database, "z")) == "z"


async def test_a_checkpoint_keeps_everything(database: Database) -> None:
    """It moves what is committed from the log into the file."""
    await database.on_writer(partial(add, database, "kept"))
    database.checkpoint()
    assert held(database) == ["kept"]


def test_a_checkpoint_of_a_long_log_gives_way_to_who_writes(database: Database, tmp_path: Path) -> None:
    """It neither fails nor waits for the writer's end; once nobody writes, the log is used again from its beginning."""
    for name in "abc":
        add(database, name)
    (log,) = tmp_path.rglob("*-wal")
    other = sqlite3.connect(str(log).removesuffix("-wal"), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO principal (id, name, country) VALUES ('d', 'd', 'IT')")
        database.checkpoint(long_frames=1)
        other.execute("COMMIT")
    finally:
        other.close()
    database.checkpoint(long_frames=1)
    length = log.stat().st_size
    add(database, "e")
    assert log.stat().st_size == length
    assert held(database) == ["a", "b", "c", "d", "e"]
