"""
Where imported lists go: rows are put under a version that nobody sees until it is published.

Synchronous: imports run in a process of their own. Raises StoreUnavailable (ports.verdicts).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ari_app.policy.held import CustomerStatus, SuppressionPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRow:
    """One row of a suppression list, read and checked."""

    e164: str
    scope: str
    reason: str
    source: str
    purpose: SuppressionPurpose = SuppressionPurpose.MARKETING
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """One row of a principal's customer list, read and checked."""

    e164: str
    status: CustomerStatus
    products: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a batch of rows did to the list."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Batches add up."""
        return Counts(
            added=self.added + other.added,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFile:
    """Where a version comes from."""

    kind: str
    """`suppressions` or `customers`."""
    principal: str | None
    file_name: str
    sha256: str


class ListStore(Protocol):
    """Versions of imported lists."""

    def begin(self, file: ListFile) -> int:
        """Open a version; its rows stay invisible until it is published."""
        ...

    def put_suppressions(self, version: int, rows: Sequence[SuppressionRow]) -> Counts:
        """Put a batch (some hundred rows; transactions stay under 20 ms). Only what differs is written."""
        ...

    def put_customers(self, version: int, principal: str, rows: Sequence[CustomerRow]) -> Counts:
        """The same for customers of one principal."""
        ...

    def publish(self, version: int, report: dict[str, int | float]) -> None:
        """
        Make the whole version visible by one update, and keep its report.

        Raises StoreConflict: it is not open any more, or another version of the same kind and principal was published
        since it was begun.
        """
        ...

    def abandon(self, version: int) -> None:
        """Drop a version that was not published, with its rows."""
        ...
