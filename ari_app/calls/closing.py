"""The end of a call: its one outcome on record, then told."""

from typing import Protocol

from ari_app.ports.call_watch import CallWatch
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import Ending, Verdicts


class Closes(Protocol):
    """What it takes to close a call."""

    @property
    def verdicts(self) -> Verdicts: ...
    @property
    def observer(self) -> Observer: ...
    @property
    def watch(self) -> CallWatch: ...


async def close(ports: Closes, call_id: str, ending: Ending) -> None:
    """
    Record this ending and tell the outcome; one that another gate recorded before stays, and is the one that is told.

    Nothing is told where another gate saw a leg and follows the call. Raises StoreError.
    """
    outcome: str | None = ending.outcome
    if await ports.verdicts.close(call_id, ending):
        ports.observer.event("call.ended", call_id=call_id, outcome=ending.outcome, cause=ending.cause)
    else:
        record = await ports.verdicts.show(call_id)
        outcome = record.outcome if record is not None else None
    if outcome is not None:
        ports.watch.ended(call_id, outcome, ending.ended_at)
