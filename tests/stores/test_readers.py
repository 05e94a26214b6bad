"""SQLite's reader: calls go before pages, what waits together shares a transaction, and nobody answers for another."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from ari_app.ports.verdicts import StoreUnavailable
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from tests.stores.databases import fresh


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database."""
    opened = Database.open(StoreSettings(url=fresh(request, tmp_path, "sqlite")))
    yield opened
    opened.close()


async def behind_one(database: Database, *asked: tuple[Callable[[], Any], bool]) -> list[Any]:
    """Keep the reader busy until all of them wait, some of them ahead, then let them go."""
    gate = threading.Event()
    first = asyncio.ensure_future(database.on_reader(gate.wait))
    others = [asyncio.ensure_future(database.on_reader(work, ahead=ahead)) for work, ahead in asked]
    await asyncio.sleep(0)
    gate.set()
    await first
    return await asyncio.gather(*others, return_exceptions=True)


def held(database: Database) -> int:
    """How many principals there are."""

    def count(connection: Connection) -> int:
        return int(connection.scalar(text("SELECT count(*) FROM principal")) or 0)

    return database.read(count)


def broken(database: Database) -> None:
    """A read of something that is not there."""
    database.read(lambda connection: connection.execute(text("SELECT * FROM nothing")))


async def test_who_waits_on_a_line_goes_first(database: Database) -> None:
    """Whatever was asked before it."""
    order: list[str] = []
    pages = [(partial(order.append, f"page {number}"), False) for number in range(20)]
    await behind_one(database, *pages, (partial(order.append, "call"), True))
    assert order[0] == "call"
    assert order[1:] == [f"page {number}" for number in range(20)]


async def test_those_that_wait_share_a_transaction(database: Database) -> None:
    """Each is given the same connection, and one that is alone opens its own."""

    def connection() -> Connection:
        return database.read(lambda connection: connection)

    first, second = await behind_one(database, (connection, False), (connection, False))
    assert first is second
    assert first is not await database.on_reader(connection)


async def test_a_read_that_fails_fails_alone(database: Database) -> None:
    """Those beside it in the transaction have their answers."""
    told = await behind_one(database, *((partial(work, database), False) for work in (held, broken, held)))
    assert told[0] == told[2] == 0
    assert isinstance(told[1], StoreUnavailable)


async def test_what_was_written_before_it_was_asked_is_seen(database: Database) -> None:
    """A transaction that is shared begins after the last of them has asked."""
    gate = threading.Event()
    first = asyncio.ensure_future(database.on_reader(gate.wait))
    before = asyncio.ensure_future(database.on_reader(partial(held, database)))
    await asyncio.sleep(0)
    row = text("INSERT INTO principal (id, name, country) VALUES ('lumina', 'Lumina', 'IT')")
    database.write(lambda connection: connection.execute(row))
    after = asyncio.ensure_future(database.on_reader(partial(held, database)))
    await asyncio.sleep(0)
    gate.set()
    assert [await each for each in (before, after)] == [1, 1]
    assert await first


async def test_a_transaction_that_cannot_begin_is_told_to_each(database: Database, tmp_path: Path) -> None:
    """Nobody waits for ever: the file is gone."""
    database.engine.dispose()
    shutil.rmtree(tmp_path)
    told = await behind_one(database, *((partial(held, database), False) for _ in range(3)))
    assert [type(each) for each in told] == [StoreUnavailable] * 3


async def test_one_that_went_away_meanwhile_is_not_run(database: Database) -> None:
    """A browser that left costs nothing more."""
    gate, run = threading.Event(), list[str]()
    first = asyncio.ensure_future(database.on_reader(gate.wait))
    gone, stays = (asyncio.ensure_future(database.on_reader(partial(run.append, name))) for name in ("gone", "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    gate.set()
    await asyncio.gather(first, stays)
    assert run == ["stays"]
