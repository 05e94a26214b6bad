"""
Which rows' time is over, as conditions; asked when they are looked for, and again when they are deleted.

Nothing here may loosen what a rule sees: attempts stay as long as any rule looks back, a withdrawal goes after the
consents that it ends, of a customer only what has ended goes, and a one-off permit that was used stays used.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, case, exists, func, or_, select, tuple_

from ari_app.policy.attempts import LOOK_BACK
from ari_app.policy.retention import Keeping
from ari_app.stores.forgetting import delete_rows, forget_calls
from ari_app.stores.person_queries import listed_now, published
from ari_app.stores.tables import (
    attempt,
    consent,
    contact,
    customer,
    live_customer,
    number,
    screening,
    suppression,
    verdict,
    verdict_personal,
)

Condition = ColumnElement[bool]

_WINDOW = 5_000
"""Rows looked at by one transaction that reads: PostgreSQL ends a statement that takes longer than a verdict may."""


class Page(NamedTuple):
    """What one look found."""

    doomed: list[tuple[Any, ...]]
    """Primary keys."""
    last: tuple[Any, ...] | None
    """Where the next look goes on; None: this was the last."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """Rows of a table to be deleted: of those with these values, the ones whose time is `over`."""

    table: Table
    values: Mapping[str, str | None]
    over: tuple[Condition, ...]

    def page(self, connection: Connection, *, after: tuple[Any, ...] | None) -> Page:
        """The next rows, by primary key; `after` is where the look before ended."""
        rest = tuple_(*(column for column in self._key if column.key not in self.values))
        beyond = () if after is None else (rest > self._rest(after),)
        ahead = select(*self._key).where(*self._within, *beyond).order_by(*self._key).limit(1)
        last = connection.execute(ahead.offset(_WINDOW - 1)).one_or_none()
        until = () if last is None else (rest <= self._rest(tuple(last)),)
        found = select(*self._key).where(*self._within, *beyond, *until, *self.over).order_by(*self._key)
        return Page([tuple(row) for row in connection.execute(found)], None if last is None else tuple(last))

    def delete(self, keys: Sequence[tuple[Any, ...]], connection: Connection) -> int:
        """Delete these, as far as they still may go; how many went."""
        return delete_rows(connection, self.table, keys, *self.over)

    @property
    def _within(self) -> tuple[Condition, ...]:
        return tuple(self.table.c[name].is_not_distinct_from(value) for name, value in self.values.items())

    @property
    def _key(self) -> tuple[Column[Any], ...]:
        return tuple(self.table.primary_key.columns)

    def _rest(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        """Without what all of them have in common: SQLite looks up no index by a comparison that names that again."""
        return tuple(each for column, each in zip(self._key, key, strict=True) if column.key not in self.values)


class DoomedCalls(Doomed):
    """Calls of which nobody may know any more who was called; their records stay."""

    def delete(self, keys: Sequence[tuple[Any, ...]], connection: Connection) -> int:
        """Forget these calls, and the numbers that no other call was to."""
        found = connection.execute(
            select(verdict.c.call_id, verdict.c.number_key).where(
                verdict.c.call_id.in_([call_id for (call_id,) in keys]), *self.over
            )
        ).all()
        forget_calls(connection, [row.call_id for row in found])
        of = {row.number_key for row in found if row.number_key is not None}
        unknown = ~exists().where(verdict.c.number_key == number.c.number_key)
        delete_rows(connection, number, [(key,) for key in of], unknown)
        return len(found)


def doomed_of(
    owner: str, keeping: Keeping, calls_at_most: timedelta | None, now: datetime
) -> Iterator[tuple[str, Doomed]]:
    """What of a principal's records goes; nothing while a pack is missing that might ask for it to be kept."""
    if keeping.missing:
        return
    own = {"principal": owner}
    yield "old contact rows", Doomed(contact, own, _replaced(keeping, now))
    if (old := _superseded(keeping, now)) is not None:
        yield "old customer rows", Doomed(customer, own, old)
    yield from _calls(owner, keeping, calls_at_most, now)
    if (length := _length(keeping, "attempt", calls_at_most, LOOK_BACK, least(keeping, "verdict"))) is not None:
        over = (attempt.c.at < now - length, attempt.c.outcome.is_not(None), attempt.c.one_off_permit.is_(None))
        yield "attempts", Doomed(attempt, own, over)
    if (length := _length(keeping, "consent")) is not None:
        for what, ended in _consents(keeping, now, length):
            yield what, Doomed(consent, own, ended)
    if (length := _length(keeping, "customer")) is not None:
        yield "ended customers", Doomed(customer, own, _ended(now - length))
        stale = (live_customer.c.answered_at < now - length,)
        yield "answers of the customer system", Doomed(live_customer, own, stale)
    if (length := _length(keeping, "screening")) is not None:
        expired = (screening.c.valid_until < now - length,)
        yield "expired screenings", Doomed(screening, own, expired)


def calls_of_nobody(keeping: Keeping, calls_at_most: timedelta | None, now: datetime) -> Iterator[tuple[str, Doomed]]:
    """Calls that named no campaign, hence have no principal."""
    yield from _calls(None, keeping, calls_at_most, now)


def _calls(
    owner: str | None, keeping: Keeping, calls_at_most: timedelta | None, now: datetime
) -> Iterator[tuple[str, Doomed]]:
    length = _length(keeping, "verdict", calls_at_most)
    if length is None:
        return
    told = exists().where(verdict_personal.c.call_id == verdict.c.call_id)
    open_ = exists().where(attempt.c.call_id == verdict.c.call_id, attempt.c.outcome.is_(None))
    over = (verdict.c.decided_at < now - length, or_(told, verdict.c.number_key.is_not(None)), ~open_)
    yield "calls", DoomedCalls(verdict, {"principal": owner}, over)


def least(keeping: Keeping, record: str) -> timedelta | None:
    """How long records of this class are to be kept at least; None: nobody says."""
    found = [keep.at_least for keep in keeping.keeps if keep.record == record and keep.at_least is not None]
    return max(found, default=None)


def _length(keeping: Keeping, record: str, *others: timedelta | None) -> timedelta | None:
    """
    After how long such a record goes: what is said at most, but never less than is said at least.

    `others` begin with another word for at most, and go on with others for at least.
    """
    most = [length for length in (keeping.at_most(record), *others[:1]) if length is not None]
    if not most:
        return None
    return max(length for length in (min(most), least(keeping, record), *others[1:]) if length is not None)


def _replaced(keeping: Keeping, now: datetime) -> tuple[Condition, ...]:
    """Contacts of versions whose list was published anew."""
    kept = now - (least(keeping, "contact") or timedelta())
    return published(contact.c.list_version), ~listed_now(), contact.c.imported_at < kept


def _superseded(keeping: Keeping, now: datetime) -> tuple[Condition, ...] | None:
    """Words on a customer that are not the principal's newest: no verdict sees them. None: they are proof from use."""
    if any(keep.record == "customer" and keep.from_ == "used" for keep in keeping.keeps):
        return None
    other = customer.alias("newer")
    later = or_(
        other.c.as_of > customer.c.as_of,
        and_(other.c.as_of == customer.c.as_of, other.c.list_version > customer.c.list_version),
    )
    newer = exists().where(
        other.c.principal == customer.c.principal,
        other.c.number_key == customer.c.number_key,
        later,
        published(other.c.list_version),
    )
    kept = now - (least(keeping, "customer") or timedelta())
    return published(customer.c.list_version), newer, customer.c.as_of < kept


def _ended(before: datetime) -> tuple[Condition, ...]:
    """Former customers, where that is the only word on the number: else an older one would count again."""
    other = customer.alias("other")
    alone = ~exists().where(
        other.c.principal == customer.c.principal,
        other.c.number_key == customer.c.number_key,
        other.c.list_version != customer.c.list_version,
    )
    ended = customer.c.status == "ended"
    return ended, func.coalesce(customer.c.until, customer.c.as_of) < before, customer.c.as_of < before, alone


def _consents(keeping: Keeping, now: datetime, length: timedelta) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    """Consents first, then the withdrawals that ended them, once there is none left that they end."""
    used = [keep.at_least for keep in keeping.keeps if keep.record == "consent" and keep.from_ == "used"]
    proof = max((each for each in used if each is not None), default=None)
    latest = case((consent.c.withdrawn_at > consent.c.given_at, consent.c.withdrawn_at), else_=consent.c.given_at)
    over: list[Condition] = [latest < now - length]
    over.append(~exists().where(suppression.c.lifted_by_consent == consent.c.id))
    if proof is not None:
        over.append(
            ~exists().where(
                attempt.c.principal == consent.c.principal,
                attempt.c.number_key == consent.c.number_key,
                attempt.c.at >= now - proof,
            )
        )
    other = consent.alias("ended")
    ends_one = exists().where(
        other.c.principal == consent.c.principal,
        other.c.number_key == consent.c.number_key,
        other.c.purpose == consent.c.purpose,
        other.c.withdrawn_at.is_(None),
        other.c.given_at <= consent.c.withdrawn_at,
    )
    yield "consents", (*over, consent.c.withdrawn_at.is_(None))
    yield "withdrawn consents", (*over, consent.c.withdrawn_at.is_not(None), ~ends_one)
