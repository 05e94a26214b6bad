"""
Legs that go round the gate: each leg on a guarded trunk must carry a permit for the number that is dialled.

Judged when dialling begins, for only then a leg has the variables of the line that dials it, and its number. What is
right is seen at once, without asking anybody; what is not is asked again with care, hung up, and kept on record.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from ari_app.policy.dial_strings import dialled_in, trunk_of, user_of, without_numbers
from ari_app.policy.keyring import Keyring
from ari_app.policy.lines import LegBegan, Line, LineBegan, LineChanged, LineEvent, LineGone
from ari_app.ports.bypasses import Bypass, Bypasses, Done, Way, Why
from ari_app.ports.clock import Clock
from ari_app.ports.lines import LineGoneError, Lines, LinesError
from ari_app.ports.observer import Observer
from ari_app.ports.switch import endpoint
from ari_app.ports.verdicts import StoreError
from ari_app.watch.leg_permits import BypassSettings, LegPermits

_OUTBOUND, _INBOUND = "Down", "Ring"
"""With which state a channel begins."""
_UNDIALLED_AFTER = timedelta(milliseconds=500)
"""A leg that nobody was told to be dialled by then is looked at nonetheless."""
_RECORD_AGAIN = timedelta(seconds=1)
_MOST_UNRECORDED = 10_000
_REFUSED = 21
"""Q.850: call rejected."""
_DIALLERS = ("AppDial", "AppDial2")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suspect:
    """A leg that was not seen to be right at once."""

    leg: Line
    trunk: str
    by: Line | None
    caller: str
    """Found at once: it may hang up as soon as its leg does."""
    dialled: str
    """As it is dialled; empty: not told."""
    way: Way
    at: datetime
    began: datetime
    """When its permit had to hold."""


class BypassWatch:
    """Implements `watching.Watcher`."""

    def __init__(
        self,
        settings: BypassSettings,
        *,
        lines: Lines,
        book: Bypasses,
        keyring: Keyring,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._settings = settings
        self._lines = lines
        self._book = book
        self._permits = LegPermits(settings, keyring=keyring, book=book)
        self._clock = clock
        self._observer = observer
        self._names: dict[str, str] = {}
        """Every line's name, by id: who a leg came from."""
        self._undialled: dict[str, asyncio.TimerHandle] = {}
        self._judged: set[str] = set()
        self._suspects: asyncio.Queue[_Suspect] = asyncio.Queue()
        self._unrecorded: deque[Bypass] = deque(maxlen=_MOST_UNRECORDED)

    def see(self, event: LineEvent) -> None:
        """See `Watcher`."""
        match event:
            case LineBegan(line=line, at=at):
                self._names[line.id] = line.name
                if line.state == _OUTBOUND:
                    self._expect(line, at)
            case LegBegan(leg=leg, by=by, dialled=dialled, at=at):
                self._dialled(leg, by, dialled_in(leg.name, dialled), at)
            case LineChanged(line=line, at=at):
                self._names[line.id] = line.name
                if line.id in self._undialled and line.state != _OUTBOUND:
                    self._found(line, at)
            case LineGone(line=line):
                self._forget(line.id)

    def resync(self, lines: tuple[Line, ...]) -> None:
        """See `Watcher`; legs that were there before are judged once, by what held when they began."""
        now = self._clock.now()
        for handle in self._undialled.values():
            handle.cancel()
        self._undialled.clear()
        self._names = {line.id: line.name for line in lines}
        self._judged &= self._names.keys()
        for line in lines:
            if line.state == _OUTBOUND:
                self._expect(line, now)
            elif line.state != _INBOUND:
                self._found(line, now)

    def lost(self) -> None:
        """See `Watcher`; no call is harmed."""

    async def run(self) -> NoReturn:
        """See `Watcher`: deal with each suspect by itself, so that none waits for another."""
        dealing: set[asyncio.Task[None]] = set()
        keeping = asyncio.create_task(self._record_again())
        try:
            while True:
                task = asyncio.create_task(self._deal_safely(await self._suspects.get()))
                dealing.add(task)
                task.add_done_callback(dealing.discard)
        finally:
            for task in (keeping, *dealing):
                task.cancel()
            await asyncio.gather(keeping, *dealing, return_exceptions=True)

    def _dialled(self, leg: Line, by: Line | None, dialled: str, at: datetime) -> None:
        trunk = self._unjudged(leg)
        if trunk is None:
            return
        self._judged.add(leg.id)
        caller = self._caller(leg, by)
        if self._permits.is_right(leg.permit, dialled, at) or self._permits.is_exempt(caller, dialled):
            return
        way = Way.DIALLED if by is not None else Way.ORIGINATED
        self._suspects.put_nowait(
            _Suspect(leg=leg, trunk=trunk, by=by, caller=caller, dialled=dialled, way=way, at=at, began=at)
        )

    def _found(self, line: Line, at: datetime) -> None:
        """A leg of which nobody told that it is dialled."""
        trunk = self._unjudged(line)
        if trunk is None:
            return
        self._judged.add(line.id)
        self._suspects.put_nowait(
            _Suspect(
                leg=line,
                trunk=trunk,
                by=None,
                caller=self._caller(line, None),
                dialled="",
                way=Way.FOUND,
                at=at,
                began=line.began or at,
            )
        )

    def _unjudged(self, leg: Line) -> str | None:
        """Its guarded trunk; None: it is on none, or it was judged already."""
        handle = self._undialled.pop(leg.id, None)
        if handle is not None:
            handle.cancel()
        return None if leg.id in self._judged else trunk_of(leg.name, self._settings.trunks)

    def _expect(self, line: Line, at: datetime) -> None:
        """It is made to be dialled, so somebody will say so soon."""
        if line.id in self._judged or trunk_of(line.name, self._settings.trunks) is None:
            return
        wait = _UNDIALLED_AFTER.total_seconds()
        self._undialled[line.id] = asyncio.get_running_loop().call_later(wait, self._found, line, at)

    def _forget(self, line_id: str) -> None:
        self._names.pop(line_id, None)
        self._judged.discard(line_id)
        handle = self._undialled.pop(line_id, None)
        if handle is not None:
            handle.cancel()

    def _caller(self, leg: Line, by: Line | None) -> str:
        """The phone or trunk that the leg came from, behind Local channels; empty: nobody's."""
        root = self._names.get(leg.linked_id, "") if leg.linked_id != leg.id else ""
        name = root if by is None or by.name.startswith("Local/") else by.name
        return "" if not name or name.startswith("Local/") else endpoint(name)

    async def _deal_safely(self, suspect: _Suspect) -> None:
        try:
            await self._deal(suspect)
        except Exception as fault:  # noqa: BLE001  a fault of ours in one must be told, and end no other
            self._observer.event("bypass.broken", channel=suspect.leg.name, cause=repr(fault))

    async def _deal(self, suspect: _Suspect) -> None:
        leg, permit, dialled = suspect.leg, suspect.leg.permit, suspect.dialled
        try:
            if suspect.way is Way.FOUND and not await self._is_outbound(leg):
                return
            permit = permit or await self._lines.variable(leg.name, "GARBO_PERMIT")
            dialled = dialled or user_of(await self._lines.variable(leg.name, "CHANNEL(pjsip,remote_uri)"))
        except LinesError as error:
            if (
                suspect.way is Way.FOUND
            ):  # nothing is known of it: it is gone, or looked at when there are answers again
                self._judged.discard(leg.id)
                return
            if not isinstance(error, LineGoneError):
                self._observer.event("bypass.unanswered", channel=leg.name, error=str(error))
        if self._permits.is_right(permit, dialled, suspect.began) or self._permits.is_exempt(suspect.caller, dialled):
            return
        why, region = await self._permits.why(permit, dialled, suspect.began)
        if region and self._permits.is_right(permit, dialled, suspect.began, region):
            return
        await self._end(suspect, why, dialled)

    async def _is_outbound(self, leg: Line) -> bool:
        """Of a leg that is up one sees no more which way it came: an inbound one has the URI that was asked for."""
        if leg.name.startswith("PJSIP/"):
            return not await self._lines.variable(leg.name, "CHANNEL(pjsip,request_uri)")
        return await self._lines.variable(leg.name, "CHANNEL(appname)") in _DIALLERS

    async def _end(self, suspect: _Suspect, why: Why, dialled: str) -> None:
        place = suspect.by or suspect.leg
        application, done = await asyncio.gather(self._application(place), self._hang_up(suspect.leg))
        numbers = self._permits.meanings(dialled)
        bypass = Bypass(
            id=suspect.leg.id,
            at=suspect.at,
            gate=self._settings.gate,
            trunk=suspect.trunk,
            channel=without_numbers(suspect.leg.name),
            caller=suspect.caller,
            callee=numbers[0] if numbers else None,
            way=suspect.way,
            where={
                "channel": without_numbers(place.name),
                "context": place.context,
                "exten": without_numbers(place.exten),
                "application": application,
            },
            why=why,
            done=done,
            took_ms=max(0.0, (self._clock.now() - suspect.at) / timedelta(milliseconds=1)),
        )
        self._observer.measure("bypass_ms", bypass.took_ms)
        if self._settings.records_at_once:
            await self._record(bypass)
        else:
            self._unrecorded.append(bypass)

    async def _hang_up(self, leg: Line) -> Done:
        if not self._settings.hangs_up:
            return Done.REPORTED
        try:
            await self._lines.hang_up(leg.name, cause=_REFUSED)
        except LineGoneError:
            return Done.HUNG_UP  # by another gate, or it was given up
        except LinesError as error:
            self._observer.event("bypass.unanswered", channel=leg.name, error=str(error))
            self._judged.discard(leg.id)  # it may be there still when the PBX can be asked again
            return Done.FAILED
        return Done.HUNG_UP

    async def _application(self, line: Line) -> str:
        try:
            return await self._lines.variable(line.name, "CHANNEL(appname)")
        except LinesError:
            return ""

    async def _record(self, bypass: Bypass) -> None:
        try:
            first = await self._book.record(bypass)
        except StoreError as error:
            self._unrecorded.append(bypass)
            self._observer.event("bypass.unrecorded", waiting=len(self._unrecorded), cause=repr(error))
            return
        if first:
            self._observer.event(
                f"bypass.{bypass.done}",
                trunk=bypass.trunk,
                channel=bypass.channel,
                caller=bypass.caller,
                number=bypass.callee.masked if bypass.callee else "",
                way=bypass.way,
                why=bypass.why,
                took_ms=round(bypass.took_ms, 1),
                **{f"at_{name}": value for name, value in bypass.where.items()},
            )

    async def keep_rest(self) -> None:
        """Offer what is not on record to the database, once; none is lost by it."""
        for _ in range(len(self._unrecorded)):
            await self._record(self._unrecorded.popleft())

    async def _record_again(self) -> NoReturn:
        while True:
            await asyncio.sleep(_RECORD_AGAIN.total_seconds())
            await self.keep_rest()
