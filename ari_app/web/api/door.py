"""
The way of a request: token, rate, scope, body, key, answer.

The rate is asked before the body is read. With an `Idempotency-Key` the answer is kept before it is given, and what was
answered once is answered so again; a verdict that is on no record is not kept, since asked again it may be another.
"""

import json
from typing import Any

from aiohttp import web

from ari_app.ports.api_answers import Answer, Before, Sent
from ari_app.ports.tokens import Grant, TokenScope
from ari_app.ports.verdicts import StoreError
from ari_app.web.access import Handler
from ari_app.web.api.endpoints import Endpoint, Reply, Request
from ari_app.web.api.rates import Rates
from ari_app.web.api.reading import read_body, read_query
from ari_app.web.api.services import Services
from ari_app.web.bearer import grant_of, key_of, no_key, no_token, not_for, not_json
from ari_app.web.problems import AGAIN_S, PROBLEM, ApiRefused, later, problem

SCOPE = TokenScope.VERDICTS
_NOT_FOR_THIS = "this token is not for the API of verdicts: garbo token create --scope verdicts"
_NO_ROOM = 413
_REPLAYED = {"Idempotency-Replayed": "true"}


class Door:
    """Holds every request of the API to the same."""

    def __init__(self, services: Services) -> None:
        """One bucket for each token, whatever it asks."""
        self._services = services
        self._rates = Rates(per_minute=services.per_minute, monotonic=services.monotonic)

    def serve(self, endpoint: Endpoint) -> Handler:
        """What answers requests to an endpoint."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                grant = await grant_of(request, self._services.granted)
            except StoreError:
                return later("nothing was done")
            if grant is None:
                return no_token()
            allowance = self._rates.ask(grant.token_id)
            if allowance.allowed:
                answer = await self._answered(endpoint, request, grant)
            else:
                answer = problem(429, f"this token asks more than {allowance.per_minute} times a minute")
            answer.headers.update(allowance.headers)
            return answer

        return handle

    async def _answered(self, endpoint: Endpoint, request: web.Request, grant: Grant) -> web.Response:
        refusal = not_for(grant, SCOPE, told=_NOT_FOR_THIS) or no_key(request)
        if refusal is None and endpoint.takes is not None:
            refusal = not_json(request)
        if refusal is not None:
            return refusal
        try:
            body = await request.read()
            said: Any = None
            if endpoint.takes is not None:
                said = read_body(body, endpoint.takes)
            elif endpoint.query is not None:
                said = read_query(request.query, endpoint.query)
            key = key_of(request) if endpoint.takes is not None else ""
            asked = Request(grant=grant, path=dict(request.match_info), said=said, key=key)
            if not key:
                return _response(await self._settled(endpoint, asked))
            sent = Sent(
                token=grant.token_id,
                key=key,
                request=b"\n".join((request.method.encode(), request.raw_path.encode(), body)),
                e164=endpoint.about(said),
            )
            return await self._once(endpoint, asked, sent)
        except web.HTTPRequestEntityTooLarge:
            return problem(_NO_ROOM, "a request has at most 1 MiB: send it in parts")
        except ApiRefused as refused:
            return _response(_of(refused), headers=refused.headers)
        except StoreError:
            return later("ask again")

    async def _once(self, endpoint: Endpoint, asked: Request, sent: Sent) -> web.Response:
        """The answer to a request with a key: what it was answered before, or it is answered now."""
        answers = self._services.answers
        match await answers.begin(sent, at=self._services.clock.now()):
            case Answer(status, body):
                return _bytes(status, body, headers=_REPLAYED)
            case Before.UNDER_WAY:
                raise ApiRefused(409, "this very request is being answered", headers={"Retry-After": AGAIN_S})
            case Before.ANOTHER:
                raise ApiRefused(422, "another request came under this Idempotency-Key")
        try:
            reply = await self._settled(endpoint, asked)
        except BaseException:
            await answers.forget(sent)
            raise
        body = _body(reply)
        if reply.kept:
            await answers.keep(sent, Answer(reply.status, body))
        else:
            await answers.forget(sent)
        return _bytes(reply.status, body)

    async def _settled(self, endpoint: Endpoint, asked: Request) -> Reply:
        """The endpoint's reply; what it refuses is one as well."""
        try:
            reply = await endpoint.answer(asked)
        except ApiRefused as refused:
            reply = _of(refused)
        self._services.observer.event(
            "api.answered", endpoint=endpoint.name, token=asked.grant.token_id, status=reply.status
        )
        return reply


def _of(refused: ApiRefused) -> Reply:
    return Reply(document=refused.document(), status=refused.status)


def _body(reply: Reply) -> bytes:
    return json.dumps(reply.document, ensure_ascii=False).encode() if reply.document is not None else b""


def _response(reply: Reply, headers: dict[str, str] | None = None) -> web.Response:
    return _bytes(reply.status, _body(reply), headers=headers)


def _bytes(status: int, body: bytes, headers: dict[str, str] | None = None) -> web.Response:
    if not body:
        return web.Response(status=status, headers=headers)
    kind = PROBLEM if status >= 400 else "application/json"
    return web.Response(status=status, body=body, content_type=kind, charset="utf-8", headers=headers)
