"""
Suppressions from a list: an import lifts none, and one that would end sooner than an entry already there adds nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from ulid import ULID

from ari_app.policy.held import Suppression
from ari_app.ports.lists import Counts, SuppressionRow
from ari_app.stores.imports.version import Version
from ari_app.stores.suppressions import suppression_columns
from ari_app.stores.tables import suppression


def put(version: Version, rows: Sequence[SuppressionRow], *, now: datetime) -> Counts:
    """`updated` counts numbers that the scope held already, but not so, or not as long."""
    keys = {row.e164: version.keyring.number_key(row.e164) for row in rows}
    held: defaultdict[tuple[bytes, str, str], list[Any]] = defaultdict(list)
    for row in _held(version, set(keys.values())):
        held[row.number_key, row.scope, row.purpose].append(row)
    added = updated = unchanged = 0
    new: list[dict[str, object]] = []
    for row in rows:
        key = keys[row.e164]
        alike = held[key, row.scope, row.purpose.value]
        if any(_covers(each, row) for each in alike):
            unchanged += 1
            continue
        added, updated = (added, updated + 1) if alike else (added + 1, updated)
        entry = Suppression(
            id=str(ULID()),
            scope=row.scope,
            purpose=row.purpose,
            reason=row.reason,
            source=row.source,
            created_at=now,
            expires_at=row.expires_at,
        )
        alike.append(row)
        new.append({**suppression_columns(entry, key, version.keyring.key_id), "list_version": version.id})
    if new:
        version.connection.execute(insert(suppression), new)
    return Counts(added=added, updated=updated, unchanged=unchanged)


def _held(version: Version, keys: set[bytes]) -> Sequence[Any]:
    """Entries on these numbers that nobody lifted."""
    query = version.seen_in(suppression).where(suppression.c.number_key.in_(keys), suppression.c.lifted_at.is_(None))
    return version.connection.execute(query).all()


def _covers(held: Any, row: SuppressionRow) -> bool:
    """Whether an entry (or an earlier row of the file) already says what this row says, and for at least as long."""
    if (held.reason, held.source) != (row.reason, row.source):
        return False
    return held.expires_at is None or (row.expires_at is not None and held.expires_at >= row.expires_at)
