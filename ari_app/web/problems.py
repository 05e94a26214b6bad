"""Errors of the HTTP API, as RFC 9457 says them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import web

PROBLEM = "application/problem+json"
AGAIN_S = "5"
"""When to try again what the database could not do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong at a place of a request: of its body by JSON pointer, or a parameter of its address."""

    detail: str
    pointer: str = ""
    parameter: str = ""

    def document(self) -> dict[str, str]:
        """As it is told."""
        at = {"parameter": self.parameter} if self.parameter else {"pointer": self.pointer}
        return {**at, "detail": self.detail}


class ApiRefused(Exception):  # noqa: N818  named for what it says
    """A request that is answered with a problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        besides: Mapping[str, Any] | None = None,
    ) -> None:
        """`besides` are members of the problem of its own kind."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.besides = dict(besides or {})

    def document(self) -> dict[str, Any]:
        """The problem."""
        errors = [fault.document() for fault in self.faults]
        return problem_document(self.status, self.detail, errors=errors) | self.besides


def problem_document(status: int, detail: str, *, errors: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    """What is wrong; `errors` name places in what was sent (`pointer`, `detail`)."""
    told: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    told["detail"] = detail
    if errors:
        told["errors"] = list(errors)
    return told


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """An answer that says what is wrong."""
    text = json.dumps(problem_document(status, detail, errors=errors), ensure_ascii=False)
    return web.Response(status=status, text=text, content_type=PROBLEM, headers=headers)


def later(done: str) -> web.Response:
    """The answer while the database does not; `done` says how far it came."""
    return problem(503, f"the database does not answer; {done}", headers={"Retry-After": AGAIN_S})
