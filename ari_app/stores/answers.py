"""The book of answers: every version stays; searches look through plain words of the versions that count."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from ari_app.desk.book import AnswerText, BookAnswer, sought_in
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.keeping import need_principal
from ari_app.stores.tables import answer

_AT_ONCE = 50
"""Answers in one transaction: more would hold the writer beyond 20 ms."""


class SqlAnswers:
    """Implements desk.AnswerStore; each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    def add(self, said: Iterable[AnswerText], *, author: str, at: datetime, approved_by: str | None) -> int:
        """As the protocol says."""
        texts = list(said)

        def need_principals(connection: Connection) -> None:
            for principal in {each.principal for each in texts if each.principal}:
                need_principal(connection, principal)

        def work(connection: Connection, some: Sequence[AnswerText]) -> int:
            return sum(_put(connection, each, author=author, at=at, approved_by=approved_by) for each in some)

        self._database.read(need_principals)
        parts = (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))
        return sum(self._database.write(partial(work, some=some)) for some in parts)

    def amend(self, answer_id: str, version: int, step: Callable[[BookAnswer], BookAnswer]) -> BookAnswer:
        """As the protocol says."""
        this = and_(answer.c.id == answer_id, answer.c.version == version)

        def work(connection: Connection) -> BookAnswer:
            row = connection.execute(select(answer).where(this).with_for_update()).one_or_none()
            if row is None:
                raise StoreConflict(f"answer {answer_id} has no version {version}")
            done = step(_entry(row))
            fate = {"approved_by": done.approved_by, "approved_at": done.approved_at}
            connection.execute(update(answer).where(this).values(**fate, withdrawn_at=done.withdrawn_at))
            return done

        return self._database.write(work)

    def withdraw(self, answer_id: str, *, at: datetime) -> int:
        """As the protocol says."""
        held = (answer.c.id == answer_id, answer.c.withdrawn_at.is_(None))
        change = update(answer).where(*held).values(withdrawn_at=at)
        return self._database.write(lambda connection: connection.execute(change).rowcount)

    def versions(self, answer_id: str) -> tuple[BookAnswer, ...]:
        """As the protocol says."""
        return self._entries(select(answer).where(answer.c.id == answer_id).order_by(answer.c.version.desc()))

    def find(self, words: Iterable[str], *, principal: str | None, limit: int) -> tuple[BookAnswer, ...]:
        """As the protocol says."""
        query = _counting().order_by(answer.c.topic, answer.c.id).limit(limit)
        for word in words:
            query = query.where(answer.c.sought.contains(word, autoescape=True))
        if principal is not None:
            query = query.where(or_(answer.c.principal == principal, answer.c.principal.is_(None)))
        return self._entries(query)

    def waiting(self) -> tuple[BookAnswer, ...]:
        """As the protocol says."""
        newest = select(answer.c.id, func.max(answer.c.version).label("version")).group_by(answer.c.id).subquery()
        query = (
            select(answer)
            .join(newest, and_(newest.c.id == answer.c.id, newest.c.version == answer.c.version))
            .where(answer.c.approved_at.is_(None), answer.c.withdrawn_at.is_(None))
            .order_by(answer.c.made_at.desc(), answer.c.id)
        )
        return self._entries(query)

    def counting(self, answer_ids: Iterable[str]) -> Mapping[str, BookAnswer]:
        """As the protocol says."""
        return {each.said.id: each for each in self._entries(_counting().where(answer.c.id.in_(list(answer_ids))))}

    def _entries(self, query: Select[Any]) -> tuple[BookAnswer, ...]:
        return self._database.read(lambda connection: tuple(map(_entry, connection.execute(query))))


def _counting() -> Select[Any]:
    """Of each answer the newest version that was approved, unless it is withdrawn."""
    newest = (
        select(answer.c.id, func.max(answer.c.version).label("version"))
        .where(answer.c.approved_at.is_not(None))
        .group_by(answer.c.id)
        .subquery()
    )
    return (
        select(answer)
        .join(newest, and_(newest.c.id == answer.c.id, newest.c.version == answer.c.version))
        .where(answer.c.withdrawn_at.is_(None))
    )


def _put(connection: Connection, said: AnswerText, *, author: str, at: datetime, approved_by: str | None) -> int:
    newest = select(answer).where(answer.c.id == said.id).order_by(answer.c.version.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    if row is not None and row.withdrawn_at is None and _entry(row).said == said:
        if approved_by is None or row.approved_at is not None:
            return 0
        this = and_(answer.c.id == said.id, answer.c.version == row.version)
        connection.execute(update(answer).where(this).values(approved_by=approved_by, approved_at=at))
        return 1
    new = {"id": said.id, "version": row.version + 1 if row is not None else 1, "principal": said.principal}
    new |= {"topic": said.topic, "question": _json(said.question), "text": _json(said.text), "sought": sought_in(said)}
    new |= {"author": author, "made_at": at, "approved_by": approved_by, "approved_at": at if approved_by else None}
    connection.execute(insert(answer), new)
    return 1


def _json(texts: Mapping[str, str]) -> str:
    return json.dumps(dict(texts), ensure_ascii=False)


def _entry(row: Row[Any]) -> BookAnswer:
    said = AnswerText(
        id=row.id,
        topic=row.topic,
        question=json.loads(row.question),
        text=json.loads(row.text),
        principal=row.principal,
    )
    return BookAnswer(
        said=said,
        version=row.version,
        author=row.author,
        made_at=row.made_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        withdrawn_at=row.withdrawn_at,
    )
