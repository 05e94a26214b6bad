"""A principal's customers from a list: of several words on a number the newest counts."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, insert

from ari_app.ports.lists import Counts, CustomerRow
from ari_app.stores.imports.version import Version
from ari_app.stores.tables import customer


def put(version: Version, principal: str, rows: Sequence[CustomerRow]) -> Counts:
    """Of two rows for one number the later counts."""
    keyed = {version.keyring.number_key(row.e164): row for row in rows}
    visible, own = _held(version, principal, set(keyed))
    counts = Counts(unchanged=len(rows) - len(keyed))
    new: list[dict[str, object]] = []
    changed: list[bytes] = []
    same = {"principal": principal, "as_of": version.started_at, "list_version": version.id}
    for key, row in keyed.items():
        columns = _columns(row)
        held = own.get(key, visible.get(key))
        if held == columns:
            counts += Counts(unchanged=1)
            continue
        counts += Counts(updated=1) if held is not None else Counts(added=1)
        if key in own:
            changed.append(key)
        new.append({**same, "number_key": key, **columns})
    if changed:
        version.connection.execute(
            delete(customer).where(
                customer.c.principal == principal, version.own(customer), customer.c.number_key.in_(changed)
            )
        )
    if new:
        version.connection.execute(insert(customer), new)
    return counts


def _held(
    version: Version, principal: str, keys: set[bytes]
) -> tuple[dict[bytes, dict[str, object]], dict[bytes, dict[str, object]]]:
    """What is visible on these numbers, newest word only, and what this very version has said so far."""
    rows = version.connection.execute(
        version.seen_in(customer)
        .where(customer.c.principal == principal, customer.c.number_key.in_(keys))
        .order_by(customer.c.as_of, customer.c.list_version)
    ).mappings()
    visible: dict[bytes, dict[str, object]] = {}
    own: dict[bytes, dict[str, object]] = {}
    for row in rows:
        said = {column: row[column] for column in ("status", "products", "since", "until", "person")}
        (own if row["list_version"] == version.id else visible)[row["number_key"]] = said
    return visible, own


def _columns(row: CustomerRow) -> dict[str, object]:
    return {
        "status": row.status.value,
        "products": msgspec.json.encode(row.products).decode(),
        "since": row.since,
        "until": row.until,
        "person": row.person,
    }
