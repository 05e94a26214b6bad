"""Scripts as they are served: files are imported by version, and what was served once can always be shown again."""

from sqlalchemy import Connection, insert, select, update

from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.tables import script


class Scripts:
    """Each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self._database = database
        self._clock = clock

    def import_script(self, script_id: str, version: str, sha256: str, body: str) -> bool:
        """
        Serve this body from now on; False: it is the one that is served already.

        A version that was served before, with the same body, is served again. Raises StoreConflict: that version has
        another body, and calls on record were made with it.
        """

        def work(connection: Connection) -> bool:
            held = connection.execute(
                select(script.c.sha256, script.c.current).where(script.c.id == script_id, script.c.version == version)
            ).one_or_none()
            if held is not None and held.sha256 != sha256:
                raise StoreConflict(
                    f"script {script_id} version {version} was imported with another text; raise its version"
                )
            if held is not None and held.current:
                return False
            connection.execute(update(script).where(script.c.id == script_id).values(current=False))
            if held is None:
                new = {"id": script_id, "version": version, "sha256": sha256, "body": body, "current": True}
                connection.execute(insert(script), {**new, "imported_at": self._clock.now()})
            else:
                this = (script.c.id == script_id) & (script.c.version == version)
                connection.execute(update(script).where(this).values(current=True))
            return True

        return self._database.write(work)

    def current(self, script_id: str) -> str | None:
        """The body that is served; None: no such script."""
        query = select(script.c.body).where(script.c.id == script_id, script.c.current)
        return self._database.read(lambda connection: connection.scalar(query))

    def version(self, script_id: str, version: str) -> str | None:
        """The body of a version of the past; None: it was never imported."""
        query = select(script.c.body).where(script.c.id == script_id, script.c.version == version)
        return self._database.read(lambda connection: connection.scalar(query))

    def ids(self) -> tuple[str, ...]:
        """Every script there is, by id."""
        query = select(script.c.id).distinct().order_by(script.c.id)
        return self._database.read(lambda connection: tuple(connection.scalars(query)))
