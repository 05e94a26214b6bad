"""
A proxy between a gate and Asterisk's ARI, which can be told to misbehave: the websocket's events and requests pass it.

Everything passes unchanged until a test says otherwise. A test's own functions run on the proxy's thread.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp import web

from docker.lab.children import Stoppable

Message = dict[str, Any]
Passing = Callable[[Message], Message | None]
"""What becomes of a message: itself, another one, or None: it is lost."""


def _as_it_is(message: Message) -> Message:
    return message


class AriProxy(Stoppable):
    """Listens on a free port of its own; a context manager that ends it."""

    def __init__(self, ari_url: str) -> None:
        """In front of `ari_url`, such as `http://127.0.0.1:8088/ari`."""
        self.events: Passing = _as_it_is
        """From Asterisk: events, and answers to requests (`RESTResponse`)."""
        self.requests: Passing = _as_it_is
        """From the gate: requests (`RESTRequest`)."""
        self.answers: Callable[[Message], Message | None] = lambda _request: None
        """An answer that the proxy gives by itself to a request, which Asterisk never sees; None: it is passed on."""
        self.stalled = False
        """Nothing passes in either direction, and nothing is lost: it comes when this is over."""
        self.refusing = False
        """New connections are refused."""
        self._target = ari_url
        self._loop = asyncio.new_event_loop()
        self._open: set[web.WebSocketResponse] = set()
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(started,), name="ari-proxy", daemon=True)
        self.url = ""
        self._thread.start()
        started.wait(10)

    def cut(self) -> None:
        """Close every connection in the middle, as a network that breaks."""
        self._loop.call_soon_threadsafe(self._abort)

    def stop(self) -> None:
        """End it; may be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def __enter__(self) -> Self:
        return self

    def _abort(self) -> None:
        for socket in self._open:
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        started.set()
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._close())
            self._loop.close()

    async def _listen(self) -> None:
        self._client = aiohttp.ClientSession()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/ari"

    async def _close(self) -> None:
        self._abort()
        await self._runner.cleanup()
        await self._client.close()
        await asyncio.sleep(0)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            raise web.HTTPServiceUnavailable
        path = request.raw_path.removeprefix("/ari")
        headers = {name: value for name, value in request.headers.items() if name in ("Authorization", "Content-Type")}
        if request.headers.get("Upgrade", "").lower() != "websocket":
            body = await request.read()
            async with self._client.request(request.method, self._target + path, headers=headers, data=body) as answer:
                return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)
        near = web.WebSocketResponse(autoping=False, max_msg_size=0)
        # As Asterisk does, any protocol is agreed to; compression would only cost time.
        async with self._client.ws_connect(self._target + path, headers=headers, autoping=False, max_msg_size=0) as far:
            await near.prepare(request)
            self._open.add(near)
            both = [
                asyncio.create_task(self._pass(far, near, lambda message: self.events(message))),
                asyncio.create_task(self._pass(near, far, lambda message: self.requests(message))),
            ]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._open.discard(near)
                for task in both:
                    task.cancel()
                await asyncio.gather(*both, return_exceptions=True)
                with contextlib.suppress(Exception):
                    await near.close()
        return near

    async def _pass(self, source: Any, sink: Any, decide: Passing) -> None:
        """Until one side is gone."""
        async for frame in source:
            await self._released()
            if frame.type is aiohttp.WSMsgType.PING:
                await sink.ping(frame.data)
            elif frame.type is aiohttp.WSMsgType.PONG:
                await sink.pong(frame.data)
            elif frame.type is aiohttp.WSMsgType.TEXT:
                await self._pass_text(frame.data, source, sink, decide)

    async def _released(self) -> None:
        while self.stalled:  # noqa: ASYNC110  set by another thread
            await asyncio.sleep(0.01)

    async def _pass_text(self, text: str, source: Any, sink: Any, decide: Passing) -> None:
        message: Message = msgspec.json.decode(text)
        answer = self.answers(message) if message.get("type") == "RESTRequest" else None
        if answer is not None:
            await source.send_str(msgspec.json.encode(answer).decode())
            return
        passed = decide(message)
        await self._released()  # whoever decides may stall: that very message is held as well
        if passed is not None:
            await sink.send_str(text if passed is message else msgspec.json.encode(passed).decode())
