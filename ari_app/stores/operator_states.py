"""What operators do now, and (while an agreement is in force) what they did."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.ports.operator_states import Span, Standing, State
from ari_app.stores.database import Database
from ari_app.stores.tables import operator_state, operator_time


class SqlOperatorStates:
    """Implements ports.operator_states.OperatorStates; each method is one transaction, here and now."""

    def __init__(self, database: Database) -> None:
        """Share the database with the other stores of the process."""
        self._database = database

    def keep(self, standings: Sequence[Standing]) -> None:
        """As the port."""
        rows = [
            {"operator": each.operator, "state": each.state.value, "since": each.since}
            for each in sorted(standings, key=lambda each: each.operator)
        ]
        if rows:
            self._database.write(lambda connection: connection.execute(_put(connection.dialect.name), rows))

    def all(self) -> tuple[Standing, ...]:
        """As the port."""
        found = self._database.read(lambda connection: connection.execute(select(operator_state)).all())
        return tuple(Standing(operator=row.operator, state=State(row.state), since=row.since) for row in found)

    def keep_times(self, spans: Sequence[Span]) -> None:
        """As the port."""
        rows = [
            {
                "id": each.id,
                "operator": each.operator,
                "state": each.state.value,
                "since": each.since,
                "until": each.until,
            }
            for each in spans
        ]
        if rows:
            self._database.write(lambda connection: connection.execute(_add(connection.dialect.name), rows))


def _add(dialect: str) -> Any:
    """Those that are there already stay: a commit may have gone through although nobody was told."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(operator_time).on_conflict_do_nothing()


def _put(dialect: str) -> Any:
    add: Any = (sqlite if dialect == "sqlite" else postgresql).insert(operator_state)
    changed = {name: add.excluded[name] for name in ("state", "since")}
    return add.on_conflict_do_update(index_elements=["operator"], set_=changed)
