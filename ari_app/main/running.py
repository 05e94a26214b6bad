"""How a process that stands for long runs: services that are started again, until it is asked to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from ari_app.ports.observer import Observer

_RESTART_AFTER = timedelta(seconds=1)


@asynccontextmanager
async def beside(observer: Observer, services: dict[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Run the services while the body runs; one that fails is reported and started again."""

    async def supervised(name: str, service: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await service()
            except Exception as error:  # noqa: BLE001  a service's fault, whatever it is, must not end the process
                observer.event("service.failed", service=name, cause=repr(error))
            await asyncio.sleep(_RESTART_AFTER.total_seconds())

    tasks = [asyncio.create_task(supervised(name, service), name=name) for name, service in services.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until_asked_to_stop(main: "asyncio.Task[None]") -> None:
    """Return on SIGTERM or SIGINT; raise what the main task raised if it ends by itself."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    stopping = asyncio.create_task(asked.wait(), name="stopping")
    await asyncio.wait({stopping, main}, return_when=asyncio.FIRST_COMPLETED)
    if main.done():
        stopping.cancel()
        await main
