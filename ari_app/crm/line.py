"""
One principal's CRM over HTTP: a GET for a number, a bounded answer.

Redirects are refused: the headers may hold a secret that is for this host alone. Nothing is decompressed, so no small
answer can become a large one.
"""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
from yarl import URL

from ari_app.crm.errors import NoAnswer
from ari_app.crm.settings import CrmSettings

MOST_BYTES = 256 * 1024
_KEPT_OPEN_S = 60.0
"""A connection that is open saves the next caller the handshakes."""
_OWN_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "garbo"}
_NOBODY = frozenset({204, 404})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a page, or that there is nobody."""

    status: int
    body: bytes

    @property
    def is_nobody(self) -> bool:
        """204 or 404: the CRM does not know the number."""
        return self.status in _NOBODY


class Line:
    """Connections to one CRM; `close` before the loop ends."""

    def __init__(self, settings: CrmSettings) -> None:
        """Connects when there is something to ask. Raises OSError, ssl.SSLError: `ca_file` cannot be used."""
        self._url = settings.url
        self._headers = {**_OWN_HEADERS, **dict(settings.headers)}
        self._connections = settings.connections
        self._within_s = settings.timeout.total_seconds()
        self._trust: ssl.SSLContext | bool = True
        if settings.ca_file is not None:
            self._trust = ssl.create_default_context(cafile=str(settings.ca_file))
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, e164: str) -> Answer:
        """What it answers within its time, asked twice if need be and time is left. Raises NoAnswer."""
        now_s = asyncio.get_running_loop().time
        began_s = now_s()
        try:
            async with asyncio.timeout(self._within_s):
                try:
                    return await self._once(e164)
                except NoAnswer as failure:
                    # A second try takes about as long as the first.
                    if not failure.again or (now_s() - began_s) * 2 > self._within_s:
                        raise
                return await self._once(e164)
        except TimeoutError as error:
            raise NoAnswer(f"no answer within {self._within_s * 1000:.0f} ms") from error

    async def _once(self, e164: str) -> Answer:
        url = self._url.replace("{number}", quote(e164, safe="")).replace("{digits}", e164.removeprefix("+"))
        try:
            # Encoded as it is: made anew, `%2B` would become a plus, which in a query is a space.
            async with self._opened().get(URL(url, encoded=True), allow_redirects=False) as response:
                _expect(response)
                return Answer(response.status, await _bounded(response.content))
        except aiohttp.ClientConnectorCertificateError as error:
            raise NoAnswer("its certificate is not to be trusted") from error
        except TimeoutError:  # an OSError, and not the connection's: the deadline's
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Their texts name the URL, and that names the number.
            raise NoAnswer(f"the connection failed: {type(error).__name__}", again=True) from error

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=_KEPT_OPEN_S, ssl=self._trust
                ),
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
            )
        return self._session


def _expect(response: aiohttp.ClientResponse) -> None:
    """Raise NoAnswer unless this is a page, or that there is nobody."""
    status = response.status
    if 300 <= status < 400:
        raise NoAnswer(f"it answered {status}: redirects are refused")
    if not (200 <= status < 300 or status in _NOBODY):
        raise NoAnswer(f"it answered {status}", again=status >= 500)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NoAnswer("its answer is compressed, which was not asked for")


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    """All that comes. Raises NoAnswer: it is more than a customer's record can be."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise NoAnswer(f"its answer is longer than {MOST_BYTES // 1024} KiB")
    return bytes(body)
