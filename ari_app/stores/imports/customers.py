"""
A principal's customers from a list: of several words on a number the one that was said last counts.

A word that is older than the one on record is not kept, so that it undoes nothing. A newer one that says the same is
kept without being news: what was said in between must not undo it, and a number that turned out to be somebody else's
is not made good by it (`stood_since`).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import delete

from ari_app.ports.lists import Counts, CustomerRow
from ari_app.stores.imports.version import Change, Keyed, Version
from ari_app.stores.tables import customer

_SAID = ("status", "products", "since", "until", "person")


def change(version: Version, principal: str, rows: Sequence[Keyed[CustomerRow]]) -> Change:
    """Of two rows for one number the later counts. `updated` counts numbers of which something else was on record."""
    visible, own = _held(version, principal, [key for key, _ in rows])
    replaced = own.keys() & {key for key, _ in rows}
    new: dict[bytes, dict[str, object]] = {}
    counts = Counts()
    for key, row in rows:
        said = _said(row)
        before = own.get(key, visible.get(key))
        is_same = before is not None and all(before[column] == said[column] for column in _SAID)
        if _says_nothing(row, version, before, visible.get(key), is_same=is_same):
            counts += Counts(unchanged=1)
            continue
        counts += Counts(added=before is None, updated=before is not None and not is_same, unchanged=is_same)
        since = (before["stood_since"] or before["as_of"]) if before is not None and is_same else None
        at = {"as_of": row.as_of or version.started_at, "stood_since": since, "source": row.source}
        new[key] = {"principal": principal, "number_key": key, "list_version": version.id, **said, **at}
        own[key] = new[key]
    return Change(
        counts=counts,
        table=customer,
        new=list(new.values()),
        first=partial(_replace, principal=principal, keys=sorted(replaced & new.keys())),
    )


def _replace(version: Version, *, principal: str, keys: Sequence[bytes]) -> None:
    """What this very version has said so far of these numbers, it says no more."""
    if keys:
        version.connection.execute(
            delete(customer).where(
                customer.c.principal == principal, version.own(customer), version.among(customer.c.number_key, keys)
            )
        )


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
    version: Version, principal: str, keys: Sequence[bytes]
) -> tuple[dict[bytes, Mapping[str, Any]], dict[bytes, Mapping[str, Any]]]:
    """What is visible on these numbers, newest word only, and what this very version has said so far."""
    query = (
        version.seen_in(customer, "number_key", "list_version", "as_of", "stood_since", *_SAID)
        .where(customer.c.principal == principal, version.among(customer.c.number_key, keys))
        .order_by(customer.c.as_of, customer.c.list_version)
    )
    visible: dict[bytes, Mapping[str, Any]] = {}
    own: dict[bytes, Mapping[str, Any]] = {}
    for row in version.connection.execute(query).mappings():
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
