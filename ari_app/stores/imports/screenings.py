"""What registers answered to a principal; each consultation's answers stay on record, the newest count."""

from collections.abc import Sequence

from sqlalchemy import insert

from ari_app.ports.lists import Counts, ScreeningBatch, ScreeningRow
from ari_app.stores.imports.version import Version
from ari_app.stores.tables import screening


def put(version: Version, batch: ScreeningBatch, rows: Sequence[ScreeningRow]) -> Counts:
    """`unchanged`: this very answer of this instant is on record; `updated`: another answer is, older or newer."""
    keys = {row.e164: version.keyring.number_key(row.e164) for row in rows}
    query = version.seen_in(screening).where(
        screening.c.principal == batch.principal,
        screening.c.register == batch.register,
        screening.c.number_key.in_(set(keys.values())),
    )
    held: dict[bytes, set[tuple[object, ...]]] = {}
    for each in version.connection.execute(query):
        said = (each.answer, each.answered_at, each.valid_until)
        held.setdefault(each.number_key, set()).add(said)
    same = {
        "principal": batch.principal,
        "register": batch.register,
        "batch": str(version.id),
        "answered_at": batch.answered_at,
        "answered_said_by": batch.said_by,
        "valid_until": batch.valid_until,
        "list_version": version.id,
    }
    counts = Counts()
    new: list[dict[str, object]] = []
    for row in rows:
        key = keys[row.e164]
        before = held.get(key)
        if before and (row.answer, batch.answered_at, batch.valid_until) in before:
            counts += Counts(unchanged=1)
            continue
        counts += Counts(updated=1) if before else Counts(added=1)
        new.append({**same, "number_key": key, "answer": row.answer})
    if new:
        version.connection.execute(insert(screening), new)
    return counts
