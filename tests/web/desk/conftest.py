"""The desk's page served over an invented floor, and people at it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from aiohttp.test_utils import TestClient, TestServer

from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from ari_app.web import create_app
from ari_app.web.desk import desk_room
from tests.stores.databases import fresh
from tests.stores.samples import KEYRING
from tests.web.conftest import InventedPages, NoDeliveries
from tests.web.desk.floor import PEOPLE, Floor, door

Client: TypeAlias = "TestClient[Any, Any]"


@pytest.fixture
def floor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Floor]:
    """Nobody is in a call yet."""
    database = Database.open(StoreSettings(url=fresh(request, tmp_path, "sqlite")))
    yield Floor(database)
    database.close()


@pytest.fixture
async def server(floor: Floor) -> AsyncIterator[TestServer]:
    """The site with the desk in it."""
    app = create_app(
        pages=InventedPages(),
        keyring=KEYRING,
        clock=floor.clock,
        ready=dict,
        metrics=bytes,
        deliveries=NoDeliveries(),
        rooms=(door(floor.board), desk_room(floor.services())),
    )
    running = TestServer(app)
    async with running:
        yield running


class Desk:
    """Somebody's browser without JavaScript."""

    def __init__(self, client: Client, who: str) -> None:
        """Signed in as `who`."""
        self.client = client
        self.who = who

    async def get(self, path: str = "/desk") -> str:
        """A page that there is."""
        async with self.client.get(path, cookies={"person": self.who}) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def send(self, path: str, **fields: str) -> tuple[int, str]:
        """Status and text of the answer to a form; redirects are not followed."""
        return await self._post(path, fields, {})

    async def swap(self, path: str, **fields: str) -> tuple[int, str]:
        """The same as `desk.js` sends it: the answer is the pane."""
        return await self._post(path, fields, {"X-Garbo-Pane": "1"})

    async def _post(self, path: str, fields: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
        async with self.client.post(
            path,
            data={"csrf": PEOPLE[self.who].csrf, **fields},
            headers=headers,
            cookies={"person": self.who},
            allow_redirects=False,
        ) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    """One connection for everybody; the cookies are said each time."""
    asking: Client
    async with TestClient(server) as asking:
        yield asking


@pytest.fixture
def anna(client: Client) -> Desk:
    """Anna, who reads Italian."""
    return Desk(client, "anna")


@pytest.fixture
def bruno(client: Client) -> Desk:
    """Bruno, who reads English."""
    return Desk(client, "bruno")
