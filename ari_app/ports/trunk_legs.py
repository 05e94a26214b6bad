"""Legs on guarded trunks as they are kept, the permits they are held against, and what came of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from ari_app.policy.legs import GivenPermit, Reconciliation, TrunkLeg


class LegSource(Protocol):
    """The PBX's own records. Raises LegSourceError."""

    @property
    def name(self) -> str:
        """`file`, `database` or `ami`."""
        ...

    def legs(self, since: datetime, until: datetime) -> Sequence[TrunkLeg]:
        """Outbound legs on guarded trunks that began then; `until` is not included."""
        ...


class LegSourceError(Exception):
    """The PBX's records cannot be read; the message says what would be right."""

    exit_code = 1


class LegBook(Protocol):
    """What Garbo keeps. For a caller that may wait. Raises StoreUnavailable."""

    def keep(self, legs: Sequence[TrunkLeg], *, gate: str) -> None:
        """As AMI told of them; one that two gates saw is kept once."""
        ...

    def permits(self, since: datetime, until: datetime) -> Sequence[GivenPermit]:
        """Permits of then whose call dialled."""
        ...

    def note(self, found: Reconciliation, at: datetime) -> None:
        """The figures of a day; said again they are replaced."""
        ...

    def newest(self) -> tuple[date, int] | None:
        """The last day that was reconciled, and how many legs of it were unchecked; None: none was."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete legs older than that; how many."""
        ...
