"""What operators do, written behind; what they did, only while an agreement is in force, and from its beginning on."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from ari_app.desk.behind import Behind, Threads
from ari_app.ports.observer import Observer
from ari_app.ports.operator_states import Agreements, OperatorStates, Span, Standing

_GATHERED = timedelta(milliseconds=500)


class StateRows:
    """Implements desk.states.Keeps; rows are written while `run` runs."""

    def __init__(self, states: OperatorStates, agreements: Agreements, *, threads: Threads, observer: Observer) -> None:
        """`agreements` is asked on the writer's thread, just before a time would be written."""
        self._states = states
        self._agreements = agreements
        self._standings: Behind[Standing] = Behind(
            "states", states.keep, threads=threads, observer=observer, gathered=_GATHERED
        )
        self._spans: Behind[Span] = Behind(
            "times", self._keep_times, threads=threads, observer=observer, gathered=_GATHERED
        )

    def changed(self, standing: Standing, span: Span | None) -> None:
        """As the protocol."""
        self._standings.put(standing.operator, standing)
        if span is not None:
            self._spans.put(span.id, span)

    async def run(self) -> None:
        """Write what comes; never returns."""
        async with asyncio.TaskGroup() as writing:
            writing.create_task(self._standings.run())
            writing.create_task(self._spans.run())

    async def flush(self) -> None:
        """Write all that waits. Raises StoreUnavailable."""
        await self._standings.flush()
        await self._spans.flush()

    def _keep_times(self, spans: Sequence[Span]) -> None:
        since = self._agreements.in_force_since()
        if since is not None:
            agreed = [replace(span, since=max(span.since, since)) for span in spans if span.until > since]
            self._states.keep_times(agreed)
