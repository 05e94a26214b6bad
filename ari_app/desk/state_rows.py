"""What operators do, written behind; what they did goes only where an agreement is asked for first (RULES 6.6)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from ari_app.desk.behind import Behind, Threads
from ari_app.ports.observer import Observer
from ari_app.ports.operator_states import OperatorStates, Span, Standing, Times

_GATHERED = timedelta(milliseconds=500)
_Numbered = tuple[int, Span]


class StateRows:
    """Implements desk.states.Keeps; rows are written while `run` runs."""

    def __init__(self, states: OperatorStates, times: Times | None, *, threads: Threads, observer: Observer) -> None:
        """`times`: None keeps none, whatever was agreed."""
        self._times = times
        self._numbers = count()
        self._kept: set[int] = set()
        self._standings: Behind[Standing] = Behind(
            "states", states.keep, threads=threads, observer=observer, gathered=_GATHERED
        )
        self._spans: Behind[_Numbered] = Behind(
            "times", self._keep_times, threads=threads, observer=observer, gathered=_GATHERED
        )

    def changed(self, standing: Standing, span: Span | None) -> None:
        """As the protocol."""
        self._standings.put(standing.operator, standing)
        if span is not None and self._times is not None:
            number = next(self._numbers)
            self._spans.put(str(number), (number, span))

    async def run(self) -> None:
        """Write what comes; never returns."""
        async with asyncio.TaskGroup() as writing:
            writing.create_task(self._standings.run())
            writing.create_task(self._spans.run())

    async def flush(self) -> None:
        """Write all that waits. Raises StoreUnavailable."""
        await self._standings.flush()
        await self._spans.flush()

    def _keep_times(self, spans: Sequence[_Numbered]) -> None:
        """Each is a transaction of its own; after one that failed, those before it are not written twice."""
        if self._times is None:
            return
        for number, span in spans:
            if number not in self._kept:
                self._times.keep_time(span.operator, span.state.value, since=span.since, until=span.until)
                self._kept.add(number)
        self._kept.clear()
