"""Which keys an operator has given to the actions of the desk; what is not here keeps its usual key."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from ari_app.stores.database import Database
from ari_app.stores.tables import key_map


class SqlKeyMaps:
    """Each method is one transaction. Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    async def of(self, operator: str) -> Mapping[str, str]:
        """Action to key, of those that were given another one."""
        query = select(key_map.c.action, key_map.c.key).where(key_map.c.operator == operator)

        def work(connection: Connection) -> Mapping[str, str]:
            return {row.action: row.key for row in connection.execute(query)}

        return await self._database.on_reader(lambda: self._database.read(work))

    async def save(self, operator: str, keys: Mapping[str, str]) -> None:
        """These and no others from now on. Raises StoreConflict: there is no such operator."""
        rows = [{"operator": operator, "action": action, "key": key} for action, key in keys.items()]

        def work(connection: Connection) -> None:
            connection.execute(delete(key_map).where(key_map.c.operator == operator))
            if rows:
                connection.execute(insert(key_map), rows)

        await self._database.on_writer(lambda: self._database.write(work))
