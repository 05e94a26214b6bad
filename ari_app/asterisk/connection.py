"""
The gate's standing connection to one Asterisk: kept up for ever, events to `calls`, requests from `control`.

After each connect the live channels are told first, then the events that came meanwhile, in order; nothing is dropped.
Losing the connection unregisters the application: the dialplan then tries the next gate, or denies.
"""

import asyncio
import base64
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
from ari_app.asterisk.rest import NO_QUERY, AriResponse, Body, Query
from ari_app.asterisk.settings import AriSettings
from ari_app.asterisk.versions import known_faults
from ari_app.asterisk.websocket import AriSocket
from ari_app.policy.events import CallAsked, CallEvent
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.switch import LiveChannel, SwitchError

Handler = Callable[[CallEvent], None]
OnConnected = Callable[[tuple[LiveChannel, ...]], Awaitable[None]]
_LARGEST_ANSWER = 64 * 2**20  # `GET channels` of a busy exchange is megabytes


class AriConnection:
    """One Asterisk, one application name. `run` keeps it up; it implements `Rest` meanwhile."""

    def __init__(self, settings: AriSettings, *, clock: Clock, observer: Observer, random: Random) -> None:
        self._settings = settings
        self._clock = clock
        self._observer = observer
        self._backoff = Backoff(settings, random)
        self._reader = EventReader(observer)
        self._offset = ClockOffset()
        self._socket: AriSocket | None = None
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
    def bulk_variables(self) -> bool:
        """See `Rest`."""
        return self._pbx is not None and self._pbx.bulk_variables

    @property
    def clock_offset(self) -> timedelta:
        """Asterisk's clock minus ours."""
        return self._offset.estimate

    @property
    def ignored(self) -> dict[str, int]:
        """How many events of no interest came, by type."""
        return dict(self._reader.ignored)

    def send(
        self, method: str, uri: str, *, query: Query = NO_QUERY, body: Body | None = None
    ) -> asyncio.Future[AriResponse]:
        """See `Rest`."""
        if self._socket is not None:
            return self._socket.send(method, uri, query=query, body=body)
        answer: asyncio.Future[AriResponse] = asyncio.get_running_loop().create_future()
        answer.set_exception(AriDisconnected("not connected to Asterisk"))
        return answer

    async def request(self, method: str, uri: str, *, query: Query = NO_QUERY, body: Body | None = None) -> AriResponse:
        """See `Rest`."""
        return await self.send(method, uri, query=query, body=body)

    async def run(self, handler: Handler, on_connected: OnConnected) -> NoReturn:
        """
        Connect, and connect again, until cancelled.

        `handler` gets each event, in order, and must not wait. `on_connected` is awaited after each connect with the
        live channels, before any event of that time is handed over; it may send requests, and is cancelled if the
        connection goes. What it raises beyond SwitchError and AriError ends `run`, as an exception of `handler` does.
        """
        credentials = base64.b64encode(f"{self._settings.user}:{self._settings.password}".encode()).decode()
        # In a header: a key in the address would end up in logs.
        async with aiohttp.ClientSession(headers={"Authorization": f"Basic {credentials}"}) as http:
            while True:
                fault = await self._once(http, handler, on_connected)
                await asyncio.sleep(self._wait_after(fault).total_seconds())

    async def _once(self, http: aiohttp.ClientSession, handler: Handler, on_connected: OnConnected) -> Exception:
        self._deliver = self._held.append
        try:
            async with self._open(http) as socket:
                await _until_first_ends(socket.read(), socket.write(), self._serve(handler, on_connected))
        except (AriError, SwitchError) as fault:
            return fault
        return AriDisconnected("the connection to Asterisk ended")

    @asynccontextmanager
    async def _open(self, http: aiohttp.ClientSession) -> AsyncIterator[AriSocket]:
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
        self._socket = socket
        self._replaced.clear()
        try:
            yield socket
        finally:
            self._ready.clear()
            self._socket = None
            socket.end(AriDisconnected("the connection to Asterisk ended"))
            await websocket.close()

    async def _serve(self, handler: Handler, on_connected: OnConnected) -> NoReturn:
        settings = self._settings
        self._offset.forget()
        await greeting.set_event_filter(self, settings.app)
        await self._compare_clocks()
        self._pbx = await greeting.pbx(self)
        if faults := known_faults(self._pbx.version):
            self._observer.event("ari.version_faulty", version=self._pbx.version, faults=faults)
        channels = await self._channels()
        await on_connected(channels)
        self._release(handler)
        self._ready_since = asyncio.get_running_loop().time()
        self._ready.set()
        self._observer.event("ari.connected", app=settings.app, version=self._pbx.version, channels=len(channels))
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
            pong = await greeting.ping(self)
        except AriTimeout:
            self._observer.event("ari.ping_unanswered", hint="no REST over websockets before Asterisk 20.14 and 22.4")
            raise
        if pong.at is not None:
            self._offset.add(sent_at=sent_at, stamped_at=pong.at, read_at=self._clock.now())

    async def _channels(self) -> tuple[LiveChannel, ...]:
        channels = await greeting.live_channels(self, self._settings.app)
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
