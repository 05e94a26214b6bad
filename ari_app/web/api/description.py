"""The OpenAPI 3.1 document: made of the endpoints and of the models that validate what they take."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ari_app.web.api.endpoints import Endpoint
from ari_app.web.api.told import Problem
from ari_app.web.problems import PROBLEM

_REF = "#/components/schemas/{model}"
_ALWAYS = (401, 403, 429, 503)
_WITH_BODY = (400, 409, 413, 415, 422)
_WHAT = {
    400: "The Idempotency-Key is none.",
    401: "There is no token, or none that holds.",
    403: "The token is for something else.",
    404: "There is no such call, or it is another principal's.",
    409: "What is on record says otherwise, or this very request is being answered.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Something in the request cannot be taken; each place is named.",
    429: "The token asks too often; Retry-After says when it may again.",
    503: "The database does not answer; Retry-After says when to ask again.",
}
_PATH = re.compile(r"\{(\w+)\}")
_SECONDS = {"schema": {"type": "integer", "minimum": 0}, "description": "Seconds."}
_RATE = {
    "RateLimit": {"schema": {"type": "string"}, "description": "What is left to this token."},
    "RateLimit-Policy": {"schema": {"type": "string"}, "description": "How often it may ask."},
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The sender's own name for the request: sent again within 24 hours, it is answered the same.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def description(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The document."""
    taken = [model for each in endpoints for model in (each.takes, each.query) if model is not None]
    given: list[type[BaseModel]] = [Problem, *(each.gives for each in endpoints if each.gives is not None)]
    wanted: list[tuple[type[BaseModel], Any]] = [
        *((model, "validation") for model in dict.fromkeys(taken)),
        *((model, "serialization") for model in dict.fromkeys(given)),
    ]
    refs, schemas = models_json_schema(wanted, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for each in endpoints:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, refs, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Garbo",
            "version": version("garbo"),
            "description": "Verdicts ahead of calls, and what became of them.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "garbo token create --scope verdicts"}
            },
        },
    }


def _operation(endpoint: Endpoint, refs: Any, schemas: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"operationId": endpoint.name, "summary": endpoint.summary}
    parameters = [*_in_path(endpoint), *_in_query(endpoint, refs, schemas)]
    if endpoint.takes is not None:
        parameters.append(_KEY)
        schema = refs[endpoint.takes, "validation"]
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if parameters:
        told["parameters"] = parameters
    good: dict[str, Any] = {"description": "Done.", "headers": _RATE}
    if endpoint.gives is not None:
        good["content"] = {"application/json": {"schema": refs[endpoint.gives, "serialization"]}}
    statuses = {*_ALWAYS, *endpoint.refuses, *(_WITH_BODY if endpoint.takes is not None else ())}
    statuses |= {422} if endpoint.query is not None else set()
    problem = {"content": {PROBLEM: {"schema": refs[Problem, "serialization"]}}}
    told["responses"] = {
        str(endpoint.status): good,
        **{str(status): _refusal(status, problem) for status in sorted(statuses)},
    }
    return told


def _refusal(status: int, problem: dict[str, Any]) -> dict[str, Any]:
    headers: dict[str, Any] = {"Retry-After": _SECONDS} if status in (429, 503) else {}
    return {"description": _WHAT[status], **problem, **({"headers": headers} if headers else {})}


def _in_path(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 64}}
        for name in _PATH.findall(endpoint.path)
    ]


def _in_query(endpoint: Endpoint, refs: Any, schemas: Any) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    model = schemas["$defs"][refs[endpoint.query, "validation"]["$ref"].rpartition("/")[2]]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in model.get("required", ()),
            "description": schema.get("description", ""),
            "schema": _without_null(schema),
        }
        for name, schema in model["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Of a parameter that may be left out: an address has no null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    plain = {name: value for name, value in schema.items() if name not in ("anyOf", "default", "title", "description")}
    return {**plain, **(kinds[0] if kinds else {})}
