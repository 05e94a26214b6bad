"""
A principal's customers from a list: of several words on a number the one that was said last counts.

A word that is older than the one on record is not kept, so that it undoes nothing. A newer one that says the same is
kept without being news: what was said in between must not undo it, and a number that turned out to be somebody else's
is not made good by it (`stood_since`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, insert

from ari_app.ports.lists import Counts, CustomerRow
from ari_app.stores.imports.version import Version
from ari_app.stores.tables import customer

_SAID = ("status", "products", "since", "until", "person")


def put(version: Version, principal: str, rows: Sequence[CustomerRow]) -> Counts:
    """Of two rows for one number the later counts. `updated` counts numbers of which something else was on record."""
    keyed = {version.keyring.number_key(row.e164): row for row in rows}
    visible, own = _held(version, principal, set(keyed))
    counts = Counts(unchanged=len(rows) - len(keyed))
    new: list[dict[str, object]] = []
    for key, row in keyed.items():
        said = _said(row)
        before = own.get(key, visible.get(key))
        is_same = before is not None and all(before[column] == said[column] for column in _SAID)
        if _says_nothing(row, version, before, visible.get(key), is_same=is_same):
            counts += Counts(unchanged=1)
            continue
        counts += Counts(added=before is None, updated=before is not None and not is_same, unchanged=is_same)
        since = (before["stood_since"] or before["as_of"]) if before is not None and is_same else None
        at = {"as_of": row.as_of or version.started_at, "stood_since": since}
        place = {"principal": principal, "number_key": key, "list_version": version.id}
        new.append({**place, **said, **at, "source": row.source})
    if replaced := [row["number_key"] for row in new if row["number_key"] in own]:
        version.connection.execute(
            delete(customer).where(
                customer.c.principal == principal, version.own(customer), customer.c.number_key.in_(replaced)
            )
        )
    if new:
        version.connection.execute(insert(customer), new)
    return counts


def _says_nothing(
    row: CustomerRow,
    version: Version,
    before: Mapping[str, Any] | None,
    visible: Mapping[str, Any] | None,
    *,
    is_same: bool,
) -> bool:
    """Whether a row is older than what is on record, or says the same of the same instant or of none."""
    if visible is not None and visible["as_of"] > (row.as_of or version.started_at):
        return True
    return is_same and before is not None and (row.as_of is None or row.as_of <= before["as_of"])


def _held(
    version: Version, principal: str, keys: set[bytes]
) -> tuple[dict[bytes, Mapping[str, Any]], dict[bytes, Mapping[str, Any]]]:
    """What is visible on these numbers, newest word only, and what this very version has said so far."""
    rows = version.connection.execute(
        version.seen_in(customer)
        .where(customer.c.principal == principal, customer.c.number_key.in_(keys))
        .order_by(customer.c.as_of, customer.c.list_version)
    ).mappings()
    visible: dict[bytes, Mapping[str, Any]] = {}
    own: dict[bytes, Mapping[str, Any]] = {}
    for row in rows:
        (own if row["list_version"] == version.id else visible)[row["number_key"]] = dict(row)
    return visible, own


def _said(row: CustomerRow) -> dict[str, object]:
    return {
        "status": row.status.value,
        "products": msgspec.json.encode(row.products).decode(),
        "since": row.since,
        "until": row.until,
        "person": row.person,
    }
