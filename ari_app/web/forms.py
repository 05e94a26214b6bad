"""What a form sent, as text."""

from collections.abc import Mapping

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
"""How browsers send forms."""
_UNREADABLE = (ValueError, LookupError, RuntimeError, TypeError, HttpProcessingError)
"""Bytes that are no text, an unknown encoding, a part that breaks off: aiohttp has no one name for it."""


async def fields_of(request: web.Request) -> Mapping[str, str]:
    """
    The fields that are text, by name; of one that is sent twice the first.

    Raises HTTPBadRequest: it cannot be read as a form, or is another kind of document.
    """
    if request.can_read_body and request.content_type not in FORMS:
        raise web.HTTPBadRequest
    try:
        sent = await request.post()
    except _UNREADABLE as error:
        raise web.HTTPBadRequest from error
    return {name: value for name, value in reversed(list(sent.items())) if isinstance(value, str)}
