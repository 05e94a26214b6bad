"""
A campaign's contacts held against the other lists, counted by the database: who may be called, as far as they say.

A slice of the keys at a time, each in a transaction of its own, so that nothing is held up: on SQLite a long read keeps
the log from being moved into the file. Only keys are compared; no number is known here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)

from ari_app.policy.held import CustomerStatus, SuppressionPurpose
from ari_app.policy.list_terms import ListTerms, RegisterTerms
from ari_app.policy.request import Campaign
from ari_app.stores.database import Database
from ari_app.stores.person_queries import listed_now, published
from ari_app.stores.tables import MANUAL, contact, customer, list_version, screening, suppression

Condition = ColumnElement[bool]

SLICES = 64
_LOW, _HIGH = bindparam("low", type_=LargeBinary), bindparam("high", type_=LargeBinary)
_BEYOND = b"\xff" * 32
"""Greater than every key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCover:
    """What is on record of a campaign's contacts in one register. Clear, listed, missing and expired make up all."""

    register: str
    clear: int = 0
    """The newest answer is that they are not listed, and it holds."""
    listed: int = 0
    missing: int = 0
    """Never screened."""
    expired: int = 0
    expiring: int = 0
    """Of those that are clear, whose answer does not hold at the later instant that was asked for."""
    runs_out_at: datetime | None = None
    """When the first answer that still holds runs out; None: none holds."""

    def __add__(self, other: "RegisterCover") -> "RegisterCover":
        """Slices add up."""
        ends = [each.runs_out_at for each in (self, other) if each.runs_out_at is not None]
        return RegisterCover(
            register=self.register,
            clear=self.clear + other.clear,
            listed=self.listed + other.listed,
            missing=self.missing + other.missing,
            expired=self.expired + other.expired,
            expiring=self.expiring + other.expiring,
            runs_out_at=min(ends, default=None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """How far the lists let a campaign call its contacts."""

    campaign: str
    numbers: int
    """In its contact lists, as each was published last; each number once."""
    callable: int
    """Whom neither a register, nor a suppression, nor being a customer already keeps from being called now."""
    registers: tuple[RegisterCover, ...]

    def __add__(self, other: "Cover") -> "Cover":
        """Slices add up."""
        pairs = zip(self.registers, other.registers, strict=True)
        return Cover(
            campaign=self.campaign,
            numbers=self.numbers + other.numbers,
            callable=self.callable + other.callable,
            registers=tuple(one + another for one, another in pairs),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """When a list was published last."""

    kind: str
    principal: str
    """Empty: everybody's."""
    published_at: datetime


class CampaignLists:
    """Counts over published lists; nothing is written. Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """A database that a slow statement does not hold up: not the gate's own reader."""
        self._database = database

    def cover(
        self,
        campaign: Campaign,
        terms: ListTerms,
        *,
        now: datetime,
        soon: datetime,
        between: Callable[[], None] = lambda: None,
    ) -> Cover:
        """
        Count at `now`, for the registers of `terms`; answers that do not hold at `soon` any more are expiring.

        `between` is called after each slice; what it raises ends the count.
        """
        query = _counts(campaign, terms, now=now, soon=soon)

        def slice_of(low: bytes, high: bytes) -> Cover:
            def work(connection: Connection) -> Cover:
                row = connection.execute(query, {"low": low, "high": high}).mappings().one()
                return _told(campaign, terms, row)

            return self._database.read(work)

        def slices() -> Iterator[Cover]:
            for low, high in _slices():
                yield slice_of(low, high)
                between()

        return reduce(Cover.__add__, slices())

    def newest(self) -> tuple[Newest, ...]:
        """For each kind of list and principal the newest version."""
        query = (
            select(list_version.c.kind, list_version.c.principal, func.max(list_version.c.published_at).label("at"))
            .where(list_version.c.published_at.is_not(None), list_version.c.id != MANUAL)
            .group_by(list_version.c.kind, list_version.c.principal)
            .order_by(list_version.c.kind, list_version.c.principal)
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return tuple(Newest(kind=row.kind, principal=row.principal or "", published_at=row.at) for row in rows)


def _slices() -> Iterator[tuple[bytes, bytes]]:
    """Keys are as good as random, so equal parts of their range hold equally many."""
    width = 256 // SLICES
    for low in range(0, 256, width):
        yield bytes([low]), bytes([low + width]) if low + width < 256 else _BEYOND


def _counts(campaign: Campaign, terms: ListTerms, *, now: datetime, soon: datetime) -> Select[Any]:
    """One row of counts for the keys from `low` up to `high`."""
    listed = (
        select(contact.c.number_key)
        .where(
            contact.c.principal == campaign.principal,
            contact.c.campaign == campaign.id,
            contact.c.number_key >= _LOW,
            contact.c.number_key < _HIGH,
            listed_now(),
        )
        .distinct()
        .subquery()
    )
    number = listed.c.number_key
    may_be_called = [~_suppressed(campaign, terms, number, now)]
    if terms.not_customers:
        may_be_called.append(func.coalesce(_customer_status(campaign, number), "") != CustomerStatus.CURRENT.value)
    columns: list[ColumnElement[Any]] = []
    source: Any = listed
    for place, register in enumerate(terms.registers):
        answer = screening.alias(f"answer_{place}")
        source = source.outerjoin(answer, _is_newest_answer(campaign, register, answer, number, now))
        columns += _register_columns(place, answer, register, now=now, soon=soon)
        clear = and_(answer.c.answer == "clear", _holds(answer, register, now))
        not_listed = func.coalesce(answer.c.answer, "") != "listed"
        may_be_called.append(clear if register.own_only else not_listed)
    callable_now = _number_of(and_(true(), *may_be_called)).label("callable")
    return select(func.count().label("numbers"), callable_now, *columns).select_from(source)


def _is_newest_answer(
    campaign: Campaign, register: RegisterTerms, answer: FromClause, number: ColumnElement[Any], now: datetime
) -> Condition:
    """
    Whether a row of `screening` is the last answer about the number, as `policy.screenings.newest_answer` finds it.

    Held against the others one by one, through the index: to SQLite a ranking of them all is a table without one, and
    it went through it for every contact.
    """

    def counts(row: FromClause) -> Condition:
        return and_(
            row.c.principal == campaign.principal,
            row.c.number_key == number,
            row.c.register == register.register,
            row.c.answered_at <= now,
            published(row.c.list_version),
        )

    other = screening.alias()
    return and_(counts(answer), ~exists().where(counts(other), _outdoes(other, answer)))


def _outdoes(one: FromClause, other: FromClause) -> Condition:
    """Newer, else stricter, else sooner to end; of two that say the same either, but only one."""
    stricter = and_(one.c.answer == "listed", other.c.answer != "listed")
    sooner = and_(one.c.answer == other.c.answer, one.c.valid_until < other.c.valid_until)
    same = and_(one.c.answer == other.c.answer, one.c.valid_until == other.c.valid_until)
    return or_(
        one.c.answered_at > other.c.answered_at,
        and_(
            one.c.answered_at == other.c.answered_at,
            or_(stricter, sooner, and_(same, one.c.batch < other.c.batch)),
        ),
    )


def _holds(answer: FromClause, terms: RegisterTerms, at: datetime) -> Condition:
    """Whether an answer holds at an instant, as `RegisterTerms.holds_until` says."""
    holds = [answer.c.valid_until > at]
    if terms.max_age is not None:
        holds.append(answer.c.answered_at > at - terms.max_age)
    if terms.since is not None:
        holds.append(answer.c.answered_at >= terms.since)
    return and_(*holds)


def _register_columns(
    place: int, answer: FromClause, terms: RegisterTerms, *, now: datetime, soon: datetime
) -> Iterator[ColumnElement[Any]]:
    is_clear, holds = answer.c.answer == "clear", _holds(answer, terms, now)
    holding = and_(is_clear, holds)
    counted = {
        "clear": holding,
        "listed": answer.c.answer == "listed",
        "missing": answer.c.answer.is_(None),
        "expired": and_(is_clear, ~holds),
        "expiring": and_(holding, ~_holds(answer, terms, soon)),
    }
    for name, condition in counted.items():
        yield _number_of(condition).label(f"{name}_{place}")
    for name in ("valid_until", "answered_at"):
        yield func.min(case((holding, answer.c[name]))).label(f"{name}_{place}")


def _number_of(condition: Condition) -> ColumnElement[int]:
    """How many rows meet it; what is unknown does not."""
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), Integer)


def _suppressed(campaign: Campaign, terms: ListTerms, number: ColumnElement[Any], now: datetime) -> Condition:
    """Whether an entry binds the campaign, as `rules.internal_suppression` judges."""
    scopes = ("*", f"principal:{campaign.principal}", f"campaign:{campaign.id}")
    return exists().where(
        suppression.c.number_key == number,
        suppression.c.scope.in_(scopes),
        suppression.c.lifted_at.is_(None),
        or_(suppression.c.expires_at.is_(None), suppression.c.expires_at > now),
        true() if terms.marketing else suppression.c.purpose == SuppressionPurpose.ALL.value,
        published(suppression.c.list_version),
    )


def _customer_status(campaign: Campaign, number: ColumnElement[Any]) -> ColumnElement[Any]:
    """The principal's newest word on the number."""
    return (
        select(customer.c.status)
        .where(
            customer.c.principal == campaign.principal,
            customer.c.number_key == number,
            published(customer.c.list_version),
        )
        .order_by(customer.c.as_of.desc(), customer.c.list_version.desc())
        .limit(1)
        .scalar_subquery()
    )


def _told(campaign: Campaign, terms: ListTerms, row: Any) -> Cover:
    return Cover(
        campaign=campaign.id,
        numbers=row["numbers"],
        callable=row["callable"],
        registers=tuple(_register(place, register, row) for place, register in enumerate(terms.registers)),
    )


def _register(place: int, terms: RegisterTerms, row: Any) -> RegisterCover:
    ends = [row[f"valid_until_{place}"]]
    oldest: datetime | None = row[f"answered_at_{place}"]
    if oldest is not None and terms.max_age is not None:
        ends.append(oldest + terms.max_age)
    names = ("clear", "listed", "missing", "expired", "expiring")
    return RegisterCover(
        register=terms.register,
        runs_out_at=min((end for end in ends if end is not None), default=None),
        **{name: row[f"{name}_{place}"] for name in names},
    )
