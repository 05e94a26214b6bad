"""
Scripts as they are served: by version, from files and from the page; what was served once can always be shown again.

Which version is served is a choice that has a history (`script_change`). What the files last said is part of it, so
that a file which has not changed since does not undo a choice that was made in the page, however often it is read.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from ari_app.desk.drafts import NewVersion
from ari_app.desk.versions import How, ScriptChange, ScriptVersion
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.tables import operator, script, script_change, script_read


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Which version of a script is served."""

    id: str
    version: str
    sha256: str


class Scripts:
    """Implements desk.VersionStore; each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self._database = database
        self._clock = clock

    def import_script(
        self,
        script_id: str,
        version: str,
        sha256: str,
        body: str,
        *,
        built_in: bool = False,
        must_read: bool = False,
    ) -> bool:
        """
        Take a file's text up; True: it is served from now on, and was not before.

        A file that says what it said last time changes nothing, whatever has been chosen since. One that changed is
        served, also if it goes back to a version of the past. A `built_in` one gives way to whatever else was ever
        served here. Raises StoreConflict: that version has another body, and calls were made with it.
        """

        def work(connection: Connection) -> bool:
            self._lock(connection, script_id)
            held = _row(connection, script_id, version)
            if held is not None and held.sha256 != sha256:
                raise StoreConflict(
                    f"script {script_id} version {version} was imported with another text; raise its version"
                )
            gives_way = built_in and _last(connection, script_id)[0] not in (None, How.BUILT_IN)
            if held is not None and (gives_way or _says_the_same(connection, script_id, version, built_in=built_in)):
                return False
            how = How.KEPT_BACK if gives_way else How.BUILT_IN if built_in else How.FILED
            self._note(connection, script_id, version, how)
            if held is None:
                new = {"id": script_id, "version": version, "sha256": sha256, "body": body, "current": False}
                new |= {"imported_at": self._clock.now(), "must_read": must_read and not built_in}
                connection.execute(insert(script), new)
            if gives_way or (held is not None and held.current):
                return False
            _serve(connection, script_id, version)
            return True

        return self._database.write(work)

    def publish(self, connection: Connection, new: NewVersion) -> None:
        """
        Serve a version that was written in the page, in a transaction of the caller's.

        Whoever wrote and approved it has read it. Raises StoreConflict: there is such a version already.
        """
        self._lock(connection, new.script)
        if _row(connection, new.script, new.version) is not None:
            raise StoreConflict(f"script {new.script} has a version {new.version} already; raise it")
        row = {"id": new.script, "version": new.version, "sha256": new.sha256, "body": new.body, "current": False}
        row |= {"imported_at": self._clock.now(), "author": new.author, "approved_by": new.approved_by}
        connection.execute(insert(script), {**row, "must_read": new.must_read})
        _serve(connection, new.script, new.version)
        self._note(connection, new.script, new.version, How.PUBLISHED, by=new.approved_by, why=new.why)
        known = select(operator.c.id).where(operator.c.id.in_({new.author, new.approved_by}))
        read = {"script": new.script, "version": new.version, "read_at": self._clock.now()}
        for reader in connection.scalars(known).all():
            connection.execute(insert(script_read), {**read, "operator": reader})

    def roll_back(self, script_id: str, version: str, *, by: str, why: str) -> None:
        """Serve this version again. Raises StoreConflict: there is none, or it is served already."""

        def work(connection: Connection) -> None:
            self._lock(connection, script_id)
            held = _row(connection, script_id, version)
            if held is None:
                raise StoreConflict(f"script {script_id} has no version {version}")
            if held.current:
                raise StoreConflict(f"script {script_id} is served in version {version} already")
            _serve(connection, script_id, version)
            self._note(connection, script_id, version, How.ROLLED_BACK, by=by, why=why)

        self._database.write(work)

    def version(self, script_id: str, version: str) -> str | None:
        """The body of a version of the past; None: it was never imported."""
        query = select(script.c.body).where(script.c.id == script_id, script.c.version == version)
        return self._database.read(lambda connection: connection.scalar(query))

    def served(self) -> tuple[Served, ...]:
        """Which version of each script is served, by id."""
        query = select(script.c.id, script.c.version, script.c.sha256).where(script.c.current).order_by(script.c.id)
        return self._database.read(
            lambda connection: tuple(
                Served(id=row.id, version=row.version, sha256=row.sha256) for row in connection.execute(query)
            )
        )

    def current_versions(self) -> tuple[ScriptVersion, ...]:
        """As the protocol says."""
        query = select(script).where(script.c.current).order_by(script.c.id)
        return self._database.read(lambda connection: tuple(map(_version, connection.execute(query))))

    def kept(self, script_id: str, version: str) -> ScriptVersion | None:
        """As the protocol says."""
        row = self._database.read(lambda connection: _row(connection, script_id, version))
        return _version(row) if row is not None else None

    def versions(self, script_id: str) -> tuple[ScriptVersion, ...]:
        """As the protocol says."""
        query = select(script).where(script.c.id == script_id).order_by(script.c.imported_at.desc(), script.c.version)
        return self._database.read(lambda connection: tuple(map(_version, connection.execute(query))))

    def changes(self, script_id: str) -> tuple[ScriptChange, ...]:
        """As the protocol says."""
        query = select(script_change).where(script_change.c.script == script_id).order_by(script_change.c.seq.desc())
        return self._database.read(
            lambda connection: tuple(
                ScriptChange(version=row.version, how=How(row.how), by=row.by, why=row.why, at=row.at)
                for row in connection.execute(query)
            )
        )

    def _lock(self, connection: Connection, script_id: str) -> None:
        """Two who choose at once do so one after the other: of each script one version is served."""
        name = hashlib.sha256(f"script:{script_id}".encode()).digest()
        self._database.lock(connection, [int.from_bytes(name[:8], "big", signed=True)])

    def _note(
        self, connection: Connection, script_id: str, version: str, how: How, *, by: str = "", why: str = ""
    ) -> None:
        last = connection.scalar(select(func.max(script_change.c.seq)).where(script_change.c.script == script_id)) or 0
        row = {"script": script_id, "seq": last + 1, "version": version, "how": how.value, "by": by, "why": why}
        connection.execute(insert(script_change), {**row, "at": self._clock.now()})


def _row(connection: Connection, script_id: str, version: str) -> Row[Any] | None:
    query = select(script).where(script.c.id == script_id, script.c.version == version)
    return connection.execute(query).one_or_none()


def _last(connection: Connection, script_id: str, *hows: How) -> tuple[How | None, str]:
    """The last change of one of these kinds, else of any but `kept_back`: how, and of which version."""
    meant = [how.value for how in hows or set(How) - {How.KEPT_BACK}]
    query = (
        select(script_change.c.how, script_change.c.version)
        .where(script_change.c.script == script_id, script_change.c.how.in_(meant))
        .order_by(script_change.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (How(row.how), row.version) if row is not None else (None, "")


def _says_the_same(connection: Connection, script_id: str, version: str, *, built_in: bool) -> bool:
    return _last(connection, script_id, How.BUILT_IN if built_in else How.FILED)[1] == version


def _serve(connection: Connection, script_id: str, version: str) -> None:
    of_it = script.c.id == script_id
    connection.execute(update(script).where(of_it, script.c.current).values(current=False))
    connection.execute(update(script).where(of_it, script.c.version == version).values(current=True))


def _version(row: Row[Any]) -> ScriptVersion:
    return ScriptVersion(
        id=row.id,
        version=row.version,
        sha256=row.sha256,
        body=row.body,
        made_at=row.imported_at,
        author=row.author,
        approved_by=row.approved_by,
        current=row.current,
        must_read=row.must_read,
    )
