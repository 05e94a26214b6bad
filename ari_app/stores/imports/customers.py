"""A principal's customers from a list: of several words on a number the newest counts."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import partial

import msgspec
from sqlalchemy import delete

from ari_app.ports.lists import Counts, CustomerRow
from ari_app.stores.imports.version import Change, Keyed, Version
from ari_app.stores.tables import customer

_SAID = ("status", "products", "since", "until", "person")


def change(version: Version, principal: str, rows: Sequence[Keyed[CustomerRow]]) -> Change:
    """Of two rows for one number the later counts."""
    held, own = _held(version, principal, [key for key, _ in rows])
    new: dict[bytes, dict[str, object]] = {}
    same = {"principal": principal, "as_of": version.started_at, "list_version": version.id}
    added = updated = unchanged = 0
    for key, row in rows:
        said = _columns(row)
        before = held.get(key)
        if before == said:
            unchanged += 1
            continue
        updated, added = (updated, added + 1) if before is None else (updated + 1, added)
        held[key] = said
        new[key] = {"number_key": key, **same, **said}
    return Change(
        counts=Counts(added=added, updated=updated, unchanged=unchanged),
        table=customer,
        new=list(new.values()),
        first=partial(_replace, principal=principal, keys=sorted(own & new.keys())),
    )


def _replace(version: Version, *, principal: str, keys: Sequence[bytes]) -> None:
    """What this very version has said so far of these numbers, it says no more."""
    if keys:
        version.connection.execute(
            delete(customer).where(
                customer.c.principal == principal, version.own(customer), version.among(customer.c.number_key, keys)
            )
        )


def _held(
    version: Version, principal: str, keys: Sequence[bytes]
) -> tuple[dict[bytes, dict[str, object]], AbstractSet[bytes]]:
    """The newest word on these numbers, and those of which this very version has said it."""
    query = (
        version.seen_in(customer, "number_key", "list_version", *_SAID)
        .where(customer.c.principal == principal, version.among(customer.c.number_key, keys))
        .order_by(version.own(customer), customer.c.as_of, customer.c.list_version)
    )
    said: dict[bytes, dict[str, object]] = {}
    own: set[bytes] = set()
    for key, of, *columns in version.connection.execute(query):
        said[key] = dict(zip(_SAID, columns, strict=True))
        if of == version.id:
            own.add(key)
    return said, own


def _columns(row: CustomerRow) -> dict[str, object]:
    return {
        "status": row.status.value,
        "products": msgspec.json.encode(row.products).decode(),
        "since": row.since,
        "until": row.until,
        "person": row.person,
    }
