"""
What a call leaves once nobody may know any more who was called: its sealed record, which says nothing of that.

The commitments in it can then be opened by nobody, and every digest still holds (`records`).
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, update

from ari_app.stores.tables import disposition, feedback, reservation, verdict, verdict_personal, walk_step, webhook

_AT_ONCE = 500
"""Ids in one statement; SQLite takes no more than some thousands of parameters."""


def forget_calls(connection: Connection, call_ids: Sequence[str]) -> int:
    """
    Delete number, channel, facts, and what was said and told of these calls; how many personal parts there were.

    What was said to a brand stays, but no longer in which call.
    """
    gone = 0
    for some in chunks(call_ids):
        for table in (disposition, walk_step, webhook):
            connection.execute(delete(table).where(table.c.call_id.in_(some)))
        connection.execute(update(reservation).where(reservation.c.call_id.in_(some)).values(channel_id=None))
        connection.execute(update(feedback).where(feedback.c.call_id.in_(some)).values(call_id=None))
        gone += connection.execute(delete(verdict_personal).where(verdict_personal.c.call_id.in_(some))).rowcount
        nobody = update(verdict).where(verdict.c.call_id.in_(some))
        connection.execute(nobody.values(number_key=None, idempotency_key=None))
    return gone


def delete_rows(
    connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]], *also: ColumnElement[bool]
) -> int:
    """
    Delete these rows by their primary keys, where `also` holds; how many there were.

    A statement a row: SQLite reads the whole table for a list of keys of several columns.
    """
    if not keys:
        return 0
    columns = tuple(table.primary_key.columns)
    own = (column == bindparam(f"key_{column.key}", type_=column.type) for column in columns)
    given = [{f"key_{column.key}": each for column, each in zip(columns, key, strict=True)} for key in keys]
    return connection.execute(delete(table).where(*own, *also), given).rowcount


def chunks(of: Sequence[str]) -> Iterator[list[str]]:
    """As many at once as one statement takes."""
    rest = iter(of)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
