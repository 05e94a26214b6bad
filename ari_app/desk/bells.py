"""
"Look again": how whoever shows something is woken, without a queue and without being waited for.

A bell holds no news. Whoever listens is woken and then looks at how things stand, so ten changes while they were busy
are one look, and what they did not see is not lost (decision 40).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from weakref import WeakSet


class Listening(AsyncIterator[None]):
    """
    Wakes at once, then after each change since the last look; never ends.

    A wait may be cancelled and begun anew. Who lets go of it listens no more.
    """

    def __init__(self, woken: Callable[[], None] | None) -> None:
        """`woken` is called on each waking."""
        self._changed = asyncio.Event()
        self._changed.set()
        self._woken = woken

    def ring(self) -> None:
        """Something changed."""
        self._changed.set()

    def __aiter__(self) -> "Listening":
        return self

    async def __anext__(self) -> None:
        await self._changed.wait()
        self._changed.clear()
        if self._woken is not None:
            self._woken()


class Bells:
    """A bell for each operator, and one for the floor, which hears every change."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._by_operator: dict[str, WeakSet[Listening]] = {}
        self._floor: WeakSet[Listening] = WeakSet()

    def changes(self, operator: str, *, woken: Callable[[], None] | None = None) -> Listening:
        """Listen for what concerns this operator, and no other."""
        listening = Listening(woken)
        self._by_operator.setdefault(operator, WeakSet()).add(listening)
        return listening

    def floor_changes(self) -> Listening:
        """Listen for everything."""
        listening = Listening(None)
        self._floor.add(listening)
        return listening

    def heard_by(self, operator: str) -> bool:
        """Whether anybody listens for this operator now."""
        return bool(self._by_operator.get(operator))

    def ring(self, operator: str) -> None:
        """Something changed for this operator; empty: for the floor alone."""
        if operator:
            listening = self._by_operator.get(operator, ())
            for each in listening:
                each.ring()
            if not listening:
                self._by_operator.pop(operator, None)
        for each in self._floor:
            each.ring()
