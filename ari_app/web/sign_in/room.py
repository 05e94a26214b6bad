"""What this part adds to the site."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from ari_app.ports.verdicts import StoreError
from ari_app.web.access import only
from ari_app.web.application import Room
from ari_app.web.bearer import Granted
from ari_app.web.places import AT_A_PHONE
from ari_app.web.sign_in.cookies import Cookies
from ari_app.web.sign_in.pages import SignInPages
from ari_app.web.sign_in.phone_api import PATH, PhoneApi
from ari_app.web.sign_in.phone_page import PHONE, PhonePage
from ari_app.web.sign_in.services import Seats, SigningIn
from ari_app.web.sign_in.session import LOOK_AGAIN_S, session_middleware
from ari_app.web.sign_in.ways import LOGIN, LOGOUT, PASSWORD

_SWEEP_EVERY_S = 60.0


def sign_in_room(
    signing_in: SigningIn,
    *,
    secure: bool,
    sweep: Callable[[], Awaitable[None]],
    look_again_s: float = LOOK_AGAIN_S,
) -> Room:
    """
    Signing in, and who is; before every other part that asks.

    `secure`: browsers come over HTTPS. `sweep` is called every minute, for what has run out.
    """
    cookies = Cookies(secure=secure)
    pages = SignInPages(signing_in, cookies)

    async def sweeping(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_sweep(sweep), name="sessions")
        yield
        task.cancel()
        await asyncio.wait({task})

    def room(app: web.Application) -> None:
        app.middlewares.append(session_middleware(signing_in, cookies, look_again_s=look_again_s))
        app.cleanup_ctx.append(sweeping)
        app.router.add_get(LOGIN, pages.login)
        app.router.add_post(LOGIN, pages.sign_in)
        app.router.add_post(LOGOUT, only()(pages.sign_out))
        app.router.add_get(PASSWORD, only()(pages.password))
        app.router.add_post(PASSWORD, only()(pages.change_password))

    return room


def phones_room(seats: Seats, granted: Granted) -> Room:
    """At which phone somebody sits, for people and for programs with a token."""
    page, api = PhonePage(seats), PhoneApi(seats, granted)

    def room(app: web.Application) -> None:
        callers = only(*AT_A_PHONE)
        app.router.add_get(PHONE, callers(page.show))
        app.router.add_post(PHONE, callers(page.take))
        app.router.add_post(f"{PHONE}/leave", callers(page.leave))
        app.router.add_put(PATH, api.put)
        app.router.add_delete(PATH, api.delete)

    return room


async def _sweep(sweep: Callable[[], Awaitable[None]]) -> None:
    while True:
        with suppress(StoreError):  # what has run out is nobody's, swept or not
            await sweep()
        await asyncio.sleep(_SWEEP_EVERY_S)
