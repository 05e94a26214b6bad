"""
Who sits at which phone now, where it is not simply its operator's.

    StoreConflict (ports.verdicts)
    └── NoOperator    nobody is called so
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ari_app.ports.verdicts import StoreConflict

AT_THE_DESK = "desk"
"""`said_by` of who chose a phone in the page: they leave it when they sign out."""


class NoOperator(StoreConflict):
    """Nobody is called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An operator at a phone."""

    phone: str
    """As Asterisk's channels name it, as `PJSIP/101`."""
    operator: str
    since: datetime
    said_by: str
    """`desk`, `cli`, or the id of a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SatDown:
    """Somebody sat down."""

    seat: Seat
    instead_of: str = ""
    """Whose phone it was until now; empty: nobody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an operator is."""

    seat: Seat | None = None
    """Where they sat down; None: nowhere."""
    own: str = ""
    """The phone that is theirs while nobody sits at it; empty: they have none."""
    taken: Seat | None = None
    """Who sits at their own phone instead of them."""

    @property
    def phones(self) -> tuple[str, ...]:
        """Phones whose calls are theirs."""
        own = self.own if self.taken is None else ""
        return tuple(dict.fromkeys(phone for phone in (self.seat.phone if self.seat else "", own) if phone))


class Phones(Protocol):
    """Raises StoreUnavailable (ports.verdicts); NoOperator."""

    async def sit(self, operator: str, phone: str, *, said_by: str) -> SatDown:
        """Sit down at a phone, and nowhere else any more: who sat down last has it. Again changes nothing."""
        ...

    async def leave(self, operator: str, *, only_said_by: str = "") -> Seat | None:
        """Leave where they sit (`only_said_by`: if it was said by this); where they did, None: nowhere."""
        ...

    async def place(self, operator: str) -> Place:
        """Where an operator is."""
        ...

    async def known(self) -> tuple[tuple[str, str], ...]:
        """Every phone that is known, with whose it is now; empty: nobody's."""
        ...

    async def clear_own(self, operator: str) -> None:
        """Give an operator's own phone back, if who chose it in the page is signed in no more."""
        ...

    async def clear_left(self) -> tuple[Seat, ...]:
        """Give up the phones that were chosen in the page by whoever is signed in no more."""
        ...
