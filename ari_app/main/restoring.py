"""
A backup put back into the database that is in use, all of it by one transaction: whoever is killed leaves old or new.

What is put back is got ready in a file beside: checked, brought to this program's schema and to the newest key, and
given what must not be undone (`stores/carrying`): what people say meanwhile is added once nobody can write any more.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from ari_app.config import (
    ConfigError,
    Settings,
    beside,
    keyring_of,
    put_in_place,
    read_keyring,
    write_beside,
)
from ari_app.main.archive import DATABASE, KEY, REGISTERS, Archive, Manifest
from ari_app.main.backups import Progress, alone, embedded, nobody
from ari_app.main.books import check_key
from ari_app.main.clocks import SystemClock
from ari_app.main.privacy import keepings_of
from ari_app.policy.keyring import Keyring
from ari_app.ports.verdicts import StoreConflict, StoreUnavailable
from ari_app.stores import migrations
from ari_app.stores.carrying import Carried, binding_in, carry
from ari_app.stores.copies import copy_in, flush, is_empty, need_sound, whose
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from ari_app.stores.rotation import rotate
from ari_app.stores.web_sessions import SessionBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back."""

    made_at: str
    garbo: str
    schema: str
    """As the backup had it; it is this program's now."""
    key_id: str
    """Of the database now."""
    key_restored: bool
    carried: Carried | None
    """What the database that was replaced knew beyond the backup; None: there was none, or it is of another key."""
    registers: int


def restore(
    settings: Settings,
    file: Path,
    *,
    with_key: bool = False,
    registers: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """
    Put a backup back.

    Raises StoreConflict: the database is PostgreSQL's, the backup is damaged, of a newer Garbo, or of another key
    (unless `with_key`); the database that is there is damaged. Raises StoreUnavailable, ConfigError.
    """
    live = embedded(settings, "pg_restore --clean --if-exists --single-transaction --dbname=DATABASE garbo.dump")
    archive = Archive(file)
    tell = progress or nobody
    try:
        with alone(live.with_name(f".{live.name}.restore"), "another restore is under way"):
            copy = live.with_name(f".{live.name}.restore.db")
            try:
                return _restore(settings, archive, live, copy, with_key=with_key, registers=registers, tell=tell)
            finally:
                _remove(copy)
                live.with_name(f".{live.name}.restore").unlink(missing_ok=True)
    except OSError as failure:
        raise StoreUnavailable(f"{live.parent} cannot be written: {failure.strerror}") from failure
    finally:
        archive.close()


def _restore(
    settings: Settings, archive: Archive, live: Path, copy: Path, *, with_key: bool, registers: bool, tell: Progress
) -> Restored:
    manifest = archive.manifest
    if manifest.schema > migrations.head():
        raise StoreConflict(
            f"the backup has schema {manifest.schema} of Garbo {manifest.garbo}, this program knows "
            f"{migrations.head()} at most; install a newer Garbo"
        )
    theirs = keyring_of(archive.text(KEY), f"{KEY} in the backup")
    keyring = _key_after(settings, theirs, manifest, with_key=with_key)
    new_key = keyring if _held(settings) != keyring else None
    _get_ready(archive, copy, manifest, theirs, keyring, tell)
    if new_key is not None:
        write_beside(settings.privacy.hash_key_file, new_key, replace=True)
    carried = _put_back(settings, live, copy, keyring, tell)
    if new_key is not None:
        put_in_place(settings.privacy.hash_key_file, new_key)
    return Restored(
        made_at=manifest.made_at,
        garbo=manifest.garbo,
        schema=manifest.schema,
        key_id=keyring.key_id,
        key_restored=new_key is not None,
        carried=carried,
        registers=_put_registers(archive, settings.registers.folder) if registers else 0,
    )


def _held(settings: Settings) -> Keyring | None:
    path = settings.privacy.hash_key_file
    return read_keyring(path) if path.exists() else None


def _key_after(settings: Settings, theirs: Keyring, manifest: Manifest, *, with_key: bool) -> Keyring:
    """The key of the database once it is restored: the installation's if it can be, else the backup's."""
    if theirs.key_id != manifest.key_id:
        raise StoreConflict(f"the backup's key file holds key {theirs.key_id}, its database is key {manifest.key_id}'s")
    path = settings.privacy.hash_key_file
    ours = _held(settings)
    if ours is not None and _steps(theirs, ours) is not None:
        _need_own_key(settings, ours)
        return ours
    if not with_key:
        raise StoreConflict(
            f"the backup is of key {theirs.key_id}, "
            + (f"this installation has {ours.key_id}" if ours else f"and there is no key file {path}")
            + "; --with-key restores its key file with it"
        )
    waiting = beside(path)
    if waiting.exists() and ours is not None and read_keyring(waiting).follows(ours):
        raise ConfigError(f"{waiting}: a rotation was interrupted; run `garbo key rotate` first")
    return theirs


def _need_own_key(settings: Settings, ours: Keyring) -> None:
    """A database of another key than the key file's could not tell who has opted out since."""
    live = embedded(settings, "pg_restore")
    if is_empty(live):
        return
    database = Database(StoreSettings(url=settings.database.url))
    try:
        check_key(settings, database, ours)
    finally:
        database.close()


def _steps(theirs: Keyring, ours: Keyring) -> list[Keyring] | None:
    """The keyrings from theirs to ours, one rotation after another; None: ours does not continue theirs."""
    secrets = [*(each.secret for each in ours.retired), ours.secret]
    chain = [Keyring.from_secret(secret, ours.retired[:place]) for place, secret in enumerate(secrets)]
    ids = [each.key_id for each in chain]
    return chain[ids.index(theirs.key_id) :] if theirs.key_id in ids else None


def _get_ready(
    archive: Archive, copy: Path, manifest: Manifest, theirs: Keyring, keyring: Keyring, tell: Progress
) -> None:
    """The backup's database in a file of its own, sound, with this program's schema and this installation's key."""
    _remove(copy)
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    done, size = 0, manifest.files[DATABASE].size

    def told(more: int) -> None:
        nonlocal done
        done += more
        tell("archive", done, size)

    archive.take_out(DATABASE, copy, told)
    need_sound(copy)
    if whose(copy) != (manifest.schema, manifest.key_id):
        raise StoreConflict("the backup's database is not the one that its manifest tells of")
    database = Database(StoreSettings(url=f"sqlite:///{copy}"))
    try:
        migrations.upgrade(database.engine)
        chain = _steps(theirs, keyring) or []
        for old, new in pairwise(chain):
            rotate(database, old, new, tell)
        SessionBook(database, SystemClock()).end_some()  # who signed out or was removed since is not signed in by it
    finally:
        database.close()


def _put_back(settings: Settings, live: Path, copy: Path, keyring: Keyring, tell: Progress) -> Carried | None:
    """
    Carry over what must not be undone, and let the copy take its place.

    What comes while that is done is carried once nobody can write any more: however fast people opt out, it is little.
    """
    if not _comparable(live, keyring):
        _close_log(copy)
        copy_in(copy, live, lambda done, of: tell("restore", done, of), locked=lambda: None)
        return None
    known = binding_in(live)
    carried = _carry(settings, live, copy, keyring)

    def carry_the_rest() -> None:
        nonlocal carried
        if binding_in(live) != known:
            carried = _together(carried, _carry(settings, live, copy, keyring))

    copy_in(copy, live, lambda done, of: tell("restore", done, of), locked=carry_the_rest)
    return carried


def _comparable(live: Path, keyring: Keyring) -> bool:
    """
    Whether what the database in use says of numbers can be told in the backup's terms.

    Raises StoreConflict: it could be, once it was upgraded, or moved away.
    """
    if is_empty(live):
        return False
    schema, key_id = whose(live)
    if schema != migrations.head():
        raise StoreConflict(
            f"the database in use has schema {schema}, this program needs {migrations.head()}; run `garbo db upgrade` "
            "first, so that what people said since the backup is kept"
        )
    return key_id == keyring.key_id


def _carry(settings: Settings, live: Path, copy: Path, keyring: Keyring) -> Carried:
    """What is carried is in the copy's one file, since what is copied in is copied from there."""
    database = Database(StoreSettings(url=f"sqlite:///file:{quote(str(copy))}?mode=rw&uri=true"))
    try:
        return carry(live, database, keyring, SystemClock(), keepings_of(settings, database))
    finally:
        database.close()
        _close_log(copy)


def _together(one: Carried, other: Carried) -> Carried:
    return Carried(
        suppressions=one.suppressions + other.suppressions,
        withdrawals=one.withdrawals + other.withdrawals,
        erasures=one.erasures + other.erasures,
    )


def _close_log(copy: Path) -> None:
    """Everything in the one file: what is copied in is copied from there."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")


def _put_registers(archive: Archive, folder: Path) -> int:
    """The registers of the backup in a new folder, which then takes the place of the one there is."""
    names = [name for name in archive.manifest.files if name.startswith(REGISTERS)]
    if not names:
        return 0
    new = folder.with_name(f"{folder.name}.restored")
    _remove_tree(new)
    for name in names:
        target = new / name.removeprefix(REGISTERS)
        target.parent.mkdir(parents=True, exist_ok=True)
        archive.take_out(name, target, lambda _: None)
        flush(target)
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}.before-{SystemClock().now():%Y%m%dT%H%M%SZ}"))
    new.rename(folder)
    return len(names)


def _remove_tree(folder: Path) -> None:
    import shutil

    if folder.exists():
        shutil.rmtree(folder)


def _remove(copy: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        copy.with_name(copy.name + ending).unlink(missing_ok=True)
