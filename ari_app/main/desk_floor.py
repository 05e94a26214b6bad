"""The supervisor's floor wired: for the gate's site, and for `garbo floor`."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import closing
from datetime import timedelta
from typing import TypeVar

from ari_app.config import Settings, read_keyring
from ari_app.desk.floor import Day, Floor, Scope, Scopes, Viewer
from ari_app.main.books import check_key, open_database
from ari_app.main.campaign_lists import terms_of
from ari_app.main.campaign_watch import lists_of
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom, packs
from ari_app.main.registers import open_registers
from ari_app.policy.keyring import Keyring
from ari_app.policy.request import Campaign, Operator, Role
from ari_app.policy.scripts import Script
from ari_app.ports.clock import Clock
from ari_app.ports.floor import Lists
from ari_app.ports.packs import Packs
from ari_app.stores.campaign_lists import CampaignLists
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.floor_figures import Aside, FloorFigures, SqlFloor
from ari_app.web.application import Room
from ari_app.web.floor import Correcting, FloorServices, floor_room

T = TypeVar("T")


def desk_floor(
    settings: Settings,
    room: Courtroom,
    *,
    keyring: Keyring,
    clock: Clock,
    lists: Callable[[], Lists | None],
    health: Callable[[], Mapping[str, bool]],
    scopes: Scopes,
    correcting: Correcting,
    events: bool,
    guards: Callable[[], Mapping[str, bool]] = dict,
) -> Room:
    """
    The floor's pages. `lists` are those of the watch over campaigns, `health` is what must work, `guards` what
    watches beside it, `events`: the site has `/floor/events`.
    """
    aside = _Thread(room.database.thread_beside("garbo-floor"))

    async def script(script_id: str, version: str) -> Script | None:
        return await aside(lambda: room.scripts.version(script_id, version))

    return floor_room(
        FloorServices(
            floor=Floor(
                book=SqlFloor(FloorFigures(room.database, keyring), aside),
                people=_People(Directory(room.database), aside),
                packs=room.packs,
                lists=lists,
                health=health,
                guards=guards,
                scopes=scopes,
                clock=clock,
                gates=tuple(settings.asterisk.apps),
            ),
            packs=room.packs,
            script=script,
            served=room.scripts.current,
            correcting=correcting,
            clock=clock,
            region=settings.gate.region,
            events=events,
        )
    )


def floor_day(settings: Settings, *, scopes: Scopes | None = None) -> Day:
    """
    The floor as it stands now, of every campaign, with its lists counted anew; without `scopes` no team is told.

    Whether gates are connected only they know. Raises StoreError, ConfigError.
    """
    keyring, clock = read_keyring(settings.privacy.hash_key_file), SystemClock()
    with closing(open_database(settings)) as database:
        check_key(settings, database, keyring)
        database.answers()
        at_hand = packs(settings)
        lists = _lists(settings, database, at_hand, clock)

        async def look() -> Day:
            floor = Floor(
                book=SqlFloor(FloorFigures(database, keyring), asyncio.to_thread),
                people=_People(Directory(database), asyncio.to_thread),
                packs=at_hand,
                lists=lambda: lists,
                health=lambda: {"database": True},
                scopes=scopes or _Nobody(),
                clock=clock,
                gates=tuple(settings.asterisk.apps),
            )
            return await floor.day(_Administrator())

        return asyncio.run(look())


def _lists(settings: Settings, database: Database, at_hand: Packs, clock: Clock) -> Lists:
    now = clock.now()
    soon = now + timedelta(days=settings.screening.warn_days)
    counted = CampaignLists(database)
    covers = [
        counted.cover(campaign, terms_of(campaign, at_hand, now), now=now, soon=soon)
        for campaign in Directory(database).campaigns()
        if not campaign.closed
    ]
    return lists_of(covers, counted.newest(), open_registers(settings), now)


class _Thread:
    """Awaits functions on one thread."""

    def __init__(self, thread: Executor) -> None:
        self._thread = thread

    async def __call__(self, work: Callable[[], T], /) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class _People:
    """Implements desk.floor.People."""

    def __init__(self, directory: Directory, aside: Aside) -> None:
        self._directory = directory
        self._aside = aside

    async def campaigns(self) -> tuple[Campaign, ...]:
        return await self._aside(self._directory.campaigns)

    async def operator(self, operator_id: str) -> Operator | None:
        return await self._aside(lambda: self._directory.operator(operator_id))


class _NoTeams:
    """Implements desk.floor.Scope: nobody is told anything of anybody."""

    singly = False
    teams: tuple[frozenset[str], ...] = ()


class _Nobody:
    """Implements desk.floor.Scopes, where nothing else is known of an agreement."""

    async def figures_scope(self, _: Viewer) -> Scope:
        return _NoTeams()


class _Administrator:
    """Whoever may run commands on this machine."""

    id = ""
    role = Role.ADMIN
