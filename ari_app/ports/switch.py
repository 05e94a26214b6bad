"""
The PBX as the calls see it: let a channel on, send it away, look after its legs.

    SwitchError
    ├── ChannelGoneError     the channel left or hung up: the caller is gone, nothing is to be retried
    └── SwitchUnavailable    the PBX did not answer in time, or the connection is down
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from ari_app.policy.events import DialStatus

# `PJSIP/101-0000001a`, `Local/s@ctx-0000001a;2`: main/channel.c and core_unreal add a serial number in hexadecimal.
_SERIAL = re.compile(r"-[0-9a-f]{4,}(;[12])?$")


def endpoint(channel_name: str) -> str:
    """The endpoint that a channel belongs to: `PJSIP/101-0000001a` is one of `PJSIP/101`."""
    return _SERIAL.sub("", channel_name)


class SwitchError(Exception):
    """The PBX did not do what it was asked."""


class ChannelGoneError(SwitchError):
    """The channel is no more, or no longer stands in the gate."""


class SwitchUnavailable(SwitchError):  # noqa: N818  named for the state
    """No answer from the PBX in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChannel:
    """A channel that exists right now."""

    channel_id: str
    name: str
    state: str
    """ARI's word: `Down`, `Ring`, `Ringing`, `Up`, …"""
    in_gate: bool
    """It stands in this gate's own Stasis application and waits."""
    asks: bool = False
    """Its `CallAsked` has come already and follows next (after a reconnect): it is not to be refused as forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origination:
    """A call that Garbo begins: the operator's phone rings first, and what it answers goes the way of every call."""

    channel_id: str
    """Chosen by us, so that its verdict can be had before its phone rings."""
    endpoint: str
    """The operator's phone, as `PJSIP/101`."""
    number: str
    """What the phone dials once it is answered: the extension in `garbo-outbound`."""
    rings_for: timedelta
    variables: Mapping[str, str]
    """`GARBO_CAMPAIGN` and the like, for the subroutine."""
    headers: Mapping[str, str]
    """Of the INVITE to the phone; only a PJSIP endpoint gets them."""


class Originator(Protocol):
    """Calls that Garbo begins itself. Raises SwitchUnavailable."""

    async def asterisk_id(self) -> str:
        """The PBX's own id, as its events name it."""
        ...

    async def originate(self, what: Origination) -> None:
        """Let the phone ring. Raises SwitchError: the PBX does not know it, or it is not there."""
        ...

    async def watch(self, channel_id: str) -> bool:
        """As `Switch.watch`."""
        ...


class Switch(Protocol):
    """Call control. Every method has a deadline of its own. Raises SwitchUnavailable."""

    async def allow(self, channel_id: str, variables: Mapping[str, str]) -> None:
        """
        Watch the channel, set the variables and send it on to the label `allow`, in this order.

        That it was sent proves nothing: only a dialled leg does. Raises ChannelGoneError.
        """
        ...

    async def refuse(self, channel_id: str, variables: Mapping[str, str]) -> None:
        """Set the variables and send it on to the label `refuse`; never hangs up by itself. Raises ChannelGoneError."""
        ...

    async def pass_on(self, channel_id: str) -> None:
        """Send it on without a verdict, to the next gate or, after the last, the denial. Raises ChannelGoneError."""
        ...

    async def watch(self, channel_id: str) -> bool:
        """Have this channel's events sent from now on, until it is gone; False: it is gone already."""
        ...

    async def channels(self) -> tuple[LiveChannel, ...]:
        """Every live channel."""
        ...

    async def dial_status(self, channel_id: str) -> DialStatus | None:
        """The channel's `DIALSTATUS`; None: it never dialled, or is gone."""
        ...
