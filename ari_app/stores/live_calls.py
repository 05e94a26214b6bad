"""How far calls have come: written behind the gate, read by other gates and by its next life."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ColumnCollection

from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.stores.database import Database
from ari_app.stores.tables import live_call, outcome

_COLUMNS = tuple(live_call.c.keys())
_INSTANTS = ("ringing_at", "answered_at", "ended_at", "done_at")
_FORGOTTEN_AT_ONCE = 200


class SqlLiveCalls:
    """Implements ports.live_calls.LiveCalls; each method is one transaction, here and now."""

    def __init__(self, database: Database) -> None:
        """Share the database with the other stores of the process."""
        self._database = database

    def keep(self, calls: tuple[LiveCall, ...]) -> None:
        """As the port."""
        if not calls:
            return
        rows = [
            {name: getattr(call, name) for name in _COLUMNS} for call in sorted(calls, key=lambda call: call.call_id)
        ]
        self._database.write(lambda connection: connection.execute(_put(connection.dialect.name), rows))

    def since(self, changed_at: datetime) -> tuple[LiveCall, ...]:
        """As the port."""
        return self._read(SINCE, changed_at=changed_at)

    def open_since(self, changed_at: datetime) -> tuple[LiveCall, ...]:
        """As the port."""
        return self._read(OPEN_SINCE, changed_at=changed_at)

    def newest_of(self, operator: str) -> LiveCall | None:
        """As the port."""
        found = self._read(NEWEST, operator=operator)
        return found[0] if found else None

    def forget(self, changed_before: datetime) -> int:
        """As the port."""

        def work(connection: Connection) -> int:
            some = connection.scalars(OLD, {"changed_before": changed_before}).all()
            return connection.execute(delete(live_call).where(live_call.c.call_id.in_(some))).rowcount if some else 0

        return self._database.write(work)

    def _read(self, query: Select[Any], **given: object) -> tuple[LiveCall, ...]:
        return self._database.read(lambda connection: tuple(_call(row) for row in connection.execute(query, given)))


_KEPT = select(live_call, outcome.c.ended_at.label("closed_at")).outerjoin(
    outcome, outcome.c.call_id == live_call.c.call_id
)
SINCE = _KEPT.where(live_call.c.changed_at >= bindparam("changed_at")).order_by(live_call.c.changed_at)
OPEN_SINCE = SINCE.where(live_call.c.done_at.is_(None))
NEWEST = _KEPT.where(live_call.c.operator == bindparam("operator")).order_by(live_call.c.decided_at.desc()).limit(1)
OLD = (
    select(live_call.c.call_id)
    .where(live_call.c.changed_at < bindparam("changed_before"))
    .order_by(live_call.c.changed_at)
    .limit(_FORGOTTEN_AT_ONCE)
)


def _call(row: Any) -> LiveCall:
    values = {name: getattr(row, name) for name in _COLUMNS}
    values["phase"] = Phase(row.phase)
    if row.closed_at is not None and row.ended_at is None:  # the gate was killed between the outcome and this
        values |= {"phase": Phase.ENDED, "ended_at": row.closed_at}
    return LiveCall(**values)


def _put(dialect: str) -> Any:
    """As `LiveCall.joined`, what is kept being the one side and what is written the other."""
    add: Any = (sqlite if dialect == "sqlite" else postgresql).insert(live_call)
    kept, new = live_call.c, add.excluded
    later = new.changed_at >= kept.changed_at
    instants = {name: func.coalesce(kept[name], new[name]) for name in _INSTANTS}
    changed = {
        **instants,
        "gate": case((later, new.gate), else_=kept.gate),
        "operator": _said(kept, new, "operator", later),
        "phone": _said(kept, new, "phone", later),
        "changed_at": case((later, new.changed_at), else_=kept.changed_at),
        "phase": case(
            (kept.phase == Phase.REFUSED.value, kept.phase),
            (instants["ended_at"].is_not(None), literal(Phase.ENDED.value)),
            (instants["answered_at"].is_not(None), literal(Phase.ANSWERED.value)),
            (instants["ringing_at"].is_not(None), literal(Phase.RINGING.value)),
            else_=literal(Phase.DIALLED.value),
        ),
    }
    return add.on_conflict_do_update(index_elements=["call_id"], set_=changed)


def _said(
    kept: ColumnCollection[str, Any], new: ColumnCollection[str, Any], name: str, later: ColumnElement[bool]
) -> ColumnElement[str]:
    """The later word, unless it says nothing."""
    return case((and_(new[name] != "", later), new[name]), (kept[name] == "", new[name]), else_=kept[name])
