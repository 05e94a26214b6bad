"""
Events to calls: a task and an inbox for each gated channel; its legs' events come to the same inbox.

After a lost connection or a restart, `resync` closes what ended unseen and takes up again what still lives.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ari_app.calls.call import Attended, Call, Compared, Ports
from ari_app.calls.closing import close
from ari_app.calls.progress import Attendance, Progress
from ari_app.calls.telling import CarefulWatch
from ari_app.policy.events import CallAsked, CallEvent, ChannelGone, DialStatus, LegDialled
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Door
from ari_app.ports.switch import LiveChannel, SwitchError, endpoint
from ari_app.ports.verdicts import Ending, OpenCall, StoreError

_RETRY = timedelta(seconds=1)


class Reactor:
    """All calls of one gate. Its `knows`, `answered` and `forget` are for its calls."""

    def __init__(self, ports: Ports, *, gate: str) -> None:
        """`gate` is this process's application name: the calls it must take up again are recorded under it."""
        self._ports = replace(ports, watch=CarefulWatch(ports.watch, ports.observer))
        self._gate = gate
        self._by_channel: dict[str, Call] = {}
        self._channels: dict[Call, set[str]] = {}
        self._tasks: dict[asyncio.Task[None], Call] = {}
        self._catching_up: asyncio.Task[None] | None = None
        self._unanswered = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False

    @property
    def calls(self) -> int:
        """How many calls are alive."""
        return len(self._tasks)

    @property
    def channels(self) -> int:
        """How many channels are known to be theirs."""
        return len(self._by_channel)

    def handle(self, event: CallEvent) -> None:
        """Hand an event to its call; never waits. Events of channels that no call knows are not ours."""
        if isinstance(event, CallAsked):
            self._ask(event)
            return
        call = self._by_channel.get(event.channel_id)
        if call is None:
            return
        if isinstance(event, LegDialled):
            self.knows(call, event.leg_id)
        call.post(event)

    def expect(self, record: VerdictRecord, *, channel_id: str, phone: str) -> None:
        """Follow a permitted call that Garbo begins, from before its channel exists; the gate will find it known."""
        self._begin(channel_id).adopt(record.call_id, Progress())
        self._ports.watch.judged(record, channel_id=channel_id, phone=phone)

    def left(self, channel_id: str, at: datetime) -> None:
        """Of an expected call: its channel never came to be, or is gone already."""
        self.handle(ChannelGone(channel_id=channel_id, at=at, cause=0))

    def waits(self, call_id: str, at: datetime) -> bool:
        """Whoever was called has answered, and no operator is there: if it ends so, it was a silent call."""
        return self._attended(call_id, Attendance.WAITS, at)

    def attended(self, call_id: str, at: datetime) -> bool:
        """An operator is there now, or nobody can tell any more."""
        return self._attended(call_id, Attendance.ATTENDED, at)

    def silent(self, call_id: str, at: datetime) -> bool:
        """
        Nobody was there in time: its outcome is `abandoned`, whatever comes after.

        Tell it before the call is ended. False, as from `waits` and `attended`: no call of that id lives at this gate.
        """
        return self._attended(call_id, Attendance.SILENT, at)

    async def resync(self, channels: Sequence[LiveChannel]) -> None:
        """
        After a connection: hold what is on record and in memory against the channels that live now.

        Calls are taken at once, even while the store does not answer; what is on record is caught up with when it does.
        """
        live = {channel.channel_id: endpoint(channel.name) for channel in channels}
        self._compare(frozenset(live), self._known(), gap=True)
        if self._catching_up is not None:
            self._catching_up.cancel()
        try:
            await self._take_up_all(live)
        except StoreError as error:
            self._ports.observer.event("calls.resync_waits", cause=repr(error))
            self._catching_up = asyncio.create_task(self._catch_up(live), name="catching up")

    async def sweep(self) -> None:
        """Close calls whose end was told by no event. Raises SwitchError."""
        known = self._known()  # before the channels are read: a leg dialled meanwhile must not look gone
        live = frozenset(channel.channel_id for channel in await self._ports.switch.channels())
        self._compare(live, known, gap=False)

    async def drain(self) -> None:
        """Take no more calls, and wait until those that were asked have their answer."""
        self._draining = True
        await self._idle.wait()

    async def close(self) -> None:
        """Let go of all calls; the next life of this gate takes them up."""
        tasks = [*self._tasks, *([self._catching_up] if self._catching_up else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def knows(self, call: Call, channel_id: str) -> None:
        """Events of this channel are the call's."""
        if call in self._channels:
            self._by_channel[channel_id] = call
            self._channels[call].add(channel_id)

    def answered(self) -> None:
        """One question has its answer."""
        self._unanswered -= 1
        if not self._unanswered:
            self._idle.set()

    def forget(self, call: Call) -> None:
        """The call takes no more events."""
        for channel_id in self._channels.pop(call, ()):
            self._by_channel.pop(channel_id, None)

    def _ask(self, asked: CallAsked) -> None:
        observer = self._ports.observer
        if asked.late:
            # The dialplan has long gone on: judging it now would count, and continue, a call of the past.
            observer.event("call.dropped_late", channel_id=asked.channel_id)
        elif self._draining:
            observer.event("call.left_to_next_gate", channel_id=asked.channel_id)
        else:
            self._unanswered += 1
            self._idle.clear()
            (self._by_channel.get(asked.channel_id) or self._begin(asked.channel_id)).post(asked)

    def _attended(self, call_id: str, attendance: Attendance, at: datetime) -> bool:
        call = next((call for call in self._channels if call.call_id == call_id), None)
        if call is None or not call_id:
            return False
        call.post(Attended(attendance=attendance, at=at))
        return True

    def _known(self) -> dict[Call, frozenset[str]]:
        return {call: frozenset(channels) for call, channels in self._channels.items()}

    def _compare(self, live: frozenset[str], known: Mapping[Call, frozenset[str]], *, gap: bool) -> None:
        now = self._ports.clock.now()
        for call, channels in known.items():
            if gap or channels - live:
                call.post(Compared(known=channels, live=live, at=now, gap=gap))

    async def _catch_up(self, live: Mapping[str, str]) -> None:
        """Try until the store answers. A connection lost meanwhile begins anew, with the channels of then."""
        while True:
            await asyncio.sleep(_RETRY.total_seconds())
            try:
                return await self._take_up_all(live)
            except StoreError:
                continue
            except SwitchError:
                return None

    async def _take_up_all(self, live: Mapping[str, str]) -> None:
        """`live` holds the phones of the channels that are there."""
        for open_call in followed(await self._ports.verdicts.open_calls(gate=self._gate)):
            # A call that is being judged, observed or closed right now is nobody's leftover.
            mine = {call.call_id for call in self._tasks.values()}
            if open_call.call_id not in mine and open_call.channel_id not in self._by_channel:
                await self._take_up(open_call, phone=live.get(open_call.channel_id))

    async def _take_up(self, open_call: OpenCall, *, phone: str | None) -> None:
        """A call of an earlier life: gone unseen, or (it has a phone) still there to be observed, and told anew."""
        ports = self._ports
        if phone is None or not await ports.switch.watch(open_call.channel_id):
            ending = Ending(outcome=Outcome.UNOBSERVED, ended_at=ports.clock.now())
            await close(ports, open_call.call_id, ending)
            return
        status = await ports.switch.dial_status(open_call.channel_id)
        record = await ports.verdicts.show(open_call.call_id)
        if open_call.channel_id in self._by_channel:
            return  # it asked anew meanwhile: whoever answers that follows the call
        answered = status is DialStatus.ANSWER
        now = ports.clock.now()
        progress = Progress().with_answer(now) if answered else Progress().with_gap()
        self._begin(open_call.channel_id).adopt(open_call.call_id, progress)
        ports.observer.event("call.taken_up", call_id=open_call.call_id, status=status)
        if record is not None:
            ports.watch.judged(record, channel_id=open_call.channel_id, phone=phone)
        if answered:
            ports.watch.answered(open_call.call_id, now)

    def _begin(self, channel_id: str) -> Call:
        call = Call(channel_id, self._ports, self)
        self._channels[call] = set()
        self.knows(call, channel_id)
        task = asyncio.create_task(call.run(), name=channel_id)
        self._tasks[task] = call
        task.add_done_callback(self._ended)
        return call

    def _ended(self, task: "asyncio.Task[None]") -> None:
        call = self._tasks.pop(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        # A fault of ours in one call. Nothing was permitted by it: the dialplan's time-out denies the call.
        self._ports.observer.event("call.broken", channel_id=call.channel_id, cause=repr(error))
        self.forget(call)
        for _ in range(call.unanswered):
            self.answered()


def followed(calls: Iterable[OpenCall]) -> tuple[OpenCall, ...]:
    """
    Those that the reactor can follow, and none of those whose end the dialplan tells.

    Their channels may be on another Asterisk, or their hangup handler may just be speaking: that such a channel cannot
    be seen says nothing about its call.
    """
    return tuple(call for call in calls if call.door is not Door.FASTAGI)
