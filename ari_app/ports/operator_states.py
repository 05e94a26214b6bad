"""What an operator does now, and where that is kept for other gates and for this one's next life."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """In one word."""

    AVAILABLE = "available"
    IN_CALL = "in_call"
    AFTER_CALL = "after_call"
    """The call is over, and what came of it is being noted."""
    BREAK = "break"
    OFFLINE = "offline"
    """No desk of theirs is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an operator does, and since when."""

    operator: str
    state: State
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What an operator did, from one instant to another."""

    operator: str
    state: State
    since: datetime
    until: datetime


class OperatorStates(Protocol):
    """Where states are kept. Raises StoreUnavailable."""

    def keep(self, standings: Sequence[Standing]) -> None:
        """Write what these operators do now. Raises StoreConflict: there is no such operator."""
        ...

    def all(self) -> tuple[Standing, ...]:
        """What was written last of each."""
        ...


class Times(Protocol):
    """Where spans of single operators' time go (RULES 6.6)."""

    def keep_time(self, operator: str, state: str, /, *, since: datetime, until: datetime) -> bool:
        """
        Write one, as far as it lies within the agreement that is in force. Raises StoreUnavailable.

        False: nothing was written, because there is no agreement.
        """
        ...
