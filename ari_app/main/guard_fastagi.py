"""The FastAGI door: for PBXes, and contexts of theirs, that cannot use Stasis."""

import asyncio
from datetime import timedelta

from ari_app.asterisk.fastagi import FastAgiServer, FastAgiSettings
from ari_app.calls.agi import AgiDoor, AgiPorts
from ari_app.main.guards import Guard, Stand
from ari_app.ports.verdicts import StoreError

_SWEEP_EVERY = timedelta(minutes=1)


def guard_fastagi(stand: Stand) -> Guard | None:
    """Open unless the dialplan is said to ask by Stasis alone."""
    settings = stand.settings
    if settings.asterisk.door == "stasis":
        return None
    observer = stand.room.observer
    door = AgiDoor(
        AgiPorts(
            judge=stand.room.judge,
            verdicts=stand.room.verdicts,
            observer=observer,
            clock=stand.clock,
            signing=stand.signing,
            watch=stand.site.watch,
        ),
        gate=settings.asterisk.app,
    )
    server = FastAgiServer(
        FastAgiSettings(host=settings.fastagi.host, port=settings.fastagi.port, peers=settings.fastagi.peers),
        door.answer,
        observer,
    )

    async def sweep() -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())
            try:
                await door.sweep()
            except StoreError as error:  # the next look does the same and more
                observer.event("fastagi.sweep_waits", cause=repr(error))

    return Guard(
        services={"fastagi": server.run, "fastagi sweep": sweep},
        ready={"fastagi": lambda: server.port != 0},
        drain=server.drain,
    )
