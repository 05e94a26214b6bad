"""
ARI's events, as JSON, become what happened to a call.

Frames come from `connection`, which has looked at their type already; the values go to `calls`. Nothing here raises:
an event of no interest is counted, one that cannot be read is reported.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from ari_app.asterisk.wire import instant
from ari_app.policy.events import CallAsked, CallEvent, ChannelGone, DialStatus, LeftGate, LegDialled
from ari_app.policy.request import Ask, Door, passage_key
from ari_app.ports.observer import Observer
from ari_app.ports.switch import endpoint

VERDICT = "verdict"
"""First argument of `Stasis()` where the dialplan wants a verdict."""
APPLICATION_REPLACED = "ApplicationReplaced"
_ARGUMENTS = 6
_LOCAL = "Local/"
"""Channels with nobody behind them yet: a dialer calls through them before it has an operator."""


class _Channel(msgspec.Struct):
    id: str
    name: str


class _Event(msgspec.Struct, tag_field="type", tag=True):
    timestamp: str


class StasisStart(_Event):
    """A channel came into the application."""

    channel: _Channel
    args: list[str]
    asterisk_id: str = ""


class StasisEnd(_Event):
    """A channel left the application."""

    channel: _Channel


class Dial(_Event):
    """A leg is dialled, or its state changed."""

    peer: _Channel
    dialstatus: str
    caller: _Channel | None = None


class ChannelDestroyed(_Event):
    """A channel is no more."""

    channel: _Channel
    cause: int


AriEvent = StasisStart | StasisEnd | Dial | ChannelDestroyed
_decode = msgspec.json.Decoder(AriEvent).decode
_KNOWN = frozenset({"StasisStart", "StasisEnd", "Dial", "ChannelDestroyed"})

EVENT_FILTER: dict[str, object] = {
    # An answer to a request is an event too: without RESTResponse in the list no answer ever comes.
    "allowed": [{"type": name} for name in ("RESTResponse", *sorted(_KNOWN), APPLICATION_REPLACED)],
    "disallowed": [],
}
"""Body of `PUT applications/{app}/eventFilter`."""


class EventReader:
    """Reads events for one application; `ignored` counts, by type, those that are of no interest."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self.ignored: Counter[str] = Counter()

    def read(self, kind: str, raw: str) -> CallEvent | None:
        """What the frame `raw`, an event of type `kind`, says about a call; None: nothing. Lateness is judged later."""
        if kind not in _KNOWN:
            self.ignored[kind] += 1
            return None
        try:
            return self._call_event(_decode(raw))
        except (msgspec.MsgspecError, ValueError) as error:
            # Only the place of the fault: an event holds telephone numbers.
            self._observer.event("ari.event_malformed", type=kind, error=str(error))
            return None

    def _call_event(self, event: AriEvent) -> CallEvent | None:
        at = instant(event.timestamp)
        match event:
            case StasisStart():
                return self._asked(event, at)
            case StasisEnd(channel=channel):
                return LeftGate(channel_id=channel.id, at=at)
            case Dial():
                return self._dialled(event, at)
            case ChannelDestroyed(channel=channel, cause=cause):
                return ChannelGone(channel_id=channel.id, at=at, cause=cause)
        assert_never(event)

    def _dialled(self, event: Dial, at: datetime) -> LegDialled | None:
        if event.caller is None:
            # Dialled by nobody, for instance originated: no leg of a gated call.
            self.ignored["Dial without caller"] += 1
            return None
        leg, status = event.peer, dial_status(event.dialstatus)
        return LegDialled(channel_id=event.caller.id, leg_id=leg.id, leg_name=leg.name, at=at, status=status)

    def _asked(self, event: StasisStart, at: datetime) -> CallAsked | None:
        said = event.args + [""] * (_ARGUMENTS - len(event.args))
        purpose, dialled, entry, campaign, operator, call_id = said[:_ARGUMENTS]
        if purpose != VERDICT:
            # It waits until the dialplan's own time limit denies it.
            self._observer.event("ari.stasis_start_unknown", channel_id=event.channel.id)
            return None
        channel = event.channel
        ask = Ask(
            dialled=dialled,
            door=Door.STASIS,
            campaign=campaign,
            operator=operator,
            endpoint=endpoint(channel.name),
            channel_id=channel.id,
            asterisk_id=event.asterisk_id,
            idempotency_key=passage_key(event.asterisk_id, channel.id),
            call_id=call_id,
            attended=not channel.name.startswith(_LOCAL),
        )
        return CallAsked(channel_id=channel.id, at=at, ask=ask, entry=entry)


def dial_status(word: str) -> DialStatus:
    """Asterisk's word; `OTHER` for one that is not known."""
    try:
        return DialStatus(word)
    except ValueError:
        return DialStatus.OTHER


def marked_if_late(event: CallEvent, *, asterisk_now: datetime, deadline: timedelta) -> CallEvent:
    """
    The event; if it asks, with how long it `waited` by Asterisk's own clock, and `late` if that is over the deadline.

    Exactly equal is in time.
    """
    if not isinstance(event, CallAsked):
        return event
    waited = max(timedelta(0), asterisk_now - event.at)
    return replace(event, waited=waited, late=waited > deadline)
