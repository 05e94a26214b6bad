"""The HTTP API beside the gate: verdicts ahead of calls, and the services that release and forget."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from ari_app.config import Settings, read_keyring
from ari_app.desk.binding import Shown
from ari_app.judging.ahead import Asking
from ari_app.main.binding import desk_binding
from ari_app.main.clocks import Ulids
from ari_app.main.courtroom import Courtroom
from ari_app.main.desk_words import desk_words
from ari_app.main.guards import Guard, Stand
from ari_app.policy.held import Suppression, SuppressionPurpose
from ari_app.ports.api_answers import KEPT_FOR, ApiAnswers
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.reservations import Reservations
from ari_app.ports.verdicts import StoreError
from ari_app.stores.api_answers import SqlApiAnswers
from ari_app.stores.bulk import SqlArchive
from ari_app.stores.call_pages import SqlCallPages
from ari_app.stores.database import Database
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.reservations import SqlReservations
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tokens import SqlTokens
from ari_app.web.api import Services, api_room

_RELEASE_EVERY, _FORGET_EVERY = timedelta(seconds=1), timedelta(minutes=1)
_AT_ONCE = 50
"""Rows in one transaction: more would hold the writer beyond 20 ms."""


def guard_api(stand: Stand) -> Guard:
    """The API over the gate's own judge and database."""
    services = api_services(stand.settings, stand.room, desks=stand.site.desk.desks, clock=stand.clock)
    tidying = Tidying(services.reservations, services.answers, clock=stand.clock, observer=stand.room.observer)
    return Guard(
        services={"reservations": tidying.release, "api answers": tidying.forget},
        rooms=(api_room(services, region=stand.settings.gate.region),),
    )


def api_services(
    settings: Settings,
    room: Courtroom,
    *,
    desks: Shown,
    clock: Clock,
    monotonic: Callable[[], float] = time.monotonic,
) -> Services:
    """What the API asks. Raises ConfigError: the key file cannot be read."""
    keyring, database = read_keyring(settings.privacy.hash_key_file), room.database

    async def reading(work: Callable[[], Sequence[Hashable]]) -> Sequence[Hashable]:
        return await database.on_reader(work)

    return Services(
        granted=SqlTokens(database, clock).granted,
        asking=Asking(
            judge=room.judge,
            verdicts=room.verdicts,
            archive=SqlArchive(database, keyring),
            reading=reading,
            held_for=timedelta(seconds=settings.web.reserved_s),
            clock=clock,
            ids=Ulids(),
        ),
        verdicts=room.verdicts,
        reservations=SqlReservations(database),
        pages=SqlCallPages(database, keyring),
        answers=SqlApiAnswers(database, keyring),
        suppressing=_Suppressing(database, Suppressions(database, keyring, clock)),
        noting=desk_words(settings, room, clock=clock).noting,
        words=_Words(database, SqlDispositions(database, keyring)),
        binding=desk_binding(room, desks),
        clock=clock,
        monotonic=monotonic,
        observer=room.observer,
        per_minute=settings.web.api_per_minute,
    )


class Tidying:
    """Releases what was not redeemed in time, and forgets what is over."""

    def __init__(self, reservations: Reservations, answers: ApiAnswers, *, clock: Clock, observer: Observer) -> None:
        """Nothing is begun here."""
        self._reservations = reservations
        self._answers = answers
        self._clock = clock
        self._observer = observer

    async def release(self) -> None:
        """Every second; never returns. While the database does not answer nothing is lost: it is tried again."""
        await _again_and_again(self.release_due, _RELEASE_EVERY)

    async def forget(self) -> None:
        """Every minute; never returns."""
        await _again_and_again(self.forget_over, _FORGET_EVERY)

    async def release_due(self) -> None:
        """Release everything that is due. Raises StoreError."""
        while due := await self._reservations.release_due(at=self._clock.now(), limit=_AT_ONCE):
            for call_id in due:
                self._observer.event("reservation.released", call_id=call_id)

    async def forget_over(self) -> None:
        """Forget everything that is over. Raises StoreError."""
        while await self._reservations.forget_over(limit=_AT_ONCE):
            pass
        while await self._answers.sweep(before=self._clock.now() - KEPT_FOR, limit=_AT_ONCE):
            pass


async def _again_and_again(work: Callable[[], Awaitable[None]], every: timedelta) -> None:
    while True:
        await asyncio.sleep(every.total_seconds())
        with suppress(StoreError):
            await work()


class _Suppressing:
    """Implements web.api.services.Suppressing on the database's own threads."""

    def __init__(self, database: Database, entries: Suppressions) -> None:
        self._database = database
        self._entries = entries

    async def add(
        self,
        e164: str,
        *,
        scope: str,
        purpose: SuppressionPurpose,
        reason: str,
        source: str,
        expires_at: datetime | None,
    ) -> Suppression:
        add = partial(self._entries.add, e164, scope=scope, purpose=purpose, reason=reason, source=source)
        return await self._database.on_writer(partial(add, expires_at=expires_at))


class _Words:
    """Implements web.api.services.Words on the database's own threads."""

    def __init__(self, database: Database, words: SqlDispositions) -> None:
        self._database = database
        self._words = words

    async def operators_of(self, call_id: str) -> frozenset[str]:
        return await self._database.on_reader(partial(self._words.operators_of, call_id))
