"""PostgreSQL with `sslmode=verify-full`: what is asked for in the URL is held to, before a password is sent."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from ari_app.ports.verdicts import StoreUnavailable
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from tests.tls import Papers, papers


@contextmanager
def _server(ours: Papers, heard: list[bytes]) -> Iterator[int]:
    """Says that it speaks TLS, does so, and hangs up on whatever is said then."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listening.accept()
                with peer, suppress(OSError):
                    peer.recv(8)
                    peer.sendall(b"S")
                    with ours.server.wrap_socket(peer, server_side=True) as secured:
                        heard.append(secured.recv(1024))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


@pytest.mark.parametrize(
    ("host", "believed", "said"),
    [
        ("localhost", "ours", ""),
        ("localhost", "strangers", "certificate verify failed"),
        ("127.0.0.1", "ours", "does not match host name"),
    ],
)
def test_a_database_is_held_to_its_certificate(tmp_path: Path, host: str, believed: str, said: str) -> None:
    """The right authority and name are spoken to; of others it is told what is wrong, and no password is sent."""
    known = {name: papers(tmp_path / name, "localhost") for name in ("ours", "strangers")}
    heard: list[bytes] = []
    with _server(known["ours"], heard) as port:
        url = (
            f"postgresql://garbo:a-test-secret@{host}:{port}/garbo?sslmode=verify-full&sslrootcert={known[believed].ca}"
        )
        with pytest.raises(StoreUnavailable) as refused:
            Database.open(StoreSettings(url=url, wait=timedelta(seconds=5)))
    assert said in str(refused.value)
    assert "a-test-secret" not in str(refused.value)
    assert any(b"garbo" in each for each in heard) == (not said)
