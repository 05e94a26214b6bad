"""
`garbo watch`: the bypass watch in a process of its own, so that a gate that hangs or is gone does not take it along.

It needs the key and AMI. The database is for its record, and to tell what was wrong: it may be away, at the start too.
"""

import asyncio
from datetime import timedelta
from random import SystemRandom

import uvloop

from ari_app.asterisk.ami import Ami
from ari_app.config import ConfigError, Settings, read_keyring
from ari_app.main.books import open_keyed
from ari_app.main.bypasses import bypass_settings
from ari_app.main.clocks import SystemClock
from ari_app.main.guard_ami import ami_settings
from ari_app.main.heartbeat import beat
from ari_app.main.running import beside, until_asked_to_stop
from ari_app.ports.bypasses import Bypass, Claim
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreError, StoreUnavailable
from ari_app.sight import StructlogObserver
from ari_app.sight.foreign import hear_others
from ari_app.sight.notify import ServiceManager
from ari_app.stores.bypasses import SqlBypasses
from ari_app.stores.database import Database
from ari_app.watch.bypass import BypassWatch

_NAME = "watch"
"""Under which it records, where a gate has its application."""
_OPEN_AGAIN = timedelta(seconds=1)


def watch(settings: Settings) -> int:
    """Watch until SIGTERM or Ctrl-C; 0 after an orderly end. Raises ConfigError: there is nothing to watch."""
    for key, value in (("ami_user", settings.asterisk.ami_user), ("guarded_trunks", settings.asterisk.guarded_trunks)):
        if not value:
            raise ConfigError(f"asterisk.{key} is empty: the watch needs it, see docs/bypass.md")
    uvloop.run(_watch(settings))
    return 0


async def _watch(settings: Settings) -> None:
    observer, clock = StructlogObserver(), SystemClock()
    hear_others(observer)
    book = _Book(settings, observer)
    ami = Ami(ami_settings(settings), clock=clock, observer=observer, random=SystemRandom())
    bypasses = BypassWatch(
        bypass_settings(settings, name=_NAME, records_at_once=False),
        lines=ami,
        book=book,
        keyring=read_keyring(settings.privacy.hash_key_file),
        clock=clock,
        observer=observer,
    )
    opening = asyncio.create_task(book.run(), name="database")
    try:
        follow = asyncio.create_task(ami.run(bypasses.see, bypasses.resync, bypasses.lost), name="ami")
        manager = ServiceManager()

        async def heartbeat() -> None:
            # Nothing but the loop: the watch ends calls without the database.
            await beat(manager, doors=lambda: {"ami": ami.connected}, works=lambda: asyncio.sleep(0))

        async with beside(observer, {"bypass watch": bypasses.run, "heartbeat": heartbeat}):
            await until_asked_to_stop(follow)
            manager.stopping()
        follow.cancel()
        await asyncio.gather(follow, return_exceptions=True)
        await bypasses.keep_rest()
        observer.event("watch.stopped", **observer.figures())
    finally:
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        book.close()


class _Book:
    """Implements ports.bypasses.Bypasses: the database's own book, from when `run` could open the database."""

    def __init__(self, settings: Settings, observer: Observer) -> None:
        self._settings = settings
        self._observer = observer
        self._database: Database | None = None
        self._book: SqlBypasses | None = None

    async def run(self) -> None:
        """Open the database as soon as it is there."""
        while self._book is None:
            try:
                database, keyring = await asyncio.to_thread(open_keyed, self._settings, checkpoints=False)
            except StoreError as error:
                self._observer.event("watch.without_database", cause=repr(error))
                await asyncio.sleep(_OPEN_AGAIN.total_seconds())
                continue
            self._database, self._book = database, SqlBypasses(database, keyring)

    async def record(self, found: Bypass) -> bool:
        """As the port."""
        return await self._opened().record(found)

    async def claim(self, call_id: str) -> Claim | None:
        """As the port."""
        return await self._opened().claim(call_id)

    def close(self) -> None:
        """Let go of the database."""
        if self._database is not None:
            self._database.close()

    def _opened(self) -> SqlBypasses:
        if self._book is None:
            raise StoreUnavailable("the database could not be opened yet")
        return self._book
