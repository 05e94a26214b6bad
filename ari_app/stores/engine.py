"""
One engine for each database: how SQLite and PostgreSQL are opened so that a commit is durable and no wait is endless.

SQLite: WAL, `synchronous=FULL` (a record that a power cut can take back is no record), foreign keys, and
`BEGIN IMMEDIATE`: sqlite3's own transaction handling is switched off, because it begins deferred and only before
the first write, so that two readers of the same facts could both go on to write.
PostgreSQL: psycopg 3, READ COMMITTED, so that every statement after the advisory lock sees what its last holder wrote.
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from ari_app.ports.verdicts import StoreConflict, StoreUnavailable

READ_ONLY = "garbo_read"
"""Execution option: the transaction only reads, and takes no write lock on SQLite."""
UNSEEN = "garbo_unseen"
"""
Execution option: nobody sees what the transaction writes, so it need not be on the disk once it is committed.

A later transaction without this option, such as the one that makes it visible, is on the disk only after it.
"""

_ASK_EVERY_S = 0.001
_PRIMARY_CODE = 0xFF
"""The part of an SQLite error code that is not the extended one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where the database is, and how long it may keep one waiting."""

    url: str
    """`sqlite:////absolute/path` or `postgresql://user@host/db`."""
    wait: timedelta = timedelta(seconds=10)
    """For a lock or a statement; for the gate well below its deadline."""
    checkpoints: bool = True
    """SQLite: every so often a commit also moves the log into the file; a gate has `Database.checkpoint` do it."""
    threads: int = 4
    """Concurrent transactions on PostgreSQL; SQLite always has one writer and one reader."""
    create: bool = False
    """Make an SQLite file that is not there; else that is StoreUnavailable, and no empty file hides the mistake."""


def open_engine(settings: StoreSettings) -> Engine:
    """An engine for the URL; nothing is connected yet. Raises StoreConflict: no such kind of database."""
    try:
        url = make_url(settings.url)
    except ArgumentError as error:
        raise StoreConflict("database.url is no URL; write sqlite:///garbo.db or postgresql://user@host/db") from error
    match url.get_backend_name():
        case "sqlite":
            return _sqlite(url, settings)
        case "postgresql" | "postgres":
            return _postgresql(url, settings)
        case other:
            raise StoreConflict(f"database.url names {other}; Garbo keeps its records in sqlite or postgresql")


def _sqlite(url: URL, settings: StoreSettings) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": settings.wait.total_seconds(), "isolation_level": None},
        pool_timeout=settings.wait.total_seconds(),
        hide_parameters=True,
    )

    if not settings.create:
        event.listen(engine, "do_connect", _need_file)

    @event.listens_for(engine, "connect")
    def prepare(connection: SqliteConnection, _entry: ConnectionPoolEntry) -> None:
        pragmas = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"]
        for pragma in [*pragmas, *([] if settings.checkpoints else ["wal_autocheckpoint=0"])]:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(READ_ONLY, False):
            connection.exec_driver_sql("BEGIN")
        else:
            _be_durable(connection, unseen=connection.get_execution_options().get(UNSEEN, False))
            _begin_writing(connection, settings.wait)

    return engine


def _be_durable(connection: Connection, *, unseen: bool) -> None:
    """Whether commits of this connection wait for the disk: said anew only when it changes."""
    mode = "NORMAL" if unseen else "FULL"
    if connection.info.get("synchronous", "FULL") != mode:
        connection.exec_driver_sql(f"PRAGMA synchronous={mode}")
        connection.info["synchronous"] = mode


def _need_file(
    _dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Sequence[str], options: dict[str, object]
) -> None:
    file = arguments[0]
    if not options.get("uri") and not Path(file).exists():
        raise StoreUnavailable(
            f"there is no database {file}; `garbo init` begins an installation, `garbo db upgrade` makes its database"
        )


def _begin_writing(connection: Connection, wait: timedelta) -> None:
    """
    Take SQLite's one write lock, asking for it every millisecond.

    SQLite's own busy handler sleeps up to 100 ms between tries, so a verdict that competes with an import, which takes
    the lock again at once, starved: p99 was 1.6 s. Source: sqliteDefaultBusyCallback in SQLite's main.c; measured.
    """
    driver = connection.connection.driver_connection
    if driver is None:
        raise StoreUnavailable("the connection is closed")
    give_up = time.monotonic() + wait.total_seconds()
    driver.execute("PRAGMA busy_timeout=0").close()
    try:
        while not _tried_to_write(driver):
            if time.monotonic() >= give_up:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # its error is wrapped as every other
                return
            time.sleep(_ASK_EVERY_S)
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(wait.total_seconds() * 1000)}").close()


def _tried_to_write(driver: SqliteConnection) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE").close()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY:
            return False
        raise StoreUnavailable(f"the database did not answer: {error}") from error
    return True


def _postgresql(url: URL, settings: StoreSettings) -> Engine:
    wait_ms = max(1, int(settings.wait.total_seconds() * 1000))
    own = url.query.get("options", "")
    options = f"{own if isinstance(own, str) else ' '.join(own)} -c timezone=UTC"
    options += f" -c statement_timeout={wait_ms} -c lock_timeout={wait_ms}"
    options += " -c jit=off"  # compiling a statement takes longer than a call may wait, and a wrong estimate starts it
    engine = create_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        connect_args={
            "options": options.strip(),
            # libpq counts whole seconds and reads 1 as 2
            "connect_timeout": max(2, round(settings.wait.total_seconds())),
            "tcp_user_timeout": wait_ms,
        },
        isolation_level="READ COMMITTED",
        pool_size=settings.threads + 1,
        pool_timeout=settings.wait.total_seconds(),
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(UNSEEN, False):
            connection.exec_driver_sql("SET LOCAL synchronous_commit=off")

    return engine
