"""
Many rows into one table, in the driver's own way.

SQLAlchemy prepares the values of each row one by one, which costs several times what the database takes to keep them.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from ari_app.stores.instants import Instant
from ari_app.stores.prepared import sqlite_text

_text_of = lru_cache(maxsize=4096)(sqlite_text)
"""Most instants of a list are one and the same."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """
    Put these rows, all of the columns that the first one has.

    Values are given as Python has them: aware datetimes, bytes, text, whole numbers, booleans, None.
    """
    if not rows:
        return
    names = tuple(rows[0])
    values = list(map(itemgetter(*names), rows))
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "sqlite":
        instants = [place for place, name in enumerate(names) if isinstance(table.c[name].type, Instant)]
        statement = f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608  # nosec B608
        connection.exec_driver_sql(statement, [_plain(row, instants) for row in values])
    else:
        _copy(connection, f"COPY {table.name} ({columns}) FROM STDIN", values)


def _plain(row: tuple[Any, ...], instants: Sequence[int]) -> tuple[Any, ...]:
    values = list(row)
    for place in instants:
        if values[place] is not None:
            values[place] = _text_of(values[place])
    return tuple(values)


def _copy(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Raises DBAPIError, as whatever SQLAlchemy runs itself."""
    driver: Any = connection.connection.driver_connection
    failures: Any = connection.dialect.loaded_dbapi
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except failures.Error as error:
        raise DBAPIError.instance(statement, None, error, failures.Error, dialect=connection.dialect) from error
