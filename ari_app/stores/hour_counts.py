"""
Records counted by the hour as they are sealed: who seals a record does so once, and after its verdict has gone out.

So a page about a day adds up some hundred rows, however many calls there were, and no verdict waits for a count.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.request import Mode
from ari_app.ports.floor import Counted
from ari_app.stores.tables import hour_count, outcome, verdict

_Key = tuple[datetime, str, str, str]


class _Code(msgspec.Struct):
    code: str


class _Public(msgspec.Struct):
    """What is read of a verdict's public part."""

    reasons: tuple[_Code, ...]


_READ = msgspec.json.Decoder(_Public)


def count_sealed(connection: Connection, records: Iterable[tuple[str, str]]) -> None:
    """Count these records, each as the name of its table and its call, once and in the transaction that seals them."""
    calls: dict[str, list[str]] = {"verdict": [], "outcome": []}
    for record, call_id in records:
        calls[record].append(call_id)
    counted: Counter[_Key] = Counter()
    _add_verdicts(connection, calls["verdict"], counted)
    _add_outcomes(connection, calls["outcome"], counted)
    if not counted:
        return
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(hour_count)
    add = insert.on_conflict_do_update(
        index_elements=list(hour_count.primary_key.columns),
        set_={"number": hour_count.c.number + insert.excluded.number},
    )
    # In one order for everybody: two gates that count the same hours wait for each other, and never both.
    rows = [dict(zip(hour_count.c.keys(), (*key, number), strict=True)) for key, number in sorted(counted.items())]
    connection.execute(add, rows)


def _add_verdicts(connection: Connection, call_ids: list[str], counted: Counter[_Key]) -> None:
    columns = (verdict.c.campaign, verdict.c.decided_at, verdict.c.verdict, verdict.c.mode, verdict.c.public)
    for row in connection.execute(select(*columns).where(verdict.c.call_id.in_(call_ids))):
        if row.verdict not in (Counted.PERMIT, Counted.DEFER, Counted.DENY):
            continue
        hour = _hour(row.decided_at)
        code = next((reason.code for reason in _READ.decode(row.public).reasons), "")
        counted[hour, row.campaign, row.verdict, "" if row.verdict == Counted.PERMIT else code] += 1
        if row.verdict == Counted.PERMIT and row.mode == Mode.SHADOW and code:
            counted[hour, row.campaign, Counted.WOULD_REFUSE.value, code] += 1


def _add_outcomes(connection: Connection, call_ids: list[str], counted: Counter[_Key]) -> None:
    ended = (
        select(verdict.c.campaign, verdict.c.decided_at, outcome.c.outcome)
        .join(verdict, verdict.c.call_id == outcome.c.call_id)
        .where(outcome.c.call_id.in_(call_ids))
    )
    for row in connection.execute(ended):
        counted[_hour(row.decided_at), row.campaign, Counted.ENDED.value, row.outcome] += 1


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
