"""The operator's desk, wired: what is live and who does what, told by calls, kept behind, shown by the site."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ari_app.config import Settings
from ari_app.desk.behind import Behind
from ari_app.desk.bells import Bells
from ari_app.desk.keeping import Keeping
from ari_app.desk.live import Desks, stamped
from ari_app.desk.state_rows import StateRows
from ari_app.desk.states import States
from ari_app.ports.clock import Clock
from ari_app.ports.live_calls import LiveCall
from ari_app.ports.observer import Observer
from ari_app.ports.operator_states import Times
from ari_app.stores.database import Database
from ari_app.stores.live_calls import SqlLiveCalls
from ari_app.stores.operator_states import SqlOperatorStates
from ari_app.web.application import Room
from ari_app.web.live import LiveRoom

_GATHERED_ALONE, _GATHERED = timedelta(seconds=2), timedelta(milliseconds=100)
"""Where other gates wait for rows they come sooner; alone, only a gate that was killed misses the last of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What desks are made of."""

    desks: Desks
    states: States
    live: LiveRoom
    rows: Behind[LiveCall]
    state_rows: StateRows
    keeping: Keeping

    def services(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What runs beside the gate, by its name; none returns by itself."""
        return {
            "live calls": self.rows.run,
            "states": self.states.run,
            "state rows": self.state_rows.run,
            "other gates": self.keeping.follow,
            "old calls": self.keeping.forget,
        }

    def rooms(self) -> tuple[Room, ...]:
        """The parts of the site."""
        return (self.live,)

    def pages(self) -> Mapping[str, int]:
        """How many pages are connected, by what they show; may be asked from any thread."""
        return {"desk": self.live.desks, "floor": self.live.floors}

    async def flush(self) -> None:
        """Write what waits, at the end. Raises StoreError."""
        await self.rows.flush()
        await self.state_rows.flush()


def open_desk(
    settings: Settings, database: Database, *, observer: Observer, clock: Clock, times: Times | None = None
) -> Desk:
    """
    Over an open database; nothing is read or written yet.

    `times`: where single operators' times go; None: nowhere, whatever was agreed with the workers.
    """
    alone = len(settings.asterisk.apps) == 1 and settings.database.url.startswith("sqlite")
    calls, standings = SqlLiveCalls(database), SqlOperatorStates(database)
    bells = Bells()
    rows: Behind[LiveCall] = Behind(
        "calls",
        lambda some: calls.keep(stamped(some, clock.now())),
        threads=database,
        observer=observer,
        gathered=_GATHERED_ALONE if alone else _GATHERED,
    )
    state_rows = StateRows(standings, times, threads=database, observer=observer)
    desks = Desks(gate=settings.asterisk.app, rows=rows, bells=bells, clock=clock, observer=observer)
    states = States(
        desks,
        keeps=state_rows,
        bells=bells,
        clock=clock,
        after_call=timedelta(seconds=settings.desk.after_call_s),
        alone=alone,
    )
    keeping = Keeping(desks, states, calls=calls, standings=standings, threads=database, clock=clock, alone=alone)
    live = LiveRoom(changes=desks, presence=states)
    return Desk(desks=desks, states=states, live=live, rows=rows, state_rows=state_rows, keeping=keeping)
