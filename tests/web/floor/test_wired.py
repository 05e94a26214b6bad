"""The floor as `main` wires it, over an installation of its own."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from typer.testing import CliRunner

from ari_app.cli.app import app as commands
from ari_app.config import Settings, load_settings, read_keyring
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import open_courtroom
from ari_app.main.desk_floor import desk_floor
from ari_app.web import create_app
from tests.cli.conftest import CAMPAIGN
from tests.web.conftest import InventedPages, NoDeliveries
from tests.web.floor.conftest import House, Seen, with_door


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A new installation with one campaign."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GARBO_")]:
        monkeypatch.delenv(name)
    for words in (
        ["init"],
        ["principal", "add", "fastnet", "--name", "Fastnet", "--country", "IT"],
        ["campaign", "add", "adsl", *CAMPAIGN, "--pack", "it"],
    ):
        assert CliRunner().invoke(commands, words).exit_code == 0
    return load_settings(None, {})


class Agreed:
    """Implements desk.floor.Scopes."""

    async def figures_scope(self, _: object) -> Seen:
        """Nobody's."""
        return Seen()


async def test_every_page_opens(settings: Settings, empty_house: House) -> None:
    """With packs, scripts and lists from where the gate has them; who may hear events loads what listens to them."""
    keyring, clock = read_keyring(settings.privacy.hash_key_file), SystemClock()
    with closing(open_database(settings)) as database:
        courtroom = open_courtroom(settings, database)
        room = desk_floor(
            settings,
            courtroom,
            keyring=keyring,
            clock=clock,
            lists=lambda: None,
            health=lambda: {"ari": True, "database": True},
            scopes=Agreed(),
            correcting=empty_house,
            events=True,
        )
        site = create_app(
            pages=InventedPages(),
            keyring=keyring,
            clock=clock,
            ready=dict,
            metrics=bytes,
            deliveries=NoDeliveries(),
            rooms=(with_door, room),
        )
        async with TestClient(TestServer(site)) as client:
            for path in ("/floor", "/floor/campaigns/adsl", "/floor/calls", "/floor/operators", "/static/floor.js"):
                async with client.get(path, cookies={"person": "ada"}) as answer:
                    assert answer.status == 200, path
                    told = await answer.text()
                    assert ("/static/live.js" in told) == (path in ("/floor", "/floor/operators")), path
        await courtroom.close()
