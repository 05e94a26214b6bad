"""
Rows as JSON, said in the dialect of each engine, so that one statement brings all facts of a verdict.

What msgspec decodes on the other side are the values of `policy/`: an object's names are their fields. Instants are
rendered to the microsecond, in UTC.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    Float,
    Numeric,
    ScalarSelect,
    Select,
    Text,
    case,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.sql.elements import ColumnElement

from ari_app.stores.instants import Instant

Expression = ColumnElement[Any]


_NULL, _TRUE, _FALSE = (literal_column(f"'{word}'", Text()) for word in ("null", "true", "false"))


class JsonText(Text):
    """Text that is JSON already."""


def json_text(column: Expression) -> ColumnElement[str]:
    """A column whose text is JSON, to be kept as such; NULL is an empty array."""
    return type_coerce(func.coalesce(column, "[]"), JsonText())


class JsonForm:
    """One engine's way to say it."""

    def __init__(self, dialect: str) -> None:
        """`sqlite` or `postgresql`, as SQLAlchemy names them."""
        self._is_sqlite = dialect == "sqlite"

    def rows(self, found: Select[Any]) -> ScalarSelect[Any]:
        """
        What a query finds, as text: a JSON array of objects in the query's order, named as its columns.

        Nothing found is an empty array, or NULL on PostgreSQL.
        """
        source = found.subquery()
        return select(self.gathered({column.key: column for column in source.c})).select_from(source).scalar_subquery()

    def gathered(self, fields: Mapping[str, Expression]) -> Expression:
        """An object of these fields for each row of the query that it stands in, as `rows`, but in no order."""
        whole = self.object(fields)
        return func.json_group_array(whole) if self._is_sqlite else cast(func.json_agg(whole), Text)

    def values(self, found: Select[Any]) -> ScalarSelect[Any]:
        """What a query of one column finds, as `rows`, but the bare values."""
        source = found.subquery()
        (column,) = source.c
        array = func.json_group_array(column) if self._is_sqlite else cast(func.json_agg(column), Text)
        return select(array).select_from(source).scalar_subquery()

    def object(self, fields: Mapping[str, Expression]) -> Expression:
        """An object of these fields."""
        parts: list[Expression] = []
        for name, column in fields.items():
            parts += [literal_column(f"'{name}'"), self._value(column)]
        return func.json_object(*parts) if self._is_sqlite else func.json_build_object(*parts)

    def _value(self, column: Expression) -> Expression:
        """A column so that its type survives: JSON, instants, booleans, lengths in seconds."""
        match column.type:
            case JsonText():
                return func.json(column) if self._is_sqlite else cast(column, JSON)
            case Instant():
                # PostgreSQL renders ISO 8601 with the offset of the session, which is UTC (engine).
                return type_coerce(column, Text()).concat("Z") if self._is_sqlite else column
            case Boolean() if self._is_sqlite:
                return func.json(
                    case((column.is_(None), "null"), (type_coerce(column, Boolean()), "true"), else_="false")
                )
            case Float():
                return self._seconds(column)
            case _:
                return column

    def _seconds(self, column: Expression) -> Expression:
        exact = func.printf("%.6f", column) if self._is_sqlite else cast(cast(column, Numeric(20, 6)), Text)
        return case((column.is_not(None), literal_column("'PT'", Text()).concat(exact).concat("S")), else_=None)
