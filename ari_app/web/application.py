"""
The aiohttp application: routes, and the headers that every answer carries.

A script page shows personal data under an unguessable, expiring link, and the desk shows more. So nothing is cached,
indexed, framed or sent on as a referrer, and no line of script or style inside a page would run: what runs comes from
files of this server, and on the pages behind a link nothing does.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence

import aiohttp_jinja2
import jinja2
from aiohttp import web

from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreError
from ari_app.web.access import PERSON, Handler
from ari_app.web.assets import asset
from ari_app.web.call_page import call_page
from ari_app.web.deliveries import Deliveries, add_delivery_routes
from ari_app.web.metrics import MetricsPage
from ari_app.web.pages import Pages, Ready
from ari_app.web.problems import problem
from ari_app.web.rendering import render
from ari_app.web.words import WORDS, language_of

_STILL = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_AT_WORK = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_LINKED = "/s/"
"""Pages that need no sign-in, behind a link."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_ONLY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
"""Where browsers come over HTTPS: they never come without it again."""
_SHUTDOWN_S = 2.0
_REFUSED = {400: "unreadable", 403: "forbidden", 404: "not_found", 405: "other_method", 413: "too_large"}
"""What is refused in words."""
_API = "/api/"

Room = Callable[[web.Application], None]
"""Adds a part of the site to it: its routes, and middlewares that it needs."""


def create_app(
    *,
    pages: Pages,
    keyring: Keyring,
    clock: Clock,
    ready: Ready,
    metrics: Callable[[], bytes],
    deliveries: Deliveries,
    rooms: Sequence[Room] = (),
    https: bool = False,
) -> web.Application:
    """
    The application; it owns none of what it is given. `metrics` makes their page, on any thread.

    `https`: browsers come over it, whether it ends here or at a proxy.
    """
    app = web.Application(middlewares=[_plain_errors])
    # Jinja's own loaders read from the package, and escape every value. The package stays as it is while this runs, so
    # its files are not looked at again for each page.
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.PackageLoader("ari_app.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
    app.on_response_prepare.append(_guard)
    if https:
        app.on_response_prepare.append(_guard_https)

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        parts = dict(ready())
        well = all(parts.values())
        return web.json_response({"ready": well, **parts}, status=200 if well else 503)

    async def script_page(request: web.Request) -> web.StreamResponse:
        call_id = keyring.call_of_link(request.match_info["token"], clock.now())
        record = await pages.call(call_id) if call_id else None
        if record is None:
            # The same page for forged, expired and forgotten links: it tells nobody which calls there are.
            return _message(request, "not_found", 404)
        script = await pages.script(record.script.id, record.script.version) if record.script else None
        return render(request, "call.html", call_page(record, script))

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", MetricsPage(metrics).serve)
    app.router.add_get("/s/{token}", script_page)
    app.router.add_get("/static/garbo.css", asset("garbo.css", "text/css"))
    app.router.add_get("/static/live.js", asset("live.js", "text/javascript"))
    app.router.add_get("/static/garbo.svg", asset("garbo.svg", "image/svg+xml"))
    add_delivery_routes(app, deliveries)
    for room in rooms:
        room(app)
    return app


async def serve_pages(
    *,
    host: str,
    port: int,
    pages: Pages,
    keyring: Keyring,
    clock: Clock,
    ready: Ready,
    metrics: Callable[[], bytes],
    deliveries: Deliveries,
    rooms: Sequence[Room] = (),
    https: bool = False,
    tls: ssl.SSLContext | None = None,
) -> None:
    """
    Serve until cancelled; requests under way may finish. Raises OSError: the port is taken.

    `tls`: HTTPS ends here, with this certificate.
    """
    app = create_app(
        pages=pages,
        keyring=keyring,
        clock=clock,
        ready=ready,
        metrics=metrics,
        deliveries=deliveries,
        rooms=rooms,
        https=https,
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _guard(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    # An image has a policy of its own; it may only ever be a stricter one.
    response.headers.setdefault("Content-Security-Policy", _STILL if request.path.startswith(_LINKED) else _AT_WORK)
    response.headers.popall("Server", None)


async def _guard_https(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_ONLY_HTTPS)


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as refused:
        which = _REFUSED.get(refused.status)
        if which is None:
            raise
        answer = _message(request, which, refused.status)
        if "Allow" in refused.headers:
            answer.headers["Allow"] = refused.headers["Allow"]
        return answer
    except StoreError:
        return _message(request, "unavailable", 503)


def _message(request: web.Request, which: str, status: int) -> web.StreamResponse:
    if request.path.startswith(_API):
        return problem(status, WORDS["en"][f"{which}_text"])
    person = request.get(PERSON)
    language = language_of(person.language if person else request.headers.get("Accept-Language", "")[:2].lower())
    words = WORDS[language]
    context: dict[str, object] = {
        "language": language,
        "words": words,
        "title": words[which],
        "text": words[f"{which}_text"],
    }
    if which == "unavailable":  # what the header leads to is not there either
        context["header"] = None
    return render(request, "message.html", context, status=status)
