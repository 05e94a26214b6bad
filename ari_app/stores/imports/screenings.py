"""What registers answered to a principal; each consultation's answers stay on record, the newest count."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from ari_app.policy.held import Screening
from ari_app.policy.screenings import newest_answer
from ari_app.ports.lists import Counts, ScreeningBatch, ScreeningRow
from ari_app.stores.imports.version import Change, Keyed, Version
from ari_app.stores.person_queries import published
from ari_app.stores.tables import screening

_SAID = ("register", "answer", "answered_at", "valid_until", "per_controller")


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
        "answered_said_by": batch.said_by,
        "list_version": version.id,
    }
    updated = unchanged = 0
    new: list[dict[str, object]] = []
    for key, row in rows:
        before = held.get(key)
        answered_at, valid_until = row.answered_at or batch.answered_at, row.valid_until or batch.valid_until
        if before and (row.answer, answered_at, valid_until) in before:
            unchanged += 1
            continue
        updated += bool(before)
        own = {"number_key": key, "answer": row.answer, "answered_at": answered_at, "valid_until": valid_until}
        new.append({**same, **own})
    counts = Counts(added=len(new) - updated, updated=updated, unchanged=unchanged)
    return Change(counts=counts, table=screening, new=new)


def newest(
    connection: Connection, principal: str, register: str, keys: Collection[bytes], *, now: datetime
) -> dict[bytes, Screening]:
    """The register's last visible answer about each of these numbers up to `now`, of those it ever answered about."""
    query = select(*(screening.c[name] for name in ("number_key", *_SAID))).where(
        screening.c.principal == principal,
        screening.c.register == register,
        screening.c.number_key.in_(keys),
        published(screening.c.list_version),
    )
    answers: dict[bytes, list[Screening]] = {}
    for row in connection.execute(query):
        answers.setdefault(row.number_key, []).append(Screening(**{name: getattr(row, name) for name in _SAID}))
    found = {key: newest_answer(tuple(said), register, now) for key, said in answers.items()}
    return {key: answer for key, answer in found.items() if answer is not None}
