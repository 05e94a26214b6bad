"""
Who is signed in, and what that lets them see: pages say which roles they are for, and ask for nothing else.

The middleware that reads the session's cookie puts a `Person` into the request; a page without one leads to `/login`.
A request that changes something carries the session's token in the field `csrf`, or in the header `X-CSRF-Token`.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeAlias
from urllib.parse import quote

from aiohttp import web

from ari_app.policy.request import Role
from ari_app.web.forms import FORMS, fields_of

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in at this browser."""

    id: str
    """An operator's id, whatever their role."""
    name: str
    language: str
    role: Role
    csrf: str
    """What a form must send back."""


PERSON: web.RequestKey[Person] = web.RequestKey("person", Person)


def person_of(request: web.Request) -> Person:
    """Who is signed in. Raises KeyError: nobody is; `only` lets no such request through."""
    return request[PERSON]


def only(*roles: Role) -> Callable[[Handler], Handler]:
    """A page for these roles; none named: for everybody who is signed in."""

    def guarded(handler: Handler) -> Handler:
        @wraps(handler)
        async def page(request: web.Request) -> web.StreamResponse:
            person, reading = request.get(PERSON), request.method in _READING
            if person is None:
                # What was to be changed is not to be read at that address afterwards.
                raise web.HTTPSeeOther(f"/login?to={quote(request.path_qs)}" if reading else "/login")
            if roles and person.role not in roles:
                raise web.HTTPForbidden
            if not reading and not await _sent_token(request, person):
                raise web.HTTPForbidden
            return await handler(request)

        return page

    return guarded


async def _sent_token(request: web.Request, person: Person) -> bool:
    sent = request.headers.get("X-CSRF-Token", "")
    if not sent and request.content_type in FORMS:
        sent = (await fields_of(request)).get("csrf", "")
    return hmac.compare_digest(sent.encode(errors="replace"), person.csrf.encode())
