"""
REST in bytes and text: the frames that go out over the websocket, and the answers that come in.

Source: Asterisk's `res/ari/ari_websocket_requests.c`.
"""

from datetime import UTC, datetime

import msgspec

from ari_app.asterisk.errors import AriRefused, refusal
from ari_app.asterisk.rest import AriResponse, Request

LONGEST_FRAME = 65_535
"""In bytes; Asterisk closes the socket on a longer one (include/asterisk/http_websocket.h)."""


class Envelope(msgspec.Struct):
    """What every frame from Asterisk says of itself."""

    type: str


class _Named(msgspec.Struct):
    name: str
    value: str


class _RestRequest(msgspec.Struct, tag_field="type", tag="RESTRequest", omit_defaults=True):
    request_id: str
    method: str
    uri: str
    query_strings: list[_Named] = []
    content_type: str = ""
    message_body: str = ""


class RestResponse(msgspec.Struct):
    """An answer, matched to its request by `request_id`."""

    request_id: str
    status_code: int
    reason_phrase: str = ""
    uri: str = ""
    message_body: str = ""
    timestamp: str = ""


class _Error(msgspec.Struct):
    message: str = ""
    error: str = ""


encode = msgspec.json.Encoder().encode
envelope = msgspec.json.Decoder(Envelope).decode
rest_response = msgspec.json.Decoder(RestResponse).decode
_error = msgspec.json.Decoder(_Error).decode


def frame(request_id: str, request: Request) -> str:
    """A request as text. Raises AriRefused (413) for one that would make Asterisk close the socket."""
    query = [_Named(name, value) for name, value in request.query.items()]
    told = _RestRequest(request_id, request.method, request.uri, query)
    if request.body is not None:
        told.content_type = "application/json"
        told.message_body = encode(request.body).decode()
    encoded = encode(told)
    if len(encoded) > LONGEST_FRAME:
        raise refusal(413, f"{len(encoded)} bytes, Asterisk takes {LONGEST_FRAME}", request=str(request))
    return encoded.decode()


def answer(response: RestResponse, request: str) -> AriResponse | AriRefused:
    """The value or, from status 400 on, the exception that an answer stands for."""
    status, body = response.status_code, response.message_body
    if status >= 400:
        return refusal(status, message(body), reason=response.reason_phrase, request=request)
    return AriResponse(status=status, body=body, at=instant_or_none(response.timestamp))


def message(body: str) -> str:
    """What an error answer says of itself."""
    try:
        told = _error(body)
    except msgspec.MsgspecError:
        return body
    return told.message or told.error or body


def instant(text: str) -> datetime:
    """Asterisk's time stamp, as `2026-11-22T02:13:00.123+0100`, in UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"time stamp without an offset: {text}")
    return at.astimezone(UTC)


def instant_or_none(text: str) -> datetime | None:
    """As `instant`; None for one that cannot be read."""
    try:
        return instant(text)
    except ValueError:
        return None
