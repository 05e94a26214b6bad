"""
One engine for each database: how SQLite and PostgreSQL are opened so that a commit is durable and no wait is endless.

SQLite: WAL, `synchronous=FULL` (a record that a power cut can take back is no record), foreign keys, and
`BEGIN IMMEDIATE`: sqlite3's own transaction handling is switched off, because it begins deferred and only before
the first write, so that two readers of the same facts could both go on to write.
PostgreSQL: psycopg 3, READ COMMITTED, so that every statement after the advisory lock sees what its last holder wrote.
"""

from dataclasses import dataclass
from datetime import timedelta
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from ari_app.ports.verdicts import StoreConflict

READ_ONLY = "garbo_read"
"""Execution option: the transaction only reads, and takes no write lock on SQLite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where the database is, and how long it may keep one waiting."""

    url: str
    """`sqlite:////absolute/path` or `postgresql://user@host/db`."""
    wait: timedelta = timedelta(seconds=10)
    """For a lock or a statement; for the gate well below its deadline."""
    threads: int = 4
    """Concurrent transactions on PostgreSQL; SQLite always has one writer and one reader."""


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

    @event.listens_for(engine, "connect")
    def prepare(connection: SqliteConnection, _entry: ConnectionPoolEntry) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL, settings: StoreSettings) -> Engine:
    wait_ms = max(1, int(settings.wait.total_seconds() * 1000))
    own = url.query.get("options", "")
    options = f"{own if isinstance(own, str) else ' '.join(own)} -c timezone=UTC"
    options += f" -c statement_timeout={wait_ms} -c lock_timeout={wait_ms}"
    return create_engine(
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
