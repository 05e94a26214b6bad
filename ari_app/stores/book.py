"""
The book of verdicts, synchronous: one plain function a transaction, for the CLI and behind `verdicts.SqlVerdicts`.

Order inside `judge`: locks, the idempotency key, facts, `decide`, records, commit. Two gates that race for one callee
hold the same locks (PostgreSQL) or wait for the one writer (SQLite), so the second sees what the first reserved.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Select, Table, Update, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.facts import Facts
from ari_app.policy.keyring import Keyring
from ari_app.policy.needs import Needs
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest
from ari_app.ports.verdicts import Admission, Ending, OpenCall, StoreConflict
from ari_app.stores.admission import admit
from ari_app.stores.database import Database
from ari_app.stores.history import facts_of
from ari_app.stores.records import canonical, digest, outcome_public, personal, public, rebuild
from ari_app.stores.tables import attempt, number, outcome, verdict, verdict_personal

Decide = Callable[[Facts], VerdictRecord]

_SALT_BYTES = 32
_RELEASING = frozenset({Outcome.NOT_DIALLED, Outcome.DENIED})

_WHOLE = (
    select(verdict.c.public, *verdict_personal.c, outcome.c.outcome)
    .outerjoin(verdict_personal, verdict_personal.c.call_id == verdict.c.call_id)
    .outerjoin(outcome, outcome.c.call_id == verdict.c.call_id)
)
_BY_CALL = _WHOLE.where(verdict.c.call_id == bindparam("call_id"))
_BY_KEY = _WHOLE.where(verdict.c.idempotency_key == bindparam("key"))
OPEN = (
    select(attempt.c.call_id, attempt.c.state, verdict.c.decided_at, verdict_personal.c.channel_id)
    .join(verdict, verdict.c.call_id == attempt.c.call_id)
    .outerjoin(verdict_personal, verdict_personal.c.call_id == attempt.c.call_id)
    .where(attempt.c.outcome.is_(None), attempt.c.call_id.is_not(None), attempt.c.gate == bindparam("gate"))
    .order_by(attempt.c.at, attempt.c.call_id)
)


class VerdictBook:
    """Each method is one transaction. Raises StoreUnavailable; StoreConflict where the record says otherwise."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring hides numbers and names the locks."""
        self._database = database
        self._keyring = keyring

    def admission(self, ask: Ask, *, default_campaign: str) -> Admission:
        """As ports.verdicts."""
        return self._database.read(lambda connection: admit(connection, ask, default_campaign))

    def judge(self, request: CallRequest, *, needs: Needs, decide: Decide) -> VerdictRecord:
        """As ports.verdicts. What `decide` raises is passed on, and nothing is written."""
        locks = [self._keyring.lock_number(key) for key in needs.locks]
        asked_key = self._hidden(request.idempotency_key)

        def work(connection: Connection) -> VerdictRecord:
            self._database.lock(connection, locks)
            found = _first(connection, _BY_KEY, {"key": asked_key}) if asked_key is not None else None
            repeats = found is not None and (found.verdict != "permit" or found.outcome is None)
            facts = facts_of(connection, self._keyring, request, besides=found.call_id if found and repeats else "")
            record = decide(facts)
            if found is not None and repeats and found.verdict == record.verdict:
                _carry_on(connection, found, gate=record.evidence.gate)
                return _repeated(found)
            if found is not None:
                connection.execute(_forget_key(found.call_id))
            self._write(connection, request, record, asked_key)
            return record

        try:
            return self._database.write(work)
        except StoreConflict:
            # Two asks with one key and no lock in common: the other was first.
            found = self._by_key(asked_key)
            if found is None:
                raise
            return _repeated(found)

    def preview(self, request: CallRequest, *, needs: Needs, decide: Decide) -> VerdictRecord:
        """As ports.verdicts."""
        facts = self._database.read(lambda connection: facts_of(connection, self._keyring, request))
        return decide(facts)

    def confirm(self, call_id: str, *, at: datetime) -> None:
        """As ports.verdicts."""
        change = (
            update(attempt)
            .where(attempt.c.call_id == call_id, attempt.c.state != "confirmed")
            # One that was released too early counts again, and as nobody knows how it went, as a conversation.
            .values(state="confirmed", confirmed_at=at, outcome=None)
        )
        self._database.write(lambda connection: connection.execute(change))

    def close(self, call_id: str, ending: Ending) -> bool:
        """As ports.verdicts. Raises StoreConflict: there is no verdict of this call."""
        return self._database.write(lambda connection: _close(connection, call_id, ending))

    def release(self, call_id: str, *, gate: str, at: datetime) -> bool:
        """As ports.verdicts."""

        def work(connection: Connection) -> bool:
            carried = select(attempt.c.call_id).where(
                attempt.c.call_id == call_id, attempt.c.gate == gate, attempt.c.state == "reserved"
            )
            if connection.scalar(carried) is None:
                return False
            return _close(connection, call_id, Ending(outcome=Outcome.NOT_DIALLED, ended_at=at))

        return self._database.write(work)

    def open_calls(self, *, gate: str) -> tuple[OpenCall, ...]:
        """As ports.verdicts."""

        def work(connection: Connection) -> tuple[OpenCall, ...]:
            return tuple(
                OpenCall(
                    call_id=row.call_id,
                    channel_id=row.channel_id or "",
                    decided_at=row.decided_at,
                    dialled=row.state == "confirmed",
                )
                for row in connection.execute(OPEN, {"gate": gate})
            )

        return self._database.read(work)

    def show(self, call_id: str) -> VerdictRecord | None:
        """As ports.verdicts."""
        return self._database.read(lambda connection: _first(connection, _BY_CALL, {"call_id": call_id}))

    def calls(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        number: str | None = None,
        campaign: str | None = None,
        principal: str | None = None,
        limit: int = 100,
    ) -> list[VerdictRecord]:
        """Past verdicts with their outcomes, newest first; `since` is included, `until` is not; `number` is E.164."""
        found = _WHOLE.order_by(verdict.c.decided_at.desc(), verdict.c.call_id.desc()).limit(limit)
        if since is not None:
            found = found.where(verdict.c.decided_at >= since)
        if until is not None:
            found = found.where(verdict.c.decided_at < until)
        if number is not None:
            found = found.where(verdict.c.number_key == self._keyring.number_key(number))
        if campaign is not None:
            found = found.where(verdict.c.campaign == campaign)
        if principal is not None:
            found = found.where(verdict.c.principal == principal)
        return self._database.read(lambda connection: [rebuild(row) for row in connection.execute(found).mappings()])

    def _hidden(self, key: str) -> bytes | None:
        """The idempotency key, keyed: it holds the number that was dialled."""
        return self._keyring.number_key(f"idempotency\x1f{key}") if key else None

    def _by_key(self, key: bytes | None) -> VerdictRecord | None:
        if key is None:
            return None
        return self._database.read(lambda connection: _first(connection, _BY_KEY, {"key": key}))

    def _write(self, connection: Connection, request: CallRequest, record: VerdictRecord, key: bytes | None) -> None:
        callee = request.callee.e164 if isinstance(request.callee, Number) else None
        number_key = self._keyring.number_key(callee) if callee else None
        _write_verdict(connection, record, number_key, key)
        if callee is None or number_key is None:
            return
        connection.execute(
            insert_ignoring(connection, number),
            {"number_key": number_key, "key_id": self._keyring.key_id, "e164": callee},
        )
        if record.verdict == "permit":
            _reserve(connection, request, record, number_key)


def insert_ignoring(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves a row as it is if its key is taken."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _write_verdict(connection: Connection, record: VerdictRecord, number_key: bytes | None, key: bytes | None) -> None:
    salt = secrets.token_bytes(_SALT_BYTES)
    document = public(record, salt)
    connection.execute(
        insert(verdict),
        {
            "call_id": record.call_id,
            "principal": record.principal,
            "campaign": record.campaign,
            "operator": record.operator,
            "number_key": number_key,
            "verdict": record.verdict,
            "mode": record.mode,
            "direction": record.evidence.direction,
            "decided_at": record.decided_at,
            "gate": record.evidence.gate,
            "idempotency_key": key,
            "public": document,
            "digest": digest(document),
        },
    )
    fields = personal(record)
    fields["facts"] = canonical(fields["facts"]).decode()
    connection.execute(insert(verdict_personal), {"call_id": record.call_id, "salt": salt, **fields})


def _reserve(connection: Connection, request: CallRequest, record: VerdictRecord, number_key: bytes) -> None:
    if request.campaign is None:
        raise StoreConflict("a permit without a campaign cannot be counted")
    connection.execute(
        insert(attempt),
        {
            "principal": request.campaign.principal,
            "id": record.call_id,
            "call_id": record.call_id,
            "number_key": number_key,
            "campaign": request.campaign.id,
            "purpose": request.campaign.purpose.value,
            "operator": record.operator,
            "at": record.decided_at,
            "state": "reserved",
            "gate": record.evidence.gate,
        },
    )


def _close(connection: Connection, call_id: str, ending: Ending) -> bool:
    found = connection.execute(
        select(verdict.c.gate, verdict.c.verdict).where(verdict.c.call_id == call_id)
    ).one_or_none()
    if found is None:
        raise StoreConflict(f"there is no verdict of call {call_id}")
    if found.verdict in ("deny", "defer") or (ending.outcome in _RELEASING and _is_dialled(connection, call_id)):
        return False
    document = outcome_public(call_id, ending)
    # An INSERT's rowcount is -1 with psycopg, which is as true as 1.
    written = connection.scalar(
        insert_ignoring(connection, outcome).returning(outcome.c.call_id),
        {
            "call_id": call_id,
            "gate": found.gate,
            "outcome": ending.outcome.value,
            "ended_at": ending.ended_at,
            "public": document,
            "digest": digest(document),
        },
    )
    if written is None:
        return False
    state = "released" if ending.outcome in _RELEASING else "confirmed"
    connection.execute(
        update(attempt).where(attempt.c.call_id == call_id).values(state=state, outcome=ending.outcome.value)
    )
    return True


def _carry_on(connection: Connection, found: VerdictRecord, *, gate: str) -> None:
    """The gate that repeats a permit follows its call from now on; the one that gave it must not release it."""
    connection.execute(update(attempt).where(attempt.c.call_id == found.call_id).values(gate=gate))


def _forget_key(call_id: str) -> Update:
    return update(verdict).where(verdict.c.call_id == call_id).values(idempotency_key=None)


def _is_dialled(connection: Connection, call_id: str) -> bool:
    # Two gates may follow one permit, where the first was asked, hung, and the second dialled: what one of them saw
    # cannot be unseen by the other.
    state = connection.scalar(select(attempt.c.state).where(attempt.c.call_id == call_id))
    return state == "confirmed"


def _first(connection: Connection, query: Select[Any], values: dict[str, object]) -> VerdictRecord | None:
    row = connection.execute(query, values).mappings().one_or_none()
    return rebuild(row) if row is not None else None


def _repeated(record: VerdictRecord) -> VerdictRecord:
    return replace(record, repeated=True)
