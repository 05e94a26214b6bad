"""Where the walk of a call through its script is kept, step by step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

BACK = "<"
"""Stands as the answer of a step that was come back to; no answer of a script is called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkStep:
    """One arrival at a step."""

    call_id: str
    seq: int
    """From 0, one up at each move; two desks of one operator that move at once cannot both have it."""
    step: str
    """Id of the step that was come to."""
    answer: str
    """By which answer of the step before, by which exit, or `BACK`; empty: by going on, or it is the first."""
    discloses: tuple[str, ...]
    """Duties that were met by coming here: what the step before had to disclose was said to its end."""
    operator: str
    at: datetime
    offer_call: str | None = None
    """The second verdict under which an offer was come to."""


class WalkSteps(Protocol):
    """The steps on record. Each method is one transaction. Raises StoreUnavailable."""

    async def of_call(self, call_id: str) -> tuple[WalkStep, ...]:
        """Every step of a call, in order."""
        ...

    async def add(self, step: WalkStep) -> bool:
        """Record an arrival. False: this place in the walk is taken already, and nothing was changed."""
        ...
