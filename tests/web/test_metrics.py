"""The page of the metrics, over HTTP."""

import asyncio
import threading
from typing import Any, TypeAlias

from aiohttp.test_utils import TestClient

from tests.web.conftest import Scrapes

Client: TypeAlias = "TestClient[Any, Any]"


async def test_metrics_are_text_as_prometheus_reads_it(client: Client) -> None:
    """In the form that every version of it knows."""
    async with client.get("/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert await answer.text() == "garbo_build_info 1.0\n"


async def test_many_scrapes_at_once_cost_one(client: Client, scrapes: Scrapes) -> None:
    """And that one is made beside the loop, so that no verdict waits for it."""

    async def scrape() -> int:
        async with client.get("/metrics") as answer:
            return answer.status

    assert await asyncio.gather(*(scrape() for _ in range(20))) == [200] * 20
    assert len(scrapes.threads) == 1
    assert threading.main_thread().name not in scrapes.threads
