"""The HTTP API as `main` wires it, over a real database and real sockets, with time that is moved by hand."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import BaseTestServer, TestServer

from ari_app.calls.variables import Signing
from ari_app.config import load_settings, read_or_create_keyring
from ari_app.main.books import open_database
from ari_app.main.courtroom import Courtroom, open_courtroom
from ari_app.main.guard_api import Tidying, api_services
from ari_app.main.site import Site, open_site
from ari_app.policy.request import Operator
from ari_app.ports.tokens import TokenScope
from ari_app.stores import installation
from ari_app.stores.directory import Directory
from ari_app.stores.tokens import SqlTokens
from ari_app.web import create_app
from ari_app.web.api import Services, api_room
from tests.fakes.world import START, Heard, campaign
from tests.stores.samples import SetClock
from tests.web.conftest import InventedPages, NoDeliveries

MARIO, PAOLA = "+393330000001", "+393330000002"
CAMPAIGN, NAMED, FOREIGN, STRICT = "autumn", "named", "foreign", "strict"
VERDICTS = "/api/v1/verdicts"


@dataclass
class Ticks:
    """Seconds that never go back, moved by hand."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass(frozen=True)
class Said:
    """An answer."""

    status: int
    told: Any
    """Its document; None: it has none."""
    kind: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def pointers(self) -> list[str]:
        """The places that a problem names."""
        return [fault.get("pointer", fault.get("parameter")) for fault in self.told.get("errors", ())]


@dataclass
class Api:
    """A gate's API, and who asks it."""

    server: BaseTestServer
    session: ClientSession
    room: Courtroom
    site: Site
    services: Services
    tidying: Tidying
    clock: SetClock
    ticks: Ticks
    heard: Heard
    directory: Directory
    tokens: SqlTokens
    token: str
    """For every principal."""
    theirs: str
    """For the principal of `foreign` alone."""
    signing: Signing

    async def ask(self, method: str, path: str, said: Any = None, *, token: str = "", **headers: str) -> Said:
        """Send a document, or bytes as they are; a header that is empty is not sent."""
        given = {"Authorization": f"Bearer {token or self.token}"}
        if said is not None:
            given["Content-Type"] = "application/json"
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = said if isinstance(said, bytes) or said is None else json.dumps(said).encode()
        sent = {name: value for name, value in given.items() if value}
        skipped = ["Content-Type"] if "Content-Type" not in sent else []
        url = self.server.make_url(path)
        data = io.BytesIO(body) if body is not None else None
        async with self.session.request(method, url, data=data, headers=sent, skip_auto_headers=skipped) as answer:
            raw = await answer.read()
            told = json.loads(raw) if raw else None
            return Said(answer.status, told, answer.content_type, dict(answer.headers), raw)

    async def verdict(self, number: str = MARIO, **said: Any) -> dict[str, Any]:
        """A verdict, which has to come."""
        token = said.pop("token", "")
        answer = await self.ask("POST", VERDICTS, {"number": number, "campaign": CAMPAIGN, **said}, token=token)
        assert answer.status == 200, answer.told
        told: dict[str, Any] = answer.told
        return told

    async def codes(self, number: str = MARIO, **said: Any) -> list[str]:
        """Its reasons."""
        return [reason["code"] for reason in (await self.verdict(number, **said))["reasons"]]


@asynccontextmanager
async def api_over(url: str, folder: Path, *, per_minute: int = 100_000) -> AsyncIterator[Api]:
    """Two principals, three campaigns of the one and one of the other, two operators, a token each."""
    file = folder / "garbo.toml"
    file.write_text(
        f'[database]\nurl = "{url}"\n[gate]\ndeadline_ms = 5000\n'
        f"[web]\napi_per_minute = {per_minute}\nreserved_s = 60\n"
    )
    settings = load_settings(file, {})
    keyring = read_or_create_keyring(settings.privacy.hash_key_file)
    database, clock, ticks, heard = open_database(settings), SetClock(START), Ticks(), Heard()
    installation.claim(database, keyring.key_id)
    directory, tokens = Directory(database), SqlTokens(database, clock)
    _fill(directory)
    secret = tokens.create(TokenScope.VERDICTS, principal=None)[1]
    theirs = tokens.create(TokenScope.VERDICTS, principal="rival")[1]
    room = open_courtroom(settings, database, clock=clock, observer=heard)
    room.scripts.import_files()
    room.scripts.refresh()
    hours = timedelta(hours=4)
    signing = Signing(keyring=keyring, permit_valid=hours, link_valid=hours, public_url="http://127.0.0.1")
    site = open_site(settings, room, signing, clock=clock)
    services = api_services(settings, room, desks=site.desk.desks, clock=clock, monotonic=ticks)
    app = create_app(
        pages=InventedPages(),
        keyring=keyring,
        clock=clock,
        ready=dict,
        metrics=bytes,
        deliveries=NoDeliveries(),
        rooms=(api_room(services, region="IT"),),
    )
    tidying = Tidying(services.reservations, services.answers, clock=clock, observer=heard)
    async with TestServer(app) as server, ClientSession() as session:
        yield Api(
            server=server,
            session=session,
            room=room,
            site=site,
            services=services,
            tidying=tidying,
            clock=clock,
            ticks=ticks,
            heard=heard,
            directory=directory,
            tokens=tokens,
            token=secret,
            theirs=theirs,
            signing=signing,
        )
    await room.close()
    database.close()


def _fill(directory: Directory) -> None:
    for principal in ("lumina", "rival"):
        directory.add_principal(principal, name=principal, country="IT")
    open_to_all = campaign(id=CAMPAIGN)
    strict = replace(open_to_all, id=STRICT, packs=("it",))
    for each in (open_to_all, replace(open_to_all, id=NAMED), strict):
        directory.add_campaign(each)
    directory.add_campaign(replace(open_to_all, id=FOREIGN, principal="rival"))
    directory.add_operator(Operator(id="anna", endpoint="PJSIP/101", language="it", campaigns=(NAMED,)))
    directory.add_operator(Operator(id="bruno", endpoint="PJSIP/102", language="en"))
