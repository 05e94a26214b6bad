"""
The middleware that says who asks for a page.

What is not cookies' business costs nothing: no look-up for health, metrics, static files, links and the API, nor for a
browser without a cookie. An answer that lasts, such as a desk's events, ends with the session: at once where it was
ended through this gate, and by the next look where it was ended elsewhere or has run out.
"""

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from ari_app.ports.sign_in import SignedIn
from ari_app.ports.verdicts import StoreError
from ari_app.web.access import PERSON, Handler, Person
from ari_app.web.sign_in.cookies import Cookies
from ari_app.web.sign_in.services import SigningIn
from ari_app.web.sign_in.ways import LOGIN, LOGOUT, PASSWORD

_NOBODYS = ("/static/", "/s/", "/api/")
_NOBODYS_PAGES = frozenset({"/healthz", "/readyz", "/metrics"})
_WITH_OLD_PASSWORD = (PASSWORD, LOGOUT)
_ENDS_SESSIONS = (LOGIN, LOGOUT, PASSWORD)
"""Whoever signs in anew at a browser ends what was there before; another password ends every session of theirs."""
LOOK_AGAIN_S = 20.0


def session_middleware(signing_in: SigningIn, cookies: Cookies, *, look_again_s: float = LOOK_AGAIN_S) -> Middleware:
    """`look_again_s`: how often it is asked whether the session of a lasting answer still holds."""
    lasting = _Lasting(signing_in, look_again_s)

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
        if request.method == "GET":
            return await lasting.answered(asyncio.ensure_future(handler(request)), held.operator, secret)
        try:  # it does not last, and may be what ends the session
            return await handler(request)
        finally:
            if path in _ENDS_SESSIONS:
                lasting.look_again(held.operator)

    return middleware


class _Lasting:
    """Answers that are under way, and whose they are: each is cut off when its session is over."""

    def __init__(self, signing_in: SigningIn, look_again_s: float) -> None:
        self._signing_in = signing_in
        self._look_again_s = look_again_s
        self._under_way: dict[str, dict[asyncio.Future[web.StreamResponse], asyncio.Future[None]]] = {}
        """By operator; beside each answer what is done when it is time to look."""

    def look_again(self, operator: str) -> None:
        """A session of theirs may have ended just now."""
        for called in self._under_way.get(operator, {}).values():
            if not called.done():
                called.set_result(None)

    async def answered(
        self, answering: "asyncio.Future[web.StreamResponse]", operator: str, secret: str
    ) -> web.StreamResponse:
        """The answer, or its end with the session."""
        loop, theirs = asyncio.get_running_loop(), self._under_way.setdefault(operator, {})
        theirs[answering] = loop.create_future()
        try:
            while not await self._answered_first(answering, theirs[answering]):
                theirs[answering] = loop.create_future()  # before the look: what ends meanwhile is looked at once more
                with suppress(StoreError):  # nobody knows; the next look may
                    if await self._signing_in.signed_in(secret) is None:
                        answering.cancel()
            return await answering
        except asyncio.CancelledError:
            answering.cancel()
            await asyncio.wait({answering})
            raise
        finally:
            del theirs[answering]
            if not theirs:
                self._under_way.pop(operator, None)

    async def _answered_first(
        self, answering: "asyncio.Future[web.StreamResponse]", called: "asyncio.Future[None]"
    ) -> bool:
        either: set[asyncio.Future[Any]] = {answering, called}
        await asyncio.wait(either, timeout=self._look_again_s, return_when=asyncio.FIRST_COMPLETED)
        return answering.done()


def _person(held: SignedIn) -> Person:
    return Person(id=held.operator, name=held.name, language=held.language, role=held.role, csrf=held.csrf)
