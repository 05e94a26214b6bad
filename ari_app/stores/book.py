"""
The book of verdicts, synchronous: one plain function a transaction, for the CLI and behind `verdicts.SqlVerdicts`.

Order inside `judge`: locks, the idempotency key, facts, `decide`, records, commit. Two gates that race for one callee
hold the same locks (PostgreSQL) or wait for the one writer (SQLite), so the second sees what the first reserved.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, LargeBinary, Text, Update, bindparam, func, or_, select, update

from ari_app.policy.facts import Facts
from ari_app.policy.keyring import Keyring
from ari_app.policy.needs import Needs
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest, Door
from ari_app.ports.verdicts import Admission, Decide, Ending, OpenCall, Redeemed, Redeeming, StoreConflict
from ari_app.stores import reservations
from ari_app.stores.admission import admit, operator_by_id
from ari_app.stores.closing import close, confirm
from ari_app.stores.database import Database
from ari_app.stores.history import facts_of, persons_at
from ari_app.stores.prepared import Prepared
from ari_app.stores.records import door_of, rebuild
from ari_app.stores.reserving import write_verdict
from ari_app.stores.tables import attempt, outcome, reservation, verdict, verdict_personal

WHOLE = (
    select(verdict.c.public, *verdict_personal.c, outcome.c.outcome)
    .outerjoin(verdict_personal, verdict_personal.c.call_id == verdict.c.call_id)
    .outerjoin(outcome, outcome.c.call_id == verdict.c.call_id)
)
"""What `records.rebuild` makes a record of."""
_BY_CALL = Prepared(WHOLE.where(verdict.c.call_id == bindparam("call_id", type_=Text)))
_BY_KEY = Prepared(WHOLE.where(verdict.c.idempotency_key == bindparam("key", type_=LargeBinary)))
OPEN = (
    select(
        attempt.c.call_id,
        attempt.c.state,
        verdict.c.decided_at,
        verdict.c.public,
        reservation.c.door,
        func.coalesce(reservation.c.channel_id, verdict_personal.c.channel_id).label("channel_id"),
    )
    .join(verdict, verdict.c.call_id == attempt.c.call_id)
    .outerjoin(verdict_personal, verdict_personal.c.call_id == attempt.c.call_id)
    .outerjoin(reservation, reservation.c.call_id == attempt.c.call_id)
    .where(attempt.c.outcome.is_(None), attempt.c.call_id.is_not(None), attempt.c.gate == bindparam("gate"))
    .where(or_(reservation.c.call_id.is_(None), reservation.c.redeemed_at.is_not(None)))
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

    def judge(
        self, request: CallRequest, *, needs: Needs, decide: Decide, redeeming: Redeeming | None = None
    ) -> VerdictRecord:
        """As ports.verdicts. What `decide` raises is passed on, and nothing is written."""
        asked_key = self._hidden(request.idempotency_key)

        def work(connection: Connection) -> VerdictRecord:
            persons = self._locked(connection, request, needs)
            found = _first(connection, _BY_KEY, {"key": asked_key}) if asked_key is not None else None
            repeats = found is not None and (found.verdict != "permit" or _goes_on(request, found))
            if redeeming is not None and not (repeats and found and found.verdict == "permit"):
                claimed = reservations.claim(connection, self._keyring, request)
                if claimed is not None:
                    held = _of_call(connection, claimed)
                    judged = _as_reserved(connection, held, redeeming)
                    return self._redeem(connection, held, judged, needs, persons, asked_key, found)
            judged = Redeemed(request=request, decide=decide)
            if redeeming is not None and repeats and found is not None and found.evidence.door == Door.API:
                judged = _as_reserved(connection, found, redeeming)  # it was redeemed before, by this very channel
            besides = found.call_id if found and repeats else ""
            facts = facts_of(connection, self._keyring, judged.request, needs, persons=persons, besides=besides)
            record = judged.decide(facts)
            if found is not None and repeats and found.verdict == record.verdict:
                _carry_on(connection, found, gate=record.evidence.gate)
                return _repeated(found)
            self._write(connection, judged.request, record, facts, asked_key, found)
            return record

        try:
            return self._database.write(work, asks_key=False)  # it comes with the facts
        except StoreConflict:
            # Two asks with one key and no lock in common: the other was first.
            found = self._by_key(asked_key)
            if found is None:
                raise
            return _repeated(found)

    def preview(self, request: CallRequest, *, needs: Needs, decide: Decide) -> VerdictRecord:
        """As ports.verdicts."""

        def work(connection: Connection) -> Facts:
            persons = persons_at(connection, self._keyring, request, needs)
            return facts_of(connection, self._keyring, request, needs, persons=persons)

        return decide(self._database.read(work))

    def confirm(self, call_id: str, *, at: datetime) -> None:
        """As ports.verdicts."""
        self._database.write(lambda connection: confirm(connection, call_id, at))

    def close(self, call_id: str, ending: Ending) -> bool:
        """As ports.verdicts. Raises StoreConflict: there is no verdict of this call."""
        return self._database.write(lambda connection: close(connection, call_id, ending))

    def release(self, call_id: str, *, gate: str, at: datetime) -> bool:
        """As ports.verdicts."""

        def work(connection: Connection) -> bool:
            carried = select(attempt.c.call_id).where(
                attempt.c.call_id == call_id, attempt.c.gate == gate, attempt.c.state == "reserved"
            )
            if connection.scalar(carried) is None:
                return False
            return close(connection, call_id, Ending(outcome=Outcome.NOT_DIALLED, ended_at=at))

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
                    door=Door(row.door) if row.door else door_of(row.public),
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
        found = WHOLE.order_by(verdict.c.decided_at.desc(), verdict.c.call_id.desc()).limit(limit)
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

    def _redeem(
        self,
        connection: Connection,
        held: VerdictRecord,
        judged: Redeemed,
        needs: Needs,
        persons: tuple[str, ...],
        key: bytes | None,
        found: VerdictRecord | None,
    ) -> VerdictRecord:
        """
        The reserved call as it goes on, or the verdict that stands against it now.

        `found` is what the channel was told before it named the reservation.
        """
        request = judged.request
        facts = facts_of(connection, self._keyring, request, needs, persons=persons, besides=held.call_id)
        record = judged.decide(facts)
        if record.verdict != "permit":
            reservations.give_up(connection, held.call_id, request.asked_at)
            self._write(connection, request, record, facts, key, found)
            return record
        if found is not None:
            connection.execute(_forget_key(found.call_id))
        gate = record.evidence.gate
        reservations.take(connection, held.call_id, request, gate=gate, idempotency_key=key)
        return replace(held, operator=request.operator_id)

    def _write(
        self,
        connection: Connection,
        request: CallRequest,
        record: VerdictRecord,
        facts: Facts,
        key: bytes | None,
        found: VerdictRecord | None,
    ) -> None:
        """A new verdict, which takes over the key of the one before; what is asked ahead is held."""
        if found is not None:
            connection.execute(_forget_key(found.call_id))
        write_verdict(connection, self._keyring, request, record, facts, key)
        if request.ask.ahead is not None and record.verdict == "permit":
            reservations.hold(connection, record, request.ask.ahead)

    def _locked(self, connection: Connection, request: CallRequest, needs: Needs) -> tuple[str, ...]:
        """
        Take every lock of this call, those of its persons with them, and return the persons.

        They are read before, so that all locks are known and taken at once, in one order for everybody. An import that
        is published meanwhile counts for the next verdict.
        """
        persons = persons_at(connection, self._keyring, request, needs)
        keys = needs.locks_with(request.campaign.principal, persons) if request.campaign else needs.locks
        self._database.lock(connection, [self._keyring.lock_number(key) for key in keys])
        return persons

    def _hidden(self, key: str) -> bytes | None:
        """The idempotency key, keyed: it holds the number that was dialled."""
        return self._keyring.number_key(f"idempotency\x1f{key}") if key else None

    def _by_key(self, key: bytes | None) -> VerdictRecord | None:
        if key is None:
            return None
        return self._database.read(lambda connection: _first(connection, _BY_KEY, {"key": key}))


def _goes_on(request: CallRequest, found: VerdictRecord) -> bool:
    """Whether the call that a permit is for still lives; that of an offer is another's, and its own end is no end."""
    return found.outcome is None or (request.ask.door is Door.DESK and found.outcome == Outcome.ANSWERED)


def _carry_on(connection: Connection, found: VerdictRecord, *, gate: str) -> None:
    """The gate that repeats a permit follows its call from now on; the one that gave it must not release it."""
    connection.execute(update(attempt).where(attempt.c.call_id == found.call_id).values(gate=gate))


def _forget_key(call_id: str) -> Update:
    return update(verdict).where(verdict.c.call_id == call_id).values(idempotency_key=None)


def _of_call(connection: Connection, call_id: str) -> VerdictRecord:
    return rebuild(_BY_CALL.run(connection, {"call_id": call_id}).mappings().one())


def _as_reserved(connection: Connection, held: VerdictRecord, redeeming: Redeeming) -> Redeemed:
    """The request that redeems a call, or asks for one again that was redeemed."""
    return redeeming(operator_by_id(connection, held.operator) if held.operator else None)


def _first(connection: Connection, query: Prepared, values: dict[str, object]) -> VerdictRecord | None:
    row = query.run(connection, values).mappings().one_or_none()
    return rebuild(row) if row is not None else None


def _repeated(record: VerdictRecord) -> VerdictRecord:
    return replace(record, repeated=True)
