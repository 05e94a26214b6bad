"""Imports of the past, for people who ask what came in, when, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Select, exists, select

from ari_app.stores.database import Database
from ari_app.stores.tables import MANUAL, list_version

State: TypeAlias = Literal["published", "unfinished", "died"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastImport:
    """One import of a list."""

    id: int
    kind: str
    principal: str | None
    """Whose list it is; None: everybody's."""
    file: str
    """The file's name, or `sql`."""
    sha256: str
    started_at: datetime
    published_at: datetime | None
    state: State
    """
    `published`; `unfinished`: it is under way, or was killed; `died`: it was killed, and never can be published, for a
    later one of the same list is. What is not published has no say.
    """
    report: Mapping[str, Any]
    """What the import counted; empty: it was not published."""


class PastImports:
    """Each method is one transaction. Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Numbers are not looked at."""
        self._database = database

    def all(self, *, kind: str = "", principal: str = "", limit: int = 100) -> tuple[PastImport, ...]:
        """The newest first; `kind` and `principal` narrow it."""
        query = _imports().order_by(list_version.c.id.desc()).limit(limit)
        if kind:
            query = query.where(list_version.c.kind == kind)
        if principal:
            query = query.where(list_version.c.principal == principal)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return tuple(_read(row) for row in rows)

    def one(self, version: int) -> PastImport | None:
        """One import; None: there is none, or it was abandoned."""
        query = _imports().where(list_version.c.id == version)
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return _read(row) if row is not None else None


def _imports() -> Select[Any]:
    later = list_version.alias("later")
    overtaken = exists().where(
        later.c.id > list_version.c.id,
        later.c.kind == list_version.c.kind,
        later.c.principal.is_not_distinct_from(list_version.c.principal),
        later.c.published_at.is_not(None),
    )
    return select(list_version, overtaken.label("overtaken")).where(list_version.c.id != MANUAL)


def _read(row: Any) -> PastImport:
    state: State = "died" if row.overtaken else "unfinished"
    return PastImport(
        id=row.id,
        kind=row.kind,
        principal=row.principal,
        file=row.file_name,
        sha256=row.sha256,
        started_at=row.started_at,
        published_at=row.published_at,
        state="published" if row.published_at is not None else state,
        report=msgspec.json.decode(row.report, type=dict[str, Any]) if row.report else {},
    )
