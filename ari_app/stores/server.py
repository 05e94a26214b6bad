"""The database itself, for whoever looks whether all is well: which it is, and what time it has."""

import sqlite3
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from ari_app.stores.database import Database


def version_of(database: Database) -> tuple[str, tuple[int, ...]]:
    """`sqlite` or `postgresql`, and its version. Raises StoreUnavailable."""

    def work(connection: Connection) -> tuple[int, ...]:
        if connection.dialect.name == "sqlite":
            return sqlite3.sqlite_version_info
        number = int(connection.scalar(text("SHOW server_version_num")) or 0)
        return (number // 10_000, number % 10_000)

    return database.engine.dialect.name, database.read(work)


def time_of(database: Database) -> datetime | None:
    """What time it has; None: this machine's. Raises StoreUnavailable."""

    def work(connection: Connection) -> datetime | None:
        if connection.dialect.name == "sqlite":
            return None
        held = connection.scalar(text("SELECT clock_timestamp()"))
        return held.astimezone(UTC) if isinstance(held, datetime) else None

    return database.read(work)
