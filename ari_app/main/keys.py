"""
The installation's key: read with the database that it opens, and followed by another.

The new key file is written beside the old one first, then the database is rewritten in one transaction, then the file
takes its place. Killed in between, one of the two files opens the database, and the same command finishes what is left.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ari_app.config import (
    ConfigError,
    Settings,
    beside,
    put_in_place,
    read_keyring,
    successor_of,
    write_beside,
)
from ari_app.main.books import COMMAND_WAIT
from ari_app.main.clocks import SystemClock
from ari_app.policy.keyring import Keyring
from ari_app.stores import installation
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from ari_app.stores.rotation import rotate


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What became of a rotation."""

    key_id: str
    before: str
    rows: int
    """Rows whose number has a new key; 0: the database had it already, and the file alone was put in its place."""
    finished: bool
    """Whether this was the rest of a rotation that had been interrupted."""


def rotate_key(settings: Settings, progress: Callable[[str, int, int], None] | None = None) -> Rotated:
    """
    Give every number a key of a new secret, or finish a rotation that was interrupted.

    Raises StoreError; ConfigError: the key file cannot be read or written; StoreConflict: the key file is not the
    database's.
    """
    path = settings.privacy.hash_key_file
    current = read_keyring(path)
    database = Database.open(StoreSettings(url=settings.database.url, wait=COMMAND_WAIT))
    try:
        waiting = read_keyring(beside(path)) if beside(path).exists() else None
        held = installation.held_by(database)
        if waiting is not None and held == waiting.key_id:
            put_in_place(path, waiting)
            return Rotated(key_id=waiting.key_id, before=current.key_id, rows=0, finished=True)
        installation.check(database, current.key_id)
        new = _successor(settings, current, waiting)
        rows = rotate(database, current, new, progress)
        put_in_place(path, new)
        return Rotated(key_id=new.key_id, before=current.key_id, rows=rows, finished=waiting is not None)
    finally:
        database.close()


def _successor(settings: Settings, current: Keyring, waiting: Keyring | None) -> Keyring:
    """
    The keyring with one secret more, written beside the key file.

    One that waits there is taken: a database may have committed for it though nobody heard of it.
    """
    path = settings.privacy.hash_key_file
    if waiting is None:
        new = successor_of(current, SystemClock().now())
        write_beside(path, new)
        return new
    if not waiting.follows(current):
        raise ConfigError(
            f"{beside(path)}: it does not continue {path}: if no `garbo restore` is under way, move it out of the way"
        )
    return waiting
