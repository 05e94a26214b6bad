"""Who asks the HTTP API: bearer tokens, checked alike on every path."""

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from ari_app.ports.tokens import Grant
from ari_app.web.problems import problem

_BEARER = re.compile(r"(?i:bearer) +([\x21-\x7e]{1,200})")
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json")

Granted: TypeAlias = Callable[[str], Awaitable[Grant | None]]
"""What a token lets its bearer do; None: nothing. Raises StoreError."""


async def grant_of(request: web.Request, granted: Granted) -> Grant | None:
    """What the request's token lets do; None: it carries none that holds."""
    bearer = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
    return await granted(bearer[1]) if bearer else None


def no_token() -> web.Response:
    """The answer to a request without a token that holds."""
    return problem(401, "a token that holds is needed", headers={"WWW-Authenticate": "Bearer"})


def not_json(request: web.Request) -> web.Response | None:
    """The answer to a body that is not JSON as it is; None: it says that it is."""
    if _JSON.fullmatch(request.content_type) and request.headers.get("Content-Encoding", "identity") == "identity":
        return None
    return problem(415, "send JSON as it is, with Content-Type: application/json")
