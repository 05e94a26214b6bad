"""
What happens to a call, as values that know nothing of ARI.

`asterisk/` makes them of ARI's events; `calls/` folds them into one outcome. `at` is always Asterisk's own instant.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from ari_app.policy.request import Ask


class DialStatus(StrEnum):
    """Asterisk's word on how dialling a leg goes or went."""

    DIALLED = ""
    PROGRESS = "PROGRESS"
    PROCEEDING = "PROCEEDING"
    RINGING = "RINGING"
    ANSWER = "ANSWER"
    BUSY = "BUSY"
    NOANSWER = "NOANSWER"
    CANCEL = "CANCEL"
    CONGESTION = "CONGESTION"
    CHANUNAVAIL = "CHANUNAVAIL"
    DONTCALL = "DONTCALL"
    TORTURE = "TORTURE"
    ABORT = "ABORT"
    CONTINUE = "CONTINUE"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAsked:
    """A channel stands in the gate and waits for its verdict."""

    channel_id: str
    at: datetime
    ask: Ask
    entry: str
    """Names this one passage through the subroutine; a verdict for another passage dials nothing."""
    late: bool = False
    """It waited longer than the deadline before it was read (backlog of a frozen gate): it must not be judged."""
    waited: timedelta = timedelta(0)
    """How long it did, as far as is known: of the deadline so much is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegDialled:
    """A leg of the call changed: dialled, ringing, answered or given up, as `status` says."""

    channel_id: str
    """The channel that dials (the operator's)."""
    leg_id: str
    leg_name: str
    at: datetime
    status: DialStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGone:
    """A channel is no more; `cause` is Q.850."""

    channel_id: str
    at: datetime
    cause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftGate:
    """A channel left the Stasis application: it goes on in the dialplan, or is about to be gone."""

    channel_id: str
    at: datetime


CallEvent: TypeAlias = CallAsked | LegDialled | ChannelGone | LeftGate
