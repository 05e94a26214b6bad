"""
AGI as it goes over the wire: the environment that a channel begins with, commands, and answers to them.

Source: Asterisk, res/res_agi.c (`setup_env`, `parse_args`, `agi_handle_command`); the same from 16 to 22.
"""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from ari_app.ports.agi import AgiEnded, AgiLost, AgiMalformed, AgiRefused, AgiRequest

MOST_BYTES = 16 * 1024
"""Of an environment, or of one line. Asterisk's own is about one kilobyte, and its lines hold two."""
_LONGEST_VALUE = 512
_END = b"\n\n"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_GIVEN = re.compile(r"200 result=1 \((.*)\)", re.DOTALL)
_ODD = re.compile(r"[\x00-\x1f\x7f]")
_HANGUP = "HANGUP"


class AgiConversation:
    """
    Implements ports.agi.AgiChannel over one connection.

    One command at a time: Asterisk reads its lines through a buffer of its own, in which a second command can be
    forgotten until a third comes.
    """

    def __init__(self, reader: StreamReader, writer: StreamWriter, *, answer_within: timedelta) -> None:
        """Over an accepted connection, whose reader is limited to `MOST_BYTES`."""
        self._reader = reader
        self._writer = writer
        self._answer_within = answer_within

    async def read_request(self) -> AgiRequest:
        """The environment. Raises AgiEnded, AgiLost, AgiMalformed."""
        with _foreign_errors():
            return read_environment(await self._reader.readuntil(_END))

    async def get(self, name: str) -> str:
        """As the port."""
        found = _GIVEN.fullmatch(await self._answered(f"GET VARIABLE {_named(name)}"))
        return found[1] if found else ""

    async def set(self, name: str, value: str) -> None:
        """As the port."""
        answer = await self._answered(f"SET VARIABLE {_named(name)} {quoted(value)}")
        if answer != "200 result=1":
            raise AgiRefused(f"SET VARIABLE {name}: {answer[:80]}")

    async def close(self) -> None:
        """Have everything sent that was written, for a second at most; then the connection is gone."""
        self._writer.close()
        try:
            with suppress(OSError):
                async with asyncio.timeout(1):
                    await self._writer.wait_closed()
        finally:
            self._writer.transport.abort()

    def abort(self) -> None:
        """Be gone at once."""
        self._writer.transport.abort()

    async def _answered(self, command: str) -> str:
        with _foreign_errors():
            async with asyncio.timeout(self._answer_within.total_seconds()):
                self._writer.write(command.encode() + b"\n")
                await self._writer.drain()
                line = await self._reader.readuntil(b"\n")
        answer = line.decode("utf-8", "replace").rstrip("\r\n")
        if answer == _HANGUP:
            raise AgiEnded("the caller hung up")
        if not answer.startswith("200 "):
            # 510 and 520 for what is no command, 511 for a channel that is dead.
            raise AgiRefused(f"{command.partition(' ')[0]}: {answer[:80]}")
        return answer


def read_environment(raw: bytes) -> AgiRequest:
    """What a channel says of itself. Raises AgiMalformed."""
    told: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.partition(":")
        if not line:
            continue
        if not colon or not name.startswith("agi_"):
            raise AgiMalformed("not an AGI environment")
        told[name] = value.removeprefix(" ")
    arguments: list[str] = []
    while (argument := told.get(f"agi_arg_{len(arguments) + 1}")) is not None:
        arguments.append(argument)
    request = AgiRequest(
        script=told.get("agi_network_script", ""),
        arguments=tuple(arguments),
        channel_id=told.get("agi_uniqueid", ""),
        channel_name=told.get("agi_channel", ""),
    )
    if not request.channel_id or not request.channel_name:
        raise AgiMalformed("an AGI environment without agi_uniqueid or agi_channel")
    for value in (request.script, request.channel_id, request.channel_name, *arguments):
        if len(value) > _LONGEST_VALUE or _ODD.search(value):
            raise AgiMalformed("a value of the AGI environment is too long, or has control characters in it")
    return request


def quoted(value: str) -> str:
    """
    One argument of a command, whatever is in it.

    Raises AgiMalformed for a line break or another control character: the rest of it would be a command of its own.
    """
    if _ODD.search(value):
        raise AgiMalformed("a control character cannot be sent over AGI")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise AgiMalformed(f"{name!r} is no name of a channel variable")
    return name


@contextmanager
def _foreign_errors() -> Iterator[None]:
    """Turn what asyncio and the system raise into the tree of `ports.agi`, chained. The only place that does."""
    try:
        yield
    except asyncio.IncompleteReadError as error:
        raise AgiEnded("the connection was closed") from error
    except asyncio.LimitOverrunError as error:
        raise AgiMalformed("more was sent than any Asterisk sends") from error
    except TimeoutError as error:  # an OSError too: it must come first
        raise AgiLost("no answer in time") from error
    except OSError as error:
        raise AgiLost(f"the connection broke: {error or type(error).__name__}") from error
