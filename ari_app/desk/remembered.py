"""
What was read a moment ago, for whoever asks the same again before it is old.

A desk looks at a call a dozen times while it lasts, and each look asks for what is the same every time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from ari_app.ports.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Reading(Generic[V]):
    began_at: datetime
    task: "asyncio.Task[V]"


class Remembered(Generic[K, V]):
    """Reads once for all that ask within `lasts`, also for those that ask while it is being read."""

    def __init__(self, *, lasts: timedelta, clock: Clock) -> None:
        """Nothing is read yet."""
        self._lasts = lasts
        self._clock = clock
        self._held: dict[K, _Reading[V]] = {}

    async def of(self, key: K, read: Callable[[], Awaitable[V]]) -> V:
        """What `read` says, or said a moment ago. Raises what it raises, which is not remembered."""
        now = self._clock.now()
        self._let_go(now)
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = _Reading(now, asyncio.create_task(self._tried(key, read)))
        # Whoever goes away meanwhile takes nothing from the others.
        return await asyncio.shield(held.task)

    def forget(self, key: K) -> None:
        """It has changed: the next one who asks reads anew."""
        self._held.pop(key, None)

    async def _tried(self, key: K, read: Callable[[], Awaitable[V]]) -> V:
        try:
            return await read()
        except BaseException:
            held = self._held.get(key)
            if held is not None and held.task is asyncio.current_task():
                del self._held[key]
            raise

    def _let_go(self, now: datetime) -> None:
        """What is old; they stand in the order in which they were read."""
        while self._held:
            key, oldest = next(iter(self._held.items()))
            if now - self._lasts < oldest.began_at <= now:
                break
            del self._held[key]
