"""What the doctor gets to see of this machine: secrets, space, time zones, ports, and the way to the pages."""

import os
import shutil
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from ari_app.config import ConfigError, Settings, read_keyring
from ari_app.watch.doctor.around import Machine

_SQLITE_FILE = "sqlite:///"
_ZONES = ("UTC", "Europe/Rome", "America/New_York")
_ALIVE = b'"alive"'
_PATIENCE_S = 3.0


def look_at(settings: Settings, *, fastagi: bool) -> Machine:
    """The machine; `fastagi`: the dialplan asks by it."""
    key = settings.privacy.hash_key_file
    folder = _database_file(settings)
    place = folder.parent if folder is not None else settings.folder
    web, own = f"http://{_reached(settings.web.host)}:{settings.web.port}", settings.web.tls_cert_file
    return Machine(
        key=(str(key), _mode(key)) if key.exists() else None,
        key_fault=_key_fault(key),
        secrets=[(str(path), _mode(path)) for path in _secret_files(settings) if path.exists()],
        free=shutil.disk_usage(place if place.exists() else Path.cwd()).free,
        guarded=settings.asterisk.guarded_trunks,
        ami=bool(settings.asterisk.ami_user),
        canary=bool(settings.canary.number),
        zones_missing=[name for name in _ZONES if not _has_zone(name)],
        # Over HTTPS it answers by its name alone, and that is asked for next.
        web_taken="" if own is not None or _state(web, own) in ("alive", "nobody") else web,
        public_fault=_public_fault(settings.web.public_url, own),
        agi_silent=[gate for gate in settings.fastagi.gates if fastagi and not _listens(gate)],
    )


def _database_file(settings: Settings) -> Path | None:
    url = settings.database.url
    return Path(url.removeprefix(_SQLITE_FILE)) if url.startswith(_SQLITE_FILE) else None


def _key_fault(key: Path) -> str:
    try:
        read_keyring(key)
    except ConfigError as fault:
        return str(fault)
    return ""


def _secret_files(settings: Settings) -> Iterator[Path]:
    """Files with a password in them, or with everybody's numbers."""
    asterisk, database = settings.asterisk, settings.database
    named = (
        *(asterisk.ari_password_file, asterisk.ami_secret_file, database.url_file, _database_file(settings)),
        *(settings.webhooks.secret_file, settings.web.tls_key_file),
    )
    yield from (path for path in named if path is not None)
    if settings.path is not None and _holds_secret(settings.path):
        yield settings.path


def _holds_secret(file: Path) -> bool:
    """Whether a password stands in the configuration itself; a database's in its url, before an `@`."""
    try:
        lines = [line.partition("=") for line in file.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError):
        return False
    held = {name.strip(): value.partition("#")[0].strip().strip("\"'") for name, _, value in lines}
    url = held.get("url", "")
    in_url = ":" in url.partition("://")[2].partition("@")[0] and "@" in url
    return bool(held.get("ari_password") or held.get("ami_secret")) or in_url


def _mode(path: Path) -> int:
    return os.stat(path).st_mode & 0o777


def _has_zone(name: str) -> bool:
    try:
        ZoneInfo.no_cache(name)
    except (OSError, ValueError, LookupError):
        return False
    return True


def _reached(host: str) -> str:
    """Where a gate that listens everywhere is reached from here."""
    plain = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  compared, not bound  # nosec B104
    return f"[{plain}]" if ":" in plain and not plain.startswith("[") else plain


def _state(url: str, own: Path | None) -> str:
    """
    `alive`: a gate answers; `nobody`: nobody does; else what is wrong with who does.

    `own`: the gate's certificate, which is believed beside those of the system: it may be one of one's own making.
    """
    try:
        believed = ssl.create_default_context()
        if own is not None:
            believed.load_verify_locations(own)
        with urllib.request.urlopen(f"{url}/healthz", timeout=_PATIENCE_S, context=believed) as answer:  # noqa: S310  http or https, as configured  # nosec B310
            return "alive" if _ALIVE in answer.read(1000) else "no gate answers there"
    except urllib.error.HTTPError as error:
        return f"it answers {error.code}"
    except urllib.error.URLError as error:
        refused = isinstance(error.reason, ConnectionRefusedError)
        return "nobody" if refused else str(error.reason)
    except (OSError, ValueError) as error:
        return str(error) or type(error).__name__


def _public_fault(url: str, own: Path | None) -> str:
    state = _state(url, own)
    said = "nobody listens there" if state == "nobody" else state
    return "" if state == "alive" else f"{url} does not lead to a gate: {said}"


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S):
            return True
    except OSError:
        return False
