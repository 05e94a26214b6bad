"""Notices to the floor, and who has read them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Text, bindparam, exists, insert, literal, or_, select, update

from ari_app.desk.notices import EVERYBODY, Notice
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.own_campaigns import own_campaigns
from ari_app.stores.tables import campaign, notice, notice_read, operator

_OPERATOR: BindParameter[str] = bindparam("operator", type_=Text)
_OWN = own_campaigns(_OPERATOR).subquery()
_WAS_READ = exists().where(notice_read.c.notice == notice.c.id, notice_read.c.operator == _OPERATOR)
_OF_OPERATOR = (
    select(notice, _WAS_READ.label("was_read"))
    .where(
        or_(notice.c.expires_at.is_(None), notice.c.expires_at > bindparam("at", type_=notice.c.expires_at.type)),
        or_(notice.c.audience == EVERYBODY, notice.c.audience.in_(select(literal("campaign:") + _OWN.c.id))),
    )
    .order_by(notice.c.made_at.desc(), notice.c.id.desc())
)
"""Made once: every look of an idle desk asks for it, and to make it costs more than to run it."""


class SqlNotices:
    """Implements desk.NoticeStore; each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    def add(self, new: Notice) -> None:
        """As the protocol says."""

        def work(connection: Connection) -> None:
            _, _, campaign_id = new.audience.partition(":")
            if campaign_id and not connection.scalar(select(exists().where(campaign.c.id == campaign_id))):
                raise StoreConflict(f"there is no campaign {campaign_id}; `garbo campaign list` names those there are")
            connection.execute(insert(notice), asdict(new))

        self._database.write(work)

    def all(self) -> tuple[Notice, ...]:
        """As the protocol says."""
        query = select(notice).order_by(notice.c.made_at.desc(), notice.c.id.desc())
        return self._database.read(lambda connection: tuple(map(_notice, connection.execute(query))))

    def notice(self, notice_id: str) -> Notice | None:
        """As the protocol says."""
        query = select(notice).where(notice.c.id == notice_id)
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return _notice(row) if row is not None else None

    def end(self, notice_id: str, *, at: datetime) -> bool:
        """As the protocol says."""
        shown = (notice.c.id == notice_id, or_(notice.c.expires_at.is_(None), notice.c.expires_at > at))
        change = update(notice).where(*shown).values(expires_at=at)
        return self._database.write(lambda connection: connection.execute(change).rowcount > 0)

    def of(self, operator_id: str, *, at: datetime) -> tuple[tuple[Notice, bool], ...]:
        """As the protocol says."""
        given = {"operator": operator_id, "at": at}
        return self._database.read(
            lambda connection: tuple(
                (_notice(row), bool(row.was_read)) for row in connection.execute(_OF_OPERATOR, given)
            )
        )

    def read(self, operator_id: str, notice_id: str, *, at: datetime) -> None:
        """As the protocol says."""

        def work(connection: Connection) -> None:
            if not connection.scalar(select(exists().where(notice.c.id == notice_id))):
                raise StoreConflict(f"there is no notice {notice_id}")
            # One who is there twice (two windows) waits for themselves, and is then seen to have read.
            if connection.scalar(select(operator.c.id).where(operator.c.id == operator_id).with_for_update()) is None:
                raise StoreConflict(f"there is no operator {operator_id}")
            this = exists().where(notice_read.c.notice == notice_id, notice_read.c.operator == operator_id)
            if not connection.scalar(select(this)):
                row = {"notice": notice_id, "operator": operator_id, "read_at": at}
                connection.execute(insert(notice_read), row)

        self._database.write(work)

    def readers(self) -> Mapping[str, tuple[str, ...]]:
        """As the protocol says."""
        query = select(notice_read.c.notice, notice_read.c.operator).order_by(notice_read.c.operator)

        def work(connection: Connection) -> Mapping[str, tuple[str, ...]]:
            found: dict[str, tuple[str, ...]] = {}
            for row in connection.execute(query):
                found[row.notice] = (*found.get(row.notice, ()), row.operator)
            return found

        return self._database.read(work)


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        audience=row.audience,
        title=row.title,
        text=row.text,
        author=row.author,
        made_at=row.made_at,
        expires_at=row.expires_at,
    )
