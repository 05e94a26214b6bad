"""What the floor's pages need of others, and nothing else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ari_app.desk.floor import Floor
from ari_app.policy.disposition import Disposition
from ari_app.policy.scripts import Script
from ari_app.ports.clock import Clock
from ari_app.ports.packs import Packs


class CorrectionRefusedError(Exception):
    """The word was not taken, and nothing was written; the message says why."""

    def __init__(self, why: str, *, first_allowed: datetime | None = None) -> None:
        """`first_allowed`: when what was promised could be kept; None: not known, or never."""
        super().__init__(why)
        self.first_allowed = first_allowed


class Correcting(Protocol):
    """Who corrects what was noted of a call, by its recording."""

    async def correct(
        self,
        call_id: str,
        *,
        supervisor: str,
        recording: str,
        word: Disposition,
        note: str = "",
        due_at: datetime | None = None,
        value: str = "",
    ) -> object:
        """
        Put another word on the call; both stay on record.

        Raises CorrectionRefusedError: the rules or the record object. Raises StoreUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorServices:
    """What `floor_room` is made of."""

    floor: Floor
    packs: Packs
    script: Callable[[str, str], Awaitable[Script | None]]
    """Exactly this version of a script."""
    served: Callable[[str], Script | None]
    """The version that is served now."""
    correcting: Correcting
    clock: Clock
    region: str
    """In which numbers are read that are looked for."""
    events: bool = False
    """`/floor/events` and `/static/live.js` are there: pages look again when something changed, else by the clock."""
