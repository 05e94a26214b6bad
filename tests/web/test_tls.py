"""HTTPS by the gate itself: its certificate, a renewed one, and what is refused before it serves."""

import asyncio
import os
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from ari_app.config import ConfigError, load_settings
from ari_app.main.tls import OwnCertificate, own_certificate, trust
from ari_app.web import serve_pages
from tests.asterisk.conftest import Observed
from tests.tls import Papers, papers
from tests.web.conftest import KEYRING, FixedClock, InventedPages, NoDeliveries


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return papers(tmp_path_factory.mktemp("ours"), "localhost")


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return papers(tmp_path_factory.mktemp("strangers"), "localhost")


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _get(port: int, ca: Path, *, host: str = "localhost", path: str = "/healthz") -> aiohttp.ClientResponse:
    context = ssl.create_default_context(cafile=str(ca))
    for _ in range(200):
        try:
            async with (
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as client,
                client.get(f"https://{host}:{port}{path}") as answer,
            ):
                await answer.read()
                return answer
        except aiohttp.ClientConnectorCertificateError:
            raise
        except aiohttp.ClientConnectorError:  # it is about to listen
            await asyncio.sleep(0.01)
    raise AssertionError("nobody listens")


async def test_pages_are_served_over_tls_and_renewed(ours: Papers, strangers: Papers, tmp_path: Path) -> None:
    """With HSTS on every answer, errors too; another authority or name does not fit; a renewal needs no restart."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(ours.certificate.read_bytes())
    key.write_bytes(ours.key.read_bytes())
    own, observed, port = OwnCertificate(certificate, key), Observed(), _free()
    serving = asyncio.gather(
        own.renew(observed, every_s=0.01),
        serve_pages(
            host="127.0.0.1",
            port=port,
            pages=InventedPages(),
            keyring=KEYRING,
            clock=FixedClock(),
            ready=dict,
            metrics=bytes,
            deliveries=NoDeliveries(),
            https=True,
            tls=own.context,
        ),
    )
    try:
        for path in ("/healthz", "/nothing", "/static/garbo.css"):
            answer = await _get(port, ours.ca, path=path)
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        for ca, host in ((strangers.ca, "localhost"), (ours.ca, "127.0.0.1")):
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await _get(port, ca, host=host)
        certificate.write_bytes(strangers.certificate.read_bytes())  # half of a renewal
        os.utime(certificate, ns=(1, 1))
        await observed.wait("web.certificate_unusable")
        assert (await _get(port, ours.ca)).status == 200
        key.write_bytes(strangers.key.read_bytes())
        os.utime(key, ns=(2, 2))
        await observed.wait("web.certificate_renewed")
        assert (await _get(port, strangers.ca)).status == 200
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


@pytest.mark.parametrize(
    ("web", "said"),
    [
        ('tls_cert_file = "{ours}"', "tls_cert_file and tls_key_file belong together"),
        ('tls_key_file = "{key}"', "tls_cert_file and tls_key_file belong together"),
        ('tls_cert_file = "{ours}"\ntls_key_file = "{key}"', "public_url must begin with 'https://'"),
        ('{https}\ntls_cert_file = "/nowhere.pem"\ntls_key_file = "{key}"', "/nowhere.pem cannot be read"),
        ('{https}\ntls_cert_file = "{ours}"\ntls_key_file = "{other}"', "are not a certificate in PEM and its own key"),
        ('{https}\ntls_cert_file = "{key}"\ntls_key_file = "{key}"', "are not a certificate in PEM and its own key"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told(
    ours: Papers, strangers: Papers, tmp_path: Path, web: str, said: str
) -> None:
    """Before anything is served, with the section, the key and the file."""
    text = web.format(
        ours=ours.certificate, key=ours.key, other=strangers.key, https='public_url = "https://localhost:1"'
    )
    (tmp_path / "garbo.toml").write_text(f"[web]\n{text}\n")
    with pytest.raises(ConfigError) as refused:
        own_certificate(load_settings(tmp_path / "garbo.toml", {}))
    assert said in str(refused.value)
    assert "[web]" in str(refused.value)


@pytest.mark.parametrize(("name", "said"), [("missing.pem", "cannot be read"), ("key.txt", "holds no certificates")])
def test_whom_to_believe_has_to_be_readable(tmp_path: Path, name: str, said: str) -> None:
    """Never the system's instead, in silence."""
    (tmp_path / "key.txt").write_text("no certificate")
    with pytest.raises(ConfigError, match=said):
        trust(tmp_path / name, "[asterisk] tls_ca_file")
