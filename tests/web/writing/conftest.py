"""The pages of writing over a real SQLite, with whoever a test says signed in."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from ari_app.main.desk_book import book_room
from ari_app.policy.request import Operator, Role
from ari_app.policy.scripts import Script, Situation
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings
from ari_app.stores.scripts import Scripts
from ari_app.web import create_app
from ari_app.web.access import PERSON, Person
from tests.stores.databases import fresh
from tests.stores.samples import ANNA, AUTUMN, SetClock
from tests.web.conftest import KEYRING, InventedPages, NoDeliveries

CSRF = "a token of the tests"
_ROLES = {
    "anna": Role.OPERATOR,
    "bruno": Role.OPERATOR,
    "sara": Role.SUPERVISOR,
    "pia": Role.SUPERVISOR,
    "alice": Role.ADMIN,
    "aldo": Role.AUDITOR,
}
_WHO = "X-Test-Person"


def body(version: str, words: str = "Good day.", script_id: str = "adsl") -> str:
    """A script of one step."""
    return (
        f'id = "{script_id}"\nversion = "{version}"\ntitle = {{ it = "Prova", en = "Trial" }}\n\n'
        f'[[step]]\nid = "opening"\nkind = "say"\ntext = {{ it = "Buongiorno.", en = "{words}" }}\n'
        'variant.customer = { it = "Bentornato, NAME.", en = "Welcome back." }\n'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Implements script_check.LintFinding."""

    line: int
    step: str
    what: str
    blocks: bool = True


def lint(script: Script) -> list[Wrong]:
    """Objects to nonsense."""
    return [
        Wrong(line=8, step=step.id, what="this is <nonsense>") for step in script.steps if "nonsense" in step.text["en"]
    ]


def fill(text: str, situation: Situation, *, operator: str, language: str) -> str:
    """Puts the operator's name in."""
    return text.replace("NAME", f"{operator} ({situation.customer}, {language})")


Client: TypeAlias = "TestClient[Any, Any]"


@dataclass(slots=True)
class Site:
    """The pages, asked as somebody; a form's token is sent with each form unless a test says otherwise."""

    client: Client
    database: Database
    clock: SetClock

    async def get(self, who: str, path: str, *, status: int = 200) -> str:
        """A page's text."""
        async with self.client.get(path, headers={_WHO: who}, allow_redirects=False) as answer:
            assert answer.status == status, (answer.status, await answer.text())
            return await answer.text()

    async def post(self, who: str, path: str, *, status: int = 303, token: str = CSRF, **fields: str) -> str:
        """Where a form leads, else the text of the page it comes back with."""
        form = {"csrf": token, **fields}
        async with self.client.post(path, data=form, headers={_WHO: who}, allow_redirects=False) as answer:
            text = await answer.text()
            assert answer.status == status, (answer.status, text)
            return answer.headers["Location"] if status == 303 else text

    async def draft(self, who: str, text: str, *, action: str = "submit") -> str:
        """The address of a new draft."""
        return await self.post(who, "/drafts/new", body=text, action=action)

    async def publish(self, text: str, *, must_read: str = "yes") -> None:
        """Written by Sara, approved by Pia."""
        draft = await self.draft("sara", text)
        seen = hidden(await self.get("pia", draft), "seen")
        await self.post("pia", draft, action="publish", seen=seen, must_read=must_read)

    def served(self) -> dict[str, str]:
        """Version by script."""
        return {each.id: each.version for each in Scripts(self.database, self.clock).served()}


def hidden(text: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, text
    return found[1]


@web.middleware
async def _signed_in(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    name, _, language = request.headers.get(_WHO, "").partition(":")
    if name:
        person = Person(id=name, name=name.title(), language=language or "en", role=_ROLES[name], csrf=CSRF)
        request[PERSON] = person
    return await handler(request)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Anna calls for the autumn campaign with the script adsl; Bruno for nobody."""
    opened = Database.open(StoreSettings(url=fresh(request, tmp_path, "sqlite")))
    directory = Directory(opened)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    directory.add_campaign(replace(AUTUMN, packs=(), script="adsl"))
    directory.add_operator(replace(ANNA, campaigns=("adsl-autunno",)))
    for name in ("sara", "pia", "alice", "aldo", "bruno"):
        directory.add_operator(Operator(id=name, endpoint=f"PJSIP/{name}", language="it", role=_ROLES[name]))
    yield opened
    opened.close()


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """See the class."""
    clock = SetClock()
    app = create_app(
        pages=InventedPages(),
        keyring=KEYRING,
        clock=clock,
        ready=dict,
        metrics=bytes,
        deliveries=NoDeliveries(),
        rooms=(
            lambda app: app.middlewares.append(_signed_in),
            book_room(database, clock, lint=lint, picture=_drawn, fill=fill),
        ),
    )
    async with TestServer(app) as server:
        asking: Client = TestClient(server)
        async with asking:
            yield Site(asking, database, clock)


def _drawn(script: Script, language: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg"><title>{script.id} {language}</title></svg>'
