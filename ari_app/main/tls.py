"""
Certificates: whose the gate believes where it asks, and its own where it is asked.

A peer is held to its certificate and to the name by which it was asked for; there is no setting that looks away.
"""

import asyncio
import ssl
from pathlib import Path

from ari_app.config import ConfigError, Settings
from ari_app.ports.observer import Observer

_LOOK_EVERY_S = 60.0


def trust(file: Path | None, key: str) -> ssl.SSLContext | None:
    """
    Believe the certificates of this file and no others; None: no file, so the system's are believed.

    Raises ConfigError, which names `key`: they cannot be read.
    """
    if file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(file))
    except ssl.SSLError as failure:
        raise ConfigError(f"{key}: {file} holds no certificates in PEM") from failure
    except OSError as failure:
        raise ConfigError(f"{key}: {file} cannot be read: {failure.strerror}") from failure


def believed_by(file: Path | None, key: str) -> ssl.SSLContext:
    """As `trust`, where a context is needed in any case."""
    return trust(file, key) or ssl.create_default_context()


class OwnCertificate:
    """With what the web pages prove who they are; one that was renewed is taken up without a restart."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises ConfigError: the two cannot be read, or do not belong together."""
        self._certificate = certificate
        self._key = key
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._load()

    async def renew(self, observer: Observer, *, every_s: float = _LOOK_EVERY_S) -> None:
        """Look now and then whether the files changed, until cancelled; what cannot be used is told and left."""
        seen = self._stamp()
        while True:
            await asyncio.sleep(every_s)
            if (now := self._stamp()) == seen:
                continue
            seen = now
            try:
                _context(self._certificate, self._key)  # first aside: one half of a renewal must not spoil what works
                self._load()
            except ConfigError as failure:
                observer.event("web.certificate_unusable", cause=str(failure))
            else:
                observer.event("web.certificate_renewed")

    def _load(self) -> None:
        _load(self.context, self._certificate, self._key)

    def _stamp(self) -> tuple[int, ...]:
        return tuple(_changed_at(file) for file in (self._certificate, self._key))


def own_certificate(settings: Settings) -> OwnCertificate | None:
    """None: the pages are served over plain HTTP. Raises ConfigError."""
    web = settings.web
    if web.tls_cert_file is None or web.tls_key_file is None:
        return None
    return OwnCertificate(web.tls_cert_file, web.tls_key_file)


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _load(context, certificate, key)
    return context


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    for name, file in (("tls_cert_file", certificate), ("tls_key_file", key)):
        try:
            file.read_bytes()
        except OSError as failure:
            raise ConfigError(f"[web] {name}: {file} cannot be read: {failure.strerror}") from failure
    try:
        # A key under a passphrase would ask the terminal, where nobody sits.
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except (ssl.SSLError, ValueError) as failure:
        raise ConfigError(
            f"[web] tls_cert_file, tls_key_file: {certificate} and {key} are not a certificate in PEM and its own key"
        ) from failure


def _no_passphrase() -> str:
    return ""


def _changed_at(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
