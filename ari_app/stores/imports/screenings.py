"""What registers answered to a principal; each consultation's answers stay on record, the newest count."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from ari_app.policy.held import Screening
from ari_app.policy.screenings import newest_answer
from ari_app.ports.lists import Counts, ScreeningBatch, ScreeningRow
from ari_app.stores.imports.version import Version
from ari_app.stores.person_queries import published
from ari_app.stores.tables import screening

_SAID = ("register", "answer", "answered_at", "valid_until", "per_controller")


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
        "answered_said_by": batch.said_by,
        "list_version": version.id,
    }
    counts = Counts()
    new: list[dict[str, object]] = []
    for row in rows:
        key = keys[row.e164]
        before = held.get(key)
        answered_at, valid_until = row.answered_at or batch.answered_at, row.valid_until or batch.valid_until
        if before and (row.answer, answered_at, valid_until) in before:
            counts += Counts(unchanged=1)
            continue
        counts += Counts(updated=1) if before else Counts(added=1)
        own = {"number_key": key, "answer": row.answer, "answered_at": answered_at, "valid_until": valid_until}
        new.append({**same, **own})
    if new:
        version.connection.execute(insert(screening), new)
    return counts


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
