"""
One call: a task with an inbox, from the question to the outcome.

    asked ──> judged ──> refused                                    (the verdict is the outcome: denied)
                 └─────> allowed ──> observed ──> closed            (exactly one outcome, last)

A permit that arrives too late, or whose channel has left, is not taken back here: the dialplan dials on no stale
permit, and what is dialled all the same is seen, because the channel is watched before it is sent on.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from ari_app.calls.closing import close
from ari_app.calls.progress import Attendance, Progress
from ari_app.calls.telling import NobodyWatches
from ari_app.calls.variables import Signing, variables
from ari_app.judging.judge import Judge
from ari_app.judging.turnstile import Overloaded
from ari_app.policy.events import CallAsked, CallEvent, ChannelGone, DialStatus, LeftGate, LegDialled
from ari_app.policy.record import VerdictRecord
from ari_app.ports.call_watch import CallWatch
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.switch import ChannelGoneError, Switch, SwitchError
from ari_app.ports.verdicts import StoreError, Verdicts

_FIRST_RETRY = timedelta(milliseconds=100)
_LAST_RETRY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything outside that a call talks to."""

    switch: Switch
    judge: Judge
    verdicts: Verdicts
    observer: Observer
    clock: Clock
    signing: Signing
    watch: CallWatch = field(default_factory=NobodyWatches)
    """Who is told of each call's life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The channels a call knew were held against those that live."""

    known: frozenset[str]
    live: frozenset[str]
    at: datetime
    gap: bool
    """Events may have been lost meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    """Whether an operator is with whoever answered, as those tell who watch the lines."""

    attendance: Attendance
    at: datetime


Told: TypeAlias = CallEvent | Compared | Attended
"""All that comes to a call's inbox."""


class Hooks(Protocol):
    """What a call tells its reactor."""

    def knows(self, call: "Call", channel_id: str) -> None:
        """Events of this channel are the call's."""
        ...

    def answered(self) -> None:
        """One question has its answer."""
        ...

    def forget(self, call: "Call") -> None:
        """The call takes no more events."""
        ...


class Call:
    """One gated channel and the legs it dials."""

    def __init__(self, channel_id: str, ports: Ports, hooks: Hooks) -> None:
        """Begin with nothing judged; `run` does the rest."""
        self.channel_id = channel_id
        self.call_id = ""
        """Empty until there is a permit to be observed."""
        self.progress = Progress()
        self.unanswered = 0
        """Questions that wait for their answer."""
        self._inbox: asyncio.Queue[Told] = asyncio.Queue()
        self._ports = ports
        self._hooks = hooks

    def post(self, event: Told) -> None:
        """Events are handled one after the other, in the order of their arrival."""
        self.unanswered += isinstance(event, CallAsked)
        self._inbox.put_nowait(event)

    def adopt(self, call_id: str, progress: Progress) -> None:
        """Go on with a call whose verdict an earlier life of this gate gave."""
        self.call_id, self.progress = call_id, progress

    async def run(self) -> None:
        """Live until there is nothing more to see."""
        while True:
            await self._see(await self._inbox.get())
            if self._inbox.empty() and (not self.call_id or self.progress.over):
                break
        self._hooks.forget(self)  # before the outcome is written: a question that comes meanwhile is a new call's
        await self._close()

    async def _see(self, event: Told) -> None:
        match event:
            case CallAsked():
                await self._answer(event)
                self.unanswered -= 1
                self._hooks.answered()
            case LegDialled():
                await self._see_leg(event)
            case ChannelGone():
                self._see_gone(event.channel_id, event.at, event.cause)
            case Compared():
                await self._compare(event)
            case Attended():
                self._go_on(self.progress.with_attendance(event.attendance, event.at))
            case LeftGate():
                pass  # it goes on in the dialplan, where its legs tell; or it is gone, which is told as well

    def _see_gone(self, channel_id: str, at: datetime, cause: int) -> None:
        if channel_id == self.channel_id:
            self.progress = self.progress.with_channel_gone(at, cause=cause)
        elif channel_id in self.progress.legs:
            self.progress = self.progress.with_leg_gone(channel_id, cause=cause)

    async def _compare(self, compared: Compared) -> None:
        """Close what is gone; after a gap watch the rest anew, and ask what may have been missed."""
        if compared.gap and self.progress.answered_at is None:
            self.progress = self.progress.with_gap()
            if await self._dial_status() is DialStatus.ANSWER:
                self._go_on(self.progress.with_answer(compared.at))
        for channel_id in sorted(compared.known):
            alive = channel_id in compared.live
            if not alive or (compared.gap and not await self._is_watched(channel_id)):
                self._see_gone(channel_id, compared.at, cause=0)

    async def _dial_status(self) -> DialStatus | None:
        try:
            return await self._ports.switch.dial_status(self.channel_id)
        except SwitchError:
            return None

    async def _answer(self, asked: CallAsked) -> None:
        ports = self._ports
        if self.progress.answered_at is not None:
            # Whoever was called has been spoken to. A further question on this channel is a further call, also to the
            # same number, and must find the first one ended.
            await self._close()
            self.call_id, self.progress = "", Progress()
        started = time.perf_counter()
        try:
            async with ports.judge.heard(asked.ask, waited=asked.waited) as record:
                await self._tell(asked, record)
        except Overloaded:
            await self._pass_on(asked.channel_id)
            return
        if record.verdict != "exempt":
            ports.watch.judged(record, channel_id=asked.channel_id, phone=asked.ask.endpoint)
        took_ms = (time.perf_counter() - started) * 1000
        ports.observer.measure("verdict_ms", took_ms)
        ports.observer.event(
            f"call.{_PAST[record.verdict]}",
            call_id=record.call_id,
            campaign=record.campaign,
            reasons=[reason.code for reason in record.reasons],
            repeated=record.repeated,
            ms=round(took_ms, 2),
        )

    async def _tell(self, asked: CallAsked, record: VerdictRecord) -> None:
        ports = self._ports
        told = variables(record, entry=asked.entry, now=ports.clock.now(), signing=ports.signing)
        try:
            if record.number is None:
                await ports.switch.refuse(asked.channel_id, told)
            else:
                await self._take_up(record)
                await ports.switch.allow(asked.channel_id, told)
        except ChannelGoneError:
            await self._left(record)
        except SwitchError as error:
            ports.observer.event("call.unanswered", call_id=record.call_id, cause=repr(error))
            self.progress = self.progress.with_gap()

    async def _pass_on(self, channel_id: str) -> None:
        """Unjudged. Where it cannot be told, the dialplan's time-out leads to the same place."""
        try:
            await self._ports.switch.pass_on(channel_id)
        except ChannelGoneError:
            pass  # its caller hung up, or the dialplan did not wait
        except SwitchError as error:
            self._ports.observer.event("call.unanswered", channel_id=channel_id, cause=repr(error))

    async def _take_up(self, record: VerdictRecord) -> None:
        """Observe this permit from now on; one of an earlier passage of the same channel is closed as it stands."""
        if record.call_id == self.call_id:
            return
        await self._close()
        self.call_id = "" if record.verdict == "exempt" else record.call_id  # nobody watches who calls a helpline
        self.progress = Progress()

    async def _left(self, record: VerdictRecord) -> None:
        """
        The channel no longer waits: its caller hung up, or the dialplan gave up and went on to another gate.

        That gate may have been given the same permit, so only a channel that is gone for good ends the call here.
        """
        if self.call_id == record.call_id and not await self._is_watched(self.channel_id):
            self.progress = self.progress.with_channel_gone(self._ports.clock.now(), cause=0)

    async def _see_leg(self, dialled: LegDialled) -> None:
        ports = self._ports
        new = dialled.leg_id not in self.progress.legs
        first = not self.progress.legs
        self._go_on(self.progress.with_leg(dialled))
        if not new or not self.call_id:
            return
        self._hooks.knows(self, dialled.leg_id)
        if not await self._is_watched(dialled.leg_id):
            self.progress = self.progress.with_leg_gone(dialled.leg_id, cause=0)
        if first:
            try:
                await ports.verdicts.confirm(self.call_id, at=dialled.at)
            except StoreError as error:  # `close` confirms as well; until then the reservation counts
                ports.observer.event("call.unconfirmed", call_id=self.call_id, cause=repr(error))

    def _go_on(self, progress: Progress) -> None:
        """Take what was seen, and tell of the first ringing and the first answer before anything is waited for."""
        before, self.progress = self.progress, progress
        if not self.call_id:
            return
        if progress.answered_at is not None:
            if before.answered_at is None:
                self._ports.watch.answered(self.call_id, progress.answered_at)
        elif progress.ringing_at is not None and before.ringing_at is None:
            self._ports.watch.ringing(self.call_id, progress.ringing_at)

    async def _is_watched(self, channel_id: str) -> bool:
        """Whether the channel lives and its events will come; in doubt yes, with a gap."""
        try:
            return await self._ports.switch.watch(channel_id)
        except SwitchError:
            self.progress = self.progress.with_gap()
            return True

    async def _close(self) -> None:
        """Record the outcome, however long the store takes: what was dialled must not be forgotten."""
        if not self.call_id:
            return None
        ports = self._ports
        ending = self.progress.ending(ports.clock.now())
        wait = _FIRST_RETRY
        while True:
            try:
                return await close(ports, self.call_id, ending)
            except StoreError as error:
                ports.observer.event("call.unclosed", call_id=self.call_id, cause=repr(error))
                await asyncio.sleep(wait.total_seconds())
                wait = min(wait * 2, _LAST_RETRY)


_PAST = {"permit": "permitted", "defer": "deferred", "deny": "denied", "exempt": "exempted"}
