"""The headers that every answer of the site carries: pages, files, the API, refusals and what breaks."""

import asyncio

from aiohttp import web

from tests.web.site.harness import WiredSite
from tests.web.site.installation import CALLEES

_ALWAYS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LASTING = ("/desk/events", "/floor/events")


def _holds(headers: dict[str, str], where: object) -> None:
    for name, value in _ALWAYS.items():
        assert headers.get(name) == value, (where, name)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, where
    assert "frame-ancestors 'none'" in policy, where
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", ""), where
    assert "Server" not in headers, where


async def test_every_answer_of_every_route_carries_them(site: WiredSite) -> None:
    """As the router has them, to people and to nobody; with 404, 405, 413, 422 and the API's 401 among them."""
    call = await site.talk(CALLEES[0])
    nobody = await site.browser("nobody", signed_in=False)
    statuses = set()
    for route in site.app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if path in (*_LASTING, "/logout"):
            continue
        named = {"call_id": call, "campaign": "luce", "token": "x", "id": "x", "draft": "1"}
        for name, value in {**named, "operator": "anna", "principal": "lumina"}.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path
        for person in (site.sara, nobody):
            for method in (route.method, "TRACE"):
                answer = await person.ask(method, path)
                statuses.add(answer.status)
                _holds(answer.headers, (method, path, answer.status))
    for path in ("/nothing", "/static/../garbo.css", "/static/nothing.js", "/%00", "/desk/" + "x" * 3000):
        _holds((await nobody.get(path)).headers, path)
    assert statuses >= {200, 303, 401, 403, 404, 405}


async def test_what_breaks_carries_them_and_tells_nothing(site: WiredSite) -> None:
    """A fault of the program is 500, without a traceback, and is no page that could be framed or kept."""

    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("+393330001001 and postgresql://garbo:hunter2@db/x")

    site.app.router._frozen = False
    site.app.router.add_get("/broken", broken)
    answer = await site.anna.get("/broken")
    assert answer.status == 500
    _holds(answer.headers, "/broken")
    assert "hunter2" not in answer.text
    assert "+39333" not in answer.text


async def test_what_is_no_http_reflects_nothing(site: WiredSite) -> None:
    """It never comes to a page: what was sent may come back, but as plain text that no browser runs."""
    reader, writer = await asyncio.open_connection(site.root.host, site.root.port)
    writer.write(b"GET /<script>alert(1)</script> HTTP/1.1\r\nHost: x\r\nBad Header<script>: y\r\n\r\n")
    answer = await reader.read(65536)
    writer.close()
    assert answer.startswith(b"HTTP/1.")
    assert b" 400 " in answer.partition(b"\r\n")[0]
    assert b"\r\nContent-Type: text/plain; charset=utf-8\r\n" in answer
