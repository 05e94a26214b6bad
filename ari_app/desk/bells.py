"""
"Look again": how whoever shows something is woken, without a queue and without being waited for.

A bell holds no news. Whoever listens is woken and then looks at how things stand, so ten changes while they were busy
are one look, and what they did not see is not lost (decision 40). Each waking has a mark, and so has each look: who has
looked at that mark, or a later one, need not look again.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from weakref import WeakSet


class Listening(AsyncIterator[str]):
    """
    Wakes at once, then after each change since the last look, and gives the mark; never ends.

    A wait may be cancelled and begun anew. Who lets go of it listens no more.
    """

    def __init__(self, mark: Callable[[], str], woken: Callable[[], None] | None) -> None:
        """`mark` says which one it is now; `woken` is called on each waking."""
        self._changed = asyncio.Event()
        self._changed.set()
        self._mark = mark
        self._woken = woken

    def ring(self) -> None:
        """Something changed."""
        self._changed.set()

    def __aiter__(self) -> "Listening":
        return self

    async def __anext__(self) -> str:
        await self._changed.wait()
        self._changed.clear()
        if self._woken is not None:
            self._woken()
        return self._mark()


class Bells:
    """A bell for each operator, and one for the floor, which hears every change."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._by_operator: dict[str, WeakSet[Listening]] = {}
        self._floor: WeakSet[Listening] = WeakSet()
        self._rung: Counter[str] = Counter()
        self._life = secrets.token_hex(4)

    def changes(self, operator: str, *, woken: Callable[[], None] | None = None) -> Listening:
        """Listen for what concerns this operator, and no other."""
        listening = Listening(partial(self.mark, operator), woken)
        self._by_operator.setdefault(operator, WeakSet()).add(listening)
        return listening

    def floor_changes(self) -> Listening:
        """Listen for everything."""
        listening = Listening(partial(self.mark, ""), None)
        self._floor.add(listening)
        return listening

    def mark(self, operator: str) -> str:
        """
        How many changes there were for this operator (empty: at all), as `LIFE.COUNT`.

        Marks of one life of one gate are in order; of two lives they say nothing.
        """
        return f"{self._life}.{self._rung[operator]}"

    def heard_by(self, operator: str) -> bool:
        """Whether anybody listens for this operator now."""
        return bool(self._by_operator.get(operator))

    def ring(self, operator: str) -> None:
        """Something changed for this operator; empty: for the floor alone."""
        self._rung[""] += 1
        if operator:
            self._rung[operator] += 1
            listening = self._by_operator.get(operator, ())
            for each in listening:
                each.ring()
            if not listening:
                self._by_operator.pop(operator, None)
        for each in self._floor:
            each.ring()
