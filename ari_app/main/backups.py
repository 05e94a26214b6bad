"""
The embedded database copied into one file while the gate runs, and back into the database that is in use.

PostgreSQL has tools of its own for both, and better ones: the commands name them.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.engine import make_url

from ari_app.config import ConfigError, Settings, key_text, read_keyring
from ari_app.main.archive import DATABASE, KEY, REGISTERS, packing
from ari_app.main.clocks import SystemClock
from ari_app.ports.verdicts import StoreConflict, StoreUnavailable
from ari_app.stores.copies import copy_out, flush, whose

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUp:
    """What a backup holds."""

    file: Path
    made_at: datetime
    bytes: int
    schema: str
    key_id: str
    registers: int
    """How many files of registers."""


def back_up(
    settings: Settings, out: Path, *, force: bool = False, registers: bool = False, progress: Progress | None = None
) -> BackUp:
    """
    Write a backup: whole under its name, or not at all; for the owner alone.

    Raises StoreConflict: the database is PostgreSQL's, there is a file of that name (unless `force`), another backup is
    being written to it, or the database is damaged. Raises StoreUnavailable, ConfigError.
    """
    live = embedded(settings, "pg_dump --format=custom --file=garbo.dump DATABASE")
    if not live.exists():
        raise StoreUnavailable(f"there is no database {live}; `garbo init` begins an installation")
    if out.exists() and not force:
        raise StoreConflict(f"{out}: there is a file already; --force takes its place")
    tell = progress or nobody
    part = out.with_name(f".{out.name}.part")
    copy = out.with_name(f".{out.name}.part.db")
    try:
        with alone(part, f"another backup is being written to {out}") as descriptor:
            try:
                made_at = SystemClock().now()
                copy.unlink(missing_ok=True)
                os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                copy_out(live, copy, lambda done, of: tell("database", done, of))
                done = _pack(settings, copy, descriptor, registers=registers, made_at=made_at, out=out, tell=tell)
                _into_place(part, out, force=force)
                return done
            finally:
                copy.unlink(missing_ok=True)
    except OSError as failure:
        raise StoreUnavailable(f"{out} cannot be written: {failure.strerror}") from failure


def _pack(
    settings: Settings, copy: Path, descriptor: int, *, registers: bool, made_at: datetime, out: Path, tell: Progress
) -> BackUp:
    # Of the copy and not of the live one: the key may have been rotated a moment ago.
    (schema, held), keyring = whose(copy), read_keyring(settings.privacy.hash_key_file)
    if held != keyring.key_id:
        raise StoreConflict(
            f"the key file holds key {keyring.key_id}, and the database is key {held}'s: if the key was rotated just "
            "now, try again; if a rotation was interrupted, run `garbo key rotate` first"
        )
    folder = settings.registers.folder
    found = sorted(each for each in folder.rglob("*") if each.is_file()) if registers else []
    files = {DATABASE: copy} | {REGISTERS + each.relative_to(folder).as_posix(): each for each in found}
    size, packed = sum(each.stat().st_size for each in files.values()), 0

    def told(more: int) -> None:
        nonlocal packed
        packed += more
        tell("archive", packed, size)

    with os.fdopen(os.dup(descriptor), "wb") as into:
        into.truncate(0)
        with packing(into, told) as archive:
            archive.add_text(KEY, key_text(keyring))
            for name, file in files.items():
                archive.add(name, file)
            archive.finish(
                made_at=made_at.isoformat(),
                garbo=version("garbo"),
                sqlite=sqlite3.sqlite_version,
                schema=schema,
                key_id=keyring.key_id,
            )
    os.fsync(descriptor)
    size = os.fstat(descriptor).st_size
    return BackUp(file=out, made_at=made_at, bytes=size, schema=schema, key_id=keyring.key_id, registers=len(found))


def _into_place(part: Path, out: Path, *, force: bool) -> None:
    if force:
        part.replace(out)
    else:
        try:
            os.link(part, out)
        except FileExistsError as failure:
            raise StoreConflict(f"{out}: there is a file already; --force takes its place") from failure
        part.unlink()
    flush(out.absolute().parent)


def embedded(settings: Settings, instead: str) -> Path:
    """The file of the embedded database. Raises StoreConflict: it is PostgreSQL's, which has tools of its own."""
    url = make_url(settings.database.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        key = settings.privacy.hash_key_file
        raise StoreConflict(
            f"this copies the embedded database; for PostgreSQL use `{instead}`, and copy {key} with it: docs/backup.md"
        )
    return Path(url.database)


@contextmanager
def alone(part: Path, busy: str) -> Iterator[int]:
    """
    A file of this process's own, which whoever was killed may have left behind; its descriptor.

    Raises StoreConflict: somebody is at work on it; ConfigError: there is no such folder.
    """
    if not part.absolute().parent.is_dir():
        raise ConfigError(f"there is no folder {part.absolute().parent}")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as failure:
            raise StoreConflict(busy) from failure
        # The other may have finished, and given the file its name, between our opening and our locking.
        if not part.exists() or part.stat().st_ino != os.fstat(descriptor).st_ino or part.stat().st_nlink != 1:
            raise StoreConflict(busy)
        try:
            yield descriptor
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    finally:
        os.close(descriptor)


def nobody(_what: str, _done: int, _of: int) -> None:
    """Nobody looks."""
