"""
A new key for every number in the database, all in one transaction.

Numbers are not kept, so every stored key is wrapped by the new secret (`Keyring.wrapped`). Whoever else writes waits
meanwhile: on SQLite for the one writer, on PostgreSQL for the row that says whose key it is, which every transaction
that writes a number key reads first. Verdicts that wait too long are denied; once it is through those with the old key
are denied as well: with it they would find no suppression.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import psycopg
from sqlalchemy import Connection, LargeBinary, Table, column, func, select, table, text, union, update

from ari_app.policy.keyring import Keyring
from ari_app.ports.verdicts import StoreConflict, StoreUnavailable
from ari_app.stores.database import Database
from ari_app.stores.tables import installation, metadata

Progress: TypeAlias = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""

KEYED: dict[Table, tuple[str, ...]] = {
    each: tuple(name for name in ("number_key", "idempotency_key") if name in each.c)
    for each in metadata.sorted_tables
    if "number_key" in each.c
}
"""Every table that knows numbers by their keys, with its columns of such keys."""

_REKEYED = table("rekeyed", column("old", LargeBinary), column("new", LargeBinary))
_TOLD_EVERY = 2_000
_FETCHED = 50_000


def rotate(database: Database, old: Keyring, new: Keyring, progress: Progress | None = None) -> int:
    """
    Make the database the new key's; how many rows got a new key. It may be already: then nothing is done.

    Raises StoreConflict: it is neither's. Raises StoreUnavailable: somebody else kept it too long.
    """

    def work(connection: Connection) -> int:
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.execute(text("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        held = connection.scalar(select(installation.c.key_id))
        if held == new.key_id:
            return 0
        if held != old.key_id:
            raise StoreConflict(
                f"the database is key {held}'s, and can only be given to another by it, not by {old.key_id}"
            )
        tell = progress or _nobody
        rows = _rows(connection)
        wrapped = _on_sqlite(connection, new, tell, rows) if sqlite else _on_postgresql(connection, new, tell, rows)
        connection.execute(update(installation).values(key_id=new.key_id))
        return wrapped

    return database.write(work, asks_key=False)


def _rows(connection: Connection) -> int:
    counted = (select(func.count(each)) for each in _columns())
    return sum(connection.scalar(each) or 0 for each in counted)


def _columns() -> Iterator[Any]:
    return (keyed.c[name] for keyed, names in KEYED.items() for name in names)


def _on_sqlite(connection: Connection, new: Keyring, tell: Progress, rows: int) -> int:
    driver = connection.connection.driver_connection
    if driver is None:
        raise StoreUnavailable("the connection is closed")
    done = 0

    def wrap(key: bytes | None) -> bytes | None:
        nonlocal done
        if key is None:
            return None
        done += 1
        if done % _TOLD_EVERY == 0:
            tell("numbers", done, rows)
        return new.wrapped(key)

    driver.create_function("garbo_wrapped", 1, wrap)
    for keyed, names in KEYED.items():
        values: dict[str, Any] = {name: func.garbo_wrapped(keyed.c[name]) for name in names}
        connection.execute(update(keyed).values(**values, **_key_id(keyed, new)))
    tell("numbers", rows, rows)
    return done


def _on_postgresql(connection: Connection, new: Keyring, tell: Progress, rows: int) -> int:
    """The keys come here and their successors go back: the server, and so its logs, never see the secret."""
    connection.execute(text("CREATE TEMPORARY TABLE rekeyed (old bytea NOT NULL, new bytea NOT NULL) ON COMMIT DROP"))
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise StoreUnavailable("the connection is closed")
    every = union(*(select(each.label("number_key")).where(each.is_not(None)) for each in _columns()))
    query = str(every.compile(dialect=connection.dialect))
    seen = 0
    with driver.cursor(name="numbers") as keys:
        keys.execute(query.encode())
        while some := keys.fetchmany(_FETCHED):
            with driver.cursor() as cursor, cursor.copy("COPY rekeyed (old, new) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["bytea", "bytea"])
                for (key,) in some:
                    copy.write_row((key, new.wrapped(key)))
            seen += len(some)
            tell("new keys", seen, max(rows, seen))
    connection.execute(text("ALTER TABLE rekeyed ADD PRIMARY KEY (old)"))
    connection.execute(text("ANALYZE rekeyed"))
    done = 0
    for keyed, names in KEYED.items():
        for name in names:
            values = {name: _REKEYED.c.new, **(_key_id(keyed, new) if name == "number_key" else {})}
            done += connection.execute(update(keyed).where(keyed.c[name] == _REKEYED.c.old).values(values)).rowcount
            tell("numbers", done, rows)
    return done


def _key_id(keyed: Table, new: Keyring) -> dict[str, str]:
    return {"key_id": new.key_id} if "key_id" in keyed.c else {}


def _nobody(_what: str, _done: int, _of: int) -> None:
    """Nobody looks."""
