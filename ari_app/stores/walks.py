"""The walks of calls through their scripts, arrival by arrival; rows are added and never changed."""

from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.ports.walks import WalkStep
from ari_app.stores.database import Database
from ari_app.stores.tables import walk_step

_OF_CALL = select(walk_step).where(walk_step.c.call_id == bindparam("call")).order_by(walk_step.c.seq)
"""Made once: every look at a call asks for it, and to make a statement costs more than to run it."""


class SqlWalkSteps:
    """Implements ports.walks.WalkSteps."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    async def of_call(self, call_id: str) -> tuple[WalkStep, ...]:
        """As the port."""

        def work(connection: Connection) -> tuple[WalkStep, ...]:
            return tuple(map(_step, connection.execute(_OF_CALL, {"call": call_id}).mappings()))

        return await self._database.on_reader(lambda: self._database.read(work))

    async def add(self, step: WalkStep) -> bool:
        """As the port. Raises StoreConflict: there is no verdict of that call."""

        def work(connection: Connection) -> bool:
            engine = sqlite if connection.dialect.name == "sqlite" else postgresql
            new = engine.insert(walk_step).on_conflict_do_nothing(index_elements=["call_id", "seq"])
            return connection.execute(new.returning(walk_step.c.seq), _row(step)).first() is not None

        return await self._database.on_writer(lambda: self._database.write(work))


def _row(step: WalkStep) -> dict[str, Any]:
    return {
        "call_id": step.call_id,
        "seq": step.seq,
        "step": step.step,
        "answer": step.answer,
        "discloses": " ".join(step.discloses),
        "operator": step.operator,
        "at": step.at,
        "offer_call": step.offer_call,
    }


def _step(row: Any) -> WalkStep:
    return WalkStep(**{**row, "discloses": tuple(row["discloses"].split())})
