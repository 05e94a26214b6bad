"""
Erasure (GDPR art. 17): what is known of a number is deleted, and its key stays suppressed, so that nobody calls again.

What stays: the suppression key; sealed records, which tell nobody who was called; attempts cut loose from the number,
so that what a campaign may do is still counted right; what a law asks to be kept, until then; calls under way.
"""

import contextlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, insert, select, update
from ulid import ULID

from ari_app.policy.disposition import Disposition
from ari_app.policy.held import Suppression, SuppressionPurpose
from ari_app.policy.keyring import Keyring
from ari_app.policy.retention import Keeping
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.stores.database import Database
from ari_app.stores.forgetting import chunks, delete_rows, forget_calls
from ari_app.stores.keeping import is_on, need_principal
from ari_app.stores.suppressions import is_own, suppress
from ari_app.stores.tables import (
    api_answer,
    attempt,
    bypass,
    callback,
    consent,
    contact,
    contact_lease,
    contact_turn,
    customer,
    erasure,
    flag,
    live_customer,
    need,
    number,
    one_off_permit,
    principal,
    screening,
    suppression,
    verdict,
)

ERASED = "erased"
"""Reason of the suppression that an erasure leaves, and what takes the place of texts of others."""

Keepings: TypeAlias = Callable[[str], Keeping]
"""What the packs of a principal say of its records, by the principal's id."""

_PLAIN_REASONS = frozenset({ERASED, "opt_out", "objection", *(word.value for word in Disposition)})
_PLAIN_SOURCES = frozenset({ERASED, "cli", "api", "disposition", "import"})
"""Words of a suppression that tell nothing of a person; whatever else was written there is replaced."""

_ROWS: tuple[tuple[Table, str, tuple[str, ...]], ...] = (
    (consent, "consent", ("given_at", "withdrawn_at")),
    (customer, "customer", ("as_of", "until")),
    (live_customer, "customer", ("answered_at",)),
    (contact, "contact", ("imported_at",)),
    (screening, "screening", ("answered_at",)),
    (callback, "callback", ("created_at",)),
    (flag, "flag", ("since",)),
    (need, "need", ("noted_at",)),
    (contact_turn, "contact", ("queued_at",)),
    (contact_lease, "contact", ("made_at",)),
    (one_off_permit, "one_off_permit", ("granted_at",)),
)
"""What is deleted row by row: its class as packs name it, and the columns whose latest instant it was made at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillKept:
    """Rows that stay, and why."""

    record: str
    rows: int
    until: datetime | None
    """None: until a call that is under way has ended."""
    said_by: str


@dataclass(slots=True)
class _Work:
    """One erasure under way."""

    key: bytes
    principal: str | None
    now: datetime
    keepings: Keepings
    despite: bool
    removed: dict[str, int] = field(default_factory=dict)
    kept: dict[tuple[str, datetime | None, str], int] = field(default_factory=dict)

    def of(self, table: Table) -> list[ColumnElement[bool]]:
        """The condition for the rows of a table that are meant."""
        return is_on(table, self.key, self.principal)

    def remove(self, what: str, rows: int) -> None:
        """Count what was removed."""
        if rows:
            self.removed[what] = self.removed.get(what, 0) + rows

    def keeps(self, record: str, owner: str | None, *, made: datetime, used: datetime | None = None) -> bool:
        """Whether a law asks for this row still; it is counted then."""
        if self.despite or owner is None:
            return False
        held = self.keepings(owner).held_by(record, made=made, used=used, legal=True)
        if held is None or held[0] <= self.now:
            return False
        self.keep(record, *held)
        return True

    def keep(self, record: str, until: datetime | None, said_by: str) -> None:
        """Count a row that stays."""
        why = (record, until, said_by)
        self.kept[why] = self.kept.get(why, 0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did."""

    id: str | None
    """Its own record; None: there was nothing left to do."""
    principal: str | None
    key_id: str
    removed: Mapping[str, int]
    kept: Sequence[StillKept]
    under_way: Sequence[str]
    """Calls without an outcome; they are left alone, and the erasure is to be repeated once they have ended."""
    suppression: str
    """Id of the entry that keeps the number from being called."""
    others: int
    """Other numbers of the same person, which are suppressed for marketing now; their data stay."""
    despite_retention: bool


class Erasures:
    """Erasing; each is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """The keyring hides the number, and names the locks."""
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def erase(
        self,
        e164: str,
        *,
        principal_id: str | None,
        keepings: Keepings,
        reason: str,
        by: str,
        despite_retention: bool = False,
    ) -> Erased:
        """
        Erase what is held on a number, by one principal or (None) by all, and suppress it there for every purpose.

        To do it again changes nothing. Raises StoreConflict: there is no such principal.
        """
        key = self._keyring.number_key(e164)

        def work(connection: Connection) -> Erased:
            if principal_id is not None:
                need_principal(connection, principal_id)
            self._lock(connection, e164, principal_id)
            return self.erase_key(
                connection,
                key,
                principal_id=principal_id,
                keepings=keepings,
                reason=reason,
                by=by,
                despite_retention=despite_retention,
            )

        done = self._database.write(work)
        with contextlib.suppress(StoreUnavailable):  # it is erased; the log goes the way of all logs a little later
            self._database.wipe_log()
        return done

    def erase_key(
        self,
        connection: Connection,
        key: bytes,
        *,
        principal_id: str | None,
        keepings: Keepings,
        reason: str,
        by: str,
        despite_retention: bool = False,
    ) -> Erased:
        """The same for a number that nobody names, inside a transaction that is open."""
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")  # or what is deleted could be read from the file
        work = _Work(key, principal_id, self._clock.now(), keepings, despite_retention)
        others = self._suppress_others(connection, work)
        last_used = _last_used(connection, work)
        under_way = _calls(connection, work)
        _attempts(connection, work)
        _rows(connection, work, last_used)
        _bypasses(connection, work)
        _answers(connection, work)
        before = connection.scalar(select(func.count()).where(erasure.c.number_key == key)) or 0
        entry = self._suppress(connection, work)
        _number(connection, work)
        kept = tuple(
            StillKept(record=record, rows=rows, until=until, said_by=said_by)
            for (record, until, said_by), rows in work.kept.items()
        )
        done = Erased(
            id=str(ULID()) if work.removed or others or not before else None,
            principal=principal_id,
            key_id=self._keyring.key_id,
            removed=work.removed,
            kept=kept,
            under_way=under_way,
            suppression=entry.id,
            others=others,
            despite_retention=despite_retention,
        )
        if done.id is not None:
            row = {"id": done.id, "number_key": key, "erased_at": work.now, "erased_by": by, "reason": reason}
            connection.execute(insert(erasure), {**row, "report": msgspec.json.encode(asdict(done)).decode()})
        return done

    def _lock(self, connection: Connection, e164: str, principal_id: str | None) -> None:
        """The locks of every verdict on this number: none of them comes between."""
        owners = [principal_id] if principal_id else connection.scalars(select(principal.c.id)).all()
        self._database.lock(connection, [self._keyring.lock_number(f"attempts:{owner}:{e164}") for owner in owners])

    def _suppress(self, connection: Connection, work: _Work) -> Suppression:
        """Neutral words for what stands, and one entry that binds for every purpose."""
        scope = "*" if work.principal is None else f"principal:{work.principal}"
        meant = [suppression.c.number_key == work.key]
        if work.principal is not None:
            meant.append(is_own(work.principal))
        for column, plain in ((suppression.c.reason, _PLAIN_REASONS), (suppression.c.source, _PLAIN_SOURCES)):
            telling = update(suppression).where(*meant, column.not_in(plain))
            work.remove("suppression texts", connection.execute(telling.values({column.name: ERASED})).rowcount)
        return suppress(connection, self._database, self._keyring, work.key, _entry(scope, work.now))

    def _suppress_others(self, connection: Connection, work: _Work) -> int:
        """
        Suppress the other numbers of the person for marketing; how many were not suppressed so before.

        Calls to this number count for them no more, since nothing tells any more that it was the same person.
        """
        added = 0
        for owner, other in sorted(_others(connection, work)):
            new = _entry(f"principal:{owner}", work.now, purpose=SuppressionPurpose.MARKETING)
            added += suppress(connection, self._database, self._keyring, other, new).id == new.id
        return added


def _entry(scope: str, now: datetime, *, purpose: SuppressionPurpose = SuppressionPurpose.ALL) -> Suppression:
    return Suppression(id=str(ULID()), scope=scope, purpose=purpose, reason=ERASED, source=ERASED, created_at=now)


def _others(connection: Connection, work: _Work) -> set[tuple[str, bytes]]:
    """By principal, the other numbers that were ever said to be of a person at this one."""
    found: set[tuple[str, bytes]] = set()
    for said in (customer, contact):
        # Whether there is a person is not asked here: SQLite would read all of them by their index instead.
        rows = connection.execute(select(said.c.principal, said.c.person).where(*work.of(said)))
        for owner, person in {(row.principal, row.person) for row in rows if row.person}:
            for listed in (customer, contact):
                same = select(listed.c.number_key).where(
                    listed.c.principal == owner,
                    listed.c.person.is_not(None),
                    listed.c.person != "",
                    listed.c.person == person,
                    listed.c.number_key != work.key,
                )
                found |= {(owner, key) for key in connection.scalars(same)}
    return found


def _last_used(connection: Connection, work: _Work) -> dict[str, datetime]:
    """When each principal called the number last: what rested on a consent used it then."""
    query = select(attempt.c.principal, func.max(attempt.c.at)).where(*work.of(attempt)).group_by(attempt.c.principal)
    return {owner: at for owner, at in connection.execute(query)}


def _calls(connection: Connection, work: _Work) -> tuple[str, ...]:
    """Forget the calls to the number; those under way are returned."""
    open_ = connection.scalars(
        select(attempt.c.call_id).where(*work.of(attempt), attempt.c.outcome.is_(None), attempt.c.call_id.is_not(None))
    ).all()
    found = connection.execute(
        select(verdict.c.call_id, verdict.c.principal, verdict.c.decided_at).where(*work.of(verdict))
    ).all()
    gone = []
    for call in found:
        if call.call_id in open_:
            work.keep("verdict", None, "call under way")
        elif not work.keeps("verdict", call.principal, made=call.decided_at):
            gone.append(call.call_id)
    forget_calls(connection, gone)
    work.remove("verdict", len(gone))
    return tuple(sorted(open_))


def _attempts(connection: Connection, work: _Work) -> None:
    """
    Cut the attempts loose from the number, all but those whose call is kept.

    They go on to count for what a campaign may do in all (numbers a day, silent calls), under a key of nobody.
    """
    kept_calls = set(connection.scalars(select(verdict.c.call_id).where(*work.of(verdict))))
    gone = [
        (row.principal, row.id)
        for row in connection.execute(
            select(attempt.c.principal, attempt.c.id, attempt.c.call_id, attempt.c.at).where(*work.of(attempt))
        )
        if row.call_id not in kept_calls and not work.keeps("attempt", row.principal, made=row.at)
    ]
    nobody = {"number_key": secrets.token_bytes(len(work.key)), "person": None, "one_off_permit": None}
    for owner in {owner for owner, _ in gone}:
        for some in chunks([each for of, each in gone if of == owner]):
            change = update(attempt).where(attempt.c.principal == owner, attempt.c.id.in_(some))
            connection.execute(change.values(**nobody))
    work.remove("attempt", len(gone))


def _bypasses(connection: Connection, work: _Work) -> None:
    """That a call went round the gate stays on record, but not to whom; it was for no principal."""
    if work.principal is None:
        forgotten = update(bypass).where(bypass.c.number_key == work.key).values(number_key=None)
        work.remove("bypass", connection.execute(forgotten).rowcount)


def _rows(connection: Connection, work: _Work, last_used: Mapping[str, datetime]) -> None:
    for table, record, instants in _ROWS:
        key = tuple(table.primary_key.columns)
        gone: list[tuple[Any, ...]] = []
        for row in connection.execute(select(table).where(*work.of(table))).mappings():
            made = max(row[name] for name in instants if row[name] is not None)
            if not work.keeps(record, row["principal"], made=made, used=last_used.get(row["principal"])):
                gone.append(tuple(row[column.name] for column in key))
        if table is consent:
            _unlift(connection, [str(each) for (each,) in gone])
        delete_rows(connection, table, gone)
        work.remove(table.name, len(gone))


def _answers(connection: Connection, work: _Work) -> None:
    """What requests were answered about the number, and about many numbers: it may be among them."""
    own = connection.execute(delete(api_answer).where(api_answer.c.number_key == work.key))
    connection.execute(delete(api_answer).where(api_answer.c.number_key.is_(None)))
    work.remove("api_answer", own.rowcount)


def _unlift(connection: Connection, consents: Collection[str]) -> None:
    """A suppression that one of these lifted stands again: without its consent nothing shows that it may not."""
    for some in chunks(list(consents)):
        lifted = update(suppression).where(suppression.c.lifted_by_consent.in_(some))
        connection.execute(lifted.values(lifted_at=None, lifted_by_consent=None, lifted_by=None))


def _number(connection: Connection, work: _Work) -> None:
    """The number in the clear goes with the last call that is still known to be to it."""
    known = exists().where(verdict.c.number_key == work.key)
    work.remove("number", connection.execute(delete(number).where(number.c.number_key == work.key, ~known)).rowcount)
