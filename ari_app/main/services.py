"""What runs beside the gate, each in a task that is restarted alone: sealer, sweeper, lists, answers, web and more."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from ari_app.calls.reactor import Reactor
from ari_app.config import Settings, read_keyring
from ari_app.main.campaign_watch import CampaignWatch
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom
from ari_app.main.deliveries import BrandDeliveries
from ari_app.main.privacy import sweep_in
from ari_app.main.site import Site
from ari_app.main.tls import own_certificate
from ari_app.policy.record import VerdictRecord
from ari_app.policy.scripts import Script
from ari_app.ports.floor import Lists
from ari_app.ports.switch import SwitchError
from ari_app.ports.verdicts import StoreError
from ari_app.sight.metrics import Metrics
from ari_app.stores.seals import Seals
from ari_app.web import serve_pages
from ari_app.web.application import Room

SEALED_AT_ONCE = 100
"""Records in one transaction of the sealer: more would hold the writer beyond 20 ms."""
_SEAL_EVERY = timedelta(seconds=1)
_SWEEP_EVERY = timedelta(seconds=30)
_REFRESH_EVERY = timedelta(seconds=2)
_REGISTERS_EVERY = timedelta(seconds=1)
_CHECKPOINT_EVERY = timedelta(seconds=5)
_PULSE_EVERY = timedelta(seconds=1)
_RETAIN_FIRST, _RETAIN_EVERY = timedelta(minutes=10), timedelta(days=1)
"""Not at once: who starts a gate wants calls to go out, and one that is started again and again must not sweep."""


class Services:
    """The gate's companions; `all` names them."""

    def __init__(
        self,
        settings: Settings,
        room: Courtroom,
        reactor: Reactor,
        site: Site,
        metrics: Metrics,
        doors: Callable[[], Mapping[str, bool]],
    ) -> None:
        """
        `doors` says which doors calls come through, and whether each is open.

        Raises ConfigError: the pages' own certificate cannot be used.
        """
        self._settings = settings
        self._room = room
        self._reactor = reactor
        self._site = site
        self.rooms: tuple[Room, ...] = ()
        """The parts of the site, to be given before it is served: some of them show what is known here."""
        self._doors = doors
        self._seals = Seals(room.database, SystemClock())
        self._database_answers = False
        self._certificate = own_certificate(settings)
        self._metrics = metrics
        metrics.pages = site.desk.pages
        self._watch = CampaignWatch(settings, room.packs, observer=room.observer, metrics=metrics, clock=SystemClock())

    def ready(self) -> dict[str, bool]:
        """What must work before calls may come, and whether it does."""
        return {**self._doors(), "database": self._database_answers}

    def guarding(self) -> dict[str, bool]:
        """What watches beside the gate, and whether it does: calls go out without it."""
        connected = self._metrics.ami_connected
        return {} if connected is None else {"ami": connected()}

    def lists(self) -> Lists | None:
        """Campaigns' lists as they were counted last; None: not yet."""
        return self._watch.lists

    def all(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Each by its name; none returns by itself."""
        own: dict[str, Callable[[], Awaitable[None]]] = {
            "sealer": self._seal,
            "sweeper": self._sweep,
            "scripts": self._refresh,
            "registers": self._refresh_registers,
            "pulse": self._feel_pulse,
            "checkpoint": self._checkpoint,
            "campaigns": self._watch.run,
            "retention": self._retain,
            "web": self._serve_pages,
            **self._site.services(),
        }
        if (certificate := self._certificate) is not None:
            own["certificate"] = lambda: certificate.renew(self._room.observer)
        customers = self._room.customers
        return own if customers is None else {**own, "answers": customers.last_known.run}

    async def keep_answers(self) -> None:
        """Write what CRMs said and is not written yet, at the end."""
        if self._room.customers is not None:
            await self._room.customers.last_known.flush()

    async def keep_desks(self) -> None:
        """Write how far calls have come and what operators do, at the end. Raises StoreError."""
        await self._site.flush()

    async def seal_rest(self) -> None:
        """Seal what is left, at the end."""
        while await self._room.database.on_writer(self._seal_some):
            pass

    async def _seal(self) -> None:
        while True:
            await self.seal_rest()
            await asyncio.sleep(_SEAL_EVERY.total_seconds())

    def _seal_some(self) -> int:
        return self._seals.seal(self._settings.asterisk.app, limit=SEALED_AT_ONCE)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())
            with suppress(SwitchError):  # not connected: the resync after it does the same and more
                await self._reactor.sweep()

    async def _refresh(self) -> None:
        shelf = self._room.scripts
        while True:
            await asyncio.sleep(_REFRESH_EVERY.total_seconds())
            await self._room.database.on_writer(shelf.import_files)
            await self._room.database.on_reader(shelf.refresh)

    async def _refresh_registers(self) -> None:
        while True:
            await asyncio.sleep(_REGISTERS_EVERY.total_seconds())
            await asyncio.to_thread(self._room.registers.refresh)

    async def _feel_pulse(self) -> None:
        while True:
            try:
                await self._room.database.on_reader(self._room.database.answers)
                self._database_answers = True
            except StoreError:
                self._database_answers = False
            await asyncio.sleep(_PULSE_EVERY.total_seconds())

    async def _checkpoint(self) -> None:
        while True:
            await asyncio.sleep(_CHECKPOINT_EVERY.total_seconds())
            await asyncio.to_thread(self._room.database.checkpoint)

    async def _retain(self) -> None:
        """On a thread and connections of its own: the gate's reader and writer are for verdicts."""
        wait = _RETAIN_FIRST
        while True:
            await asyncio.sleep(wait.total_seconds())
            wait = _RETAIN_EVERY
            stop = threading.Event()
            keyring = read_keyring(self._settings.privacy.hash_key_file)
            sweeping = asyncio.ensure_future(
                asyncio.to_thread(sweep_in, self._settings, self._room.database, keyring, stopped=stop.is_set)
            )
            try:
                swept = await asyncio.shield(sweeping)
            except asyncio.CancelledError:
                stop.set()
                await asyncio.wait({sweeping})  # the database is closed next
                raise
            told = {what.replace(" ", "_"): rows for what, rows in swept.rows.items()}
            self._room.observer.event("retention.swept", **told)

    async def _serve_pages(self) -> None:
        keyring, clock = read_keyring(self._settings.privacy.hash_key_file), SystemClock()
        await serve_pages(
            host=self._settings.web.host,
            port=self._settings.web.port,
            pages=ScriptPages(self._room),
            keyring=keyring,
            clock=clock,
            metrics=self._metrics.page,
            deliveries=BrandDeliveries(self._room.database, keyring, clock),
            ready=self.ready,
            rooms=self.rooms,
            https=self._settings.web.public_url.startswith("https://"),
            tls=self._certificate.context if self._certificate is not None else None,
        )


class ScriptPages:
    """What the script page shows."""

    def __init__(self, room: Courtroom) -> None:
        self._room = room

    async def call(self, call_id: str) -> VerdictRecord | None:
        return await self._room.verdicts.show(call_id)

    async def script(self, script_id: str, script_version: str) -> Script | None:
        return await self._room.database.on_reader(lambda: self._room.scripts.version(script_id, script_version))
