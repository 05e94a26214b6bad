"""
All that is held on a number, for the person who asks (GDPR art. 15): every table that knows it, as JSON values.

Of lists only what is published; an import that nobody sees yet may still come to nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Table, or_, select

from ari_app.policy.keyring import Keyring
from ari_app.stores.database import Database
from ari_app.stores.keeping import is_on
from ari_app.stores.person_queries import listed_now
from ari_app.stores.records import rebuild
from ari_app.stores.suppressions import is_own
from ari_app.stores.tables import (
    MANUAL,
    api_answer,
    attempt,
    bypass,
    callback,
    consent,
    contact,
    contact_lease,
    contact_turn,
    customer,
    disposition,
    erasure,
    flag,
    list_version,
    live_customer,
    need,
    number,
    one_off_permit,
    outcome,
    screening,
    suppression,
    verdict,
    verdict_personal,
    walk_step,
)

_SECTIONS: Mapping[str, tuple[Table, str]] = {
    "suppressions": (suppression, "created_at"),
    "customers": (customer, "as_of"),
    "live_customers": (live_customer, "answered_at"),
    "consents": (consent, "given_at"),
    "contacts": (contact, "imported_at"),
    "screenings": (screening, "answered_at"),
    "one_off_permits": (one_off_permit, "granted_at"),
    "callbacks": (callback, "created_at"),
    "flags": (flag, "since"),
    "needs": (need, "noted_at"),
    "turns": (contact_turn, "queued_at"),
    "leases": (contact_lease, "made_at"),
    "attempts": (attempt, "at"),
    "bypasses": (bypass, "at"),
    "erasures": (erasure, "erased_at"),
    "api_answers": (api_answer, "asked_at"),
}
"""Each table that knows a number by its key, and by which instant its rows are told."""

_CAME = list_version.alias("came")
"""The list that a row came with; under a name of its own, since `listed_now` asks for other versions."""
_HIDDEN = frozenset({"number_key", "sealed_number", "key_id", "list_version", "key_hash", "request_hash", "answer"})
_JSON = frozenset({"products", "report", "how"})
"""Columns whose text is JSON."""


class Holdings:
    """What is held. Raises StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring finds the number."""
        self._database = database
        self._keyring = keyring

    def of(self, e164: str, *, principal_id: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """
        Everything on this number, by section, oldest first; of one principal, with what binds all of them, or of all.

        A row that came with a list says with which (`list`, or None). A contact says whether it is in its list still
        (`current`). A call is its verdict as on record, with what was noted of it and the
        steps of the script that it came to.
        """
        key = self._keyring.number_key(e164)
        return self._database.read(lambda connection: _all(connection, key, principal_id))


def _all(connection: Connection, key: bytes, principal_id: str | None) -> dict[str, list[dict[str, Any]]]:
    held = {
        name: _rows(connection, _of(table, key, principal_id).order_by(table.c[order]), table)
        for name, (table, order) in _SECTIONS.items()
    }
    if principal_id is not None:
        held["erasures"] = [each for each in held["erasures"] if each["report"]["principal"] in (None, principal_id)]
    held["calls"] = _calls(connection, key, principal_id)
    clear = select(number.c.e164).where(number.c.number_key == key)
    held["numbers"] = [{"e164": each} for each in connection.scalars(clear)]
    return held


def _of(table: Table, key: bytes, principal_id: str | None) -> Select[Any]:
    if "principal" in table.c:
        return select(table).where(*is_on(table, key, principal_id))
    query = select(table).where(table.c.number_key == key)
    if table is suppression and principal_id is not None:
        return query.where(or_(suppression.c.scope == "*", is_own(principal_id)))
    return query


def _rows(connection: Connection, query: Select[Any], table: Table) -> list[dict[str, Any]]:
    if "list_version" in table.c:
        query = (
            query.add_columns(_CAME.c.file_name, _CAME.c.published_at)
            .join(_CAME, _CAME.c.id == table.c.list_version)
            .where(or_(table.c.list_version == MANUAL, _CAME.c.published_at.is_not(None)))
        )
    if table is contact:
        query = query.add_columns(listed_now().label("current"))
    return [_told(dict(row)) for row in connection.execute(query).mappings()]


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: msgspec.json.decode(value) if name in _JSON and value else value
        for name, value in row.items()
        if name not in (*_HIDDEN, "file_name", "published_at")
    }
    if "list_version" in row:
        came = {"file": row["file_name"], "published_at": row["published_at"]}
        told["list"] = None if row["list_version"] == MANUAL else came
    return told


def _calls(connection: Connection, key: bytes, principal_id: str | None) -> list[dict[str, Any]]:
    meant = is_on(verdict, key, principal_id)
    query = (
        select(verdict.c.public, *verdict_personal.c, outcome.c.outcome, outcome.c.ended_at)
        .outerjoin(verdict_personal, verdict_personal.c.call_id == verdict.c.call_id)
        .outerjoin(outcome, outcome.c.call_id == verdict.c.call_id)
        .where(*meant)
        .order_by(verdict.c.decided_at, verdict.c.call_id)
    )
    noted = (
        select(disposition)
        .join(verdict, verdict.c.call_id == disposition.c.call_id)
        .where(*meant)
        .order_by(disposition.c.call_id, disposition.c.seq)
    )
    walked = (
        select(walk_step)
        .join(verdict, verdict.c.call_id == walk_step.c.call_id)
        .where(*meant)
        .order_by(walk_step.c.call_id, walk_step.c.seq)
    )
    words = _by_call(connection, noted)
    steps = _by_call(connection, walked)
    calls = []
    for row in connection.execute(query).mappings():
        record = rebuild(row)
        ended: datetime | None = row["ended_at"]
        seen = {"dialled": record.dialled, "facts": record.evidence.facts, "ended_at": ended}
        said = {"dispositions": words.get(record.call_id, []), "walk": steps.get(record.call_id, [])}
        calls.append({**record.document(), **seen, **said})
    return calls


def _by_call(connection: Connection, query: Select[Any]) -> dict[str, list[dict[str, Any]]]:
    """Rows of calls, in their order, without what only numbers them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(query).mappings():
        told = {name: value for name, value in row.items() if name not in ("call_id", "seq")}
        found.setdefault(row["call_id"], []).append(told)
    return found
