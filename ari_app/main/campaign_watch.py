"""
A watch over the lists of open campaigns, beside the gate: how many of their contacts are callable, and which screenings
run out soon.

It has a thread and a database connection of its own, reads a slice at a time with a pause after each, and writes
nothing. What it counts is for people: no verdict depends on it.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import TypeVar

from ari_app.config import Settings
from ari_app.main.books import open_database
from ari_app.main.campaign_lists import terms_of
from ari_app.main.registers import open_registers
from ari_app.policy.list_terms import ListTerms
from ari_app.policy.request import Campaign
from ari_app.ports.clock import Clock
from ari_app.ports.floor import Lists, ListStanding, RegisterStanding
from ari_app.ports.observer import Observer
from ari_app.ports.packs import Packs
from ari_app.ports.register_files import RegisterDamaged
from ari_app.ports.verdicts import StoreError
from ari_app.sight.metrics import CampaignFigures, ListFigures, Metrics
from ari_app.stores.campaign_lists import CampaignLists, Cover, Newest
from ari_app.stores.directory import Directory
from ari_app.stores.registers.shelf import RegisterFolder

T = TypeVar("T")

_FIRST_AFTER = timedelta(seconds=10)
_EVERY = timedelta(minutes=5)
_TOLD_AGAIN_AFTER = timedelta(days=1)
_LONGEST_PAUSE_S = 1.0


class _Stopped(Exception):  # noqa: N818  a signal to the count under way
    """The gate is stopping."""


class CampaignWatch:
    """Sets `lists` and `metrics.lists`, and tells `screening.expiring` once a day for each campaign and register."""

    def __init__(self, settings: Settings, packs: Packs, *, observer: Observer, metrics: Metrics, clock: Clock) -> None:
        """`packs` is asked on the loop, as the judge asks it."""
        self._settings = settings
        self._packs = packs
        self._observer = observer
        self._metrics = metrics
        self._clock = clock
        self._ahead = timedelta(days=settings.screening.warn_days)
        self._thread = ThreadPoolExecutor(1, "garbo-campaigns")
        self._told: dict[tuple[str, str], datetime] = {}
        self.lists: Lists | None = None
        """What was counted last, for the floor; None: nothing yet."""

    async def run(self) -> None:
        """Look soon after the start, and then every few minutes; never returns."""
        await asyncio.sleep(_FIRST_AFTER.total_seconds())
        while True:
            try:
                await self.look()
            except StoreError as error:  # the figures stay as they are, and say when they were counted
                self._observer.event("lists.uncounted", cause=repr(error))
            await asyncio.sleep(_EVERY.total_seconds())

    async def look(self) -> None:
        """Count once, and tell what runs out. Raises StoreError; cancelled, it ends within one slice."""
        stop = threading.Event()
        began = time.perf_counter()
        try:
            campaigns = await self._aside(self._open_campaigns)
            now = self._clock.now()
            asked = [(campaign, terms_of(campaign, self._packs, now)) for campaign in campaigns]
            self.lists = await self._aside(lambda: self._count(asked, now, stop))
            self._metrics.lists = _figures(self.lists)
        finally:
            stop.set()
        self._observer.measure("lists_counted_ms", (time.perf_counter() - began) * 1000)

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open_campaigns(self) -> tuple[Campaign, ...]:
        with closing(open_database(self._settings, checkpoints=False)) as database:
            return tuple(campaign for campaign in Directory(database).campaigns() if not campaign.closed)

    def _count(self, asked: Sequence[tuple[Campaign, ListTerms]], now: datetime, stop: threading.Event) -> Lists:
        began = time.monotonic()

        def pause() -> None:
            # As long as the slice took: half of a core is left to verdicts, however large the lists are.
            nonlocal began
            if stop.wait(min(time.monotonic() - began, _LONGEST_PAUSE_S)):
                raise _Stopped
            began = time.monotonic()

        with closing(open_database(self._settings, checkpoints=False)) as database:
            lists = CampaignLists(database)
            covers = []
            for campaign, terms in asked:
                cover = lists.cover(campaign, terms, now=now, soon=self._soon(campaign, now), between=pause)
                covers.append(cover)
                self._tell(cover, now)
            return lists_of(covers, lists.newest(), open_registers(self._settings), now)

    def _soon(self, campaign: Campaign, now: datetime) -> datetime:
        """How far answers should hold: nobody needs one beyond the campaign's end."""
        soon = now + self._ahead
        return soon if campaign.ends_at is None else max(now, min(soon, campaign.ends_at))

    def _tell(self, cover: Cover, now: datetime) -> None:
        for register in cover.registers:
            last = self._told.get((cover.campaign, register.register))
            if not register.expiring or (last is not None and now - last < _TOLD_AGAIN_AFTER):
                continue
            self._told[cover.campaign, register.register] = now
            self._observer.event(
                "screening.expiring",
                campaign=cover.campaign,
                register=register.register,
                numbers=register.expiring,
                within_days=self._ahead.days,
                first_at=register.runs_out_at.isoformat() if register.runs_out_at else "",
            )


def lists_of(covers: Iterable[Cover], newest: Iterable[Newest], registers: RegisterFolder, now: datetime) -> Lists:
    """What was counted, as the floor shows it; a whole register that cannot be read is left out."""
    at_hand = []
    for name in registers.names():
        with suppress(RegisterDamaged):
            version = registers.current(name)
            if version is not None:
                at_hand.append((name, version.as_of))
    return Lists(
        counted_at=now,
        campaigns=tuple(_standing(cover) for cover in covers),
        published=tuple((each.kind, each.principal, each.published_at) for each in newest),
        registers=tuple(at_hand),
    )


def _standing(cover: Cover) -> ListStanding:
    return ListStanding(
        campaign=cover.campaign,
        contacts=cover.numbers,
        callable=cover.callable,
        registers=tuple(
            RegisterStanding(
                register=each.register,
                clear=each.clear,
                listed=each.listed,
                missing=each.missing,
                expired=each.expired,
                expiring=each.expiring,
                runs_out_at=each.runs_out_at,
            )
            for each in cover.registers
        ),
    )


def _figures(lists: Lists) -> ListFigures:
    return ListFigures(
        counted_at=lists.counted_at,
        campaigns=tuple(
            CampaignFigures(
                campaign=each.campaign,
                contacts=each.contacts,
                callable=each.callable,
                expiring={register.register: register.expiring for register in each.registers},
            )
            for each in lists.campaigns
        ),
        published={(kind, principal): at for kind, principal, at in lists.published},
    )
