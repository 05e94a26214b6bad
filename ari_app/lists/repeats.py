"""
The same number twice in one file: nothing is lost that would have kept a call from being made.

A few bytes are remembered of a suppression for ever, about 100 of any other row. What is repeated is left out; what is
stricter replaces what came before; what is looser or merely different is refused, so that somebody looks at it.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable
from enum import Enum, auto
from typing import Generic, TypeVar

from pyroaring import BitMap64

from ari_app.policy.held import CustomerStatus
from ari_app.ports.lists import CustomerRow, SuppressionRow

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
        self._for_ever: defaultdict[tuple[str, str], BitMap64] = defaultdict(BitMap64)
        self._scopes: dict[tuple[str, str], int] = {}
        self._until: dict[int, float] = {}

    def seen(self, row: SuppressionRow) -> Seen:
        """How the row stands to those before, which it joins if it is to be put."""
        number, scope = int(row.e164[1:]), (row.scope, row.purpose)
        for_ever = self._for_ever[scope]
        if number in for_ever:
            return Seen.REPEATED
        if row.expires_at is None:
            for_ever.add(number)
            return Seen.STRICTER if self._until.pop(self._key(number, scope), None) is not None else Seen.NEW
        key, until = self._key(number, scope), row.expires_at.timestamp()
        before = self._until.get(key)
        if before is not None and until <= before:
            return Seen.REPEATED
        self._until[key] = until
        return Seen.NEW if before is None else Seen.STRICTER

    def _key(self, number: int, scope: tuple[str, str]) -> int:
        return number << 24 | self._scopes.setdefault(scope, len(self._scopes))


class CustomerRepeats:
    """Per number: of rows with an `as_of` of their own the latest counts, else who is a customer by any row is one."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._rows: dict[int, tuple[int, float | None]] = {}

    def seen(self, row: CustomerRow) -> Seen:
        """How the row stands to those before, which it joins if it is to be put."""
        key = int(row.e164[1:])
        now = (hash(row) << 1 | (row.status is CustomerStatus.CURRENT), row.as_of.timestamp() if row.as_of else None)
        before = self._rows.get(key)
        stands = Seen.NEW if before is None else self._against(before, now)
        if stands in (Seen.NEW, Seen.STRICTER):
            self._rows[key] = now
        return stands

    @staticmethod
    def _against(before: tuple[int, float | None], now: tuple[int, float | None]) -> Seen:
        if before == now:
            return Seen.REPEATED
        if before[1] is not None and now[1] is not None and before[1] != now[1]:
            return Seen.STRICTER if now[1] > before[1] else Seen.REPEATED
        return Seen.STRICTER if now[0] & 1 and not before[0] & 1 else Seen.OTHER


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
