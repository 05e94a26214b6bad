"""Permits that were asked for ahead of their call, and are held for it for a while."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol


class GivenBack(Enum):
    """What became of a reservation that is not wanted any more."""

    RELEASED = "released"
    """Nothing was dialled for it, and it counts no more."""
    NOT_HELD = "not_held"
    """It is none: the call was redeemed and goes its way, or never was reserved."""


class Reservations(Protocol):
    """What is held. Raises StoreUnavailable (ports.verdicts)."""

    async def held_until(self, call_id: str) -> datetime | None:
        """Until when a call may be redeemed; None: it is not held, or was redeemed."""
        ...

    async def give_back(self, call_id: str, *, at: datetime) -> GivenBack:
        """Release a call that will not be made; doing it twice is harmless."""
        ...

    async def release_due(self, *, at: datetime, limit: int) -> Sequence[str]:
        """Release what was not redeemed in time, as `not_dialled`: these calls."""
        ...

    async def forget_over(self, *, limit: int) -> int:
        """Delete what only concerns calls that have ended; how many there were."""
        ...
