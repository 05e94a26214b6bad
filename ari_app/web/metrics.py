"""`GET /metrics`: made on a thread beside the loop, one at a time, so that no scrape keeps a verdict waiting."""

import asyncio
from collections.abc import Callable

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

_FRESH_S = 1.0
"""A page this old is given again: whoever asks more often learns nothing, and costs nothing."""


class MetricsPage:
    """The page, and when it was made."""

    def __init__(self, page: Callable[[], bytes]) -> None:
        """`page` makes it, on any thread."""
        self._make = page
        self._page = b""
        self._made_at: float | None = None
        self._making = asyncio.Lock()

    async def serve(self, _: web.Request) -> web.Response:
        """As Prometheus reads it."""
        loop = asyncio.get_running_loop()
        async with self._making:
            if self._made_at is None or loop.time() - self._made_at >= _FRESH_S:
                self._page = await asyncio.to_thread(self._make)
                self._made_at = loop.time()
        return web.Response(body=self._page, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
