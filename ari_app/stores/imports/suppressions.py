"""
Suppressions from a list: an import lifts none, and one that would end sooner than an entry already there adds nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ari_app.ports.lists import Counts, SuppressionRow
from ari_app.stores.imports.ids import new_ids
from ari_app.stores.imports.version import Change, Keyed, Version
from ari_app.stores.tables import suppression

_SAID = ("number_key", "scope", "purpose", "reason", "source", "expires_at")


def change(version: Version, rows: Sequence[Keyed[SuppressionRow]], *, now: datetime) -> Change:
    """`updated` counts numbers that the scope held already, but not so, or not as long."""
    held: defaultdict[tuple[bytes, str, str], list[Any]] = defaultdict(list)
    for each in _held(version, [key for key, _ in rows]):
        held[each.number_key, each.scope, each.purpose].append(each)
    updated = unchanged = 0
    new: list[dict[str, object]] = []
    same = {"key_id": version.keyring.key_id, "created_at": now, "list_version": version.id}
    for (key, row), own_id in zip(rows, new_ids(), strict=False):
        purpose = str(row.purpose)
        alike = held[key, row.scope, purpose]
        if alike:
            if any(_covers(each, row) for each in alike):
                unchanged += 1
                continue
            updated += 1
        alike.append(row)
        new.append(
            {
                "id": own_id,
                "number_key": key,
                "scope": row.scope,
                "purpose": purpose,
                "reason": row.reason,
                "source": row.source,
                "expires_at": row.expires_at,
                **same,
            }
        )
    counts = Counts(added=len(new) - updated, updated=updated, unchanged=unchanged)
    return Change(counts=counts, table=suppression, new=new)


def _held(version: Version, keys: Sequence[bytes]) -> Sequence[Any]:
    """Entries on these numbers that nobody lifted."""
    query = version.seen_in(suppression, *_SAID).where(
        version.among(suppression.c.number_key, keys), suppression.c.lifted_at.is_(None)
    )
    return version.connection.execute(query).all()


def _covers(held: Any, row: SuppressionRow) -> bool:
    """Whether an entry (or an earlier row of the file) already says what this row says, and for at least as long."""
    if (held.reason, held.source) != (row.reason, row.source):
        return False
    return held.expires_at is None or (row.expires_at is not None and held.expires_at >= row.expires_at)
