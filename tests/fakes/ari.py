"""
A small ARI, over a real websocket and plain HTTP, that can be told to misbehave.

It behaves as Asterisk 22.10 was seen to: it answers in order, filters its own answers like events, says 404 of a
channel that is gone, 409 of one that left, 422 of an event source that is none.
"""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

USER, PASSWORD = "garbo", "fake-not-a-secret"
ENTITY_ID = "02:00:00:00:00:01"
_WANTED = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass(slots=True)
class FakeChannel:
    """A channel of the fake; `label` is where `continue` sent it."""

    channel_id: str
    name: str
    state: str = "Ring"
    app_name: str = "Stasis"
    app_data: str = "garbo-a,verdict,3331234567,7,,,"
    label: str | None = None
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came."""

    method: str
    uri: str
    query: dict[str, str]
    body: dict[str, Any]
    plain: bool = False
    """Over plain HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered instead of the truth; `status` None: nothing."""

    status: int | None
    message: str = ""
    delay_s: float = 0


class FakeAri:
    """One Asterisk. A context manager; several connections, one after the other."""

    def __init__(self, app: str = "garbo-a") -> None:
        self.app = app
        self.channels: dict[str, FakeChannel] = {}
        self.seen: list[Seen] = []
        self.authorizations: list[str] = []
        self.addresses: list[str] = []
        self.subscribed: list[str] = []
        self.version = "22.10.1"
        self.rest_over_websocket = True
        self.stale: deque[bool] = deque()
        """For the next plain requests: their connection breaks, and whether they were carried out before that."""
        self.raw_answers: dict[tuple[str, str], web.Response] = {}
        """By method and uri, over plain HTTP alone: what another hand than ARI's answers."""
        self.phones: set[str] = set()
        """Endpoints that can be rung."""
        self.bulk_variables = True
        self.ahead = timedelta(0)
        self.answers: dict[tuple[str, str], Answer] = {}
        """By method and end of the uri."""
        self.refusals: deque[int] = deque()
        """Statuses for the next attempts to connect."""
        self.burst: deque[str] = deque()
        """Frames sent right before `GET channels` is answered."""
        self.connections = 0
        """Websockets."""
        self.peers: set[Any] = set()
        """Where plain requests came from: one each connection."""
        self.filter: set[str] = set()
        self._socket: web.WebSocketResponse | None = None
        self._transport: asyncio.Transport | None = None
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """As `ari_url` wants it."""
        return f"http://127.0.0.1:{self.port}/ari"

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def listen(self) -> None:
        """Start, on the port of before if there was one."""
        application = web.Application()
        application.router.add_get("/ari/events", self._events)
        application.router.add_route("*", "/ari/{uri:.*}", self._plain)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop, as a PBX that goes down."""
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def cut(self) -> None:
        """Break the connection without a word."""
        socket, self._socket = self._socket, None
        if socket is not None and self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Close the connection politely, as `core stop gracefully` does."""
        if self._socket is not None:
            await self._socket.close()

    async def raw(self, text: str) -> None:
        """Send a frame as it stands, past any filter."""
        assert self._socket is not None
        await self._socket.send_str(text)

    async def binary(self, data: bytes) -> None:
        """Send a binary frame."""
        assert self._socket is not None
        await self._socket.send_bytes(data)

    async def emit(self, event: Mapping[str, Any]) -> None:
        """Send an event if the filter allows its type."""
        if self._socket is not None and (not self.filter or event["type"] in self.filter):
            await self._socket.send_str(json.dumps(self._stamped(event)))

    def frame(self, event: Mapping[str, Any]) -> str:
        """An event as text, for `burst`."""
        return json.dumps(self._stamped(event))

    def _stamped(self, event: Mapping[str, Any]) -> dict[str, Any]:
        at = (datetime.now(UTC) + self.ahead).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        return {"timestamp": at, "asterisk_id": ENTITY_ID, "application": self.app, **event}

    def add(self, channel_id: str, **fields: Any) -> FakeChannel:
        """A new live channel; in the gate unless told otherwise. No event is sent."""
        channel = FakeChannel(channel_id, fields.pop("name", f"PJSIP/101-{len(self.channels):08x}"), **fields)
        self.channels[channel_id] = channel
        return channel

    def stasis_start(self, channel: FakeChannel, **fields: Any) -> dict[str, Any]:
        """The event of a channel that comes in."""
        args = channel.app_data.split(",")[1:]
        return {"type": "StasisStart", "args": args, "channel": self._json(channel), **fields}

    async def _events(self, request: web.Request) -> web.StreamResponse:
        self.connections += 1
        self.addresses.append(str(request.rel_url))
        self.authorizations.append(request.headers.get("Authorization", ""))
        status = self.refusals.popleft() if self.refusals else None if self.authorizations[-1] == _WANTED else 401
        if status is not None:
            return web.Response(status=status)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._socket, self.filter = socket, set()
        self._transport = request.transport if isinstance(request.transport, asyncio.Transport) else None
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT and self.rest_over_websocket:
                await self._request(socket, json.loads(message.data))
        return socket

    async def _plain(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != _WANTED:
            return web.json_response({"error": "Authentication required"}, status=401)
        text = await request.text()
        seen = Seen(
            request.method, request.match_info["uri"], dict(request.query), json.loads(text or "{}"), plain=True
        )
        if text:
            assert request.content_type == "application/json"
        assert request.transport is not None
        self.peers.add(request.transport.get_extra_info("peername"))
        if self.stale:
            if self.stale.popleft():
                self._carry_out(seen)
            request.transport.abort()
        self.seen.append(seen)
        if (seen.method, seen.uri) in self.raw_answers:
            return self.raw_answers[seen.method, seen.uri]
        status, body = await self._answered(seen)
        while status is None:
            await asyncio.Event().wait()
        return web.Response(status=204) if body is None else web.json_response(body, status=status, reason="Fake")

    async def _request(self, socket: web.WebSocketResponse, told: dict[str, Any]) -> None:
        query = {item["name"]: item["value"] for item in told.get("query_strings", [])}
        if told.get("message_body"):
            assert told["content_type"] == "application/json"
        seen = Seen(told["method"], told["uri"], query, json.loads(told.get("message_body") or "{}"))
        self.seen.append(seen)
        status, body = await self._answered(seen)
        if status is None or (self.filter and "RESTResponse" not in self.filter):
            return
        response = {
            "type": "RESTResponse",
            "transaction_id": "",
            "request_id": told["request_id"],
            "status_code": status,
            "reason_phrase": "Fake",
            "uri": seen.uri,
        }
        if body is not None:
            response |= {"content_type": "application/json", "message_body": json.dumps(body)}
        await socket.send_str(json.dumps(self._stamped(response)))

    async def _answered(self, seen: Seen) -> tuple[int | None, Any]:
        instead = next((a for (m, end), a in self.answers.items() if seen.method == m and seen.uri.endswith(end)), None)
        status, body = self._carry_out(seen) if instead is None else (instead.status, {"message": instead.message})
        if instead is not None and instead.delay_s:
            await asyncio.sleep(instead.delay_s)
        while seen.uri == "channels" and self.burst and self._socket is not None:
            await self._socket.send_str(self.burst.popleft())
        return status, body

    def _carry_out(self, seen: Seen) -> tuple[int, Any]:
        match seen.method, seen.uri.split("/"):
            case "PUT", ["applications", self.app, "eventFilter"]:
                self.filter = {item["type"] for item in seen.body["allowed"]}
                return 200, {"name": self.app}
            case "GET", ["asterisk", "ping"]:
                return 200, self._stamped({"ping": "pong"})
            case "GET", ["asterisk", "info"]:
                system = {"version": self.version, "entity_id": ENTITY_ID}
                return 200, {"system": system, "status": {"startup_time": "2026-11-22T02:13:00.123+0100"}}
            case "GET", ["channels"]:
                return 200, [self._json(channel) for channel in self.channels.values()]
            case "POST", ["channels"]:
                if seen.query["endpoint"] not in self.phones:
                    return 500, {"message": "Allocation failed"}
                channel = self.add(seen.query["channelId"], app_name="AppDial2", state="Down")
                channel.variables |= seen.body["variables"]
                return 200, self._json(channel)
            case "POST", ["applications", self.app, "subscription"]:
                return self._subscribe(seen.query["eventSource"].removeprefix("channel:"))
            case _, ["channels", channel_id, *rest]:
                return self._on_channel(seen, channel_id, rest)
        return 404, {"message": "Resource not found"}

    def _subscribe(self, channel_id: str) -> tuple[int, Any]:
        if channel_id not in self.channels:
            return 422, {"message": "Event source does not exist"}
        self.subscribed.append(channel_id)
        return 200, {"name": self.app}

    def _on_channel(self, seen: Seen, channel_id: str, rest: list[str]) -> tuple[int, Any]:
        if rest == ["variables"] and not self.bulk_variables:
            return 404, {"message": "Resource not found"}
        channel = self.channels.get(channel_id)
        if channel is None:
            return 404, {"message": "Provided channel was not found"}
        if seen.method == "GET":
            value = channel.variables.get(seen.query["variable"])
            return (
                (200, {"value": value}) if value is not None else (404, {"message": "Provided variable was not found"})
            )
        if channel.app_name != "Stasis":
            return 409, {"message": "Channel not in Stasis application"}
        match rest:
            case ["variables"]:
                channel.variables |= seen.body["variables"]
            case ["variable"]:
                names = seen.body["variable"].removeprefix("ARRAY(").removesuffix(")").split(",")
                channel.variables |= dict(zip(names, _arguments(seen.body["value"]), strict=True))
            case ["continue"]:
                label = seen.query.get("label", "")  # without one it goes on at the next line
                if label not in {"", "allow", "refuse"}:
                    return 404, {"message": "Requested label can not be found"}
                channel.label, channel.app_name, channel.app_data = label, "Wait", "600"
        return 204, None

    def _json(self, channel: FakeChannel) -> dict[str, Any]:
        dialplan = {"app_name": channel.app_name, "app_data": channel.app_data}
        return {"id": channel.channel_id, "name": channel.name, "state": channel.state, "dialplan": dialplan}


def _arguments(text: str) -> list[str]:
    """The values of a dialplan function, as `main/app.c` takes them apart: a backslash makes a sign an ordinary one."""
    values, escaped = [""], False
    for sign in text:
        if sign == "," and not escaped:
            values.append("")
            continue
        assert escaped or sign not in '"()[]', "read by Asterisk as its own"
        escaped = sign == "\\" and not escaped
        values[-1] += "" if escaped else sign
    return values
