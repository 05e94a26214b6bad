"""A CRM on loopback, real to the socket, that does what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Mood = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def until(happened: Callable[[], bool]) -> None:
    """Wait for something that must happen."""
    async with asyncio.timeout(20):
        while True:
            if happened():
                return
            await asyncio.sleep(0.01)


def says(text: str, *, status: int = 200, content_type: str = "application/json", **headers: str) -> Mood:
    """Always this answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=content_type, headers=named)

    return answer


async def cut_off(request: web.Request) -> web.StreamResponse:
    """Half an answer, then nobody."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"status": "none"}')
    assert request.transport is not None
    request.transport.abort()
    return response


async def hung_up(request: web.Request) -> web.StreamResponse:
    """No answer at all, and the connection gone."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def endless(request: web.Request) -> web.StreamResponse:
    """An answer that never ends."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 65_536)


@dataclass
class InventedCrm:
    """What it was asked, and how it feels."""

    mood: Mood = field(default_factory=lambda: says('{"status": "none"}'))
    asked: list[web.BaseRequest] = field(default_factory=list)
    port: int = 0
    _hanging: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}/customers?phone={{number}}"

    async def hang(self, _: web.Request) -> web.StreamResponse:
        """A mood: no answer before the test is over."""
        await self._hanging.wait()
        return web.Response(text='{"status": "none"}')

    async def first(self, mood: Mood) -> None:
        """Be so once, and then as before."""
        then = self.mood

        async def once(request: web.Request) -> web.StreamResponse:
            self.mood = then
            return await mood(request)

        self.mood = once

    async def start(self) -> None:
        """Listen, on the port it had before if it had one."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Nobody listens any more."""
        self._hanging.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return await self.mood(request)


@asynccontextmanager
async def listening() -> AsyncIterator[InventedCrm]:
    """A CRM that listens."""
    crm = InventedCrm()
    await crm.start()
    try:
        yield crm
    finally:
        await crm.stop()
