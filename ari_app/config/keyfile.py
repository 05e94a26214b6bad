"""
The installation's secret key, in a file of its own: 32 random bytes as 64 hexadecimal digits.

Every table is keyed with it, so a new key for an old database loses every suppression: `garbo init` makes one, nothing
else does unasked. After `garbo key rotate` the file has a line a secret, oldest first; all but the last say since when
another has followed them.

A successor is written beside the file first (`beside`), as a whole, and takes its place once the database is its own:
whatever is killed in between, one of the two files opens the database.
"""

import os
import secrets
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ari_app.config.errors import ConfigError
from ari_app.policy.keyring import Keyring, Retired

KEY_BYTES = 32


def create_key_file(path: Path) -> None:
    """
    Write a new random key, readable by its owner alone.

    Raises ConfigError: there is a file already (it is never replaced), or the folder cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as failure:
        raise ConfigError(f"{path}: there is a key already; a new one would make the database unreadable") from failure
    except OSError as failure:
        raise ConfigError(f"{path}: the key cannot be written: {failure.strerror}") from failure
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key_text(Keyring.from_secret(secrets.token_bytes(KEY_BYTES))))
        file.flush()
        os.fsync(file.fileno())


def read_keyring(path: Path) -> Keyring:
    """
    The keyring of a key file.

    Raises ConfigError: there is no such file, or a line of it does not hold 64 hexadecimal digits.
    """
    try:
        text = path.read_text("ascii")
    except FileNotFoundError as failure:
        raise ConfigError(
            f"{path}: the key file is missing; restore it from a backup, or let `garbo init` begin a new installation"
        ) from failure
    except OSError as failure:
        raise ConfigError(f"{path}: the key file cannot be read: {failure.strerror}") from failure
    except ValueError as failure:
        raise ConfigError(f"{path}: not a key file: it must hold {KEY_BYTES * 2} hexadecimal digits") from failure
    return keyring_of(text, str(path))


def keyring_of(text: str, name: str) -> Keyring:
    """The keyring of a key file's text; `name` is told of it. Raises ConfigError."""
    lines = [line.split() for line in text.splitlines() if line.strip()] or [[""]]
    found = [_secret(line[0], f"{name}:{number}" if number > 1 else name) for number, line in enumerate(lines, 1)]
    retired: list[Retired] = []
    for number, (line, secret) in enumerate(zip(lines[:-1], found[:-1], strict=True), 1):
        retired.append(Retired(secret, _until(line, f"{name}:{number}")))
    if len(lines[-1]) > 1:
        raise ConfigError(
            f"{name}:{len(lines)}: the newest secret is missing: nothing follows the one that was retired"
        )
    return Keyring.from_secret(found[-1], tuple(retired))


def key_text(keyring: Keyring) -> str:
    """What a key file of this keyring holds."""
    older = [f"{each.secret.hex()} {each.until.isoformat()}\n" for each in keyring.retired]
    return "".join((*older, f"{keyring.secret.hex()}\n"))


def successor_of(keyring: Keyring, at: datetime) -> Keyring:
    """The keyring with a new random secret."""
    return keyring.followed_by(secrets.token_bytes(KEY_BYTES), at)


def beside(path: Path) -> Path:
    """Where a successor waits for its turn."""
    real = path.resolve()
    return real.with_name(f"{real.name}.new")


def write_beside(path: Path, keyring: Keyring, *, replace: bool = False) -> None:
    """
    Write the successor, whole or not at all, for the same owner as the key file.

    Raises ConfigError: one waits there already (`replace` takes its place), or the folder cannot be written.
    """
    target = beside(path)
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                if path.exists():
                    _same_owner(path, file.fileno())
                file.write(key_text(keyring))
                file.flush()
                os.fsync(file.fileno())
            if replace:
                Path(name).replace(target)
            else:
                os.link(name, target)
        finally:
            Path(name).unlink(missing_ok=True)
        _sync_folder(target)
    except FileExistsError as failure:
        raise ConfigError(f"{target}: a key waits there already; is another command at work?") from failure
    except OSError as failure:
        raise ConfigError(f"{target}: the key cannot be written: {failure.strerror}") from failure


def put_in_place(path: Path, keyring: Keyring) -> None:
    """Let the successor take the key file's place, if it has not. Raises ConfigError: it cannot."""
    try:
        beside(path).replace(path.resolve())
        _sync_folder(path.resolve())
    except FileNotFoundError as failure:
        if read_keyring(path) != keyring:
            raise ConfigError(f"{beside(path)}: the new key file is gone; restore it from a backup") from failure
    except OSError as failure:
        raise ConfigError(
            f"{path}: {beside(path)} cannot take its place: {failure.strerror}; move it there yourself"
        ) from failure


def read_or_create_keyring(path: Path) -> Keyring:
    """The keyring of this file, which is made first if there is none: only for a new database."""
    if not path.exists():
        create_key_file(path)
    return read_keyring(path)


def _secret(text: str, name: str) -> bytes:
    try:
        secret = bytes.fromhex(text)
    except ValueError as failure:
        raise ConfigError(f"{name}: not a key file: it must hold {KEY_BYTES * 2} hexadecimal digits") from failure
    if len(secret) != KEY_BYTES:
        raise ConfigError(f"{name}: not a key file: {len(secret)} bytes where {KEY_BYTES} must be")
    return secret


def _until(line: list[str], where: str) -> datetime:
    try:
        (_, text) = line
        until = datetime.fromisoformat(text)
    except ValueError as failure:
        raise ConfigError(
            f"{where}: a secret that another follows says since when, as 2026-12-31T10:00:00+00:00"
        ) from (failure)
    return until if until.tzinfo else until.replace(tzinfo=UTC)


def _same_owner(path: Path, descriptor: int) -> None:
    """A gate that runs as somebody else than who types the command must be able to read it."""
    held = path.stat()
    os.fchmod(descriptor, held.st_mode & 0o777)
    with suppress(PermissionError):
        os.fchown(descriptor, held.st_uid, held.st_gid)


def _sync_folder(file: Path) -> None:
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
