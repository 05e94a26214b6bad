"""
The same number twice in one file: nothing is lost that would have kept a call from being made.

About 100 bytes a row are remembered. What is repeated is left out; what is stricter replaces what came before; what is
looser or merely different is refused, so that somebody looks at it.
"""

from collections.abc import Callable, Hashable
from enum import Enum, auto
from typing import Generic, TypeVar

from ari_app.policy.held import CustomerStatus, SuppressionPurpose
from ari_app.ports.lists import CustomerRow, SuppressionRow

_FOR_EVER = float("inf")
R = TypeVar("R")


class Seen(Enum):
    """How a row stands to the rows before it."""

    NEW = auto()
    REPEATED = auto()
    """It says nothing new."""
    STRICTER = auto()
    """It replaces the row before: it forbids more, or was said later."""
    OTHER = auto()
    """It contradicts the row before, which stands."""


class SuppressionRepeats:
    """Per number, scope and purpose: the entry that lasts longest stays."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._scopes: dict[str, int] = {}
        self._until: dict[int, float] = {}

    def seen(self, row: SuppressionRow) -> Seen:
        """How the row stands to those before, which it joins if it is to be put."""
        scope = self._scopes.setdefault(row.scope, len(self._scopes))
        key = (int(row.e164[1:]) << 24 | scope) << 1 | (row.purpose is SuppressionPurpose.ALL)
        until = row.expires_at.timestamp() if row.expires_at else _FOR_EVER
        before = self._until.get(key)
        if before is not None and until <= before:
            return Seen.REPEATED
        self._until[key] = until
        return Seen.NEW if before is None else Seen.STRICTER


class CustomerRepeats:
    """Per number: of rows with an `as_of` of their own the latest counts, else who is a customer by any row is one."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._rows: dict[int, tuple[bool, float | None, int]] = {}

    def seen(self, row: CustomerRow) -> Seen:
        """How the row stands to those before, which it joins if it is to be put."""
        key = int(row.e164[1:])
        said_at = row.as_of.timestamp() if row.as_of else None
        now = (row.status is CustomerStatus.CURRENT, said_at, hash(row))
        before = self._rows.get(key)
        stands = Seen.NEW if before is None else self._against(before, now)
        if stands in (Seen.NEW, Seen.STRICTER):
            self._rows[key] = now
        return stands

    @staticmethod
    def _against(before: tuple[bool, float | None, int], now: tuple[bool, float | None, int]) -> Seen:
        if before == now:
            return Seen.REPEATED
        if before[1] is not None and now[1] is not None and before[1] != now[1]:
            return Seen.STRICTER if now[1] > before[1] else Seen.REPEATED
        return Seen.STRICTER if now[0] and not before[0] else Seen.OTHER


class Once(Generic[R]):
    """Per key: the first row stays."""

    def __init__(self, key: Callable[[R], Hashable]) -> None:
        """Nothing seen yet."""
        self._key = key
        self._rows: dict[int, int] = {}

    def seen(self, row: R) -> Seen:
        """How the row stands to those before, which it joins if it is to be put."""
        key, now = hash(self._key(row)), hash(row)
        before = self._rows.get(key)
        if before is None:
            self._rows[key] = now
            return Seen.NEW
        return Seen.REPEATED if before == now else Seen.OTHER
