"""A site with people who can sign in, over a real database; for every test that needs somebody at the desk."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import BaseTestServer, TestServer
from argon2 import PasswordHasher
from yarl import URL

from ari_app.desk.seats import Seats
from ari_app.desk.signing_in import SigningIn
from ari_app.policy.request import Operator, Role
from ari_app.ports.clock import Clock
from ari_app.ports.sign_in import SignedIn
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings
from ari_app.stores.logins import SqlLogins
from ari_app.stores.passwords import Passwords
from ari_app.stores.phones import SqlPhones
from ari_app.stores.tokens import SqlTokens
from ari_app.stores.web_sessions import SqlWebSessions
from ari_app.web import create_app
from ari_app.web.access import only, person_of
from ari_app.web.sign_in import phones_room, sign_in_room
from tests.web.conftest import KEYRING, InventedPages, NoDeliveries

PASSWORD = "un gatto sul tetto (test)"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEOPLE = (
    Operator(id="anna", endpoint="PJSIP/101", language="it", name="Anna Rossi"),
    Operator(id="bruno", endpoint="PJSIP/102", language="en"),
    Operator(id="sara", endpoint="", language="it", role=Role.SUPERVISOR),
    Operator(id="adam", endpoint="", language="en", role=Role.ADMIN),
    Operator(id="aude", endpoint="", language="en", role=Role.AUDITOR),
)


@dataclass(slots=True)
class MovingClock:
    """The present, moved by hand."""

    at: datetime = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def pass_by(self, time: timedelta) -> None:
        """Set it forward."""
        self.at += time


@dataclass(slots=True)
class Heard:
    """Implements ports.observer.Observer."""

    said: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def event(self, name: str, **values: object) -> None:
        self.said.append((name, values))

    def measure(self, name: str, value: float) -> None:
        raise NotImplementedError


class CountingSessions(SqlWebSessions):
    """Counts what is looked up."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self.looked_up = 0
        self._looks: asyncio.Queue[None] = asyncio.Queue()

    async def of(self, secret: str) -> SignedIn | None:
        self.looked_up += 1
        found = await super().of(secret)
        self._looks.put_nowait(None)
        return found

    async def next_look(self) -> None:
        """Wait until somebody is looked up from now on."""
        while not self._looks.empty():
            self._looks.get_nowait()
        await self._looks.get()


@dataclass(slots=True)
class Site:
    """The site, its people and what was heard."""

    server: BaseTestServer
    app: web.Application
    database: Database
    clock: MovingClock
    heard: Heard
    moved: list[str]
    logins: SqlLogins
    sessions: CountingSessions
    seats: Seats
    tokens: SqlTokens

    @asynccontextmanager
    async def browser(self, **headers: str) -> AsyncIterator["Browser"]:
        """Somebody who opens pages, with cookies of their own."""
        jar = CookieJar(unsafe=True)  # cookies of an address that is no name
        async with ClientSession(self.server.make_url("/"), headers=headers, cookie_jar=jar) as client:
            yield Browser(client, self.server.make_url("/"))


@dataclass(slots=True)
class Browser:
    """A client that knows its way through forms."""

    client: ClientSession
    root: URL

    @property
    def cookies(self) -> dict[str, str]:
        """Those that it would send."""
        return {each.key: each.value for each in self.client.cookie_jar}

    async def get(self, path: str, **kwargs: Any) -> tuple[ClientResponse, str]:
        """A page; redirects are not followed."""
        async with self.client.get(path, allow_redirects=False, **kwargs) as answer:
            return answer, await answer.text()

    async def post(self, path: str, fields: Any, **kwargs: Any) -> tuple[ClientResponse, str]:
        """Send a form; redirects are not followed."""
        async with self.client.post(path, data=fields, allow_redirects=False, **kwargs) as answer:
            return answer, await answer.text()

    def plant(self, **cookies: str) -> None:
        """Put cookies into the browser."""
        self.client.cookie_jar.update_cookies(cookies, self.root)

    async def form(self, path: str = "/login", field: str = "form") -> str:
        """The hidden field of a form."""
        _, text = await self.get(path)
        found = re.search(rf'name="{field}" value="([^"]*)"', text)
        assert found is not None, text
        return found[1]

    async def sign_in(self, name: str, password: str = PASSWORD, *, to: str = "", **kwargs: Any) -> ClientResponse:
        """Fill in the form."""
        token = await self.form()
        fields = {"name": name, "password": password, "form": token, "to": to}
        return (await self.post("/login", fields, **kwargs))[0]


def with_pages(app: web.Application) -> None:
    """A room of pages that say who asks."""

    async def who(request: web.Request) -> web.Response:
        return web.Response(text=f"{person_of(request).id} {person_of(request).name}")

    async def lasting(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"open\n")
        await asyncio.Event().wait()
        return response

    app.router.add_get("/desk", only(Role.OPERATOR)(who))
    app.router.add_get("/floor", only(Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)(who))
    app.router.add_post("/desk/note", only(Role.OPERATOR)(who))
    app.router.add_get("/desk/events", only()(lasting))


@asynccontextmanager
async def site_over(url: str, *, secure: bool = False, look_again_s: float = 20.0) -> AsyncIterator[Site]:
    """The whole site over this database, with everybody's password set."""
    database, clock, heard = Database.open(StoreSettings(url=url)), MovingClock(), Heard()
    moved: list[str] = []
    logins, sessions = SqlLogins(database, Passwords(QUICK), clock), CountingSessions(database, clock)
    for person in PEOPLE:
        Directory(database).add_operator(person)
        logins.book.set_password(person.id, PASSWORD, must_change=False)
    seats = Seats(SqlPhones(database, clock), observer=heard, moved=moved.append)
    tokens = SqlTokens(database, clock)
    signing_in = SigningIn(
        logins=logins, sessions=sessions, seats=seats, clock=clock, observer=heard, refusal_after=timedelta()
    )

    async def sweep() -> None:
        await sessions.sweep()
        await seats.sweep()

    app = create_app(
        pages=InventedPages(),
        keyring=KEYRING,
        clock=clock,
        ready=dict,
        metrics=bytes,
        deliveries=NoDeliveries(),
        rooms=(
            sign_in_room(signing_in, secure=secure, sweep=sweep, look_again_s=look_again_s),
            phones_room(seats, tokens.granted),
            with_pages,
        ),
    )
    async with TestServer(app) as server:
        yield Site(server, app, database, clock, heard, moved, logins, sessions, seats, tokens)
    database.close()
