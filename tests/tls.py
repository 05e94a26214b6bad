"""Certificates for tests: an authority of the test's own, a server that it vouches for, and a stranger."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Files of one authority and of the server that it vouches for."""

    ca: Path
    certificate: Path
    key: Path

    @property
    def server(self) -> ssl.SSLContext:
        """What the server proves itself with."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


def papers(folder: Path, *names: str) -> Papers:
    """A new authority, and a server of these names; by default this machine's own address."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    made = authority.issue_cert(*(names or ("127.0.0.1", "localhost")))
    found = Papers(ca=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server.key")
    authority.cert_pem.write_to_path(str(found.ca))
    found.certificate.write_bytes(b"".join(each.bytes() for each in made.cert_chain_pems))
    made.private_key_pem.write_to_path(str(found.key))
    return found


@asynccontextmanager
async def hardly_a_server(context: ssl.SSLContext) -> AsyncIterator[int]:
    """A port where TLS is spoken and nothing is said."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
