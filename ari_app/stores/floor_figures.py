"""
The floor's figures: each a bounded query through an index, however many calls there were.

They are read on a thread and a connection of their own: the gate's reader is for verdicts, and a page may wait for it.
What a day's calls came to is added up from `hour_count`, where they are counted as they are sealed; a second behind.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Select, Text, and_, bindparam, case, func, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from ari_app.policy.keyring import Keyring
from ari_app.policy.request import Role
from ari_app.ports.floor import (
    MOST_BYPASSES,
    MOST_OPEN_CALLS,
    MOST_UNSEALED,
    Asked,
    BypassSeen,
    CallbackCount,
    CallHistory,
    Counted,
    Figures,
    Found,
    GateSeen,
    HourCount,
    OpenCall,
    OperatorNow,
    RouteLine,
    SilentCount,
    Wanted,
    WordCount,
)
from ari_app.ports.live_calls import Phase
from ari_app.stores.bypasses import entry
from ari_app.stores.database import Database
from ari_app.stores.floor_calls import find, history, routes
from ari_app.stores.instants import Instant
from ari_app.stores.tables import (
    attempt,
    bypass,
    callback,
    campaign_hour,
    hour_count,
    live_call,
    operator,
    operator_state,
    outcome,
    principal,
    seal,
    suppression,
    verdict,
)

T = TypeVar("T")

_SINCE, _UNTIL, _NOW = (bindparam(name, type_=Instant) for name in ("since", "until", "now"))
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_OFFLINE = "offline"
_LONGEST_CALL = timedelta(hours=12)
"""What was permitted before and has no outcome is no call any more: the sweeper closes it."""

HOURS = (
    select(hour_count)
    .where(hour_count.c.hour >= _SINCE, hour_count.c.hour < _UNTIL)
    .order_by(*hour_count.primary_key.columns)
)
_OUTCOME = func.coalesce(attempt.c.outcome, "")
WORDS = (
    select(attempt.c.campaign, attempt.c.disposition, _OUTCOME.label("outcome"), func.count().label("number"))
    .where(attempt.c.disposition.is_not(None), attempt.c.at >= _SINCE, attempt.c.at < _UNTIL)
    .group_by(attempt.c.campaign, attempt.c.disposition, _OUTCOME)
    .order_by(attempt.c.campaign, attempt.c.disposition, _OUTCOME)
)
SILENT = select(
    func.coalesce(func.sum(campaign_hour.c.put_through), 0).label("put_through"),
    func.coalesce(func.sum(campaign_hour.c.silent), 0).label("silent"),
).where(
    campaign_hour.c.campaign == bindparam("campaign", type_=Text),
    campaign_hour.c.hour > _SINCE,
    campaign_hour.c.hour <= _NOW,
)
_OVERDUE = func.sum(case((callback.c.due_at < _NOW, 1), else_=0))
CALLBACKS = (
    select(
        callback.c.campaign,
        _OVERDUE.label("overdue"),
        func.count().label("number"),
        func.min(callback.c.due_at).label("first_due_at"),
    )
    .where(
        callback.c.principal.in_(select(principal.c.id)),
        callback.c.done_at.is_(None),
        callback.c.due_at < _UNTIL,
    )
    .group_by(callback.c.campaign)
    .order_by(callback.c.campaign)
)
_OPEN = and_(attempt.c.outcome.is_(None), attempt.c.call_id.is_not(None), attempt.c.at >= _SINCE)
OPEN_CALLS = (
    select(
        attempt.c.call_id,
        attempt.c.campaign,
        func.coalesce(live_call.c.operator, attempt.c.operator).label("operator"),
        func.coalesce(attempt.c.gate, "").label("gate"),
        live_call.c.phase,
        attempt.c.at,
        live_call.c.answered_at,
    )
    .outerjoin(live_call, live_call.c.call_id == attempt.c.call_id)
    .where(_OPEN)
    .order_by(attempt.c.at, attempt.c.call_id)
    .limit(MOST_OPEN_CALLS)
)
# Not the column itself: to have them in its order SQLite would go through every call there ever was.
_CAMPAIGN = func.coalesce(attempt.c.campaign, "")
OPEN_BY_CAMPAIGN = (
    select(_CAMPAIGN.label("campaign"), func.count().label("number"))
    .where(_OPEN)
    .group_by(_CAMPAIGN)
    .order_by(_CAMPAIGN)
)
OPERATORS = (
    select(
        operator.c.id,
        operator.c.name,
        operator.c.team,
        func.coalesce(operator_state.c.state, _OFFLINE).label("state"),
        operator_state.c.since,
    )
    .outerjoin(operator_state, operator_state.c.operator == operator.c.id)
    .where(operator.c.role == Role.OPERATOR.value)
    .order_by(operator.c.team, operator.c.id)
)
LAST_SEAL = (
    select(seal.c.sealed_at).where(seal.c.gate == bindparam("gate", type_=Text)).order_by(seal.c.seq.desc()).limit(1)
)


def _unsealed(table: Any) -> Any:
    waiting: Select[Any] = select(literal_column("1")).where(
        table.c.sealed_at.is_(None), table.c.gate == bindparam("gate", type_=Text)
    )
    return select(func.count()).select_from(waiting.limit(MOST_UNSEALED).subquery())


UNSEALED = (_unsealed(verdict), _unsealed(outcome))
# As the index says it: a parameter would not be seen to be the same.
_BY_HAND: ColumnElement[bool] = suppression.c.list_version == literal_column("1")
OPT_OUTS = (
    select(suppression.c.scope, suppression.c.source, func.count().label("number"))
    .where(_BY_HAND, suppression.c.created_at >= _SINCE, suppression.c.created_at < _UNTIL)
    .group_by(suppression.c.scope, suppression.c.source)
    .order_by(suppression.c.scope, suppression.c.source)
)
_BYPASSED = and_(bypass.c.at >= _SINCE, bypass.c.at < _UNTIL)
BYPASSES = select(bypass).where(_BYPASSED).order_by(bypass.c.at.desc(), bypass.c.id).limit(MOST_BYPASSES)
BYPASSED = select(func.count()).select_from(bypass).where(_BYPASSED)


class FloorFigures:
    """The figures, synchronous, for the CLI and behind `SqlFloor`. Raises StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring finds the calls to a number."""
        self._database = database
        self._keyring = keyring

    def figures(self, asked: Asked) -> Figures:
        """As the port."""
        return self._database.read(partial(_figures, asked))

    def find(self, wanted: Wanted) -> Found:
        """As the port."""
        return self._database.read(lambda connection: find(connection, self._keyring, wanted))

    def history(self, call_id: str) -> CallHistory | None:
        """As the port."""
        return self._database.read(lambda connection: history(connection, call_id))

    def routes(self, campaign_id: str) -> tuple[RouteLine, ...]:
        """As the port."""
        return self._database.read(lambda connection: routes(connection, campaign_id))


class Aside(Protocol):
    """Has a function run on another thread, and is awaited."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """What it returned."""
        ...


class SqlFloor:
    """Implements ports.floor.FloorBook, on a thread beside the gate's."""

    def __init__(self, figures: FloorFigures, aside: Aside) -> None:
        """`aside` is that thread."""
        self._figures = figures
        self._aside = aside

    async def figures(self, asked: Asked) -> Figures:
        """As the port."""
        return await self._aside(lambda: self._figures.figures(asked))

    async def find(self, wanted: Wanted) -> Found:
        """As the port."""
        return await self._aside(lambda: self._figures.find(wanted))

    async def history(self, call_id: str) -> CallHistory | None:
        """As the port."""
        return await self._aside(lambda: self._figures.history(call_id))

    async def routes(self, campaign_id: str) -> tuple[RouteLine, ...]:
        """As the port."""
        return await self._aside(lambda: self._figures.routes(campaign_id))


def _figures(asked: Asked, connection: Connection) -> Figures:
    day = {"since": asked.day_began_at, "until": asked.day_ends_at, "now": asked.now}
    hours = day | {"since": asked.day_began_at.replace(minute=0, second=0, microsecond=0)}
    recent = {"since": asked.now - _LONGEST_CALL}
    return Figures(
        asked=asked,
        hours=tuple(
            HourCount(hour=row.hour, campaign=row.campaign, what=Counted(row.what), word=row.word, number=row.number)
            for row in connection.execute(HOURS, hours)
        ),
        words=tuple(WordCount(**row) for row in connection.execute(WORDS, day).mappings()),
        silent=tuple(_silent(connection, asked)),
        callbacks=tuple(
            CallbackCount(
                campaign=row.campaign,
                overdue=row.overdue,
                due_today=row.number - row.overdue,
                first_due_at=row.first_due_at,
            )
            for row in connection.execute(CALLBACKS, day)
        ),
        open_calls=tuple(_open_call(row) for row in connection.execute(OPEN_CALLS, recent)),
        open_by_campaign=tuple((row.campaign, row.number) for row in connection.execute(OPEN_BY_CAMPAIGN, recent)),
        operators=tuple(
            OperatorNow(operator=row.id, name=row.name, team=row.team, state=row.state, since=row.since)
            for row in connection.execute(OPERATORS)
        ),
        gates=tuple(_gate(connection, gate) for gate in asked.gates),
        opt_outs=tuple((row.scope, row.source, row.number) for row in connection.execute(OPT_OUTS, day)),
        bypasses=tuple(_bypass(row) for row in connection.execute(BYPASSES, day)),
        bypassed=connection.execute(BYPASSED, day).scalar_one(),
    )


def _silent(connection: Connection, asked: Asked) -> Iterator[SilentCount]:
    for campaign, window in sorted(asked.silent, key=lambda each: (each[0], each[1] or timedelta.max)):
        since = asked.now - window if window is not None else _EVER
        row = connection.execute(SILENT, {"campaign": campaign, "since": since, "now": asked.now}).one()
        yield SilentCount(campaign=campaign, window=window, put_through=row.put_through, silent=row.silent)


def _open_call(row: Any) -> OpenCall:
    return OpenCall(
        call_id=row.call_id,
        campaign=row.campaign,
        operator=row.operator,
        gate=row.gate,
        phase=row.phase or Phase.DIALLED.value,
        at=row.at,
        answered_at=row.answered_at,
    )


def _bypass(row: Any) -> BypassSeen:
    kept = entry(row)
    return BypassSeen(
        at=kept.at,
        trunk=kept.trunk,
        caller=kept.caller,
        operator=kept.operator,
        way=kept.how.get("way", ""),
        where=" ".join(each for each in (kept.how.get("context"), kept.how.get("application")) if each),
        why=kept.why,
        done=kept.done,
    )


def _gate(connection: Connection, gate: str) -> GateSeen:
    waiting = sum(connection.execute(query, {"gate": gate}).scalar_one() for query in UNSEALED)
    sealed_at = connection.execute(LAST_SEAL, {"gate": gate}).scalar_one_or_none()
    return GateSeen(gate=gate, sealed_at=sealed_at, unsealed=min(waiting, MOST_UNSEALED))
