"""Webhooks over TLS: the receiver is held to its certificate."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from ari_app.hooks import Sender, SenderSettings
from ari_app.main.tls import trust
from ari_app.stores.database import Database
from ari_app.stores.webhooks import SqlOutbox
from tests.hooks.test_webhooks import SECRET, Hands, Heard, message
from tests.tls import hardly_a_server, papers


async def test_webhooks_go_to_nobody_who_is_not_vouched_for(tmp_path: Path, database: Database) -> None:
    """By another authority, or under another name; whom the right one vouches for is spoken to."""
    ours, strangers = papers(tmp_path / "ours", "localhost"), papers(tmp_path / "strangers", "localhost")
    clock, heard, outbox = Hands(), Heard(), SqlOutbox(database)
    await outbox.put([message(1)])
    async with hardly_a_server(ours.server) as port:
        for ca, host, believed in (
            (strangers.ca, "localhost", False),
            (ours.ca, "127.0.0.1", False),
            (ours.ca, "localhost", True),
        ):
            settings = SenderSettings(
                url=f"https://{host}:{port}/", secret=SECRET, trust=trust(ca, ""), timeout=timedelta(seconds=1)
            )
            sender = Sender(settings, outbox, clock=clock, observer=heard)
            before = len(heard.events)
            running = asyncio.ensure_future(sender.run())
            async with asyncio.timeout(10):
                while len(heard.events) == before:  # noqa: ASYNC110  what was heard is a plain list
                    await asyncio.sleep(0.01)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            assert ("its certificate is not to be trusted" in repr(heard.events[before:])) is not believed
            clock.at += timedelta(hours=2)
