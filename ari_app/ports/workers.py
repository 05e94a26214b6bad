"""Figures of single operators: the agreement that permits them, and the spans they are made of (RULES 6.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What was agreed with those who represent the workers."""

    id: str
    reference: str
    """Where it can be read, as `accordo sindacale 12/2026`."""
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None


class Workers(Protocol):
    """Raises StoreUnavailable (ports.verdicts)."""

    async def in_force(self) -> Agreement | None:
        """The agreement that holds now; None: there is none."""
        ...

    async def teams(self) -> Mapping[str, int]:
        """How many operators each team has; those without a team are the team of the empty name."""
        ...

    async def keep_time(self, operator: str, state: str, *, since: datetime, until: datetime) -> bool:
        """
        Record what an operator did. False: nothing was written, because no agreement is in force.

        What lies before the agreement is left out.
        """
        ...
