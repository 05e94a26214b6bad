"""Sign-in as `main` wires it: real hashes, cookies by the configured address, sweeping beside the site."""

from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from ari_app.config import load_settings, read_or_create_keyring
from ari_app.main import first_admin, open_database, sign_in_desk
from ari_app.policy.request import Role
from ari_app.stores import installation
from ari_app.web import create_app
from ari_app.web.access import Person
from tests.stores.databases import fresh
from tests.web.conftest import KEYRING, InventedPages, NoDeliveries
from tests.web.signing_in import Browser, Heard, MovingClock


@pytest.mark.parametrize(
    ("public_url", "cookie"), [("http://127.0.0.1:8090", "garbo="), ("https://x", "__Host-garbo=")]
)
async def test_the_first_admin_signs_in(
    request: pytest.FixtureRequest, tmp_path: Path, public_url: str, cookie: str
) -> None:
    """With the password that `garbo init` showed, and is asked for another."""
    file = tmp_path / "garbo.toml"
    file.write_text(f'[database]\nurl = "{fresh(request, tmp_path, "sqlite")}"\n[web]\npublic_url = "{public_url}"\n')
    settings = load_settings(file, {})
    database = open_database(settings)
    installation.claim(database, read_or_create_keyring(settings.privacy.hash_key_file).key_id)
    password = first_admin(settings, "admin", language="it")
    clock = MovingClock()
    desk = sign_in_desk(settings, database, clock=clock, observer=Heard(), moved=lambda _: None)
    app = create_app(
        pages=InventedPages(),
        keyring=KEYRING,
        clock=clock,
        ready=dict,
        metrics=bytes,
        deliveries=NoDeliveries(),
        rooms=desk.rooms,
    )
    async with TestServer(app) as server:
        form = f"{'__Host-' if cookie.startswith('__') else ''}garbo-form={'A' * 43}"
        async with ClientSession(
            server.make_url("/"), headers={"Cookie": form}, cookie_jar=CookieJar(unsafe=True)
        ) as client:
            browser = Browser(client, server.make_url("/"))
            fields = {"name": "admin", "password": password or "", "form": "A" * 43}
            answer, _ = await browser.post("/login", fields)
            assert (answer.status, answer.headers["Location"]) == (303, "/password")
            assert answer.headers["Set-Cookie"].startswith(cookie)
    scope = await desk.workers.figures_scope(Person(id="admin", name="a", language="it", role=Role.ADMIN, csrf=""))
    assert (scope.singly, scope.teams, scope.may_see("admin")) == (False, (), True)
    database.close()
