"""
SQLite's one writer: what waits together is committed together.

A durable commit costs a write to the disk, a few milliseconds on a good day and a hundred on a bad one. Twenty calls in
the same instant would wait for twenty of them in a row; here those that came while the disk was busy share the next.
Nobody is answered before the commit that holds their part is through.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine

from ari_app.stores.errors import mapped

_MOST_TOGETHER = 32


@dataclass(slots=True, eq=False)
class _Waiting:
    work: Callable[[], Any]
    answer: "Future[Any]" = field(default_factory=Future)
    result: Any = None
    error: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except Exception as error:  # noqa: BLE001  whatever it is belongs to who asked, and to nobody beside them
            self.error = error

    def tell(self) -> None:
        if self.error is not None:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(self.result)


class Writer:
    """One thread, one connection at a time."""

    def __init__(self, engine: Engine) -> None:
        """Connects when there is something to write."""
        self._engine = engine
        self._threads = ThreadPoolExecutor(1, "garbo-writer")
        self._waiting: deque[_Waiting] = deque()
        self._here = threading.local()

    @property
    def connection(self) -> Connection | None:
        """The transaction that is open on this thread; each part of it is a savepoint of its own."""
        found: Connection | None = getattr(self._here, "connection", None)
        return found

    def submit(self, work: Callable[[], Any]) -> "Future[Any]":
        """Have `work` run in a transaction. Cancelled before its turn it never runs. Raises RuntimeError: closed."""
        waiting = _Waiting(work)
        self._waiting.append(waiting)
        self._threads.submit(self._commit_some)
        return waiting.answer

    def close(self) -> None:
        """Let what waits finish."""
        self._threads.shutdown()

    def _commit_some(self) -> None:
        together: list[_Waiting] = []
        while self._waiting and len(together) < _MOST_TOGETHER:
            waiting = self._waiting.popleft()
            if waiting.answer.set_running_or_notify_cancel():
                together.append(waiting)
        if not together:
            return  # an earlier turn took them along
        if len(together) == 1:
            together[0].run()  # alone, its own transactions are all there is to it
            together[0].tell()
            return
        try:
            with mapped(), self._engine.begin() as self._here.connection:
                try:
                    for waiting in together:
                        waiting.run()
                finally:
                    self._here.connection = None
        except Exception as error:  # noqa: BLE001  neither begun nor committed: it holds for all of them
            for waiting in together:
                waiting.error = error
        for waiting in together:
            waiting.tell()
