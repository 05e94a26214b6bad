"""Contacts for the desk: turns and leases (`turns`), promises that are due, names, an operator's calls of the day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, exists, select

from ari_app.policy.disposition import Disposition
from ari_app.policy.keyring import Keyring
from ari_app.policy.outcome import Outcome
from ari_app.ports.contacts import DayCall, DueCallback, Lease, NumberKey, PutOff, Turn
from ari_app.ports.live_calls import Phase
from ari_app.stores.database import Database
from ari_app.stores.person_queries import listed_now
from ari_app.stores.tables import attempt, callback, campaign, contact, live_call, number
from ari_app.stores.turns import SqlTurns

_MOST_DUE = 200
"""Promises that are told at once; whoever has more of them open has other worries."""

# Statements are made once: desks ask all the time, and to make one costs more than to run it.
_CAMPAIGNS: BindParameter[Sequence[str]] = bindparam("campaigns", expanding=True)
DUE = (
    select(callback, number.c.e164)
    .outerjoin(number, number.c.number_key == callback.c.number_key)
    .where(
        callback.c.principal.in_(select(campaign.c.principal).where(campaign.c.id.in_(_CAMPAIGNS))),
        callback.c.campaign.in_(_CAMPAIGNS),
        callback.c.due_at <= bindparam("until"),
        callback.c.done_at.is_(None),
    )
    .order_by(callback.c.due_at, callback.c.id)
    .limit(_MOST_DUE)
)
"""Promises that are not kept and due by then, the first due first."""
CALLS_OF = (
    select(
        live_call.c.call_id,
        live_call.c.decided_at,
        attempt.c.outcome,
        attempt.c.disposition,
        attempt.c.talked_s,
        exists()
        .where(
            callback.c.principal == attempt.c.principal,
            callback.c.number_key == attempt.c.number_key,
            callback.c.done_in == live_call.c.call_id,
        )
        .label("kept"),
    )
    .join(attempt, attempt.c.call_id == live_call.c.call_id)
    .where(
        live_call.c.operator == bindparam("operator"),
        live_call.c.decided_at >= bindparam("since"),
        live_call.c.phase != Phase.REFUSED.value,
        attempt.c.state != "released",
    )
    .order_by(live_call.c.decided_at)
)
"""Calls that an operator was on from then on, each with what it came to."""
_LISTED = (
    select(contact.c.name, contact.c.sealed_number)
    .join(campaign, campaign.c.id == contact.c.campaign)
    .where(
        contact.c.principal == campaign.c.principal,
        contact.c.number_key == bindparam("number"),
        campaign.c.id == bindparam("campaign"),
        listed_now(),
    )
    .order_by(contact.c.imported_at.desc())
)


class SqlContacts:
    """Implements ports.contacts.ContactBook."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring opens the numbers of lists."""
        self._database = database
        self._turns = SqlTurns(database, keyring)
        self._keyring = keyring

    async def stock_up(self, campaign: str, *, principal: str, now: datetime) -> bool:
        """As the port."""
        return await self._database.on_writer(partial(self._turns.stock_up, campaign, principal=principal, now=now))

    async def turns(
        self, campaign: str, *, principal: str, after: tuple[datetime, NumberKey] | None, now: datetime, limit: int
    ) -> tuple[Turn, ...]:
        """As the port."""
        look = partial(self._turns.turns, campaign, principal=principal, after=after, now=now, limit=limit)
        return await self._database.on_reader(look)

    async def put_off(
        self, campaign: str, turns: Sequence[PutOff], *, principal: str, gone: Sequence[NumberKey] = ()
    ) -> None:
        """As the port."""
        put = partial(self._turns.put_off, campaign, turns, principal=principal, gone=gone)
        await self._database.on_writer(put)

    async def lease(
        self, number_key: NumberKey, *, principal: str, campaign: str, operator: str, now: datetime, until: datetime
    ) -> bool:
        """As the port."""
        who = {"principal": principal, "campaign": campaign, "operator": operator}
        return await self._database.on_writer(partial(self._turns.lease, number_key, **who, now=now, until=until))

    async def leased(self, operator: str, campaign: str, *, now: datetime) -> Lease | None:
        """As the port."""
        return await self._database.on_reader(partial(self._turns.leased, operator, campaign, now=now))

    async def callbacks(self, campaigns: Sequence[str], *, until: datetime) -> tuple[DueCallback, ...]:
        """As the port."""
        given = {"campaigns": campaigns, "until": until}
        look = partial(self._database.read, lambda connection: tuple(self._promises(connection, given)))
        return await self._database.on_reader(look)

    async def name_of(self, number_key: NumberKey, *, campaign: str) -> str:
        """As the port."""
        look = partial(self._database.read, lambda connection: _listed(connection, number_key, campaign)[0])
        return await self._database.on_reader(look)

    async def calls_of(self, operator: str, *, since: datetime) -> tuple[DayCall, ...]:
        """As the port."""
        given = {"operator": operator, "since": since}
        look = partial(
            self._database.read, lambda connection: tuple(map(_day_call, connection.execute(CALLS_OF, given)))
        )
        return await self._database.on_reader(look)

    def _promises(self, connection: Connection, given: Mapping[str, Any]) -> list[DueCallback]:
        promises = []
        for row in connection.execute(DUE, given).all():
            name, seal = _listed(connection, row.number_key, row.campaign)
            e164 = row.e164 or (self._keyring.opened_number(seal) if seal else None)
            promises.append(
                DueCallback(
                    id=row.id,
                    number_key=row.number_key,
                    e164=e164 or "",
                    name=name,
                    campaign=row.campaign,
                    operator=row.operator,
                    due_at=row.due_at,
                    note=row.note,
                )
            )
        return promises


def _listed(connection: Connection, number_key: NumberKey, campaign_id: str) -> tuple[str, str]:
    """Name and sealed number by the campaign's lists; empty where they say none."""
    rows = connection.execute(_LISTED, {"number": number_key, "campaign": campaign_id}).all()
    name = next((row.name for row in rows if row.name), "")
    return name, next((row.sealed_number for row in rows if row.sealed_number), "")


def _day_call(row: Any) -> DayCall:
    return DayCall(
        call_id=row.call_id,
        at=row.decided_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        word=Disposition(row.disposition) if row.disposition else None,
        talked_s=row.talked_s,
        kept=bool(row.kept),
    )
