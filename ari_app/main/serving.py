"""
`garbo serve`: the gate, and what stands beside it.

Only the gate's own end ends the process: a fault of the web page or the sealer restarts that alone.
"""

import asyncio
import gc
import sys
from datetime import timedelta
from importlib.metadata import version
from random import SystemRandom

import uvloop

from ari_app.asterisk.connection import AriConnection
from ari_app.asterisk.control import AriSwitch
from ari_app.calls.call import Ports
from ari_app.calls.reactor import Reactor
from ari_app.calls.variables import Signing
from ari_app.config import Settings, read_keyring
from ari_app.main.asked import ari_settings
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom, open_courtroom, warm_up
from ari_app.main.doors import doors
from ari_app.main.guards import Stand, open_guards
from ari_app.main.heartbeat import beat
from ari_app.main.running import beside, until_asked_to_stop
from ari_app.main.services import Services
from ari_app.main.site import Gate, open_site, rooms
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreError
from ari_app.sight import StructlogObserver
from ari_app.sight.foreign import hear_others
from ari_app.sight.metrics import Inside, Metrics
from ari_app.sight.notify import ServiceManager


def serve(settings: Settings) -> int:
    """Run the gate until SIGTERM or Ctrl-C; 0 after an orderly end."""
    # The loop and the database's threads share one interpreter lock. At the default of 5 ms a verdict waits that long
    # for its turn more than once: 50 calls a second on two cores took p50 10.2, p99 34.7 ms; so they take 7.7 and 21.3.
    sys.setswitchinterval(0.0005)
    uvloop.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    observer = StructlogObserver()
    hear_others(observer)
    deadline = timedelta(milliseconds=settings.gate.deadline_ms)
    database = open_database(settings, wait=deadline * 0.8, checkpoints=False)
    try:
        room = open_courtroom(settings, database, observer=observer)
        await _warm(room, settings.gate.region, observer)
        clock = SystemClock()
        connection = AriConnection(ari_settings(settings), clock=clock, observer=observer, random=SystemRandom())
        signing = _signing(settings)
        site = open_site(settings, room, signing)
        switch = AriSwitch(connection, settings.asterisk.app)
        reactor = Reactor(
            Ports(
                switch=switch,
                judge=room.judge,
                verdicts=room.verdicts,
                observer=observer,
                clock=clock,
                signing=signing,
                watch=site.watch,
            ),
            gate=settings.asterisk.app,
        )
        gate = asyncio.create_task(connection.run(reactor.handle, reactor.resync), name="gate")
        metrics = Metrics(observer, version=version("garbo"))
        metrics.ari_transport = lambda: connection.transport
        loop = asyncio.get_running_loop()
        metrics.inside = lambda: Inside(
            tasks=len(asyncio.all_tasks(loop)), calls=reactor.calls, verdicts=room.judge.turnstile.under_way
        )
        guards = open_guards(
            Stand(
                settings=settings,
                room=room,
                reactor=reactor,
                site=site,
                metrics=metrics,
                signing=signing,
                switch=switch,
                clock=clock,
            )
        )
        services = Services(settings, room, reactor, site, metrics, doors=doors(settings, connection, guards))
        services.rooms = (
            *rooms(
                settings,
                site,
                Gate(
                    room=room,
                    reactor=reactor,
                    switch=switch,
                    signing=signing,
                    lists=services.lists,
                    health=services.ready,
                    guards=services.guarding,
                ),
            ),
            *(room for guard in guards for room in guard.rooms),
        )
        parts = {name: run for guard in guards for name, run in guard.services.items()}
        manager = ServiceManager()
        parts["heartbeat"] = lambda: beat(manager, doors=services.ready, works=lambda: database.on_writer(_nothing))
        async with beside(observer, {**services.all(), **parts}):
            await until_asked_to_stop(gate)
            manager.stopping()
            await asyncio.gather(reactor.drain(), *(guard.drain() for guard in guards if guard.drain is not None))
        gate.cancel()
        await asyncio.gather(gate, return_exceptions=True)
        await reactor.close()
        await room.close()
        await _keep(services, observer)
        observer.event("gate.stopped", **observer.figures())
    finally:
        database.close()


def _nothing() -> None:
    """Only the way of a verdict through the writer's thread, for the heartbeat."""


async def _warm(room: Courtroom, region: str, observer: Observer) -> None:
    """Have at hand what the first call needs."""
    room.registers.go_to_work()
    try:
        room.scripts.import_files()
        room.scripts.refresh()
        await warm_up(room, region)
    except StoreError as error:  # the service beside the gate goes on trying; a permit without a script is a permit
        observer.event("start.without_database", cause=repr(error))
    # What is loaded by now stays to the end: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()


async def _keep(services: Services, observer: Observer) -> None:
    """Write what still waits, at the end."""
    try:
        await services.keep_answers()
        await services.keep_desks()
        await services.seal_rest()
    except StoreError as error:  # what is unsealed is sealed by the next life
        observer.event("seal.left", cause=repr(error))


def _signing(settings: Settings) -> Signing:
    return Signing(
        keyring=read_keyring(settings.privacy.hash_key_file),
        permit_valid=timedelta(seconds=settings.gate.permit_valid_s),
        link_valid=timedelta(seconds=settings.gate.link_valid_s),
        public_url=settings.web.public_url,
    )
