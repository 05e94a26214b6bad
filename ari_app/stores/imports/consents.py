"""
Consents to a principal from a list.

Every consent and every withdrawal is a row of its own and stays. What a withdrawal ends is read from all of them
(`policy.held.as_withdrawn`), so that a later list which has forgotten it brings no consent back.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from ulid import ULID

from ari_app.ports.lists import ConsentRow, Counts
from ari_app.stores.imports.version import Version
from ari_app.stores.tables import consent

_SAID = ("purpose", "form", "given_at", "text_version", "evidence", "channel")


def put(version: Version, principal: str, rows: Sequence[ConsentRow]) -> Counts:
    """`updated` counts rows on a number and purpose of which something else was on record."""
    keys = {row.e164: version.keyring.number_key(row.e164) for row in rows}
    held: defaultdict[tuple[bytes, str], dict[tuple[object, ...], list[Any]]] = defaultdict(dict)
    query = version.seen_in(consent).where(
        consent.c.principal == principal, consent.c.number_key.in_(set(keys.values()))
    )
    for each in version.connection.execute(query):
        said = tuple(getattr(each, column) for column in _SAID)
        held[each.number_key, each.purpose].setdefault(said, []).append(each.withdrawn_at)
    counts = Counts()
    new: list[dict[str, object]] = []
    for row in rows:
        columns = {column: getattr(row, column) for column in _SAID} | {"form": row.form.value}
        alike = held[keys[row.e164], row.purpose]
        withdrawals = alike.get(tuple(columns.values()))
        if withdrawals is not None and (row.withdrawn_at is None or row.withdrawn_at in withdrawals):
            counts += Counts(unchanged=1)
            continue
        counts += Counts(updated=1) if alike else Counts(added=1)
        alike.setdefault(tuple(columns.values()), []).append(row.withdrawn_at)
        own: dict[str, object] = {"id": str(ULID()), "principal": principal, "number_key": keys[row.e164]}
        own |= {"key_id": version.keyring.key_id, "withdrawn_at": row.withdrawn_at, "list_version": version.id}
        new.append({**own, **columns})
    if new:
        version.connection.execute(insert(consent), new)
    return counts
