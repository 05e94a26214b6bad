"""Declared ranges of caller ids: what the newest version says of the very same range counts."""

from collections.abc import Sequence
from dataclasses import asdict

from ari_app.ports.lists import CallerIdRow, Counts
from ari_app.stores.imports.version import Change, Version
from ari_app.stores.tables import caller_id


def change(version: Version, rows: Sequence[CallerIdRow]) -> Change:
    """`updated` counts ranges of which something else was on record."""
    starts = {row.range_start for row in rows}
    query = version.seen_in(caller_id).where(caller_id.c.range_start.in_(starts)).order_by(caller_id.c.list_version)
    held = {
        (each.range_start, each.range_end): (each.owner, each.registered_in or "")
        for each in version.connection.execute(query)
    }
    updated = unchanged = 0
    new: list[dict[str, object]] = []
    for row in rows:
        before = held.get((row.range_start, row.range_end))
        if before == (row.owner, row.registered_in):
            unchanged += 1
            continue
        updated += before is not None
        held[row.range_start, row.range_end] = (row.owner, row.registered_in)
        new.append({**asdict(row), "list_version": version.id})
    counts = Counts(added=len(new) - updated, updated=updated, unchanged=unchanged)
    return Change(counts=counts, table=caller_id, new=new)
