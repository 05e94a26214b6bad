"""A gate's desks over tables that gates share, in virtual time."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from ari_app.desk.behind import Behind
from ari_app.desk.bells import Bells
from ari_app.desk.keeping import Keeping
from ari_app.desk.live import Desks, stamped
from ari_app.desk.state_rows import StateRows
from ari_app.desk.states import States
from ari_app.policy.record import VerdictRecord
from ari_app.ports.live_calls import LiveCall
from tests.fakes.live_calls import LoopThreads, MemoryLiveCalls, MemoryStates, MemoryTimes
from tests.fakes.world import Heard, LoopClock
from tests.web.conftest import RECORD


@dataclass
class Tables:
    """What all gates share."""

    calls: MemoryLiveCalls = field(default_factory=MemoryLiveCalls)
    states: MemoryStates = field(default_factory=MemoryStates)
    times: MemoryTimes = field(default_factory=MemoryTimes)
    threads: LoopThreads = field(default_factory=LoopThreads)


class Gate:
    """One gate's desks, and what keeps them."""

    def __init__(
        self, tables: Tables, *, name: str = "garbo-a", alone: bool = True, after_call: timedelta = timedelta()
    ) -> None:
        """Nothing is live, nobody is there."""
        self.tables = tables
        self.clock, self.heard, self.bells = LoopClock(), Heard(), Bells()
        self.rows: Behind[LiveCall] = Behind(
            "calls",
            lambda calls: tables.calls.keep(stamped(calls, self.clock.now())),
            threads=tables.threads,
            observer=self.heard,
            gathered=timedelta(milliseconds=100),
        )
        self.desks = Desks(gate=name, rows=self.rows, bells=self.bells, clock=self.clock, observer=self.heard)
        self.state_rows = StateRows(tables.states, tables.times, threads=tables.threads, observer=self.heard)
        self.states = States(
            self.desks,
            keeps=self.state_rows,
            bells=self.bells,
            clock=self.clock,
            after_call=after_call,
            alone=alone,
        )
        self.keeping = Keeping(
            self.desks,
            self.states,
            calls=tables.calls,
            standings=tables.states,
            threads=tables.threads,
            clock=self.clock,
            alone=alone,
        )

    def judged(self, call_id: str, operator: str = "anna", *, verdict: str = "permit", **changes: object) -> None:
        """There is a verdict on a call of this operator."""
        record = verdict_record(call_id, operator, verdict=verdict, decided_at=self.clock.now(), **changes)
        self.desks.judged(record, channel_id=f"channel of {call_id}", phone=f"PJSIP/{operator or 'dialer'}")

    def answered(self, call_id: str) -> None:
        """It rings, and somebody answers."""
        self.desks.ringing(call_id, self.clock.now())
        self.desks.answered(call_id, self.clock.now())

    def ended(self, call_id: str, outcome: str = "answered") -> None:
        """It is over."""
        self.desks.ended(call_id, outcome, self.clock.now())

    async def written(self) -> None:
        """What waits to be written is."""
        await self.rows.flush()
        await self.state_rows.flush()


def verdict_record(call_id: str, operator: str, **changes: object) -> VerdictRecord:
    """A verdict on an invented call."""
    return replace(RECORD, call_id=call_id, operator=operator, **changes)  # type: ignore[arg-type]  # fields by name
