"""The FastAGI door as a fuzzer meets it: any bytes at all, over a real socket, to the real server."""

import asyncio
from contextlib import suppress

from ari_app.asterisk.fastagi import FastAgiServer, FastAgiSettings
from ari_app.ports.agi import AgiChannel, AgiRequest
from tests.fakes.world import Heard

PERMITTED = "+393330000001"
"""The only number that `permits_one` permits."""


async def permits_one(request: AgiRequest, channel: AgiChannel) -> None:
    """A judge that knows one number."""
    dialled = request.arguments[0] if request.arguments else ""
    permitted = request.script == "verdict" and dialled == PERMITTED
    await channel.set("GARBO_VERDICT", "permit" if permitted else "deny")
    if permitted:
        await channel.set("GARBO_TOKEN", f"{request.channel_id}/{dialled}")


async def feed(data: bytes) -> bytes:
    """
    What the server wrote to a peer that sent `data` and no more.

    Raises AssertionError: a fault of the server's own, or a connection that it still holds.
    """
    heard = Heard()
    server = FastAgiServer(FastAgiSettings(host="127.0.0.1", port=0), permits_one, heard)
    running = asyncio.create_task(server.run())
    try:
        while not server.port:  # noqa: ASYNC110  the server tells nobody of this
            await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        said = b""
        with suppress(OSError):
            writer.write(data)
            writer.write_eof()
            said = await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        await server.drain()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert "fastagi.failed" not in heard.names(), heard.events
    assert server.connections == 0
    return said
