"""A brand's webhook over real HTTP, on both engines: who may send, what is taken, and that the next verdict knows."""

import gzip
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from ari_app.config import load_settings, read_or_create_keyring
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom, open_courtroom
from ari_app.main.deliveries import BrandDeliveries
from ari_app.policy.request import Ask, Campaign, Door, Purpose
from ari_app.ports.tokens import TokenScope
from ari_app.stores import installation
from ari_app.stores.directory import Directory
from ari_app.stores.tokens import SqlTokens
from ari_app.web import create_app
from tests.stores.databases import database_url
from tests.web.conftest import InventedPages

__all__ = ["database_url"]

Client: TypeAlias = "TestClient[Any, Any]"
MARIO = {"number": "333 000 1234", "status": "current"}
PATH = "/api/v1/principals/fastnet/customers"
ADSL = Campaign(
    id="adsl",
    principal="fastnet",
    purpose=Purpose.ACQUISITION,
    sector="telecom",
    packs=(),
    trunk="trunk",
    caller_id="+390200000001",
    region="IT",
)


@dataclass
class Brand:
    """A brand with its token, and the gate that it sends to."""

    client: Client
    room: Courtroom
    tokens: SqlTokens
    secret: str
    token_id: str

    async def send(self, said: object, *, path: str = PATH, **headers: str) -> tuple[int, dict[str, Any]]:
        """Status and document of the answer; a header that is empty is not sent."""
        sent = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        given = {name: value for name, value in sent.items() if value}
        skipped = [name for name in ("Content-Type",) if not sent[name]]
        async with self.client.post(path, data=io.BytesIO(body), headers=given, skip_auto_headers=skipped) as answer:
            told = json.loads(await answer.text())
            if answer.status != 200:
                assert answer.content_type == "application/problem+json"
                assert told["status"] == answer.status
                assert told["title"]
                assert told["detail"]
            return answer.status, told

    async def codes(self) -> list[str]:
        """Reasons of the next verdict on the number."""
        record = await self.room.judge.preview(Ask(dialled="333 0001234", door=Door.CHECK, campaign="adsl"))
        return [reason.code for reason in record.reasons]


@pytest.fixture
async def brand(database_url: str, tmp_path: Path) -> AsyncIterator[Brand]:
    """A gate's web side over a real database."""
    file = tmp_path / "garbo.toml"
    file.write_text(f'[database]\nurl = "{database_url}"\n')
    settings = load_settings(file, {})
    keyring, clock = read_or_create_keyring(settings.privacy.hash_key_file), SystemClock()
    database = open_database(settings)
    installation.claim(database, keyring.key_id)
    directory, tokens = Directory(database), SqlTokens(database, clock)
    for principal in ("fastnet", "telnet"):
        directory.add_principal(principal, name=principal, country="IT")
    directory.add_campaign(ADSL)
    entry, secret = tokens.create(TokenScope.CUSTOMERS, principal="fastnet")
    room = open_courtroom(settings, database)
    deliveries = BrandDeliveries(database, keyring, clock)
    app = create_app(
        pages=InventedPages(), keyring=keyring, clock=clock, ready=dict, metrics=bytes, deliveries=deliveries
    )
    client: Client
    async with TestServer(app) as server, TestClient(server) as client:
        yield Brand(client, room, tokens, secret, entry.id)
    await room.close()
    database.close()


async def test_the_very_next_verdict_knows(brand: Brand) -> None:
    """Who signed is not called any more; who left is; an older word that comes late undoes nothing."""
    assert await brand.codes() == []
    status, report = await brand.send(MARIO)
    assert (status, report) == (200, {"read": 1, "added": 1, "updated": 0, "unchanged": 0})
    assert await brand.codes() == ["already_customer"]
    _, report = await brand.send([{**MARIO, "status": "ended", "as_of": "2026-01-01"}])
    assert report == {"read": 1, "added": 0, "updated": 0, "unchanged": 1}
    assert await brand.codes() == ["already_customer"]
    assert (await brand.send([{**MARIO, "status": "ended"}]))[1]["updated"] == 1
    assert await brand.codes() == []


async def test_a_word_that_was_said_anew_is_as_new_as_that(brand: Brand) -> None:
    """So what lies between the two and comes last is older."""
    await brand.send({**MARIO, "as_of": "2026-01-01"})
    await brand.send({**MARIO, "as_of": "2026-03-01"})
    await brand.send({**MARIO, "status": "ended", "as_of": "2026-02-01"})
    assert await brand.codes() == ["already_customer"]


async def test_the_same_again_changes_nothing(brand: Brand) -> None:
    """With a key or without; the same key for something else is a conflict, and changes nothing either."""
    first = await brand.send(MARIO, Idempotency_Key="2026-11-24/1")
    assert await brand.send(MARIO, Idempotency_Key="2026-11-24/1") == first
    assert (await brand.send(MARIO))[1]["unchanged"] == 1
    status, _ = await brand.send({**MARIO, "status": "ended"}, Idempotency_Key="2026-11-24/1")
    assert status == 409
    assert await brand.codes() == ["already_customer"]
    assert (await brand.send(MARIO, Idempotency_Key="à" * 3))[0] == 400


async def test_one_bad_item_and_nothing_is_taken(brand: Brand) -> None:
    """422, with a pointer to each."""
    status, told = await brand.send([MARIO, {"number": "333 000 1235", "status": "perhaps"}, {"number": "x"}])
    assert status == 422
    assert [error["pointer"] for error in told["errors"]] == ["/1/status", "/2"]
    assert all(error["detail"] for error in told["errors"])
    assert await brand.codes() == []


async def test_a_thousand_at_once(brand: Brand) -> None:
    """As many as are allowed."""
    many = [{"number": f"+39333{n:07}", "status": "current"} for n in range(1000)]
    assert (await brand.send(many))[1]["added"] == 1000
    assert (await brand.send([*many, MARIO]))[0] == 422


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Basic Z2FyYm86Z2FyYm8="}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer garbo_nothing"}, 401),
        ({"Authorization": "Bearer garbo_" + "A" * 43}, 401),
        ({"Authorization": "Bearer " + "\u00e9" * 10}, 401),
        ({"Content_Type": "text/csv"}, 415),
        ({"Content_Type": "text/json"}, 415),
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
    ],
)
async def test_what_is_not_read_at_all(brand: Brand, headers: dict[str, str], status: int) -> None:
    """No token, another kind of one, a made-up one; and what is no JSON."""
    assert (await brand.send(MARIO, **headers))[0] == status
    assert await brand.codes() == []


async def test_compressed_is_not_read(brand: Brand) -> None:
    """However small it is."""
    assert (await brand.send(gzip.compress(json.dumps(MARIO).encode(), mtime=0), Content_Encoding="gzip"))[0] == 415


async def test_a_token_is_good_for_its_own_brand_and_its_own_use(brand: Brand) -> None:
    """Another brand's, one for verdicts, one that was revoked; whether there is such a brand is not told."""
    _, other = brand.tokens.create(TokenScope.CUSTOMERS, principal="telnet")
    _, verdicts = brand.tokens.create(TokenScope.VERDICTS, principal="fastnet")
    _, any_verdicts = brand.tokens.create(TokenScope.VERDICTS, principal=None)
    for secret in (other, verdicts, any_verdicts):
        assert (await brand.send(MARIO, Authorization=f"Bearer {secret}"))[0] == 403
    for path in (PATH.replace("fastnet", "telnet"), PATH.replace("fastnet", "nobody"), PATH.replace("fast", "fast%20")):
        assert (await brand.send(MARIO, path=path))[0] == 403
    assert (await brand.send(MARIO))[0] == 200
    brand.tokens.revoke(brand.token_id)
    assert (await brand.send(MARIO))[0] == 401


async def test_too_much_is_refused(brand: Brand) -> None:
    """1 MiB and one byte, said beforehand or not."""
    assert (await brand.send(b" " * (1024 * 1024 + 1)))[0] == 413

    async def drops() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    headers = {"Authorization": f"Bearer {brand.secret}", "Content-Type": "application/json"}
    async with brand.client.post(PATH, data=drops(), headers=headers) as answer:
        assert answer.status == 413


async def test_a_database_that_is_gone_is_told_and_to_be_tried_again(brand: Brand) -> None:
    """Nothing is taken that could be lost."""
    brand.room.database.close()
    async with brand.client.post(PATH, json=MARIO, headers={"Authorization": f"Bearer {brand.secret}"}) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


async def test_other_pages_are_there_as_before(brand: Brand) -> None:
    """Health, and nothing to be read where things are sent."""
    async with brand.client.get("/healthz") as answer:
        assert answer.status == 200
    async with brand.client.get(PATH) as answer:
        assert answer.status == web.HTTPMethodNotAllowed.status_code
