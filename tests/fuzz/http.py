"""
The HTTP API, to be fed: a real server over a real SQLite file in a folder of its own, opened when it is first fed.

    status, body = await feed("POST", "/api/v1/verdicts", {"Content-Type": "application/json"}, b"{}")

A request without `Authorization` bears a token that holds. `stop` ends the server, before the loop does.
"""

import io
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from yarl import URL

from ari_app.stores.engine import StoreSettings, open_engine
from ari_app.stores.migrations import upgrade
from tests.web.api.over import Api, api_over


@dataclass
class _Served:
    api: Api
    stack: AsyncExitStack


_served: list[_Served] = []


async def fed() -> Api:
    """The API that is fed; its room is the gate's, whose judge its callers may ask as well."""
    if not _served:
        stack = AsyncExitStack()
        folder = Path(tempfile.mkdtemp(prefix="garbo-fuzz-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        url = f"sqlite:///{folder / 'garbo.db'}"
        engine = open_engine(StoreSettings(url=url, create=True))
        upgrade(engine)
        engine.dispose()
        api = await stack.enter_async_context(api_over(url, folder, per_minute=1_000_000))
        _served.append(_Served(api, stack))
    return _served[0].api


async def feed(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Send one request, and give its answer. Raises what the client does of a request that cannot be sent."""
    api = await fed()
    given = {"Authorization": f"Bearer {api.token}", **headers}
    api.ticks.at += 1
    url = URL(f"{api.server.make_url('/')}{path.lstrip('/')}", encoded=True)
    async with api.session.request(method, url, headers=given, data=io.BytesIO(body) if body else None) as answer:
        return answer.status, await answer.read()


async def stop() -> None:
    """End the server."""
    while _served:
        await _served.pop().stack.aclose()
