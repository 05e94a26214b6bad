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

    id: str
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

    def keep_times(self, spans: Sequence[Span]) -> None:
        """Write what operators did; only for use while an agreement is in force."""
        ...


class Agreements(Protocol):
    """Whether single operators' times may be kept (RULES 6.6)."""

    def in_force_since(self) -> datetime | None:
        """Since when the agreement that is in force now has been; None: there is none. Raises StoreUnavailable."""
        ...
