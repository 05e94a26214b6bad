"""
Statements of the hot path: compiled once for each engine, then handed to the driver as text.

SQLAlchemy finds a compiled statement again by walking the whole expression on each execution, and prepares its values
and rows one by one: for a verdict's statements that costs more than SQLite takes to run them. Here only the values are
prepared.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, CursorResult
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import CompilerElement

from ari_app.stores.instants import Instant

_DIALECTS: dict[str, Dialect] = {
    "sqlite": SQLiteDialect_pysqlite(paramstyle="named"),
    "postgresql": PGDialect_psycopg(),  # type: ignore[no-untyped-call]
}
_INSTANT = Instant()
_Compiled: TypeAlias = tuple[str, tuple[str, ...], dict[str, Any]]
"""Text, the parameters that are given on each run, and those with a value of the statement's own."""


class Prepared:
    """
    One statement; its values are named by its bind parameters.

    Values are given as Python has them (an aware datetime, bytes, text, whole numbers, lists on PostgreSQL). Columns of
    the result come back as the driver has them: instants are for `json_form` to render.
    """

    def __init__(self, statement: CompilerElement | Callable[[str], CompilerElement], *columns: str) -> None:
        """
        It is compiled when it is first run; what differs by dialect is given as a function of its name.

        `columns` are those that an INSERT or UPDATE sets from values of the same names.
        """
        self._statement = statement
        self._columns = columns or None
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, given: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute it; what is given beyond its parameters is let be. Raises KeyError: a parameter was not given."""
        text, values = self.bound(connection.dialect.name, given)
        return connection.exec_driver_sql(text, values)

    def bound(self, dialect: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The text for the driver, and its parameters."""
        text, names, fixed = self._compiled.get(dialect) or self._compile(dialect)
        plain = _sqlite if dialect == "sqlite" else _postgresql
        return text, fixed | {name: plain(given[name]) for name in names}

    def _compile(self, dialect: str) -> _Compiled:
        statement = self._statement if isinstance(self._statement, CompilerElement) else self._statement(dialect)
        compiled = statement.compile(dialect=_DIALECTS[dialect], column_keys=self._columns)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only what has parameters can be prepared")
        asked = tuple(name for name, bind in compiled.binds.items() if bind.required)
        fixed = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
        self._compiled[dialect] = str(compiled), asked, fixed
        return self._compiled[dialect]


def sqlite_text(instant: datetime) -> str:
    """An aware instant as SQLAlchemy's DateTime writes it, so that all instants compare as text."""
    plain = _INSTANT.process_bind_param(instant, _DIALECTS["sqlite"])
    assert plain is not None  # noqa: S101  only of None it makes none
    return plain.isoformat(sep=" ", timespec="microseconds")


def _sqlite(value: Any) -> Any:
    return sqlite_text(value) if isinstance(value, datetime) else value


def _postgresql(value: Any) -> Any:
    return _INSTANT.process_bind_param(value, _DIALECTS["postgresql"]) if isinstance(value, datetime) else value
