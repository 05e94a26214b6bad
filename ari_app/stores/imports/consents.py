"""
Consents to a principal from a list.

Every consent and every withdrawal is a row of its own and stays. What a withdrawal ends is read from all of them
(`policy.held.as_withdrawn`), so that a later list which has forgotten it brings no consent back.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ari_app.ports.lists import ConsentRow, Counts
from ari_app.stores.imports.ids import new_ids
from ari_app.stores.imports.version import Change, Keyed, Version
from ari_app.stores.tables import consent

_SAID = ("purpose", "form", "given_at", "text_version", "evidence", "channel")


def change(version: Version, principal: str, rows: Sequence[Keyed[ConsentRow]]) -> Change:
    """`updated` counts rows on a number and purpose of which something else was on record."""
    held: defaultdict[tuple[bytes, str], dict[tuple[object, ...], list[Any]]] = defaultdict(dict)
    query = version.seen_in(consent, "number_key", "withdrawn_at", *_SAID).where(
        consent.c.principal == principal, version.among(consent.c.number_key, [key for key, _ in rows])
    )
    for key, withdrawn_at, *said in version.connection.execute(query):
        held[key, said[0]].setdefault(tuple(said), []).append(withdrawn_at)
    updated = unchanged = 0
    same = {"principal": principal, "key_id": version.keyring.key_id, "list_version": version.id}
    new: list[dict[str, object]] = []
    for (key, row), own_id in zip(rows, new_ids(), strict=False):
        columns = {column: getattr(row, column) for column in _SAID} | {"form": row.form.value}
        alike = held[key, row.purpose]
        withdrawals = alike.get(tuple(columns.values()))
        if withdrawals is not None and (row.withdrawn_at is None or row.withdrawn_at in withdrawals):
            unchanged += 1
            continue
        updated += bool(alike)
        alike.setdefault(tuple(columns.values()), []).append(row.withdrawn_at)
        new.append({"id": own_id, "number_key": key, "withdrawn_at": row.withdrawn_at, **same, **columns})
    counts = Counts(added=len(new) - updated, updated=updated, unchanged=unchanged)
    return Change(counts=counts, table=consent, new=new)
