"""Errors of the HTTP API, as RFC 9457 says them."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from aiohttp import web


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """An answer that says what is wrong; `errors` name places in what was sent (`pointer`, `detail`)."""
    told: dict[str, object] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    told["detail"] = detail
    if errors:
        told["errors"] = list(errors)
    text = json.dumps(told, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type="application/problem+json", headers=headers)
