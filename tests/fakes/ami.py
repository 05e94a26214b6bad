"""
A small AMI on a real socket that can be told to misbehave.

It answers as Asterisk 22.10 was seen to: lists as events that end with `…Complete`, "No such channel" for one that is
gone, each event with its channel's `GARBO_PERMIT`.
"""

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

USER, SECRET = "garbo", "fake-not-a-secret"
_STATES = {"Down": "0", "Ring": "4", "Ringing": "5", "Up": "6"}


@dataclass(slots=True)
class FakeAmi:
    """One Asterisk; a context manager. Channels by name, each with the headers of its events."""

    channels: dict[str, dict[str, str]] = field(default_factory=dict)
    variables: dict[tuple[str, str], str] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=list)
    """Every action that came, over all connections."""
    port: int = 0
    connections: int = 0
    secret: str = SECRET
    deaf: set[str] = field(default_factory=set)
    """Actions that get no answer, ever."""
    before_list: list[str] = field(default_factory=list)
    """Texts sent right before the channels are listed."""
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _serving: set["asyncio.Task[None]"] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Gone."""
        await self.close()

    async def listen(self) -> None:
        """Listen, on the port of before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop who is connected."""
        if self._server is not None:
            self._server.close()
        self.drop()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def drop(self) -> None:
        """End every connection, unfriendly."""
        for writer in self._writers:
            writer.transport.abort()

    def add(self, name: str, *, state: str = "Down", permit: str = "", duration: str = "00:00:01") -> str:
        """A new channel, not told; gives its id."""
        id_ = f"pbx-1.{len(self.channels)}"
        self.channels[name] = {
            "Channel": name,
            "ChannelState": _STATES[state],
            "ChannelStateDesc": state,
            "CallerIDNum": "<unknown>",
            "ConnectedLineNum": "<unknown>",
            "AccountCode": "",
            "Context": "from-trunk",
            "Exten": "s",
            "Uniqueid": id_,
            "Linkedid": id_,
            "ChanVariable": f"GARBO_PERMIT={permit}",
            "Duration": duration,
            "BridgeId": "",
        }
        return id_

    def tell(self, event: str, **headers: str) -> None:
        """An event to everybody."""
        self.say(_message({"Event": event, "Privilege": "call,all", **headers}))

    def say(self, text: str) -> None:
        """Bytes to everybody."""
        for writer in self._writers:
            writer.write(text.encode())

    def named(self, action: str) -> list[dict[str, str]]:
        """The actions of this name that came."""
        return [each for each in self.seen if each["Action"] == action]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            writer.write(b"Asterisk Call Manager/11.0.0\r\n")
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                action = dict(line.split(": ", 1) for line in text.strip().split("\r\n"))
                self.seen.append(action)
                if action["Action"] not in self.deaf:
                    writer.write(self._answer(action).encode("latin-1"))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            self._serving.discard(task)
            writer.close()

    def _answer(self, action: dict[str, str]) -> str:
        own = {"ActionID": action["ActionID"]}
        match action["Action"]:
            case "Login" if action["Secret"] != self.secret:
                return _message({"Response": "Error", **own, "Message": "Authentication failed"})
            case "CoreShowChannels":
                return self._list(own)
            case "Hangup" | "Getvar" if action["Channel"] not in self.channels:
                return _message({"Response": "Error", **own, "Message": "No such channel"})
            case "Hangup":
                gone = self.channels.pop(action["Channel"])
                return _message({"Response": "Success", **own, "Message": "Channel Hungup"}) + _message(
                    {"Event": "Hangup", **gone, "Cause": action["Cause"]}
                )
            case "Getvar":
                value = self.variables.get((action["Channel"], action["Variable"]), "")
                return _message({"Response": "Success", **own, "Variable": action["Variable"], "Value": value})
            case "Command":
                said = {"Response": "Success", **own, "Message": "Command output follows"}
                return _message(said)[
                    :-2
                ] + "Output: Asterisk 22.10.1\r\nOutput: \r\nOutput: built è\r\n\r\n".encode().decode("latin-1")
            case "Originate":
                return self._originated(action, own)
            case _:
                return _message({"Response": "Success", **own, "Ping": "Pong"})

    def _originated(self, action: dict[str, str], own: dict[str, str]) -> str:
        if not action["Channel"].startswith("Local/"):
            return _message({"Response": "Error", **own, "Message": "Extension does not exist."})
        name = f"{action['Channel'].removesuffix('/n')}-00000001;1"
        self.add(name)
        self.channels[name]["Uniqueid"] = action["ChannelId"]
        variable, _, value = action["Variable"].partition("=")
        self.variables[name, variable.lstrip("_")] = value
        return _message({"Response": "Success", **own, "Message": "Originate successfully queued"})

    def _list(self, own: dict[str, str]) -> str:
        listed = [_message({"Event": "CoreShowChannel", **own, **channel}) for channel in self.channels.values()]
        begun = _message({"Response": "Success", **own, "EventList": "start", "Message": "Channels will follow"})
        ended = _message({"Event": "CoreShowChannelsComplete", **own, "EventList": "Complete"})
        return "".join((*self.before_list, begun, *listed, ended))


def _message(headers: dict[str, str]) -> str:
    return "".join(f"{key}: {value}\r\n" for key, value in headers.items()) + "\r\n"
