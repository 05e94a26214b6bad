"""
`GET /desk/events` and `GET /floor/events`: a page is told to look again, and looks.

An event says nothing but the mark of the change, so that a browser which was away, or slow, has missed nothing once it
has looked, and one that has seen as much in the answer to its own form does not look (decision 40). Each stream has a
task and a bell of its own: nobody waits for a browser that does not read, and it is dropped after a while. A stream
that is open says that somebody is at the desk.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import aiohttp_jinja2
from aiohttp import web
from aiohttp_sse import EventSourceResponse

from ari_app.policy.request import Role
from ari_app.web.access import only, person_of
from ari_app.web.live.words import WORDS

MOST_STREAMS = 8
"""Of one person: more open pages than that are a fault, and a browser has no more connections to one place."""
_GONE = (ConnectionError, TimeoutError)
"""A browser left, or took nothing any more."""


class Changes(Protocol):
    """Who is woken when; a wait may be cancelled and begun anew, and never ends by itself."""

    def changes(self, operator: str) -> AsyncIterator[str]:
        """Wakes at once, then whenever something changed for this operator, and gives the mark of the change."""
        ...

    def floor_changes(self) -> AsyncIterator[str]:
        """The same for everything."""
        ...


class Presence(Protocol):
    """Who is at their desk."""

    def at_desk(self, operator: str) -> AbstractContextManager[None]:
        """A desk of theirs is open meanwhile."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often streams say something, and how long they wait for who does not read."""

    heartbeat: timedelta = timedelta(seconds=15)
    """A comment for what lies between, and an event `still` for the page, which cannot hear comments."""
    drop_after: timedelta = timedelta(seconds=20)
    """A browser that took nothing for so long is gone."""
    floor_at_most_every: timedelta = timedelta(milliseconds=500)
    """With twenty calls a second something changes all the time; nobody reads faster."""
    retry: timedelta = timedelta(seconds=1)
    """How long a browser waits at least before it connects anew; up to twice as long, so that not all come at once."""


@dataclass(slots=True)
class LiveRoom:
    """A `Room` (web.application): the two streams. `desks` and `floors` are how many are open."""

    changes: Changes
    presence: Presence
    pace: Pace = field(default_factory=Pace)
    desks: int = field(default=0, init=False)
    floors: int = field(default=0, init=False)
    _open: set[EventSourceResponse] = field(default_factory=set, init=False)
    _by_person: Counter[str] = field(default_factory=Counter, init=False)

    def __call__(self, app: web.Application) -> None:
        """Add it to the site; when the server stops, streams end first, so that nothing waits for them."""
        app.router.add_get("/desk/events", only()(self._desk), allow_head=False)
        floor = only(Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)(self._floor)
        app.router.add_get("/floor/events", floor, allow_head=False)
        app.on_shutdown.append(self._end_all)
        aiohttp_jinja2.get_env(app).globals["live_words"] = WORDS

    async def _desk(self, request: web.Request) -> web.StreamResponse:
        person = person_of(request)
        self.desks += 1
        try:
            at_desk = self.presence.at_desk(person.id)
            return await self._stream(request, self.changes.changes(person.id), at_desk, timedelta())
        finally:
            self.desks -= 1

    async def _floor(self, request: web.Request) -> web.StreamResponse:
        self.floors += 1
        try:
            changes = self.changes.floor_changes()
            return await self._stream(request, changes, nullcontext(), self.pace.floor_at_most_every)
        finally:
            self.floors -= 1

    async def _stream(
        self,
        request: web.Request,
        changes: AsyncIterator[str],
        meanwhile: AbstractContextManager[None],
        at_most_every: timedelta,
    ) -> web.StreamResponse:
        person = person_of(request)
        if self._by_person[person.id] >= MOST_STREAMS:
            raise web.HTTPTooManyRequests
        stream = EventSourceResponse(
            send_timeout=self.pace.drop_after.total_seconds(), ping_interval=self.pace.heartbeat.total_seconds()
        )
        self._by_person[person.id] += 1
        try:
            await stream.prepare(request)
            self._open.add(stream)
            with meanwhile:
                await self._while_it_lasts(stream, changes, at_most_every)
        finally:
            self._open.discard(stream)
            self._by_person -= Counter([person.id])
        return stream

    async def _while_it_lasts(
        self, stream: EventSourceResponse, changes: AsyncIterator[str], at_most_every: timedelta
    ) -> None:
        """Until the browser is gone, or takes nothing any more, or the server stops, or the session is over."""
        async with stream:  # it ends its heartbeat when it is left
            sending = asyncio.create_task(self._send(stream, changes, at_most_every))
            try:
                await stream.wait()
            finally:
                sending.cancel()
                (ended,) = await asyncio.gather(sending, return_exceptions=True)
            if isinstance(ended, Exception) and not isinstance(ended, _GONE):
                raise ended

    async def _send(self, stream: EventSourceResponse, changes: AsyncIterator[str], at_most_every: timedelta) -> None:
        mark = ""
        retry_ms = self.pace.retry // timedelta(milliseconds=1)
        retry: int | None = retry_ms + secrets.randbelow(retry_ms + 1)
        try:
            while True:
                try:
                    async with asyncio.timeout(self.pace.heartbeat.total_seconds()):
                        mark = await anext(changes)
                except TimeoutError:
                    await stream.send(mark, event="still")
                    continue
                await stream.send(mark, event="changed", retry=retry)
                retry = None
                await asyncio.sleep(at_most_every.total_seconds())
        finally:  # whatever it was, the stream is of no use without this
            stream.stop_streaming()

    async def _end_all(self, _: web.Application) -> None:
        for stream in self._open:
            stream.stop_streaming()
