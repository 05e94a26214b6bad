"""
The embedded database copied whole while it is in use, out of it and into it, through SQLite's backup API.

Out: the copy is one snapshot, since the read transaction stays open from its first page to its last; writers go on
beside it. In: one write transaction from the first page to the last, so that readers see all of the old until they see
all of the new; verdicts wait for the writer meanwhile and are denied.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ari_app.ports.verdicts import StoreConflict, StoreError, StoreUnavailable

_PAGES_A_STEP = 1_000
_WAIT_S = 10.0

Steps = Callable[[int, int], None]
"""Told after each step: pages done, pages in all."""


def copy_out(live: Path, copy: Path, steps: Steps) -> None:
    """
    Copy a database that is in use into a new file, and prove that the copy is sound.

    What is written is flushed step by step: one flush at the end would keep the gate's own waiting (measured with
    200 MB: 80 ms instead of 10). Raises StoreUnavailable; StoreConflict: the database is damaged.
    """
    try:
        with closing(_opened(live)) as source, closing(sqlite3.connect(copy, isolation_level=None)) as target:
            target.execute("PRAGMA synchronous=OFF")
            target.execute("PRAGMA journal_mode=OFF")
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()

            def step(_status: int, remaining: int, pages: int) -> None:
                flush(copy)
                steps(pages - remaining, pages)

            source.backup(target, pages=_PAGES_A_STEP, progress=step)
            target.execute("PRAGMA journal_mode=DELETE")
        flush(copy)
        need_sound(copy)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{live} cannot be copied: {error}") from error


def copy_in(copy: Path, live: Path, steps: Steps, *, locked: Callable[[], None]) -> None:
    """
    Let a copy take the place of what a database holds, by one transaction; the file is made if there is none.

    `locked` is called once nobody else can write any more. It may read `live` and add to the copy, which is then begun
    again; if it raises, nothing is changed. Raises StoreUnavailable; StoreConflict: the file that is there is no
    database.
    """
    asked = False

    def step(_status: int, remaining: int, pages: int) -> None:
        nonlocal asked
        if not asked:
            asked = True
            locked()
        steps(pages - remaining, pages)

    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as source, closing(_opened(live)) as target:
            target.execute("PRAGMA journal_mode=WAL")
            target.execute("PRAGMA synchronous=FULL")
            (pages,) = source.execute("PRAGMA page_count").fetchone()
            # In two steps at least: the last one commits, and `locked` must be asked before.
            source.backup(target, pages=max(1, min(_PAGES_A_STEP, pages // 2)), progress=step, sleep=0.001)
    except sqlite3.DatabaseError as error:
        raise cannot_be_used(live, error) from error


def cannot_be_used(live: Path, error: sqlite3.DatabaseError) -> StoreError:
    """What to tell of a database in use that refuses: that it is damaged, or that it does not answer."""
    if isinstance(error, sqlite3.OperationalError):
        return StoreUnavailable(f"{live} cannot be used: {error}")
    return StoreConflict(
        f"{live} is damaged ({error}); move it away, with its -wal and -shm, and restore again: what people said since "
        "the backup has to be brought in again then"
    )


def is_empty(file: Path) -> bool:
    """Whether there is no database, or one without a table. Raises StoreUnavailable, StoreConflict: it is damaged."""
    if not file.exists():
        return True
    try:
        with closing(_opened(file)) as opened:
            return not opened.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise cannot_be_used(file, error) from error


def whose(copy: Path) -> tuple[str, str]:
    """Schema and key id of a database. Raises StoreConflict: it is not one of Garbo's, or cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(copy))}?mode=rw", uri=True, timeout=_WAIT_S)) as opened:
            (schema,) = opened.execute("SELECT version_num FROM alembic_version").fetchone()
            (key_id,) = opened.execute("SELECT key_id FROM installation").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise StoreConflict(f"{copy.name} is no database of Garbo's, or an empty one: {error}") from error
    return str(schema), str(key_id)


def need_sound(file: Path) -> None:
    """Raise StoreConflict if a database is damaged anywhere, or is none."""
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as opened:
            (said,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
            broken = opened.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreConflict(f"{file.name} is no sound database: {error}") from error
    if said != "ok" or broken is not None:
        why = said if said != "ok" else f"a row of {broken[0]} names another that is not there"
        raise StoreConflict(f"{file.name} is no sound database: {why}")


def flush(file: Path) -> None:
    """Return once what was written to a file, or a folder, is on the disk."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, isolation_level=None, timeout=_WAIT_S)
