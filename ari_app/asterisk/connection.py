"""
The gate's standing connection to one Asterisk: kept up for ever, events to `calls`, requests from `control`.

Events come over a websocket. Requests go over the same one where Asterisk can (`versions`), else over plain HTTP.

After each connect the live channels are told first, then the events that came meanwhile, in order; nothing is dropped.
Losing the connection unregisters the application: the dialplan then tries the next gate, or denies.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import NoReturn

import aiohttp
from yarl import URL

from ari_app.asterisk import greeting
from ari_app.asterisk.backoff import Backoff
from ari_app.asterisk.clock_offset import ClockOffset
from ari_app.asterisk.errors import AriDisconnected, AriError, AriForbidden, AriReplaced, AriTimeout, foreign_errors
from ari_app.asterisk.events import APPLICATION_REPLACED, EventReader, marked_if_late
from ari_app.asterisk.greeting import Pbx
from ari_app.asterisk.plain_http import AriHttp, session
from ari_app.asterisk.rest import NO_QUERY, AriResponse, Body, Query, Request, Transport
from ari_app.asterisk.settings import AriSettings
from ari_app.asterisk.versions import faults_of, rest_over_websocket
from ari_app.asterisk.websocket import AriSocket
from ari_app.policy.events import CallAsked, CallEvent
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.switch import LiveChannel, SwitchError

Handler = Callable[[CallEvent], None]
OnConnected = Callable[[tuple[LiveChannel, ...]], Awaitable[None]]
_LARGEST_ANSWER = 64 * 2**20  # `GET channels` of a busy exchange is megabytes
_EVENT_BEHIND = timedelta(milliseconds=100)
"""How far a channel's event may be behind its place in `GET channels`, where the two travel apart."""


class AriConnection:
    """One Asterisk, one application name. `run` keeps it up; it implements `Ari` meanwhile."""

    def __init__(self, settings: AriSettings, *, clock: Clock, observer: Observer, random: Random) -> None:
        self._settings = settings
        self._clock = clock
        self._observer = observer
        self._backoff = Backoff(settings, random)
        self._reader = EventReader(observer)
        self._offset = ClockOffset()
        self._rest: AriSocket | AriHttp | None = None
        self._transport: Transport | None = None
        self._bulk_variables = False
        self._ready = asyncio.Event()
        self._ready_since: float | None = None
        self._replaced = asyncio.Event()
        self._held: deque[CallEvent] = deque()
        self._deliver: Handler = self._held.append
        self._pbx: Pbx | None = None

    @property
    def connected(self) -> bool:
        """Calls are being taken: connected, greeted, resynchronised, and nobody took our name."""
        return self._ready.is_set()

    async def wait_connected(self) -> None:
        """Return once `connected` holds."""
        await self._ready.wait()

    @property
    def pbx(self) -> Pbx | None:
        """The Asterisk of the present or last connection; None before the first."""
        return self._pbx

    @property
    def transport(self) -> Transport | None:
        """How requests travel, or did over the last connection; None before the first."""
        return self._transport

    @property
    def bulk_variables(self) -> bool:
        """See `Ari`."""
        return self._bulk_variables

    @property
    def clock_offset(self) -> timedelta:
        """Asterisk's clock minus ours."""
        return self._offset.estimate

    @property
    def ignored(self) -> dict[str, int]:
        """How many events of no interest came, by type."""
        return dict(self._reader.ignored)

    def in_turn(self, *requests: Request) -> tuple[asyncio.Future[AriResponse], ...]:
        """See `Rest`."""
        if self._rest is not None:
            return self._rest.in_turn(*requests)
        answers = tuple(asyncio.get_running_loop().create_future() for _ in requests)
        for answer in answers:
            answer.set_exception(AriDisconnected("not connected to Asterisk"))
        return answers

    async def request(self, method: str, uri: str, *, query: Query = NO_QUERY, body: Body | None = None) -> AriResponse:
        """See `Rest`."""
        return await self.in_turn(Request(method, uri, query, body))[0]

    async def run(self, handler: Handler, on_connected: OnConnected) -> NoReturn:
        """
        Connect, and connect again, until cancelled.

        `handler` gets each event, in order, and must not wait. `on_connected` is awaited after each connect with the
        live channels, before any event of that time is handed over; it may send requests, and is cancelled if the
        connection goes. What it raises beyond SwitchError and AriError ends `run`, as an exception of `handler` does.
        """
        async with session(self._settings) as http:
            while True:
                fault = await self._once(http, handler, on_connected)
                await asyncio.sleep(self._wait_after(fault).total_seconds())

    async def _once(self, http: aiohttp.ClientSession, handler: Handler, on_connected: OnConnected) -> Exception:
        self._deliver = self._held.append
        plain = AriHttp(http, self._settings)
        ended = AriDisconnected("the connection to Asterisk ended")
        try:
            # Before the application is there: calls come from then on, and cannot wait until it is known how to answer.
            self._pbx = pbx = await greeting.pbx(plain)
            async with self._open(http, ended) as socket:
                serving = self._serve(handler, on_connected, socket=socket, plain=plain, pbx=pbx)
                await _until_first_ends(socket.read(), socket.write(), serving)
        except (AriError, SwitchError) as fault:
            return fault
        finally:
            plain.end(ended)
        return ended

    @asynccontextmanager
    async def _open(self, http: aiohttp.ClientSession, ended: AriError) -> AsyncIterator[AriSocket]:
        settings = self._settings
        with foreign_errors("connect to ARI"):
            async with asyncio.timeout(settings.connect_timeout.total_seconds()):
                websocket = await http.ws_connect(
                    URL(settings.ari_url) / "events",
                    params={"app": settings.app},
                    heartbeat=settings.heartbeat.total_seconds(),
                    timeout=aiohttp.ClientWSTimeout(ws_close=1),
                    max_msg_size=_LARGEST_ANSWER,
                )
        timeout_s = settings.request_timeout.total_seconds()
        socket = AriSocket(websocket, timeout_s=timeout_s, on_event=self._take, observer=self._observer)
        self._replaced.clear()
        try:
            yield socket
        finally:
            self._ready.clear()
            self._rest = None
            socket.end(ended)
            await websocket.close()

    async def _choose(self, socket: AriSocket, plain: AriHttp, pbx: Pbx) -> AriSocket | AriHttp:
        """What carries requests: asked of Asterisk itself where its version does not say."""
        can = rest_over_websocket(pbx.version)
        if self._settings.rest is not None:
            can = self._settings.rest is Transport.WEBSOCKET
        if can is None:
            await greeting.set_event_filter(plain, self._settings.app)
            try:
                await greeting.ping(socket)
                can = True
            except AriTimeout:
                can = False
        self._transport = Transport.WEBSOCKET if can else Transport.HTTP
        return socket if can else plain

    async def _serve(
        self, handler: Handler, on_connected: OnConnected, *, socket: AriSocket, plain: AriHttp, pbx: Pbx
    ) -> NoReturn:
        settings = self._settings
        self._offset.forget()
        self._rest = await self._choose(socket, plain, pbx)
        await greeting.set_event_filter(self, settings.app)
        await self._compare_clocks()
        self._bulk_variables = await greeting.has_bulk_variables(self)
        if faults := faults_of(pbx.version):
            self._observer.event("ari.version_faulty", version=pbx.version, faults=[fault.what for fault in faults])
        channels = await self._channels()
        await on_connected(channels)
        self._release(handler)
        self._ready_since = asyncio.get_running_loop().time()
        self._ready.set()
        self._observer.event(
            "ari.connected", app=settings.app, version=pbx.version, rest=self._transport, channels=len(channels)
        )
        while not await self._replaced_within(settings.clock_interval):
            await self._compare_clocks()
        # Still connected, so verdicts under way can be sent; but new calls go to the other process.
        self._ready.clear()
        self._observer.event("ari.application_replaced", app=settings.app)
        await asyncio.sleep(settings.backoff_slow.total_seconds())
        raise AriReplaced(f"another process connected as {settings.app}: each gate needs a name of its own")

    async def _replaced_within(self, interval: timedelta) -> bool:
        try:
            async with asyncio.timeout(interval.total_seconds()):
                return await self._replaced.wait()
        except TimeoutError:
            return False

    async def _compare_clocks(self) -> None:
        sent_at = self._clock.now()
        try:
            answered_at = await greeting.ping(self)
        except AriTimeout:
            self._observer.event("ari.ping_unanswered", hint="an event filter of another hand, without RESTResponse?")
            raise
        if answered_at is not None:
            self._offset.add(sent_at=sent_at, stamped_at=answered_at, read_at=self._clock.now())

    async def _channels(self) -> tuple[LiveChannel, ...]:
        channels = await greeting.live_channels(self, self._settings.app)
        if self._transport is Transport.HTTP and any(channel.in_gate for channel in channels):
            # The answer may have overtaken the event of a channel that just came in, and is not forgotten.
            await asyncio.sleep(_EVENT_BEHIND.total_seconds())
        asking = {event.channel_id for event in self._held if isinstance(event, CallAsked)}
        return tuple(replace(channel, asks=channel.channel_id in asking) for channel in channels)

    def _take(self, kind: str, raw: str) -> None:
        if kind == APPLICATION_REPLACED:
            self._replaced.set()
            return
        event = self._reader.read(kind, raw)
        if event is not None:
            self._deliver(event)

    def _release(self, handler: Handler) -> None:
        def deliver(event: CallEvent) -> None:
            asterisk_now = self._clock.now() + self._offset.estimate
            handler(marked_if_late(event, asterisk_now=asterisk_now, deadline=self._settings.deadline))

        while self._held:
            deliver(self._held.popleft())
        self._deliver = deliver

    def _wait_after(self, fault: Exception) -> timedelta:
        since, self._ready_since = self._ready_since, None
        held = timedelta(0) if since is None else timedelta(seconds=asyncio.get_running_loop().time() - since)
        wait = self._backoff.wait(fault, held=held)
        name = "ari.disconnected" if since is not None else "ari.connect_failed"
        if isinstance(fault, AriForbidden):
            name = "ari.configuration_refused"
        self._observer.event(name, error=str(fault), held_s=held.total_seconds(), retry_s=wait.total_seconds())
        return wait


async def _until_first_ends(*coroutines: Coroutine[object, object, None]) -> None:
    """
    Run side by side until one ends, end the others, and raise its error; a fault of our own before one of ARI.

    Not a TaskGroup: before Python 3.13 one that fails while it is cancelled swallows the cancellation (gh-116720), and
    a gate that loses its connection as it is told to stop would go on for ever.
    """
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    errors = [error for error in results if isinstance(error, Exception)]
    for error in errors:
        if not isinstance(error, AriError | SwitchError):
            raise error
    for task in ended:
        task.result()
