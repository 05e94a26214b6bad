"""
The composition root: the only place that names concrete classes and wires them together.

`serve` runs the gate and what stands beside it; the other functions open just what one command needs. Only the gate's
own end ends the process: a fault of the web page or the sealer restarts that alone.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from random import SystemRandom
from typing import TYPE_CHECKING

from ulid import ULID

from ari_app.calls.call import Ports
from ari_app.calls.reactor import Reactor
from ari_app.calls.variables import Signing
from ari_app.config import Settings, read_keyring
from ari_app.judging.judge import Judge, JudgeSettings
from ari_app.judging.records import Bench
from ari_app.policy.numbers import Number, read_number
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door
from ari_app.policy.scripts import Script
from ari_app.policy.special import emergency_and_helplines
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.switch import SwitchError
from ari_app.ports.verdicts import StoreError
from ari_app.sight import StructlogObserver
from ari_app.stores import migrations
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings
from ari_app.stores.lists import SqlLists
from ari_app.stores.packs import PackFolder
from ari_app.stores.scripts import Scripts
from ari_app.stores.shelf import ScriptShelf
from ari_app.stores.seals import Seals
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.verdicts import SqlVerdicts

if TYPE_CHECKING:
    from ari_app.asterisk.settings import AriSettings
    from ari_app.ports.lists import ListStore

_SEAL_EVERY = timedelta(seconds=1)
_SWEEP_EVERY = timedelta(seconds=30)
_REFRESH_EVERY = timedelta(seconds=2)
_RESTART_AFTER = timedelta(seconds=1)
_SEALED_AT_ONCE = 500
_COMMAND_WAIT = timedelta(seconds=10)


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)


class Ulids:
    """New ULIDs as call ids."""

    def new(self) -> str:
        """A ULID, never given before."""
        return str(ULID())


@dataclass(frozen=True, slots=True, kw_only=True)
class Courtroom:
    """All that is needed to judge: shared by the gate, `check` and the demo's own history."""

    database: Database
    verdicts: SqlVerdicts
    scripts: ScriptShelf
    judge: Judge
    observer: Observer


def open_database(settings: Settings, *, wait: timedelta = _COMMAND_WAIT) -> Database:
    """The database, its schema checked. Raises StoreError."""
    return Database.open(StoreSettings(url=settings.database.url, wait=wait))


def open_courtroom(
    settings: Settings, database: Database, *, clock: Clock | None = None, observer: Observer | None = None
) -> Courtroom:
    """Judge and store over an open database. Raises ConfigError: the key file is missing."""
    keyring = read_keyring(settings.privacy.hash_key_file)
    observer = observer or StructlogObserver()
    clock = clock or SystemClock()
    verdicts = SqlVerdicts(database, keyring)
    scripts = ScriptShelf(Scripts(database, clock), folder=settings.scripts.folder, observer=observer)
    judge = Judge(
        _judge_settings(settings),
        verdicts=verdicts,
        packs=packs(settings, observer=observer),
        scripts=scripts,
        clock=clock,
        call_ids=Ulids(),
        observer=observer,
    )
    return Courtroom(database=database, verdicts=verdicts, scripts=scripts, judge=judge, observer=observer)


def _judge_settings(settings: Settings) -> JudgeSettings:
    return JudgeSettings(
        region=settings.gate.region,
        strip_prefixes=settings.gate.strip_prefixes,
        default_campaign=settings.gate.default_campaign,
        internal_patterns=settings.gate.internal_patterns,
        exempt_numbers=settings.asterisk.exempt_numbers,
        emergency_trunk=settings.asterisk.emergency_trunk,
        deadline=timedelta(milliseconds=settings.gate.deadline_ms),
        bench=Bench(
            gate=settings.asterisk.app,
            libraries={name: version(name) for name in ("garbo", "phonenumbers", "holidays", "tzdata")},
        ),
    )


def serve(settings: Settings) -> int:
    """Run the gate until SIGTERM or Ctrl-C; 0 after an orderly end."""
    import uvloop

    uvloop.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    from ari_app.asterisk.connection import AriConnection
    from ari_app.asterisk.control import AriSwitch

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
        from ari_app.web import serve_pages

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


def _ari_settings(settings: Settings) -> "AriSettings":
    from ari_app.asterisk.settings import AriSettings

    return AriSettings(
        ari_url=settings.asterisk.ari_url,
        user=settings.asterisk.ari_user,
        password=settings.asterisk.ari_password,
        app=settings.asterisk.app,
        deadline=timedelta(milliseconds=settings.gate.deadline_ms),
    )


def upgrade_database(settings: Settings) -> str:
    """Migrate to this program's schema, import the scripts; the revision it is at then. Raises StoreError."""
    database = Database(StoreSettings(url=settings.database.url, wait=_COMMAND_WAIT))
    try:
        migrations.upgrade(database.engine)
        shelf = ScriptShelf(
            Scripts(database, SystemClock()), folder=settings.scripts.folder, observer=StructlogObserver()
        )
        shelf.import_files()
        return migrations.head()
    finally:
        database.close()


def current_revision(settings: Settings) -> str | None:
    """The revision the database is at; None: it is empty. Raises StoreError."""
    database = Database(StoreSettings(url=settings.database.url, wait=_COMMAND_WAIT))
    try:
        return migrations.current(database.engine)
    finally:
        database.close()


def open_directory(settings: Settings) -> Directory:
    """Principals, agencies, campaigns and operators."""
    return Directory(open_database(settings))


def open_suppressions(settings: Settings) -> Suppressions:
    """The do-not-call entries."""
    return Suppressions(open_database(settings), read_keyring(settings.privacy.hash_key_file), SystemClock())


def open_lists(settings: Settings) -> "ListStore":
    """Where imports go."""
    return SqlLists(open_database(settings), read_keyring(settings.privacy.hash_key_file), SystemClock())


def check(
    settings: Settings, *, number: str, campaign: str, operator: str = "", at: datetime | None = None
) -> VerdictRecord:
    """The verdict this call would get at `at`, changing nothing. Raises StoreError."""

    async def preview() -> VerdictRecord:
        database = open_database(settings)
        try:
            room = open_courtroom(settings, database)
            room.scripts.refresh()
            ask = Ask(dialled=number, door=Door.CHECK, campaign=campaign, operator=operator)
            return await room.judge.preview(ask, at=at)
        finally:
            database.close()

    return asyncio.run(preview())


def calls(
    settings: Settings,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    number: str = "",
    campaign: str = "",
    limit: int = 100,
) -> list[VerdictRecord]:
    """Past verdicts, newest first. `number` in any spelling of the configured region. Raises StoreError, ValueError."""
    e164 = None
    if number:
        callee = read_number(number, region=settings.gate.region, strip_prefixes=settings.gate.strip_prefixes)
        if not isinstance(callee, Number):
            raise ValueError(f"{number!r} is no telephone number of {settings.gate.region}")
        e164 = callee.e164
    database = open_database(settings)
    try:
        book = SqlVerdicts(database, read_keyring(settings.privacy.hash_key_file)).book
        return book.calls(since=since, until=until, number=e164, campaign=campaign or None, limit=limit)
    finally:
        database.close()


def call(settings: Settings, call_id: str) -> VerdictRecord | None:
    """One past verdict with its outcome. Raises StoreError."""
    database = open_database(settings)
    try:
        return SqlVerdicts(database, read_keyring(settings.privacy.hash_key_file)).book.show(call_id)
    finally:
        database.close()


def render_dialplan(settings: Settings, flavor: str) -> dict[str, str]:
    """File name to text. Raises LookupError: no such flavour."""
    from ari_app.asterisk.dialplan import DialplanSettings, render

    if flavor != "asterisk":
        raise LookupError(f"no dialplan for {flavor!r}: there is asterisk")
    return render(
        DialplanSettings(
            apps=settings.asterisk.apps,
            deadline=timedelta(milliseconds=settings.gate.deadline_ms),
            deny_cause=settings.asterisk.deny_cause,
            unavailable_cause=settings.asterisk.unavailable_cause,
            special_numbers=emergency_and_helplines(settings.gate.region),
            internal_patterns=settings.gate.internal_patterns,
            exempt_numbers=settings.asterisk.exempt_numbers,
            exempt_endpoints=settings.asterisk.exempt_endpoints,
            strip_prefixes=settings.gate.strip_prefixes,
            emergency_trunk=settings.asterisk.emergency_trunk,
            announce=settings.asterisk.announce,
        )
    )


def packs(settings: Settings, *, observer: Observer | None = None) -> PackFolder:
    """The packs at hand."""
    return PackFolder(settings.packs.folder, observer=observer or StructlogObserver())


def verify_ledger(settings: Settings) -> list[str]:
    """Faults in the chained records; empty: all is whole. Raises StoreError."""
    database = open_database(settings)
    try:
        return Seals(database, SystemClock()).verify()
    finally:
        database.close()
