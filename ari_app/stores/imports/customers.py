"""A principal's customers from a list: of several words on a number the newest counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import delete, insert

from ari_app.ports.lists import Counts, CustomerRow
from ari_app.stores.imports.version import Version
from ari_app.stores.tables import customer


@dataclass(frozen=True, slots=True)
class _Held:
    """A word on record."""

    as_of: datetime
    said: dict[str, object]


def put(version: Version, principal: str, rows: Sequence[CustomerRow]) -> Counts:
    """
    Of two rows for one number the later counts.

    A row that has an instant of its own is left out if a newer word is on record; if the same is said anew it is
    written, so that what comes late and is older than that does not seem newer.
    """
    keyed = {version.keyring.number_key(row.e164): row for row in rows}
    visible, own = _held(version, principal, set(keyed))
    counts = Counts(unchanged=len(rows) - len(keyed))
    new: list[dict[str, object]] = []
    changed: list[bytes] = []
    same = {"principal": principal, "list_version": version.id}
    for key, row in keyed.items():
        columns, as_of = _columns(row), row.as_of or version.started_at
        held = own.get(key, visible.get(key))
        if held is None:
            counts += Counts(added=1)
        else:
            same_said = held.said == columns
            counts += Counts(unchanged=1) if same_said or _is_older(row, held) else Counts(updated=1)
            if _is_older(row, held) or (same_said and row.as_of in (None, held.as_of)):
                continue
        if key in own:
            changed.append(key)
        new.append({**same, "number_key": key, "as_of": as_of, "source": row.source, **columns})
    if changed:
        version.connection.execute(
            delete(customer).where(
                customer.c.principal == principal, version.own(customer), customer.c.number_key.in_(changed)
            )
        )
    if new:
        version.connection.execute(insert(customer), new)
    return counts


def _is_older(row: CustomerRow, held: _Held) -> bool:
    return row.as_of is not None and row.as_of < held.as_of


def _held(version: Version, principal: str, keys: set[bytes]) -> tuple[dict[bytes, _Held], dict[bytes, _Held]]:
    """What is visible on these numbers, newest word only, and what this very version has said so far."""
    rows = version.connection.execute(
        version.seen_in(customer)
        .where(customer.c.principal == principal, customer.c.number_key.in_(keys))
        .order_by(customer.c.as_of, customer.c.list_version)
    ).mappings()
    visible: dict[bytes, _Held] = {}
    own: dict[bytes, _Held] = {}
    for row in rows:
        said = {column: row[column] for column in ("status", "products", "since", "until", "person")}
        of = own if row["list_version"] == version.id else visible
        of[row["number_key"]] = _Held(row["as_of"], said)
    return visible, own


def _columns(row: CustomerRow) -> dict[str, object]:
    return {
        "status": row.status.value,
        "products": msgspec.json.encode(row.products).decode(),
        "since": row.since,
        "until": row.until,
        "person": row.person,
    }
