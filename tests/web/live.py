"""A site with the two streams, over desks that a test changes, for browsers that say who they are in a cookie."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import aiohttp
import aiohttp_jinja2
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from aiohttp.typedefs import Middleware

from ari_app.desk.bells import Bells
from ari_app.policy.request import Role
from ari_app.web.access import PERSON, Handler, Person, only
from ari_app.web.application import create_app
from ari_app.web.live import LiveRoom, Pace
from tests.web.conftest import KEYRING, FixedClock, InventedPages, NoDeliveries

Stream: TypeAlias = "aiohttp.ClientResponse"


@dataclass
class Present:
    """Implements web.live.Presence and counts."""

    at: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def at_desk(self, operator: str) -> Iterator[None]:
        """As the protocol."""
        self.at[operator] = self.at.get(operator, 0) + 1
        try:
            yield
        finally:
            self.at[operator] -= 1


Answering: TypeAlias = "asyncio.Future[web.StreamResponse]"


def signed_in(under_way: set[Answering]) -> Middleware:
    """Who asks says so in a cookie, as `anna.operator`; a session that is over cuts its answers off."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        name, _, role = request.cookies.get("person", "").partition(".")
        if not name:
            return await handler(request)
        request[PERSON] = Person(id=name, name=name, language="it", role=Role(role), csrf="test")
        answering = asyncio.ensure_future(handler(request))
        under_way.add(answering)
        try:
            return await answering
        finally:
            under_way.discard(answering)

    return middleware


async def _page(request: web.Request) -> web.Response:
    line = aiohttp_jinja2.get_env(request.app).get_template("live/connection.html").module.connection("it")  # type: ignore[attr-defined]  # a macro
    scripts = "".join(f'<script src="{name}" defer></script>' for name in ("/static/live.js", "/test.js"))
    return web.Response(
        text=f"<!doctype html><title>Test</title>{line}<output id=looks></output>{scripts}", content_type="text/html"
    )


async def _script(_: web.Request) -> web.Response:
    look = "() => { looks += 1; document.getElementById('looks').value = looks; }"
    text = f'var looks = 0; garboLive.follow("/desk/events", {look});'
    return web.Response(text=text, content_type="text/javascript")


@dataclass
class Site:
    """The running site, and what stands behind it."""

    server: BaseTestServer
    room: LiveRoom
    bells: Bells
    present: Present
    under_way: set[Answering]

    def end_sessions(self) -> None:
        """Everybody is signed out."""
        for answering in list(self.under_way):
            answering.cancel()


def live_app(pace: Pace, bells: Bells, present: Present, under_way: set[Answering]) -> tuple[web.Application, LiveRoom]:
    """The application."""
    room = LiveRoom(bells, present, pace)

    def who(app: web.Application) -> None:
        app.middlewares.append(signed_in(under_way))
        app.router.add_get("/test", only()(_page))
        app.router.add_get("/test.js", _script)

    app = create_app(
        pages=InventedPages(),
        keyring=KEYRING,
        clock=FixedClock(),
        ready=dict,
        metrics=bytes,
        deliveries=NoDeliveries(),
        rooms=(who, room),
    )
    return app, room


@asynccontextmanager
async def live_site(pace: Pace, *, port: int | None = None) -> AsyncIterator[Site]:
    """The site on this port, else on one of its own."""
    bells, present, under_way = Bells(), Present(), set[Answering]()
    app, room = live_app(pace, bells, present, under_way)
    async with TestServer(app, port=port) as server:
        yield Site(server, room, bells, present, under_way)


@asynccontextmanager
async def listening(site: Site, path: str = "/desk/events", *, who: str = "anna.operator") -> AsyncIterator[Stream]:
    """A browser's stream; its connection is closed at the end."""
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as browser,
        browser.get(site.server.make_url(path), headers={"Cookie": f"person={who}"}) as stream,
    ):
        yield stream


async def event(stream: Stream, *, within_s: float = 5.0) -> dict[str, str]:
    """The next event, by its fields; a comment has the empty name. Raises EOFError: the stream is over."""
    said: dict[str, str] = {}
    async with asyncio.timeout(within_s):
        while True:
            line = (await stream.content.readline()).decode()
            if not line:
                raise EOFError
            if not line.strip():
                return said
            name, _, value = line.strip().partition(":")
            said[name] = value.strip()


async def eventually(holds: Any, *, within_s: float = 10.0) -> None:
    """Return as soon as this holds."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110  nobody tells when a connection was noticed to be gone
            await asyncio.sleep(0.01)
