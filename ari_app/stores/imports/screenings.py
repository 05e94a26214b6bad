"""What registers answered to a principal; each consultation's answers stay on record, the newest count."""

from collections.abc import Sequence

from ari_app.ports.lists import Counts, ScreeningBatch, ScreeningRow
from ari_app.stores.imports.version import Change, Keyed, Version
from ari_app.stores.tables import screening


def change(version: Version, batch: ScreeningBatch, rows: Sequence[Keyed[ScreeningRow]]) -> Change:
    """`unchanged`: this very answer of this instant is on record; `updated`: another answer is, older or newer."""
    query = version.seen_in(screening, "number_key", "answer", "answered_at", "valid_until").where(
        screening.c.principal == batch.principal,
        screening.c.register == batch.register,
        version.among(screening.c.number_key, [key for key, _ in rows]),
    )
    held: dict[bytes, set[tuple[object, ...]]] = {}
    for key, *said in version.connection.execute(query):
        held.setdefault(key, set()).add(tuple(said))
    same = {
        "principal": batch.principal,
        "register": batch.register,
        "batch": str(version.id),
        "answered_at": batch.answered_at,
        "answered_said_by": batch.said_by,
        "valid_until": batch.valid_until,
        "list_version": version.id,
    }
    updated = unchanged = 0
    new: list[dict[str, object]] = []
    for key, row in rows:
        before = held.get(key)
        if before and (row.answer, batch.answered_at, batch.valid_until) in before:
            unchanged += 1
            continue
        updated += bool(before)
        new.append({**same, "number_key": key, "answer": row.answer})
    counts = Counts(added=len(new) - updated, updated=updated, unchanged=unchanged)
    return Change(counts=counts, table=screening, new=new)
