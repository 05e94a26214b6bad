"""Consultations of public registers, as they are on record: what went out, and what came back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from ari_app.stores.database import Database
from ari_app.stores.tables import list_version, submission

_KIND = "screening:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A list that was exported to be submitted, and has no answer yet."""

    principal: str
    register: str
    exported_at: datetime
    file: str
    numbers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that was brought in; what its report does not say is None."""

    principal: str
    register: str
    imported_at: datetime
    file: str
    answered_at: datetime | None
    said_by: str | None
    valid_until: datetime | None
    """When the first of its answers runs out."""
    listed: int | None
    clear: int | None
    rejected: int | None
    """Rows that hold no number, or could not be read."""
    added: int | None
    updated: int | None
    unchanged: int | None
    submitted_sha256: str | None
    """None: it said row by row what it is the answer to."""
    sha256: str
    """Of the answer's file."""


class Consultations:
    """Each method is one transaction that only reads. Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    def unanswered(self, principal: str | None = None) -> tuple[Export, ...]:
        """Exports that wait for their answer, of this principal or of all, oldest first."""
        query = select(submission).where(submission.c.returned == "").order_by(submission.c.exported_at)
        if principal is not None:
            query = query.where(submission.c.principal == principal)

        def work(connection: Connection) -> tuple[Export, ...]:
            return tuple(
                Export(
                    principal=row.principal,
                    register=row.register,
                    exported_at=row.exported_at,
                    file=row.file_name,
                    numbers=row.numbers,
                )
                for row in connection.execute(query)
            )

        return self._database.read(work)

    def answers(self, principal: str | None = None) -> tuple[Answer, ...]:
        """Answers that count, in the order in which they were brought in."""
        query = select(list_version).where(
            list_version.c.kind.startswith(_KIND, autoescape=True), list_version.c.published_at.is_not(None)
        )
        if principal is not None:
            query = query.where(list_version.c.principal == principal)
        query = query.order_by(list_version.c.published_at, list_version.c.id)
        return self._database.read(lambda connection: tuple(_answer(row) for row in connection.execute(query)))


def _answer(row: Any) -> Answer:
    said: dict[str, Any] = msgspec.json.decode(row.report or "{}")
    return Answer(
        principal=row.principal,
        register=row.kind.removeprefix(_KIND),
        imported_at=row.published_at,
        file=row.file_name,
        answered_at=_instant(said.get("answered_at")),
        said_by=said.get("said_by"),
        valid_until=_instant(said.get("valid_until")),
        listed=said.get("listed"),
        clear=said.get("clear"),
        rejected=said.get("rejected", said.get("unreadable")),
        added=said.get("added"),
        updated=said.get("updated"),
        unchanged=said.get("unchanged"),
        submitted_sha256=said.get("submitted_sha256"),
        sha256=row.sha256,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
