"""What operators do now."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.ports.operator_states import Standing, State
from ari_app.stores.database import Database
from ari_app.stores.tables import operator_state


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


def _put(dialect: str) -> Any:
    add: Any = (sqlite if dialect == "sqlite" else postgresql).insert(operator_state)
    changed = {name: add.excluded[name] for name in ("state", "since")}
    return add.on_conflict_do_update(index_elements=["operator"], set_=changed)
