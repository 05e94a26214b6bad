"""
The middleware that says who asks for a page.

What is not cookies' business costs nothing: no look-up for health, metrics, static files, links and the API, nor for a
browser without a cookie. An answer that lasts, such as a desk's events, ends with the session.
"""

import asyncio
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Middleware

from ari_app.ports.sign_in import SignedIn
from ari_app.ports.verdicts import StoreError
from ari_app.web.access import PERSON, Handler, Person
from ari_app.web.sign_in.cookies import Cookies
from ari_app.web.sign_in.services import SigningIn
from ari_app.web.sign_in.ways import LOGOUT, PASSWORD

_NOBODYS = ("/static/", "/s/", "/api/")
_NOBODYS_PAGES = frozenset({"/healthz", "/readyz", "/metrics"})
_WITH_OLD_PASSWORD = (PASSWORD, LOGOUT)
LOOK_AGAIN_S = 20.0


def session_middleware(signing_in: SigningIn, cookies: Cookies, *, look_again_s: float = LOOK_AGAIN_S) -> Middleware:
    """`look_again_s`: how often it is asked whether the session of a lasting answer still holds."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path
        secret = "" if path.startswith(_NOBODYS) or path in _NOBODYS_PAGES else cookies.secret_of(request)
        held = await signing_in.signed_in(secret) if secret else None
        if held is None:
            return await handler(request)
        if held.must_change and path not in _WITH_OLD_PASSWORD:
            raise web.HTTPSeeOther(PASSWORD)
        request[PERSON] = _person(held)
        if request.method != "GET":  # it does not last, and may be what ends the session
            return await handler(request)
        return await _while_signed_in(asyncio.ensure_future(handler(request)), signing_in, secret, look_again_s)

    return middleware


async def _while_signed_in(
    answering: "asyncio.Future[web.StreamResponse]", signing_in: SigningIn, secret: str, look_again_s: float
) -> web.StreamResponse:
    """The answer; it is cut off when the session is over."""
    try:
        while not (await asyncio.wait({answering}, timeout=look_again_s))[0]:
            with suppress(StoreError):  # nobody knows; the next look may
                if await signing_in.signed_in(secret) is None:
                    answering.cancel()
        return await answering
    except asyncio.CancelledError:
        answering.cancel()
        await asyncio.wait({answering})
        raise


def _person(held: SignedIn) -> Person:
    return Person(id=held.operator, name=held.name, language=held.language, role=held.role, csrf=held.csrf)
