"""Who spoke on a call that was permitted before anybody was known to be on it."""

from sqlalchemy import bindparam, update

from ari_app.stores.database import Database
from ari_app.stores.prepared import Prepared
from ari_app.stores.tables import attempt

_SPEAKS = Prepared(
    update(attempt).where(attempt.c.call_id == bindparam("of_call"), attempt.c.operator == ""), "operator"
)


class SqlSpeaking:
    """Implements desk.binding.Spoken: the attempt names the operator from then on, for whoever looks back at it."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    async def speaks(self, call_id: str, operator: str) -> bool:
        """As desk.binding."""
        given = {"of_call": call_id, "operator": operator}
        return await self._database.on_writer(
            lambda: self._database.write(lambda connection: bool(_SPEAKS.run(connection, given).rowcount))
        )
