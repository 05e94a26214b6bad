"""
The service manager told, from the event loop, that this process stands and works.

Its watchdog ends one that does not.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from ari_app.ports.verdicts import StoreError
from ari_app.sight.notify import ServiceManager

_LONGEST = timedelta(seconds=1)


async def beat(
    manager: ServiceManager,
    *,
    doors: Callable[[], Mapping[str, bool]],
    works: Callable[[], Awaitable[object]],
) -> None:
    """
    Say READY once every door is open, and from then on, each third of the watchdog's time, that this process works.

    `works` goes the way that a verdict goes and returns if that way is free. What it waits for is not said before it
    comes: a loop or a database thread that hangs falls silent, and the watchdog ends the process. A database that is
    away raises StoreError: the way is free, and a process started anew would find no more of it.
    """
    if not manager.listens:
        await asyncio.Event().wait()  # nobody to tell: a service that returned would be started again
    every = min(_LONGEST, (manager.watchdog or _LONGEST) / 3).total_seconds()
    ready, told = False, ""
    while True:
        with suppress(StoreError):
            await works()
        manager.alive()
        closed = sorted(name for name, is_open in doors().items() if not is_open)
        if not ready and not closed:
            ready = True
            manager.ready()
        status = f"waiting for {', '.join(closed)}" if closed else "every door is open"
        if status != told:
            told = status
            manager.status(status)
        await asyncio.sleep(every)
