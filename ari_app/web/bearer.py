"""Who asks the HTTP API: bearer tokens, checked alike on every path."""

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from ari_app.ports.tokens import Grant, TokenScope
from ari_app.web.problems import problem

_BEARER = re.compile(r"(?i:bearer) +([\x21-\x7e]{1,200})")
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json")
_KEY = re.compile(r"[\x20-\x7e]{1,200}")
_KEY_HEADER = "Idempotency-Key"

Granted: TypeAlias = Callable[[str], Awaitable[Grant | None]]
"""What a token lets its bearer do; None: nothing. Raises StoreError."""


async def grant_of(request: web.Request, granted: Granted) -> Grant | None:
    """What the request's token lets do; None: it carries none that holds."""
    bearer = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
    return await granted(bearer[1]) if bearer else None


def no_token() -> web.Response:
    """The answer to a request without a token that holds."""
    return problem(401, "a token that holds is needed", headers={"WWW-Authenticate": "Bearer"})


def not_for(grant: Grant, scope: TokenScope, *, told: str) -> web.Response | None:
    """The answer to a token that is for something else, which says what is needed; None: it is for this."""
    return None if grant.scope is scope else problem(403, told)


def not_json(request: web.Request) -> web.Response | None:
    """The answer to a body that is not JSON as it is; None: it says that it is."""
    if _JSON.fullmatch(request.content_type) and request.headers.get("Content-Encoding", "identity") == "identity":
        return None
    return problem(415, "send JSON as it is, with Content-Type: application/json")


def no_key(request: web.Request) -> web.Response | None:
    """The answer to an `Idempotency-Key` that is none; None: there is none, or it is one."""
    if _KEY_HEADER not in request.headers or _KEY.fullmatch(key_of(request)):
        return None
    return problem(400, "an Idempotency-Key has 1 to 200 letters, digits and signs of ASCII")


def key_of(request: web.Request) -> str:
    """The sender's own name for a request; empty: it has none."""
    return request.headers.get(_KEY_HEADER, "").strip()
