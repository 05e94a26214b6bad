"""
The threads that read: what a call waits for comes before what a page waits for, and what waits together goes together.

A look at the desk asks a dozen small questions, and two hundred desks look all the time. In one queue with them a
verdict waited half a second for its turn; so it waits for what is being answered just now, and for no more. On SQLite a
question costs less than the transaction around it, so those that wait share one: it begins after they were asked.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection, Engine

from ari_app.ports.verdicts import StoreError
from ari_app.stores.errors import mapped

_MOST_TOGETHER = 8
"""What comes ahead waits for so many at most."""
_Waiting = tuple[Callable[[], Any], "Future[Any]"]


class Readers:
    """As many threads as may read at once, with two queues before them."""

    def __init__(self, threads: int, *, shared: Engine | None) -> None:
        """`shared`: whose transactions are shared; None: each work opens its own."""
        self._threads = ThreadPoolExecutor(threads, "garbo-database")
        self._shared = shared
        self._ahead: deque[_Waiting] = deque()
        self._behind: deque[_Waiting] = deque()
        self._here = threading.local()

    @property
    def connection(self) -> Connection | None:
        """The transaction that is open on this thread."""
        found: Connection | None = getattr(self._here, "connection", None)
        return found

    def submit(self, work: Callable[[], Any], *, ahead: bool) -> "Future[Any]":
        """
        Have `work` run, `ahead` of all that is not. Cancelled before its turn it never runs.

        Raises RuntimeError: closed.
        """
        answer: Future[Any] = Future()
        (self._ahead if ahead else self._behind).append((work, answer))
        self._threads.submit(self._run_some)
        return answer

    def close(self) -> None:
        """Let what waits finish."""
        self._threads.shutdown()

    def _run_some(self) -> None:
        together = self._taken(self._ahead) or self._taken(self._behind)
        if self._shared is None or len(together) == 1:
            for work, answer in together:
                _tell(work, answer)
        elif together:  # else an earlier turn took them along
            self._share(together, self._shared)

    def _share(self, together: list[_Waiting], engine: Engine) -> None:
        try:
            with mapped(), engine.begin() as self._here.connection:
                try:
                    for work, answer in together:
                        _tell(work, answer)
                finally:
                    self._here.connection = None
        except StoreError as error:  # not begun: it holds for all of them; not ended: they have their answers
            for _, answer in together:
                if not answer.done():
                    answer.set_exception(error)

    def _taken(self, queue: "deque[_Waiting]") -> list[_Waiting]:
        """The first of those that wait, and where transactions are shared those behind it."""
        most = _MOST_TOGETHER if self._shared is not None else 1
        together: list[_Waiting] = []
        while len(together) < most:
            try:
                waiting = queue.popleft()
            except IndexError:
                break
            if waiting[1].set_running_or_notify_cancel():
                together.append(waiting)
        return together


def _tell(work: Callable[[], Any], answer: "Future[Any]") -> None:
    try:
        result = work()
    except Exception as error:  # noqa: BLE001  whatever it is belongs to who asked, and to nobody beside them
        answer.set_exception(error)
    else:
        answer.set_result(result)
