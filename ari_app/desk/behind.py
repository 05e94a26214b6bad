"""
Writing behind: what is kept for others goes to the database after it was shown, in batches, and never in a call's way.

Of each key only the last value waits. What could not be written waits on; what contradicts the record is let go and
told. More than `MOST_WAITING` never wait: then the oldest go, and that is told.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Generic, Protocol, TypeVar

from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreConflict, StoreError

T = TypeVar("T")
V = TypeVar("V")

MOST_WAITING = 10_000
_TOGETHER = 100
"""In one transaction: more would hold SQLite's writer beyond 20 ms."""
_RETRY_S = 1.0


class Threads(Protocol):
    """The database's own threads."""

    async def on_writer(self, work: Callable[[], T]) -> T:
        """Run what writes."""
        ...

    async def on_reader(self, work: Callable[[], T]) -> T:
        """Run what only reads."""
        ...


class Behind(Generic[V]):
    """Values that wait to be written, by key; they are written while `run` runs."""

    def __init__(
        self,
        what: str,
        write: Callable[[Sequence[V]], None],
        *,
        threads: Threads,
        observer: Observer,
        gathered: timedelta,
    ) -> None:
        """`write` runs on the writer's thread; `gathered` is how long others may join what comes first."""
        self._what = what
        self._write = write
        self._threads = threads
        self._observer = observer
        self._gathered_s = gathered.total_seconds()
        self._waiting: dict[str, V] = {}
        self._writing: dict[str, V] = {}
        self._something = asyncio.Event()
        self._dropped = 0

    def put(self, key: str, value: V) -> None:
        """Have it written; never waits."""
        if key not in self._waiting and len(self._waiting) >= MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
            self._dropped += 1
        self._waiting[key] = value
        self._something.set()

    def waiting(self, key: str) -> V | None:
        """The value that is not written yet."""
        return self._waiting.get(key) or self._writing.get(key)

    async def run(self) -> None:
        """Write what comes; never returns."""
        while True:
            await self._something.wait()
            await asyncio.sleep(self._gathered_s)
            try:
                await self.flush()
            except StoreError as error:
                self._observer.event("desk.unwritten", what=self._what, waiting=len(self._waiting), cause=repr(error))
                await asyncio.sleep(_RETRY_S)

    async def flush(self) -> None:
        """Write all that waits now. Raises StoreUnavailable: the rest waits on."""
        self._something.clear()
        while self._waiting:
            self._writing = dict(islice(self._waiting.items(), _TOGETHER))
            for key in self._writing:
                del self._waiting[key]
            try:
                await self._write_some(self._writing)
            except (
                BaseException
            ):  # not written, or stopped in the middle: whoever writes next does, once more if need be
                self._waiting = {**self._writing, **self._waiting}
                self._something.set()
                raise
            finally:
                self._writing = {}
        if self._dropped:
            cause = "too many waited to be written"
            self._observer.event("desk.unkept", what=self._what, dropped=self._dropped, cause=cause)
            self._dropped = 0

    async def _write_some(self, values: dict[str, V]) -> None:
        try:
            await self._threads.on_writer(lambda: self._write(tuple(values.values())))
            return
        except StoreConflict:
            pass  # one of them, and it shall not cost the others
        for key, value in values.items():
            try:
                await self._threads.on_writer(lambda one=value: self._write((one,)))  # type: ignore[misc]  # mypy cannot tell a default of this kind
            except StoreConflict as error:
                self._observer.event("desk.unkept", what=self._what, key=key, cause=repr(error))
