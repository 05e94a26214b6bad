"""Live calls and operators' states in memory, and a database's threads that are the loop itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.ports.operator_states import Span, Standing, State
from ari_app.ports.verdicts import StoreConflict, StoreUnavailable

T = TypeVar("T")


@dataclass
class LoopThreads:
    """Implements desk.behind.Threads: runs everything at once."""

    down: bool = False
    written: int = 0
    """Transactions that wrote."""

    async def on_writer(self, work: Callable[[], T]) -> T:
        """As the port."""
        self._need()
        self.written += 1
        return work()

    async def on_reader(self, work: Callable[[], T]) -> T:
        """As the port."""
        self._need()
        return work()

    def _need(self) -> None:
        if self.down:
            raise StoreUnavailable("made so by the test")


@dataclass
class MemoryLiveCalls:
    """Implements ports.live_calls.LiveCalls."""

    held: dict[str, LiveCall] = field(default_factory=dict)
    closed: dict[str, datetime] = field(default_factory=dict)
    """When calls ended, by the outcomes on record."""
    unknown: set[str] = field(default_factory=set)
    """Hook: calls that have no verdict."""

    def keep(self, calls: tuple[LiveCall, ...]) -> None:
        """As the port."""
        if any(call.call_id in self.unknown for call in calls):
            raise StoreConflict("there is no such verdict: made so by the test")
        for call in calls:
            kept = self.held.get(call.call_id)
            self.held[call.call_id] = call if kept is None else kept.joined(call)

    def since(self, changed_at: datetime) -> tuple[LiveCall, ...]:
        """As the port."""
        found = (self._whole(call) for call in self.held.values() if call.changed_at >= changed_at)
        return tuple(sorted(found, key=lambda call: call.changed_at))

    def open_since(self, changed_at: datetime) -> tuple[LiveCall, ...]:
        """As the port."""
        return tuple(call for call in self.since(changed_at) if call.done_at is None)

    def forget(self, changed_before: datetime) -> int:
        """As the port."""
        old = [call_id for call_id, call in self.held.items() if call.changed_at < changed_before]
        for call_id in old:
            del self.held[call_id]
        return len(old)

    def newest_of(self, operator: str) -> LiveCall | None:
        """As the port."""
        own = (self._whole(call) for call in self.held.values() if call.operator == operator)
        return max(own, key=lambda call: call.decided_at, default=None)

    def _whole(self, call: LiveCall) -> LiveCall:
        at = self.closed.get(call.call_id)
        return call if at is None or call.ended_at is not None else replace(call, phase=Phase.ENDED, ended_at=at)


@dataclass
class MemoryStates:
    """Implements ports.operator_states.OperatorStates."""

    held: dict[str, Standing] = field(default_factory=dict)

    def keep(self, standings: Sequence[Standing]) -> None:
        """As the port."""
        self.held |= {each.operator: each for each in standings}

    def all(self) -> tuple[Standing, ...]:
        """As the port."""
        return tuple(self.held.values())


@dataclass
class MemoryTimes:
    """Implements ports.operator_states.Times."""

    spans: list[Span] = field(default_factory=list)
    agreed: bool = False
    failing: int = 0
    """Hook: so many more are refused before the database is back."""

    def keep_time(self, operator: str, state: str, /, *, since: datetime, until: datetime) -> bool:
        """As the port."""
        if self.failing and self.spans:
            self.failing -= 1
            raise StoreUnavailable("made so by the test")
        if self.agreed:
            self.spans.append(Span(operator=operator, state=State(state), since=since, until=until))
        return self.agreed
