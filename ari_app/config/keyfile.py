"""
The installation's one secret key, in a file of its own: 32 random bytes as 64 hexadecimal digits.

Every table is keyed with it, so a new key for an old database loses every suppression: `garbo init` makes one, nothing
else does unasked.
"""

import os
import secrets
from pathlib import Path

from ari_app.config.errors import ConfigError
from ari_app.policy.keyring import Keyring

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
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_keyring(path: Path) -> Keyring:
    """
    The keyring of a key file.

    Raises ConfigError: there is no such file, or it does not hold 64 hexadecimal digits.
    """
    try:
        text = path.read_text("ascii").strip()
        secret = bytes.fromhex(text)
    except FileNotFoundError as failure:
        raise ConfigError(
            f"{path}: the key file is missing; restore it from a backup, or let `garbo init` begin a new installation"
        ) from failure
    except OSError as failure:
        raise ConfigError(f"{path}: the key file cannot be read: {failure.strerror}") from failure
    except ValueError as failure:
        raise ConfigError(f"{path}: not a key file: it must hold {KEY_BYTES * 2} hexadecimal digits") from failure
    if len(secret) != KEY_BYTES:
        raise ConfigError(f"{path}: not a key file: {len(secret)} bytes where {KEY_BYTES} must be")
    return Keyring.from_secret(secret)


def read_or_create_keyring(path: Path) -> Keyring:
    """The keyring of this file, which is made first if there is none: only for a new database."""
    if not path.exists():
        create_key_file(path)
    return read_keyring(path)
