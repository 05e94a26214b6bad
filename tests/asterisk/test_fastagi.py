"""The FastAGI server over real sockets: whatever a peer does, the next good call is served."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from ari_app.asterisk.agi import quoted, read_environment
from ari_app.asterisk.fastagi import Answer, FastAgiServer, FastAgiSettings
from ari_app.ports.agi import AgiChannel, AgiError, AgiMalformed, AgiRequest
from tests.fakes.world import Heard
from tests.fuzz.fastagi import PERMITTED, feed

SHORT = timedelta(milliseconds=150)


def environment(number: str = PERMITTED, **fields: str) -> bytes:
    """What Asterisk sends first."""
    told = {
        "agi_network": "yes",
        "agi_network_script": "verdict",
        "agi_channel": "PJSIP/101-0000001a",
        "agi_uniqueid": "pbx-1.1",
        "agi_arg_1": number,
        "agi_arg_2": "1",
        **fields,
    }
    return "".join(f"{name}: {value}\n" for name, value in told.items()).encode() + b"\n"


async def says_yes(request: AgiRequest, channel: AgiChannel) -> None:
    """Answer with one variable."""
    await channel.set("GARBO_VERDICT", "permit")


async def until(holds: Callable[[], bool]) -> None:
    """Wait until it is so, five seconds at most."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110  the server tells nobody of this
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(answer: Answer = says_yes, **changes: object) -> AsyncIterator[tuple[FastAgiServer, Heard]]:
    """A server that listens, with short patience."""
    heard = Heard()
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": 0,
        "asks_within": SHORT,
        "answers_within": SHORT,
        "retry_base": timedelta(milliseconds=20),
    }
    settings = FastAgiSettings(**{**values, **changes})  # type: ignore[arg-type]  # a test names what it changes
    server = FastAgiServer(settings, answer, heard)
    running = asyncio.create_task(server.run())
    try:
        await until(lambda: bool(server.port) or "fastagi.not_listening" in heard.names())
        yield server, heard
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert server.connections == 0
    assert "fastagi.failed" not in heard.names()


async def good_call(server: FastAgiServer) -> bytes:
    """What a well-behaved Asterisk is told."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(environment())
    command = await reader.readline()
    if command:
        writer.write(b"200 result=1\n")
    writer.close()
    await writer.wait_closed()
    return command


async def until_empty(server: FastAgiServer) -> None:
    """Every connection is let go of, within seconds."""
    await until(lambda: not server.connections)


YES = b'SET VARIABLE GARBO_VERDICT "permit"\n'


async def test_a_good_call_is_answered() -> None:
    """The variable is set, and the connection is closed."""
    async with serving() as (server, _):
        assert await good_call(server) == YES


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\n\n",
        b"GET / HTTP/1.1\r\nHost: garbo\r\n\r\n\n\n",
        b"agi_network: yes\n",
        b"agi_network: yes\n\n",
        b"\x16\x03\x01\x02\x00" * 50,
        environment(agi_uniqueid="a\x00b"),
        environment(agi_arg_1="9" * 600),
        environment() + b"HANGUP\n",
        environment() + b"520 Invalid command syntax.\n",
        environment() + b"\xff" * 40_000,
        b"x" * 200_000,
    ],
)
async def test_whatever_is_sent_and_closed_the_next_call_is_served(sent: bytes) -> None:
    """Scanners, half an environment, a hang-up in the middle, an endless line: nothing is left of them."""
    async with serving() as (server, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            writer.write(sent)
            await reader.read()
        except OSError:
            pass  # cut off in the middle
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        assert await good_call(server) == YES
        await until_empty(server)


@pytest.mark.parametrize("sent", [b"", b"agi_network: yes\n", environment()])
async def test_who_keeps_silent_is_let_go_of(sent: bytes) -> None:
    """Half-open, slow, or without an answer to a command: the deadline ends it, with the peer still there."""
    async with serving() as (server, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        async with asyncio.timeout(5):
            await reader.read()
        writer.close()
        await until_empty(server)


async def test_a_reset_in_the_middle_ends_that_connection_alone() -> None:
    """RST instead of FIN."""
    async with serving() as (server, _):
        with socket.create_connection(("127.0.0.1", server.port)) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.sendall(environment())
        assert await good_call(server) == YES
        await until_empty(server)


async def test_among_many_idle_connections_the_oldest_makes_way() -> None:
    """More than there is room for: never more than that are held, and a good call is answered."""
    async with serving(most=20, asks_within=timedelta(seconds=5)) as (server, heard):
        peers = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(100)]
        assert await good_call(server) == YES
        assert server.connections <= 20
        assert heard.names().count("fastagi.crowded") == 1
        assert await peers[0][0].read() == b""
        for _, writer in peers:
            writer.close()
        await until_empty(server)


async def test_who_is_not_named_is_not_answered() -> None:
    """Only the PBXes' own addresses are."""
    async with serving(peers=("10.0.0.7",)) as (server, heard):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        [said] = await asyncio.gather(reader.read(), return_exceptions=True)
        assert said == b"" or isinstance(said, ConnectionResetError)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        assert "fastagi.stranger" in heard.names()


async def test_a_port_that_is_taken_is_told_and_tried_again() -> None:
    """The door opens once the port is free; nothing else of the gate waits for it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with serving(port=port) as (server, heard):
            assert ("fastagi.not_listening", port) in [(name, said.get("port")) for name, said in heard.events]
            taken.close()
            await until(lambda: bool(server.port))
            assert await good_call(server) == YES


async def test_draining_takes_nothing_new_and_finishes_what_was_asked() -> None:
    """Who has asked is answered; who only stands there is sent away; who comes is refused."""
    go_on, asked = asyncio.Event(), asyncio.Event()

    async def slowly(request: AgiRequest, channel: AgiChannel) -> None:
        asked.set()
        await go_on.wait()
        await channel.set("GARBO_VERDICT", "permit")

    async with serving(slowly, asks_within=timedelta(seconds=5)) as (server, _):
        port = server.port
        idle, writer = await asyncio.open_connection("127.0.0.1", port)
        call = asyncio.create_task(good_call(server))
        await until(asked.is_set)
        draining = asyncio.create_task(server.drain())
        await asyncio.sleep(0)
        go_on.set()
        assert await call == YES
        await draining
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(idle.read(), return_exceptions=True)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


@pytest.mark.parametrize("value", ["a\nHANGUP", "a\rb", "\x00"])
def test_a_line_break_is_never_sent(value: str) -> None:
    """What follows it would be a command of its own."""
    with pytest.raises(AgiMalformed):
        quoted(value)


def test_quotes_and_backslashes_are_escaped() -> None:
    """As Asterisk's own parser takes them."""
    assert quoted('a "b" \\c') == '"a \\"b\\" \\\\c"'


def test_an_environment_is_read_whole() -> None:
    """Script, arguments in their order, and the channel; empty ones too."""
    request = read_environment(environment(agi_arg_3="", agi_arg_4="x y"))
    assert (request.script, request.arguments) == ("verdict", (PERMITTED, "1", "", "x y"))
    assert (request.channel_id, request.channel_name) == ("pbx-1.1", "PJSIP/101-0000001a")


@pytest.mark.parametrize("data", [b"", b"\n\n", environment("112"), environment("+393330000002"), b"\xff" * 99])
async def test_a_fuzzer_gets_no_permit(data: bytes) -> None:
    """Nothing but the one number is permitted."""
    assert b"GARBO_TOKEN" not in await feed(data)
    assert b'"permit"' not in await feed(data)


async def test_a_fuzzer_meets_the_real_door() -> None:
    """The one number is permitted once its first command was answered."""
    assert b"GARBO_TOKEN" in await feed(environment() + b"200 result=1\n200 result=1\n")
    assert issubclass(AgiMalformed, AgiError)
