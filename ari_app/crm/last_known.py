"""
What each CRM said last about each number, kept beside the verdicts and never in their way.

Answers are gathered in memory and written together; the newest of a number is the one that counts, written or not.
"""

import asyncio
from itertools import islice

from ari_app.policy.facts import Known
from ari_app.policy.held import Customer
from ari_app.ports.live_customers import LiveAnswer, LiveAnswers
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreError

MOST_WAITING = 10_000
_TOGETHER = 100
"""In one transaction: more would hold SQLite's writer beyond 20 ms."""
_GATHERED_S = 0.5

Key = tuple[str, str]
"""Principal and number."""


class LastKnown:
    """Remembers answers; they are written while `run` runs."""

    def __init__(self, answers: LiveAnswers, observer: Observer) -> None:
        """Nothing waits yet."""
        self._answers = answers
        self._observer = observer
        self._waiting: dict[Key, LiveAnswer] = {}
        self._writing: dict[Key, LiveAnswer] = {}
        self._something = asyncio.Event()
        self._dropped = 0

    def said(self, answer: LiveAnswer) -> None:
        """Have it kept; where too many wait, it is dropped, and that is told with the next writing."""
        key = (answer.principal, answer.e164)
        if key not in self._waiting and len(self._waiting) >= MOST_WAITING:
            self._dropped += 1
            return
        self._waiting[key] = answer
        self._something.set()

    async def of(self, principal: str, e164: str) -> Known[Customer] | None:
        """The newest answer there is. Raises StoreError."""
        key = (principal, e164)
        unwritten = self._waiting.get(key) or self._writing.get(key)
        return unwritten.said if unwritten is not None else await self._answers.last(principal, e164)

    async def run(self) -> None:
        """Write what comes; never returns."""
        while True:
            await self._something.wait()
            await asyncio.sleep(_GATHERED_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits now; what cannot be written is dropped and told."""
        self._something.clear()
        while self._waiting:
            self._writing = dict(islice(self._waiting.items(), _TOGETHER))
            for key in self._writing:
                del self._waiting[key]
            try:
                await self._answers.keep(tuple(self._writing.values()))
            except StoreError as error:
                self._observer.event("crm.unkept", answers=len(self._writing), cause=repr(error))
            except BaseException:  # stopped in the middle: whoever flushes next writes them, once more if need be
                self._waiting = {**self._writing, **self._waiting}
                raise
            finally:
                self._writing = {}
        if self._dropped:
            self._observer.event("crm.unkept", answers=self._dropped, cause="too many waited to be kept")
            self._dropped = 0
