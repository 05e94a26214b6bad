"""
The standing connection to one Asterisk's AMI: kept up for ever, what it tells to `watch`, questions to it as `Lines`.

After each connect every channel there is is told first, then what happened meanwhile, in order. Losing the connection
harms no call: the gate judges over ARI.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import NoReturn
from uuid import uuid4

from panoramisk.message import Message

from ari_app.asterisk.ami_events import LineReader, listed
from ari_app.asterisk.ami_session import AmiForbidden, AmiRefused, AmiSession, AmiSettings, session
from ari_app.asterisk.backoff import Backoff
from ari_app.policy.lines import Line, LineEvent
from ari_app.ports.clock import Clock
from ari_app.ports.lines import LineGoneError, LinesError, LinesUnavailable
from ari_app.ports.observer import Observer

Handler = Callable[[LineEvent], None]
Resync = Callable[[tuple[Line, ...]], None]
_GONE = "No such channel"
_LIST_TAKES = 3
"""A list of all channels may take so many times as long as another answer."""


class Ami:
    """One Asterisk. `run` keeps the connection up; it implements `ports.lines.Lines` meanwhile."""

    def __init__(self, settings: AmiSettings, *, clock: Clock, observer: Observer, random: Random) -> None:
        self._settings = settings
        self._clock = clock
        self._observer = observer
        self._backoff = Backoff(settings, random)
        self._reader = LineReader()
        self._session: AmiSession | None = None
        self._held: deque[LineEvent] = deque()
        self._deliver: Handler = self._held.append
        self._ready_since: float | None = None

    @property
    def connected(self) -> bool:
        """Events are being told: logged in, and every channel known."""
        return self._ready_since is not None

    async def run(self, handle: Handler, resync: Resync, lost: Callable[[], None] = lambda: None) -> NoReturn:
        """
        Connect, and connect again, until cancelled.

        `resync` gets every channel after each connect, then `handle` each event, in order; neither may wait. `lost` is
        called when a connection ends that was ready. What they raise ends `run`.
        """
        while True:
            try:
                await self._once(handle, resync)
            except LinesError as fault:
                since, self._ready_since = self._ready_since, None
                held = timedelta(seconds=asyncio.get_running_loop().time() - since if since is not None else 0)
                wait = self._backoff.wait(fault, held=held, by_hand=isinstance(fault, AmiForbidden))
                self._observer.event(
                    _name_of(fault, ready=since is not None), error=str(fault), retry_s=wait.total_seconds()
                )
                if since is not None:
                    lost()
            await asyncio.sleep(wait.total_seconds())

    async def hang_up(self, name: str, *, cause: int) -> None:
        """See `Lines`."""
        await self._of_channel({"Action": "Hangup", "Channel": name, "Cause": str(cause)})

    async def variable(self, name: str, variable: str) -> str:
        """See `Lines`."""
        answer = await self._of_channel({"Action": "Getvar", "Channel": name, "Variable": variable})
        return _read(answer.value)

    async def lines(self) -> tuple[Line, ...]:
        """See `Lines`."""
        return await self._lines(self._live())

    async def command(self, text: str) -> str:
        """See `Lines`."""
        answer = await self._ask({"Action": "Command", "Command": text})
        output = answer.output
        return _read("\n".join(output) if isinstance(output, list) else output)

    async def originate(
        self, channel: str, *, context: str, exten: str, variables: Mapping[str, str], timeout_s: float
    ) -> str:
        """See `Lines`; the id is chosen here, so that it is known whatever becomes of the answer."""
        line_id = f"garbo-{uuid4().hex}"
        await self._ask(
            {
                "Action": "Originate",
                "Channel": channel,
                "ChannelId": line_id,
                "Context": context,
                "Exten": exten,
                "Priority": "1",
                "Timeout": str(round(timeout_s * 1000)),
                "Async": "true",
                "Variable": [f"{key}={value}" for key, value in variables.items()],
            }
        )
        return line_id

    async def _once(self, handle: Handler, resync: Resync) -> NoReturn:
        self._held.clear()
        self._deliver = self._held.append
        async with session(self._settings, self._take) as live:
            self._session = live
            try:
                lines = await self._lines(live)
                self._reader.begin(lines)
                resync(lines)
                while self._held:
                    handle(self._held.popleft())
                self._deliver = handle
                self._ready_since = asyncio.get_running_loop().time()
                self._observer.event("ami.connected", channels=len(lines))
                await self._until_silent(live)
            finally:
                self._session = None

    async def _until_silent(self, live: AmiSession) -> NoReturn:
        """Ask now and then whether somebody is there; a connection that is half open says nothing by itself."""
        every = self._settings.ping_every.total_seconds()
        while True:
            done, _ = await asyncio.wait({live.ended}, timeout=every)
            if done:
                live.ended.result()
            await live.ask({"Action": "Ping"}, within=self._settings.request_timeout)

    def _take(self, message: Message) -> None:
        event = self._reader.read(message, self._clock.now())
        if event is not None:
            self._deliver(event)

    def _live(self) -> AmiSession:
        if self._session is None:
            raise LinesUnavailable("no connection to AMI")
        return self._session

    async def _lines(self, live: AmiSession) -> tuple[Line, ...]:
        within = self._settings.request_timeout * _LIST_TAKES
        events = await live.ask_for_list({"Action": "CoreShowChannels"}, within=within)
        now = self._clock.now()
        return tuple(line for event in events if (line := listed(event, now)) is not None)

    async def _ask(self, action: Mapping[str, str | list[str]]) -> Message:
        return await self._live().ask(action, within=self._settings.request_timeout)

    async def _of_channel(self, action: Mapping[str, str]) -> Message:
        try:
            return await self._ask(action)
        except AmiRefused as refusal:
            if _GONE in str(refusal):
                raise LineGoneError(action["Channel"]) from refusal
            raise


def _name_of(fault: LinesError, *, ready: bool) -> str:
    if isinstance(fault, AmiForbidden | AmiRefused):
        return "ami.configuration_refused"
    return "ami.disconnected" if ready else "ami.connect_failed"


def _read(text: str) -> str:
    """What came byte by byte, as the UTF-8 that it is."""
    return text.encode("latin-1").decode("utf-8", "replace")
