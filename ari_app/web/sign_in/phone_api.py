"""`PUT` and `DELETE /api/v1/operators/{id}/phone`: a dialer or a softphone says who sits where."""

from typing import Any

import msgspec
from aiohttp import web

from ari_app.desk.seats import BadPhone
from ari_app.ports.phones import NoOperator
from ari_app.ports.tokens import TokenScope
from ari_app.ports.verdicts import StoreError
from ari_app.web.bearer import Granted, grant_of, no_token, not_for, not_json
from ari_app.web.problems import later, problem
from ari_app.web.sign_in.services import Seats

PATH = "/api/v1/operators/{operator}/phone"
_MOST_BYTES = 4096


class PhoneApi:
    """Each request bears a token of the scope `desk`."""

    def __init__(self, seats: Seats, granted: Granted) -> None:
        """Keeps nothing."""
        self._seats = seats
        self._granted = granted

    async def put(self, request: web.Request) -> web.Response:
        """An operator sits down at `{"phone": "PJSIP/101"}`."""
        try:
            token = await self._token(request)
            if isinstance(token, web.Response):
                return token
            refusal = not_json(request)
            if refusal is not None:
                return refusal
            phone = _phone(await request.read())
            if phone is None:
                return _bad('send {"phone": "PJSIP/101"}', pointer="")
            sat = await self._seats.sit(request.match_info["operator"], phone, said_by=token)
        except BadPhone as bad:
            return _bad(str(bad), pointer="/phone")
        except NoOperator:
            return _nobody()
        except StoreError:
            return later("nothing was changed")
        told = {"operator": sat.seat.operator, "phone": sat.seat.phone, "since": sat.seat.since.isoformat()}
        return web.json_response({**told, "instead_of": sat.instead_of or None})

    async def delete(self, request: web.Request) -> web.Response:
        """An operator leaves the phone where they sit; again is no error."""
        try:
            token = await self._token(request)
            if isinstance(token, web.Response):
                return token
            await self._seats.leave(request.match_info["operator"])
        except NoOperator:
            return _nobody()
        except StoreError:
            return later("nothing was changed")
        return web.Response(status=204)

    async def _token(self, request: web.Request) -> str | web.Response:
        """The id of the token that is borne, or why it is not enough."""
        grant = await grant_of(request, self._granted)
        if grant is None:
            return no_token()
        told = "this token is not for the desk: garbo token create --scope desk"
        return not_for(grant, TokenScope.DESK, told=told) or grant.token_id


def _phone(body: bytes) -> str | None:
    if len(body) > _MOST_BYTES:
        return None
    try:
        said: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    named = said.get("phone") if isinstance(said, dict) and said.keys() == {"phone"} else None
    return named if isinstance(named, str) else None


def _bad(detail: str, *, pointer: str) -> web.Response:
    return problem(422, "nothing was changed", errors=[{"pointer": pointer, "detail": detail}])


def _nobody() -> web.Response:
    return problem(404, "there is no such operator; nothing was changed")
