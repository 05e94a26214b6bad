"""`POST /api/v1/principals/{principal}/customers`: a brand says who its customers are, as that changes."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from ari_app.lists.deliveries import BadDelivery, KeyReused
from ari_app.ports.tokens import Grant, TokenScope
from ari_app.ports.verdicts import StoreError
from ari_app.web.bearer import grant_of, key_of, no_key, no_token, not_json
from ari_app.web.problems import later, problem


class Deliveries(Protocol):
    """What the brands' deliveries are held to, and where they go."""

    async def granted(self, secret: str) -> Grant | None:
        """What a token lets its bearer do; None: nothing. Raises StoreError."""
        ...

    async def take(self, principal: str, body: bytes, *, key: str) -> Mapping[str, object]:
        """Take a delivery and report. Raises BadDelivery, KeyReused (lists.deliveries), StoreError."""
        ...


def add_delivery_routes(app: web.Application, deliveries: Deliveries) -> None:
    """Let the application take deliveries."""

    async def post(request: web.Request) -> web.Response:
        principal = request.match_info["principal"]
        try:
            refusal = await _refusal(request, principal, deliveries)
            if refusal is not None:
                return refusal
            report = await deliveries.take(principal, await request.read(), key=key_of(request))
        except web.HTTPRequestEntityTooLarge:
            return problem(413, "a delivery has at most 1 MiB: send it in parts")
        except BadDelivery as bad:
            errors = [{"pointer": fault.pointer, "detail": fault.detail} for fault in bad.faults]
            return problem(422, "nothing was taken: each item has to be one that can be", errors=errors)
        except KeyReused:
            return problem(409, "another delivery was taken under this Idempotency-Key")
        except StoreError:
            return later("nothing was taken")
        return web.json_response(dict(report))

    app.router.add_post("/api/v1/principals/{principal}/customers", post)


async def _refusal(request: web.Request, principal: str, deliveries: Deliveries) -> web.Response | None:
    """Why a request is not even read; None: it is."""
    grant = await grant_of(request, deliveries.granted)
    if grant is None:
        return no_token()
    if grant.scope is not TokenScope.CUSTOMERS or grant.principal != principal:
        return problem(403, "this token is not for customers of this principal")
    return not_json(request) or no_key(request)
