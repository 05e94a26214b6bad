"""
Answered calls, and who is in hearing of whoever answered. Pure: verdicts and lines in, what that comes to out.

An operator is a telephone that is no guarded trunk, however many bridges and Local channels lie between; or a Local
channel, if somebody who is known sits at it (the room of a dialer), which only the table of phones can tell.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from ari_app.policy.events import DialStatus
from ari_app.policy.lines import (
    BridgeEntered,
    HalvesPaired,
    LegBegan,
    LegEnded,
    Line,
    LineChanged,
    LineEvent,
    LineGone,
)
from ari_app.policy.record import VerdictRecord
from ari_app.ports.switch import endpoint
from ari_app.watch.bridges import Bridges, is_telephone

MOST_CALLS = 10_000
_LOCAL = "Local/"


@dataclass(slots=True, kw_only=True, eq=False)
class Followed:
    """A permitted call, as far as its lines are concerned."""

    call_id: str
    campaign: str
    phone: str
    """Of the channel that asked."""
    limit: timedelta | None
    """Without an operator it lasts so long; None: nobody says."""
    tells: bool
    """After the limit a message is owed, not the end."""
    operator: str
    """Whose it is; empty: nobody's yet."""
    channels: set[str] = field(default_factory=set)
    """That asked for it."""
    leg: str = ""
    """The line of whoever answered; empty: nobody did yet."""
    answered_at: datetime | None = None
    settled: bool = False
    """An operator was there, or nobody can tell any more, or need: it is no silent call."""
    silent: bool = False
    looked_at: set[str] = field(default_factory=set)
    """Phones that were in hearing."""

    @property
    def dialled_by_hand(self) -> bool:
        """Whoever called is there already."""
        return not self.phone.startswith(_LOCAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Somebody answered, and waits for an operator."""

    call: Followed
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """An operator is in hearing of whoever answered, for the first time."""

    call: Followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """This phone is in hearing of a call that is nobody's yet: whose is it?"""

    call: Followed
    phone: str


Step: TypeAlias = Answered | Met | Near


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    by: str
    call_id: str
    """That its permit names; empty: not told."""
    answered_at: datetime | None = None


class Answers:
    """All permitted calls of a gate and the lines that they have."""

    def __init__(self, trunks: Collection[str], *, most: int = MOST_CALLS) -> None:
        """`trunks` are the guarded ones; of calls it knows at most so many."""
        self.bridges = Bridges()
        self._trunks = frozenset(trunks)
        self._most = most
        self._calls: dict[str, Followed] = {}
        self._by_channel: dict[str, Followed] = {}
        self._by_leg: dict[str, Followed] = {}
        self._legs: dict[str, _Leg] = {}

    def __len__(self) -> int:
        """How many calls are followed."""
        return len(self._calls)

    def call(self, call_id: str) -> Followed | None:
        """A call that is followed."""
        return self._calls.get(call_id)

    def waiting(self) -> tuple[Followed, ...]:
        """Those that were answered and have no operator yet, so far as anybody can tell."""
        return tuple(call for call in self._by_leg.values() if not call.settled and not call.silent)

    def follow(self, record: VerdictRecord, *, channel_id: str, phone: str) -> Iterator[Step]:
        """A permit was given to this channel; the leg that it dials may have been seen before that is told."""
        call = self._calls.get(record.call_id)
        if call is None:
            call = self._calls[record.call_id] = _followed(record, phone=phone)
            if len(self._calls) > self._most:
                self.forget(next(iter(self._calls)))
        call.channels.add(channel_id)
        self._by_channel[channel_id] = call
        for leg_id, leg in tuple(self._legs.items()):
            its = leg.by == channel_id or leg.call_id == record.call_id
            if its and leg.answered_at is not None and leg_id not in self._by_leg:
                yield from self._begin(call, leg_id, leg.answered_at)

    def forget(self, call_id: str) -> None:
        """The call is over."""
        call = self._calls.pop(call_id, None)
        if call is None:
            return
        for channel in call.channels:
            if self._by_channel.get(channel) is call:
                del self._by_channel[channel]
        self._by_leg.pop(call.leg, None)

    def see(self, event: LineEvent) -> Iterator[Step]:
        """What happened to a line, and what it comes to."""
        self.bridges.see(event)
        match event:
            case LegBegan() | LegEnded() if event.by is not None and endpoint(event.leg.name) in self._trunks:
                yield from self._see_leg(event, event.by)
            case BridgeEntered() | LineChanged():
                yield from self._look_around(event.line.id)
            case HalvesPaired():
                yield from self._look_around(event.one.id)
            case LineGone():
                self._legs.pop(event.line.id, None)
                self._by_leg.pop(event.line.id, None)
            case _:
                pass

    def resync(self, lines: Iterable[Line]) -> Iterator[Step]:
        """Exactly these lines are there."""
        self.bridges.resync(lines)
        self._legs.clear()
        for leg, call in tuple(self._by_leg.items()):
            if self.bridges.line(leg) is None:
                del self._by_leg[leg]
            else:
                yield from self._look_at(call)

    def _see_leg(self, event: LegBegan | LegEnded, by: Line) -> Iterator[Step]:
        # Between the channel that asked and the one that dials there may be Local channels, which hand the permit on.
        call_id = (event.leg.permit or by.permit).partition(".")[0]
        if isinstance(event, LegBegan):
            self._legs[event.leg.id] = _Leg(by=by.id, call_id=call_id)
        elif event.status is not DialStatus.ANSWER:
            self._legs.pop(event.leg.id, None)
        else:
            self._legs[event.leg.id] = _Leg(by=by.id, call_id=call_id, answered_at=event.at)
            call = self._calls.get(call_id) or self._by_channel.get(by.id)
            if call is not None:
                yield from self._begin(call, event.leg.id, event.at)

    def _begin(self, call: Followed, leg_id: str, at: datetime) -> Iterator[Step]:
        if call.leg:
            return
        call.leg, call.answered_at = leg_id, at
        call.settled = call.dialled_by_hand or call.limit is None
        self._by_leg[leg_id] = call
        if not call.settled:
            yield Answered(call=call, at=at)
        yield from self._look_at(call)

    def _look_around(self, line_id: str) -> Iterator[Step]:
        """Something is joined to this line that was not."""
        for each in (line_id, *(line.id for line in self.bridges.hears(line_id))):
            if (call := self._by_leg.get(each)) is not None:
                yield from self._look_at(call)

    def _look_at(self, call: Followed) -> Iterator[Step]:
        for line in self.bridges.hears(call.leg):
            phone = endpoint(line.name)
            if phone in self._trunks:
                continue
            if is_telephone(line.name):
                if not call.settled:
                    call.settled = True
                    yield Met(call=call)
            elif not phone.startswith(_LOCAL) or phone == call.phone:
                continue
            if not call.operator and phone not in call.looked_at:
                call.looked_at.add(phone)
                yield Near(call=call, phone=phone)


def _followed(record: VerdictRecord, *, phone: str) -> Followed:
    duties = record.duties or {}
    seconds = duties.get("operator_within_s")
    return Followed(
        call_id=record.call_id,
        campaign=record.campaign,
        phone=phone,
        limit=timedelta(seconds=seconds) if seconds is not None else None,
        tells=duties.get("then") == "message",
        operator=record.operator,
    )
