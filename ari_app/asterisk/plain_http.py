"""
Requests over plain HTTP, on connections that are kept: for an Asterisk without REST over websockets.

Asterisk serves each connection by a thread of its own, so requests that must be in order wait for one another here. It
may close a kept connection just as a request goes out; such a request is sent once more, and when Asterisk then says
that the channel is not there any more, the first one had arrived.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from ari_app.asterisk import greeting, wire
from ari_app.asterisk.errors import (
    BOOTING,
    AriDisconnected,
    AriError,
    AriRefused,
    AriTimeout,
    foreign_errors,
    means_gone,
    refusal,
)
from ari_app.asterisk.rest import NO_QUERY, AriResponse, Body, Query, Request
from ari_app.asterisk.settings import AriSettings

_MOST_CONNECTIONS = 32
"""Of one gate, its websocket among them: Asterisk's `sessionlimit` of 100 by default counts idle ones as well."""
_KEPT_S = 10
"""Shorter than Asterisk keeps them (15 s by default), so that it is seldom Asterisk who closes one."""
_JSON = "application/json"

Answers = tuple["asyncio.Future[AriResponse]", ...]


@dataclass(frozen=True, slots=True)
class _Received:
    status: int
    reason: str
    is_json: bool
    body: str


def session(settings: AriSettings) -> aiohttp.ClientSession:
    """Where connections to this Asterisk are kept. To be closed by the caller."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_MOST_CONNECTIONS, keepalive_timeout=_KEPT_S, ssl=settings.trust or True),
        # In a header: a key in the address would end up in logs.
        headers={"Authorization": aiohttp.encode_basic_auth(settings.user, settings.password)},
        # Every request has a deadline here.
        timeout=aiohttp.ClientTimeout(total=None),
    )


class AriHttp:
    """Requests to one Asterisk, until `end`."""

    def __init__(self, http: aiohttp.ClientSession, settings: AriSettings) -> None:
        self._http = http
        self._base = settings.ari_url.rstrip("/")
        self._timeout_s = settings.request_timeout.total_seconds()
        self._running: dict[asyncio.Task[None], Answers] = {}
        self._ended: AriError | None = None

    def in_turn(self, *requests: Request) -> Answers:
        """See `Rest`."""
        loop = asyncio.get_running_loop()
        answers: Answers = tuple(loop.create_future() for _ in requests)
        if self._ended is not None:
            _fail(answers, AriDisconnected(str(self._ended)))
            return answers
        task = loop.create_task(self._carry_out(requests, answers, loop.time() + self._timeout_s))
        self._running[task] = answers
        task.add_done_callback(self._done)
        return answers

    async def request(self, method: str, uri: str, *, query: Query = NO_QUERY, body: Body | None = None) -> AriResponse:
        """See `Rest`."""
        return await self.in_turn(Request(method, uri, query, body))[0]

    def end(self, error: AriError) -> None:
        """Fail every request that waits, and every later one."""
        self._ended = self._ended or error
        for task, answers in list(self._running.items()):
            _fail(answers, error)
            task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        answers = self._running.pop(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _fail(answers, fault)

    async def _carry_out(self, requests: tuple[Request, ...], answers: Answers, deadline: float) -> None:
        for request, answer in zip(requests, answers, strict=True):
            # Given up while it waited: a verdict must not arrive after it was counted as failed.
            if answer.done():
                continue
            try:
                received = await self._within(deadline, request)
            except AriError as error:
                _fail((answer,), error)
            else:
                if not answer.done():
                    answer.set_result(received)

    async def _within(self, deadline: float, request: Request) -> AriResponse:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._twice_at_most(request)
        except TimeoutError as error:
            raise AriTimeout(f"{request}: no answer in {self._timeout_s} s") from error

    async def _twice_at_most(self, request: Request) -> AriResponse:
        try:
            return _answer(await self._exchange(request), request)
        except AriDisconnected as error:
            if not _may_have_gone_stale(error.__cause__):
                raise
        try:
            return _answer(await self._exchange(request), request)
        except AriRefused as error:
            if request.method == "GET" or not means_gone(error):
                raise
            return AriResponse(status=204)

    async def _exchange(self, request: Request) -> _Received:
        data = None if request.body is None else wire.encode(request.body)
        headers = {} if data is None else {"Content-Type": _JSON}
        # The parts of the uri are quoted already, and `+` must not become a space.
        query = f"?{urlencode(request.query, quote_via=quote)}" if request.query else ""
        url = URL(f"{self._base}/{request.uri}{query}", encoded=True)
        with foreign_errors(str(request)):
            async with self._http.request(
                request.method, url, data=data, headers=headers, allow_redirects=False
            ) as answer:
                body = (await answer.read()).decode(errors="replace")
        return _Received(answer.status, answer.reason or "", answer.content_type == _JSON, body)


async def version_of(settings: AriSettings) -> str:
    """The version of the Asterisk that runs there, as `22.10.1`. Raises AriError."""
    async with session(settings) as http:
        return (await greeting.pbx(AriHttp(http, settings))).version


def _may_have_gone_stale(cause: BaseException | None) -> bool:
    """Whether a connection broke that was there: one that cannot be made is no better the second time."""
    if isinstance(cause, aiohttp.ClientConnectorError):
        return False
    return isinstance(cause, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError | ConnectionError)


def _answer(received: _Received, request: Request) -> AriResponse:
    """Raises AriRefused; AriDisconnected where not ARI answered, but the HTTP server of an Asterisk that boots."""
    status = received.status
    if status in BOOTING and (not received.is_json or status != 404):
        raise AriDisconnected(f"{request}: {status}, Asterisk is not up yet")
    # ARI redirects nowhere: whatever does so carried nothing out.
    if status >= 300:
        raise refusal(status, wire.message(received.body), reason=received.reason, request=str(request))
    return AriResponse(status=status, body=received.body)


def _fail(answers: Answers, error: BaseException) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_exception(error)
