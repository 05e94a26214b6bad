"""
One websocket to Asterisk: requests out in order, answers matched to them, events handed on.

`connection` opens it and runs `read` and `write` side by side. Asterisk carries the requests of a socket out one after
the other, so the order in which they are sent is the order in which they happen.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import aiohttp
import msgspec

from ari_app.asterisk import wire
from ari_app.asterisk.errors import AriDisconnected, AriError, AriMalformed, AriTimeout, foreign_errors
from ari_app.asterisk.rest import NO_QUERY, AriResponse, Body, Query, Request
from ari_app.ports.observer import Observer

OnEvent = Callable[[str, str], None]
_OVERSLEPT_S = 0.25
"""A timer that is this late says that we did not run ourselves: an answer may be there, and not have been read."""


@dataclass(frozen=True, slots=True)
class _Pending:
    request: str
    answer: asyncio.Future[AriResponse]
    deadline: asyncio.TimerHandle


class AriSocket:
    """An open websocket. `on_event` gets the type and text of each event, and must not wait."""

    def __init__(
        self, websocket: aiohttp.ClientWebSocketResponse, *, timeout_s: float, on_event: OnEvent, observer: Observer
    ) -> None:
        self._websocket = websocket
        self._timeout_s = timeout_s
        self._on_event = on_event
        self._observer = observer
        self._ids = count(1)
        self._pending: dict[str, _Pending] = {}
        self._outgoing: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._sent: set[str] = set()
        self._ended: AriError | None = None

    def in_turn(self, *requests: Request) -> tuple[asyncio.Future[AriResponse], ...]:
        """See `Rest`: queued in this order, which is the order in which Asterisk carries them out."""
        return tuple(self._send(request) for request in requests)

    async def request(self, method: str, uri: str, *, query: Query = NO_QUERY, body: Body | None = None) -> AriResponse:
        """See `Rest`."""
        return await self._send(Request(method, uri, query, body))

    def _send(self, request: Request) -> asyncio.Future[AriResponse]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[AriResponse] = loop.create_future()
        if self._ended is not None:
            answer.set_exception(AriDisconnected(str(self._ended)))
            return answer
        request_id = str(next(self._ids))
        try:
            frame = wire.frame(request_id, request)
        except AriError as error:
            answer.set_exception(error)
            return answer
        deadline = loop.call_later(self._timeout_s, self._time_out, request_id)
        self._pending[request_id] = _Pending(str(request), answer, deadline)
        answer.add_done_callback(lambda _: self._forget(request_id))
        self._outgoing.put_nowait((request_id, frame))
        return answer

    async def write(self) -> None:
        """Write queued requests until cancelled. Raises AriDisconnected."""
        while True:
            request_id, frame = await self._outgoing.get()
            # Given up while it waited: a verdict must not arrive after it was counted as failed.
            if request_id in self._pending:
                self._sent.add(request_id)
                with foreign_errors("websocket"):
                    await self._websocket.send_str(frame)

    async def read(self) -> None:
        """Read until the socket ends; then fail what waits for an answer. Raises AriDisconnected."""
        try:
            while True:
                with foreign_errors("websocket"):
                    message = await self._websocket.receive()
                match message.type:
                    case aiohttp.WSMsgType.TEXT:
                        self._take(message.data)
                    case aiohttp.WSMsgType.BINARY:
                        self._malformed("binary frame")
                    case _:
                        cause = self._websocket.exception()
                        told = f"{cause}" if cause else f"close code {self._websocket.close_code}"
                        raise AriDisconnected(f"the websocket ended: {told}") from cause
        finally:
            self.end(AriDisconnected("the websocket ended"))

    def end(self, error: AriError) -> None:
        """Fail every request that waits, and every later one."""
        self._ended = self._ended or error
        for pending in list(self._pending.values()):
            _fail(pending.answer, error)

    def _take(self, text: str) -> None:
        try:
            kind = wire.envelope(text).type
            if kind != "RESTResponse":
                self._on_event(kind, text)
                return
            response = wire.rest_response(text)
        except msgspec.MsgspecError as error:
            self._malformed(str(error))
            return
        pending = self._pending.get(response.request_id)
        if pending is None or pending.answer.done():
            self._observer.event("ari.answer_unexpected", status=response.status_code)
            return
        match wire.answer(response, pending.request):
            case AriResponse() as answer:
                pending.answer.set_result(answer)
            case refused:
                pending.answer.set_exception(refused)

    def _malformed(self, what: str) -> None:
        self._observer.event("ari.frame_malformed", error=str(AriMalformed(what)))

    def _time_out(self, request_id: str) -> None:
        """No answer came in time. Where only we were late, what is sent and may be answered is read first."""
        pending, loop = self._pending[request_id], asyncio.get_running_loop()
        error = AriTimeout(f"{pending.request}: no answer in {self._timeout_s} s")
        if request_id in self._sent and loop.time() - pending.deadline.when() > _OVERSLEPT_S:
            deadline = loop.call_later(self._timeout_s, _fail, pending.answer, error)
            self._pending[request_id] = replace(pending, deadline=deadline)
        else:
            _fail(pending.answer, error)

    def _forget(self, request_id: str) -> None:
        pending = self._pending.pop(request_id, None)
        self._sent.discard(request_id)
        if pending is not None:
            pending.deadline.cancel()


def _fail(answer: asyncio.Future[AriResponse], error: AriError) -> None:
    if not answer.done():
        answer.set_exception(error)
