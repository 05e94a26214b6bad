"""
What AMI tells of channels, as values that know nothing of AMI.

`asterisk/` makes them; `watch/` follows lines, legs and bridges by them. A line is a channel of any kind, named as
Asterisk names it (`PJSIP/trunk-0000001a`); `at` is the instant at which it was heard.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ari_app.policy.events import DialStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A channel, and where in the dialplan it stands."""

    id: str
    """UNIQUEID."""
    name: str
    state: str
    """`Down`, `Ring`, `Ringing`, `Up`, …: an inbound channel begins with `Ring`, an outbound one with `Down`."""
    linked_id: str
    caller: str = ""
    """CALLERID(num)."""
    connected: str = ""
    account: str = ""
    context: str = ""
    exten: str = ""
    permit: str = ""
    """Its `GARBO_PERMIT`, where AMI is set up to send it with each event (`channelvars`); empty: not told."""
    began: datetime | None = None
    """When it came to be, to the second; told only of lines that were asked for."""
    bridge_id: str = ""
    """The bridge that it is in; told only of lines that were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineBegan:
    """A channel came to be."""

    line: Line
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChanged:
    """Its state, name or place is another one."""

    line: Line
    at: datetime
    was: str = ""
    """Its name before; empty: the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegBegan:
    """A line dials another one. Nobody dials: it was originated."""

    leg: Line
    by: Line | None
    dialled: str
    """The dial string as Asterisk has it: `3331234567@trunk`, `trunk/sip:…`."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded:
    """Dialling is over: answered, or not."""

    leg: Line
    by: Line | None
    status: DialStatus
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEntered:
    """A line came into a bridge."""

    bridge_id: str
    line: Line
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLeft:
    """A line left a bridge."""

    bridge_id: str
    line: Line
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HalvesPaired:
    """Two lines are the halves of one Local channel: what goes in at one comes out at the other."""

    one: Line
    other: Line
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGone:
    """A channel is no more; `cause` is Q.850."""

    line: Line
    cause: int
    at: datetime


LineEvent: TypeAlias = (
    LineBegan | LineChanged | LegBegan | LegEnded | BridgeEntered | BridgeLeft | HalvesPaired | LineGone
)
