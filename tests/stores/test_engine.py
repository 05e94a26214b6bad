"""How databases are opened, and what becomes of their errors."""

import asyncio
import inspect
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, exc, text

from ari_app.ports.verdicts import StoreConflict, StoreError, StoreUnavailable
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings, open_engine
from ari_app.stores.errors import mapped
from ari_app.stores.instants import Instant
from tests.stores.samples import SetClock

SHORT = timedelta(milliseconds=200)


def holding(database: Database, work: Callable[[Connection], object]) -> tuple[threading.Thread, threading.Event]:
    """A thread that has done this work and keeps its transaction open until it is told."""
    held, go = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        work(connection)
        held.set()
        go.wait(20)

    thread = threading.Thread(target=lambda: database.write(hold))
    thread.start()
    assert held.wait(20)
    return thread, go


def test_a_lock_that_is_not_freed_ends_in_time(database: Database, database_url: str) -> None:
    """Who waits for a hung transaction hears StoreUnavailable once the settings' wait is over."""
    thread, go = holding(database, lambda connection: database.lock(connection, [7]))
    gate = Database.open(StoreSettings(url=database_url, wait=SHORT))
    try:
        with pytest.raises(StoreUnavailable):
            gate.write(lambda connection: gate.lock(connection, [7]))
    finally:
        go.set()
        thread.join()
        gate.close()


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    """A look-up is answered while a long transaction writes."""
    thread, go = holding(database, lambda connection: database.lock(connection, [7]))
    try:
        reading = database.on_reader(lambda: database.read(lambda c: c.scalar(text("SELECT 1"))))
        assert await asyncio.wait_for(reading, 10) == 1
    finally:
        go.set()
        await asyncio.to_thread(thread.join)


async def test_a_closed_database_is_unavailable(database_url: str) -> None:
    """A verdict that comes after the gate has stopped is refused, not lost in a traceback."""
    database = Database.open(StoreSettings(url=database_url))
    database.close()
    with pytest.raises(StoreUnavailable):
        await database.on_writer(lambda: None)


def test_sqlite_commits_are_durable(tmp_path: Path) -> None:
    """SQLite runs in WAL with full synchronisation and foreign keys, and a transaction takes the write lock at once."""
    database = Database(StoreSettings(url=f"sqlite:///{tmp_path / 'a.db'}", wait=SHORT, create=True))
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = database.read(lambda c: [c.exec_driver_sql(f"PRAGMA {each}").scalar() for each in pragmas])
    assert found == ["wal", 2, 1, 200]
    thread, go = holding(database, lambda _connection: None)
    with pytest.raises(StoreUnavailable):
        database.write(lambda _connection: None)
    go.set()
    thread.join()
    database.close()


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    """Only who is to create the database does; a mistyped path stays a mistake, with what is to be run."""
    path = tmp_path / "a.db"
    with pytest.raises(StoreUnavailable, match="garbo db upgrade"):
        Database.open(StoreSettings(url=f"sqlite:///{path}"))
    assert not path.exists()
    database = Database(StoreSettings(url=f"sqlite:///file:{path}?mode=rwc&uri=true"))  # it says so itself
    database.answers()
    database.close()


@pytest.mark.parametrize("url", ["mysql://root@host/db", "garbo.db"])
def test_other_databases_are_refused(url: str) -> None:
    """A URL of another kind is refused in words."""
    with pytest.raises(StoreConflict, match=r"database\.url"):
        open_engine(StoreSettings(url=url))


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """No server, no facts."""
    database = Database(StoreSettings(url="postgresql://nobody@127.0.0.1:1/garbo", wait=SHORT))
    with pytest.raises(StoreUnavailable):
        database.read(lambda _connection: None)
    database.close()


@pytest.mark.parametrize(
    "error", [each for _, each in inspect.getmembers(exc, inspect.isclass) if issubclass(each, exc.DBAPIError)]
)
def test_every_driver_error_is_mapped(error: type[exc.DBAPIError]) -> None:
    """Whatever SQLAlchemy wraps comes out as a StoreError, chained, without the values that may lie on later lines."""
    raised = error("INSERT", {}, Exception("refused\nDETAIL: Key (e164)=(+39333)"))
    with pytest.raises(StoreError) as caught, mapped():
        raise raised
    assert caught.value.__cause__ is raised
    assert "333" not in str(caught.value)


def test_a_text_that_is_no_unicode_is_refused(database: Database) -> None:
    """A lone surrogate in what a PBX sent is a conflict, not a crash."""
    with pytest.raises(StoreConflict):
        database.write(lambda c: c.execute(text("SELECT CAST(:t AS TEXT)"), {"t": "\ud800"}))


def test_naive_instants_are_refused(database: Database) -> None:
    """An instant without a zone is never stored."""
    with pytest.raises(ValueError, match="naive"):
        Instant().process_bind_param(SetClock().now().replace(tzinfo=None), database.engine.dialect)
    assert Instant().process_result_value(datetime(2026, 1, 1, tzinfo=UTC), database.engine.dialect) is not None
