"""
What a restore must not undo: somebody has opted out, withdrawn a consent or was erased since the backup was made.

All three are carried from the database that is to be replaced into the copy that will replace it.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection, Table, text

from ari_app.policy.keyring import Keyring
from ari_app.policy.retention import Keeping
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.stores.copies import cannot_be_used
from ari_app.stores.database import Database
from ari_app.stores.erasing import Erasures
from ari_app.stores.errors import mapped
from ari_app.stores.tables import MANUAL, consent, erasure, suppression

_PUBLISHED = "list_version IN (SELECT id FROM {0}list_version WHERE published_at IS NOT NULL)"
_WITHDRAWN = "withdrawn_at IS NOT NULL AND principal IN (SELECT id FROM main.principal)"
_BINDING: dict[Table, tuple[str, tuple[str, ...]]] = {
    suppression: (_PUBLISHED, ("lifted_at", "lifted_by_consent", "lifted_by")),
    consent: (f"{_WITHDRAWN} AND {_PUBLISHED}", ()),
    erasure: ("1", ()),
}
"""Which rows are carried, and which columns are not: what lifted a suppression may not be in the copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How many rows the copy lacked."""

    suppressions: int
    withdrawals: int
    erasures: int


def binding_in(live: Path) -> tuple[int, ...]:
    """
    Figures that are others once a suppression, a withdrawal or an erasure has been added or published.

    Raises StoreUnavailable; StoreConflict: the database is damaged.
    """
    figures: list[int] = []
    try:
        with closing(sqlite3.connect(live, isolation_level=None)) as opened:
            for table, (where, _) in _BINDING.items():
                seen = where.replace("main.", "").format("")
                query = f"SELECT count(*), coalesce(max(rowid), 0) FROM {table.name} WHERE {seen}"  # noqa: S608  our own names  # nosec B608
                figures += opened.execute(query).fetchone()
    except sqlite3.DatabaseError as error:
        raise cannot_be_used(live, error) from error
    return tuple(figures)


def carry(live: Path, copy: Database, keyring: Keyring, clock: Clock, keepings: Callable[[str], Keeping]) -> Carried:
    """
    Bring what binds in `live` into the copy where it lacks it, and erase there what was erased.

    Both databases have this program's schema and this keyring's key; the copy is opened by a `file:` address, so that
    `live` can be read while somebody else holds its write lock. Raises StoreUnavailable.
    """
    with mapped(), copy.engine.connect() as connection:
        driver = connection.connection.driver_connection
        if driver is None:
            raise StoreUnavailable("the connection is closed")
        # Read only: else the copy's write transaction would want the lock of `live` too, which its restore holds.
        driver.execute("ATTACH ? AS live", (f"file:{quote(str(live))}?mode=ro",)).close()
        try:
            with connection.begin():
                erased = connection.execute(
                    text("SELECT id FROM live.erasure WHERE id NOT IN (SELECT id FROM main.erasure) ORDER BY erased_at")
                ).scalars()
                ids = list(erased)
                rows = {table: _copy_rows(connection, table) for table in _BINDING}
                for each in ids:
                    _erase_again(connection, each, Erasures(copy, keyring, clock), keepings)
        finally:
            driver.execute("DETACH live").close()
    return Carried(suppressions=rows[suppression], withdrawals=rows[consent], erasures=rows[erasure])


def _copy_rows(connection: Connection, table: Table) -> int:
    where, left_out = _BINDING[table]
    names = [column.name for column in table.c if column.name not in (*left_out, "list_version")]
    versioned = "list_version" in table.c
    into, of = ", ".join([*names, *(["list_version"] if versioned else [])]), ", ".join(names)
    return connection.execute(
        text(
            f"INSERT INTO main.{table.name} ({into}) SELECT {of}{f', {MANUAL}' if versioned else ''} "  # noqa: S608  our own names  # nosec B608
            f"FROM live.{table.name} WHERE {where.format('live.')} AND id NOT IN (SELECT id FROM main.{table.name})"
        )
    ).rowcount


def _erase_again(
    connection: Connection, erasure_id: str, erasures: Erasures, keepings: Callable[[str], Keeping]
) -> None:
    row = connection.execute(erasure.select().where(erasure.c.id == erasure_id)).one()
    report = msgspec.json.decode(row.report)
    erasures.erase_key(
        connection,
        row.number_key,
        principal_id=report["principal"],
        keepings=keepings,
        reason=row.reason,
        by=row.erased_by,
        despite_retention=report["despite_retention"],
    )
