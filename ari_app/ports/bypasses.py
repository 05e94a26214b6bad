"""Calls that went round the gate, as they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ari_app.policy.numbers import Number


class Why(StrEnum):
    """What was wrong with a leg's permit."""

    NO_PERMIT = "no_permit"
    FORGED = "permit_forged"
    """No gate of this installation signed it."""
    EXPIRED = "permit_expired"
    OTHER_NUMBER = "other_number"
    """A gate gave one to this call, for another number."""
    REFUSED = "call_refused"
    """The call that it names was refused."""
    UNREADABLE = "number_unreadable"
    """What is dialled is no number, so no permit can be for it."""


class Done(StrEnum):
    """What became of the leg."""

    HUNG_UP = "hung_up"
    REPORTED = "reported"
    """By configuration."""
    FAILED = "failed"
    """The PBX did not do it, or was not there to be asked."""


class Way(StrEnum):
    """How a leg came to be."""

    DIALLED = "dialled"
    """A line dialled it."""
    ORIGINATED = "originated"
    """Nobody dialled it: AMI or ARI Originate, a call file, the console."""
    FOUND = "found"
    """It was there when the watch began, or nobody told that it was dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bypass:
    """A leg on a guarded trunk without a permit of its own."""

    id: str
    """The leg's UNIQUEID: every gate that sees it gives it the same."""
    at: datetime
    gate: str
    trunk: str
    channel: str
    caller: str
    """The phone or trunk that it came from; empty: nobody's."""
    callee: Number | None
    """None: not read as a number."""
    way: Way
    where: Mapping[str, str] = field(default_factory=dict)
    """Where in the dialplan: `channel`, `context`, `exten`, `application`; numbers masked."""
    why: Why
    done: Done
    took_ms: float
    """From the first word of it to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is on record of the call that a permit names."""

    permitted: bool
    region: str
    """Of its campaign; empty: it has none."""


class Bypasses(Protocol):
    """Where they are kept. Raises StoreUnavailable."""

    async def record(self, found: Bypass) -> bool:
        """Keep it, with the operator who is at its caller; whether it was not on record yet."""
        ...

    async def claim(self, call_id: str) -> Claim | None:
        """The call that a permit names; None: there is none."""
        ...
