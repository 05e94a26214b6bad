"""A receiver of webhooks on loopback, and an outbox in a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.stores.databases import database, database_url

__all__ = ["database", "database_url"]


@dataclass
class Receiver:
    """What was told, and how the next ones are answered."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    """Taken from the front; empty: 204."""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Takes everything, unless told otherwise."""
    kept = Receiver()

    async def take(request: web.Request) -> web.Response:
        kept.got.append((dict(request.headers), await request.read()))
        return web.Response(status=kept.statuses.pop(0) if kept.statuses else 204, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_post("/{anywhere:.*}", take)
    async with TestServer(app) as server:
        kept.url = str(server.make_url("/calls"))
        yield kept
