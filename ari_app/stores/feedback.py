"""What the floor tells the brands."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from ari_app.desk.feedback import Feedback
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.own_campaigns import own_campaigns
from ari_app.stores.tables import campaign, feedback


class SqlFeedback:
    """Implements desk.FeedbackStore; each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    def add(self, new: Feedback) -> Feedback:
        """As the protocol says."""

        def work(connection: Connection) -> Feedback:
            owner = connection.scalar(select(campaign.c.principal).where(campaign.c.id == new.campaign))
            if owner is None:
                raise StoreConflict(f"there is no campaign {new.campaign}; `garbo campaign list` names those there are")
            row = asdict(new) | {"principal": owner}
            connection.execute(insert(feedback), row)
            return Feedback(**row)

        return self._database.write(work)

    def own_campaigns(self, operator_id: str) -> tuple[str, ...]:
        """As the protocol says."""
        query = own_campaigns(operator_id).order_by(campaign.c.id)
        return self._database.read(lambda connection: tuple(connection.scalars(query)))

    def found(self, *, operator: str | None = None, principal: str | None = None) -> tuple[Feedback, ...]:
        """As the protocol says."""
        query = select(feedback).order_by(feedback.c.made_at.desc(), feedback.c.id.desc())
        if operator is not None:
            query = query.where(feedback.c.operator == operator)
        if principal is not None:
            query = query.where(feedback.c.principal == principal)
        return self._database.read(lambda connection: tuple(map(_said, connection.execute(query))))

    def pass_on(self, feedback_id: str, *, by: str, at: datetime) -> bool:
        """As the protocol says."""
        held = (feedback.c.id == feedback_id, feedback.c.passed_on_at.is_(None))
        change = update(feedback).where(*held).values(passed_on_at=at, passed_on_by=by)
        return self._database.write(lambda connection: connection.execute(change).rowcount > 0)


def _said(row: Row[Any]) -> Feedback:
    return Feedback(**row._mapping)
