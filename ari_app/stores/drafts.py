"""Scripts that are being written, and the moment in which one is served."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from ari_app.desk.drafts import Draft, DraftState, NewVersion
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.scripts import Scripts
from ari_app.stores.tables import script_draft


class SqlDrafts:
    """Implements desk.DraftStore; each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, scripts: Scripts) -> None:
        """Both of one database."""
        self._database = database
        self._scripts = scripts

    def add(self, draft: Draft) -> None:
        """As the protocol says."""
        self._database.write(lambda connection: connection.execute(insert(script_draft), _values(draft)))

    def draft(self, draft_id: str) -> Draft | None:
        """As the protocol says."""
        query = select(script_draft).where(script_draft.c.id == draft_id)
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return _draft(row) if row is not None else None

    def unpublished(self) -> tuple[Draft, ...]:
        """As the protocol says."""
        query = (
            select(script_draft)
            .where(script_draft.c.state != DraftState.PUBLISHED.value)
            .order_by(script_draft.c.saved_at.desc(), script_draft.c.id.desc())
        )
        return self._database.read(lambda connection: tuple(map(_draft, connection.execute(query))))

    def amend(self, draft_id: str, step: Callable[[Draft], Draft]) -> Draft:
        """As the protocol says."""
        return self._database.write(lambda connection: _amended(connection, draft_id, step))

    def publish(self, draft_id: str, step: Callable[[Draft], Draft], new: NewVersion) -> Draft:
        """As the protocol says."""

        def work(connection: Connection) -> Draft:
            done = _amended(connection, draft_id, step)
            self._scripts.publish(connection, new)
            return done

        return self._database.write(work)


def _amended(connection: Connection, draft_id: str, step: Callable[[Draft], Draft]) -> Draft:
    this = script_draft.c.id == draft_id
    row = connection.execute(select(script_draft).where(this).with_for_update()).one_or_none()
    if row is None:
        raise StoreConflict(f"there is no draft {draft_id}")
    done = step(_draft(row))
    connection.execute(update(script_draft).where(this).values(_values(done)))
    return done


def _values(draft: Draft) -> dict[str, object]:
    return {
        "id": draft.id,
        "script": draft.script,
        "body": draft.body,
        "author": draft.author,
        "saved_at": draft.saved_at,
        "state": draft.state.value,
        "reviewer": draft.reviewer,
        "reviewed_at": draft.reviewed_at,
        "remark": draft.remark,
    }


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        id=row.id,
        script=row.script,
        body=row.body,
        author=row.author,
        saved_at=row.saved_at,
        state=DraftState(row.state),
        reviewer=row.reviewer,
        reviewed_at=row.reviewed_at,
        remark=row.remark,
    )
