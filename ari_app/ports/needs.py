"""What people said they need: kept for the next call, told to the operator who makes it, never judged by a rule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that somebody said they need, in the operator's words."""

    id: str
    call_id: str
    campaign: str
    operator: str
    text: str
    noted_at: datetime
    met_at: datetime | None = None
    """None: it is not met yet."""


class Needs(Protocol):
    """Needs on record. Each method is one transaction; numbers are E.164. Raises StoreUnavailable."""

    def of(self, e164: str, *, principal: str) -> tuple[Need, ...]:
        """Those said to this principal, oldest first, with met ones."""
        ...

    def met(self, need_id: str, *, principal: str) -> Need:
        """Say that one is met from now on; once met it stays so. Raises StoreConflict: there is none."""
        ...
