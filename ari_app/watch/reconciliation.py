"""
Every outbound leg has its permit, every permit its leg: the PBX's own records held against the gate's book, each night.

Where the PBX writes no records of its own that can be read, the legs that AMI tells of are kept as they begin
(`LegWatch`) and stand for them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NoReturn, TypeVar

from ari_app.policy.legs import Reconciliation, TrunkLeg, Window, reconciled
from ari_app.policy.lines import LegBegan, Line, LineEvent
from ari_app.policy.reading_legs import LegReader
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.trunk_legs import LegBook, LegSource, LegSourceError
from ari_app.ports.verdicts import StoreError

T = TypeVar("T")

LEGS_KEPT = timedelta(days=100)
_LONGEST_CALL = timedelta(hours=12)
"""A leg may belong to a permit that was given so long before."""
_LOOK_EVERY_S = 60.0
_WRITE_EVERY_S = 1.0
_MOST_WAITING = 50_000


def window_of(day: date, zone: tzinfo) -> Window:
    """From midnight to midnight there."""
    since, until = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    return Window(day=day, since=since, until=until)


def reconcile(day: date, *, zone: tzinfo, source: LegSource, book: LegBook, at: datetime) -> Reconciliation:
    """
    One day, noted in the book. For a caller that may wait.

    Raises LegSourceError, StoreUnavailable: nothing is noted.
    """
    window = window_of(day, zone)
    legs = source.legs(window.since, window.until)
    permits = book.permits(window.since - _LONGEST_CALL, window.until)
    found = reconciled(window, source.name, legs, permits)
    book.note(found, at)
    return found


class Nightly:
    """Reconciles yesterday, once a day at its hour. What fails is told, and tried again."""

    def __init__(
        self,
        *,
        source: LegSource,
        book: LegBook,
        zone: tzinfo,
        at_hour: int,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._source = source
        self._book = book
        self._zone = zone
        self._at_hour = at_hour
        self._clock = clock
        self._observer = observer
        self._done: date | None = None
        self.unchecked: int | None = None
        """Of the last day that was reconciled; None: none was."""

    async def run(self) -> NoReturn:
        """Never returns."""
        newest = await asyncio.to_thread(self._book.newest)
        if newest is not None:
            self._done, self.unchecked = newest
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Once: what is due."""
        now = self._clock.now().astimezone(self._zone)
        yesterday = now.date() - timedelta(days=1)
        if now.hour < self._at_hour or (self._done is not None and self._done >= yesterday):
            return
        try:
            found = await asyncio.to_thread(
                reconcile, yesterday, zone=self._zone, source=self._source, book=self._book, at=now
            )
            await asyncio.to_thread(self._book.forget, now - LEGS_KEPT)
        except (LegSourceError, StoreError) as error:
            self._observer.event("reconciliation.failed", cause=str(error))
            return
        self._done, self.unchecked = found.day, len(found.unchecked)
        told = "reconciliation.unchecked" if found.unchecked else "reconciliation.clean"
        self._observer.event(
            told,
            day=found.day.isoformat(),
            source=found.source,
            legs=found.legs,
            unchecked=len(found.unchecked),
            unseen=len(found.unseen),
        )


class LegWatch:
    """Implements `watching.Watcher`: keeps each leg on a guarded trunk as it begins."""

    def __init__(
        self,
        reader: LegReader,
        book: LegBook,
        *,
        gate: str,
        on_writer: Callable[[Callable[[], None]], Awaitable[None]],
        observer: Observer,
    ) -> None:
        """`on_writer` runs what writes the database off the loop."""
        self._reader = reader
        self._book = book
        self._gate = gate
        self._on_writer = on_writer
        self._observer = observer
        self._waiting: list[TrunkLeg] = []

    def see(self, event: LineEvent) -> None:
        """See `Watcher`."""
        if not isinstance(event, LegBegan):
            return
        leg = self._reader.leg(
            id=event.leg.id,
            at=event.at,
            channel=event.leg.name,
            dial_string=event.dialled,
            asked_by=event.by.id if event.by else "",
            permit=event.leg.permit,
        )
        if leg is None:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._observer.event("reconciliation.legs_lost", most=_MOST_WAITING)
            return
        self._waiting.append(leg)

    def resync(self, lines: tuple[Line, ...]) -> None:
        """See `Watcher`; what began unseen is the bypass watch's to judge."""

    def lost(self) -> None:
        """See `Watcher`."""

    async def run(self) -> NoReturn:
        """See `Watcher`: write what was seen, a second's legs together."""
        while True:
            await asyncio.sleep(_WRITE_EVERY_S)
            await self.write()

    async def write(self) -> None:
        """Once. What cannot be written waits."""
        some = tuple(self._waiting)
        if not some:
            return
        try:
            await self._on_writer(lambda: self._book.keep(some, gate=self._gate))
        except StoreError as error:
            self._observer.event("reconciliation.unwritten", legs=len(some), cause=repr(error))
            return
        del self._waiting[: len(some)]
