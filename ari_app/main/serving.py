"""
`garbo serve`: the gate, and what stands beside it.

Only the gate's own end ends the process: a fault of the web page or the sealer restarts that alone.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from random import SystemRandom

import uvloop

from ari_app.asterisk.connection import AriConnection
from ari_app.asterisk.control import AriSwitch
from ari_app.asterisk.settings import AriSettings
from ari_app.calls.call import Ports
from ari_app.calls.reactor import Reactor
from ari_app.calls.variables import Signing
from ari_app.config import Settings, read_keyring
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom, open_courtroom
from ari_app.policy.record import VerdictRecord
from ari_app.policy.scripts import Script
from ari_app.ports.observer import Observer
from ari_app.ports.switch import SwitchError
from ari_app.sight import StructlogObserver
from ari_app.stores.seals import Seals
from ari_app.web import serve_pages

_SEAL_EVERY = timedelta(seconds=1)
_SWEEP_EVERY = timedelta(seconds=30)
_REFRESH_EVERY = timedelta(seconds=2)
_RESTART_AFTER = timedelta(seconds=1)
_SEALED_AT_ONCE = 500


def serve(settings: Settings) -> int:
    """Run the gate until SIGTERM or Ctrl-C; 0 after an orderly end."""
    import sys
    sys.setswitchinterval(0.0005)
    uvloop.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    observer = StructlogObserver()
    deadline = timedelta(milliseconds=settings.gate.deadline_ms)
    database = open_database(settings, wait=deadline * 0.8)
    try:
        room = open_courtroom(settings, database, observer=observer)
        room.scripts.import_files()
        room.scripts.refresh()
        clock = SystemClock()
        connection = AriConnection(_ari_settings(settings), clock=clock, observer=observer, random=SystemRandom())
        reactor = Reactor(
            Ports(
                switch=AriSwitch(connection, settings.asterisk.app),
                judge=room.judge,
                verdicts=room.verdicts,
                observer=observer,
                clock=clock,
                signing=_signing(settings),
            ),
            gate=settings.asterisk.app,
        )
        gate = asyncio.create_task(connection.run(reactor.handle, reactor.resync), name="gate")
        async with _beside(observer, _services(settings, room, reactor, lambda: connection.connected)):
            await _until_asked_to_stop(gate)
            await reactor.drain()
        gate.cancel()
        await asyncio.gather(gate, return_exceptions=True)
        await reactor.close()
        await room.judge.close()
        await database.on_writer(lambda: Seals(database, clock).seal(settings.asterisk.app, limit=_SEALED_AT_ONCE))
        observer.event("gate.stopped", **observer.figures())
    finally:
        database.close()


def _services(
    settings: Settings, room: Courtroom, reactor: Reactor, connected: Callable[[], bool]
) -> dict[str, Callable[[], Awaitable[None]]]:
    """What runs beside the gate, by name; each is restarted alone."""
    seals = Seals(room.database, SystemClock())

    async def seal() -> None:
        while True:
            await room.database.on_writer(lambda: seals.seal(settings.asterisk.app, limit=_SEALED_AT_ONCE))
            await asyncio.sleep(_SEAL_EVERY.total_seconds())

    async def sweep() -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())
            with suppress(SwitchError):  # not connected: the resync after it does the same and more
                await reactor.sweep()

    async def refresh() -> None:
        while True:
            await asyncio.sleep(_REFRESH_EVERY.total_seconds())
            await room.database.on_writer(room.scripts.import_files)
            await room.database.on_reader(room.scripts.refresh)

    async def web() -> None:
        await serve_pages(
            host=settings.web.host,
            port=settings.web.port,
            pages=_Pages(room),
            keyring=read_keyring(settings.privacy.hash_key_file),
            clock=SystemClock(),
            ready=lambda: {"ari": connected()},
        )

    return {"sealer": seal, "sweeper": sweep, "scripts": refresh, "web": web}


@asynccontextmanager
async def _beside(
    observer: Observer, services: dict[str, Callable[[], Awaitable[None]]]
) -> AsyncIterator[None]:
    """Run the services while the body runs; one that fails is reported and started again."""

    async def supervised(name: str, service: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await service()
            except Exception as error:  # noqa: BLE001  a service's fault, whatever it is, must not end the gate
                observer.event("service.failed", service=name, cause=repr(error))
            await asyncio.sleep(_RESTART_AFTER.total_seconds())

    tasks = [asyncio.create_task(supervised(name, service), name=name) for name, service in services.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_asked_to_stop(gate: "asyncio.Task[None]") -> None:
    """Return on SIGTERM or SIGINT; raise what the gate raised if it ends by itself."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    stopping = asyncio.create_task(asked.wait(), name="stopping")
    await asyncio.wait({stopping, gate}, return_when=asyncio.FIRST_COMPLETED)
    if gate.done():
        stopping.cancel()
        await gate


class _Pages:
    """What the script page shows."""

    def __init__(self, room: Courtroom) -> None:
        self._room = room

    async def call(self, call_id: str) -> VerdictRecord | None:
        return await self._room.verdicts.show(call_id)

    async def script(self, script_id: str, script_version: str) -> Script | None:
        return await self._room.database.on_reader(lambda: self._room.scripts.version(script_id, script_version))


def _signing(settings: Settings) -> Signing:
    return Signing(
        keyring=read_keyring(settings.privacy.hash_key_file),
        permit_valid=timedelta(seconds=settings.gate.permit_valid_s),
        link_valid=timedelta(seconds=settings.gate.link_valid_s),
        public_url=settings.web.public_url,
    )


def _ari_settings(settings: Settings) -> AriSettings:
    return AriSettings(
        ari_url=settings.asterisk.ari_url,
        user=settings.asterisk.ari_user,
        password=settings.asterisk.ari_password,
        app=settings.asterisk.app,
        deadline=timedelta(milliseconds=settings.gate.deadline_ms),
    )
