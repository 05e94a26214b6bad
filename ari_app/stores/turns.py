"""
Whose turn it is among a campaign's contacts, kept in the database so that every desk at every gate sees one order.

A list may hold a million numbers, so nobody sorts it. Its contacts are given turns a few at a time, in the order of
their keys, which is nobody's. From then on an index holds the order: never called first, then the longest ago. What
would be refused is put off until it may be looked at again, and is not looked at before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, exists, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.keyring import Keyring
from ari_app.ports.contacts import NEVER, Lease, NumberKey, PutOff, Turn
from ari_app.stores.database import Database
from ari_app.stores.person_queries import listed_now
from ari_app.stores.tables import (
    attempt,
    callback,
    contact,
    contact_lease,
    contact_list,
    contact_turn,
    contact_walk,
    list_version,
    number,
)

_LOOKED_AT = 300
"""Rows of lists in one transaction, so that it stays short."""
_RIPENED = 200
_PLACE_BYTES = 8
_WALKED_AGAIN_AFTER = timedelta(days=1)


class SqlTurns:
    """The turns and leases of ports.contacts.ContactBook, synchronous."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring opens the numbers of lists."""
        self._database = database
        self._keyring = keyring

    def stock_up(self, campaign: str, *, principal: str, now: datetime) -> bool:
        """As the port."""

        def work(connection: Connection) -> bool:
            self._database.lock(connection, [self._keyring.lock_number(f"turns:{campaign}")])
            _ripen(connection, campaign, now)
            return _walk_on(connection, campaign, principal, now)

        return self._database.write(work)

    def turns(
        self, campaign: str, *, principal: str, after: tuple[datetime, NumberKey] | None, now: datetime, limit: int
    ) -> tuple[Turn, ...]:
        """As the port."""
        query = ripe(campaign, principal, now).limit(limit)
        if after is not None:
            query = query.where(tuple_(contact_turn.c.called_at, contact_turn.c.number_key) > tuple_(*_place(*after)))

        def work(connection: Connection) -> tuple[Turn, ...]:
            rows = connection.execute(query).all()
            numbers = self._numbers(connection, campaign, principal, [row.number_key for row in rows])
            return tuple(
                Turn(
                    number_key=row.number_key,
                    e164=numbers.get(row.number_key, ""),
                    called_at=row.called_at,
                    last_at=row.last_at,
                    promised_for=row.promised_for,
                )
                for row in rows
            )

        return self._database.read(work)

    def put_off(
        self, campaign: str, turns: Sequence[PutOff], *, principal: str, gone: Sequence[NumberKey] = ()
    ) -> None:
        """As the port."""
        mine = (contact_turn.c.principal == principal, contact_turn.c.campaign == campaign)

        def work(connection: Connection) -> None:
            if turns:
                key = bindparam("of_number", type_=contact_turn.c.number_key.type)
                values: dict[str, Any] = {
                    name: bindparam(f"new_{name}", type_=contact_turn.c[name].type)
                    for name in ("called_at", "not_before")
                }
                connection.execute(
                    update(contact_turn).where(*mine, contact_turn.c.number_key == key).values(**values),
                    [
                        {
                            "of_number": each.number_key,
                            "new_called_at": each.called_at,
                            "new_not_before": each.not_before,
                        }
                        for each in turns
                    ],
                )
            if gone:
                connection.execute(delete(contact_turn).where(*mine, contact_turn.c.number_key.in_(gone)))

        self._database.write(work)

    def lease(
        self, number_key: NumberKey, *, principal: str, campaign: str, operator: str, now: datetime, until: datetime
    ) -> bool:
        """As the port."""

        def work(connection: Connection) -> bool:
            add = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(contact_lease)
            given = {"principal": principal, "campaign": campaign, "operator": operator, "made_at": now, "until": until}
            taken = add.values(number_key=number_key, **given).on_conflict_do_update(
                index_elements=[contact_lease.c.number_key],
                set_=given,
                where=or_(contact_lease.c.until <= now, contact_lease.c.operator == operator),
            )
            if connection.execute(taken.returning(contact_lease.c.number_key)).one_or_none() is None:
                return False
            connection.execute(
                delete(contact_lease).where(
                    contact_lease.c.operator == operator, contact_lease.c.number_key != number_key
                )
            )
            return True

        return self._database.write(work)

    def leased(self, operator: str, campaign: str, *, now: datetime) -> Lease | None:
        """As the port."""
        called = exists().where(
            attempt.c.principal == contact_lease.c.principal,
            attempt.c.number_key == contact_lease.c.number_key,
            attempt.c.at >= contact_lease.c.made_at,
            attempt.c.state != "released",
        )
        query = select(contact_lease, called.label("called")).where(
            contact_lease.c.operator == operator, contact_lease.c.campaign == campaign, contact_lease.c.until > now
        )

        def work(connection: Connection) -> Lease | None:
            row = connection.execute(query.order_by(contact_lease.c.made_at.desc()).limit(1)).one_or_none()
            if row is None:
                return None
            e164 = self._numbers(connection, campaign, row.principal, [row.number_key]).get(row.number_key, "")
            return Lease(
                number_key=row.number_key,
                e164=e164,
                campaign=campaign,
                made_at=row.made_at,
                until=row.until,
                called=row.called,
            )

        return self._database.read(work)

    def _numbers(
        self, connection: Connection, campaign: str, principal: str, keys: Sequence[NumberKey]
    ) -> dict[NumberKey, str]:
        """Numbers by their keys, of contacts that are in a list of the campaign now."""
        if not keys:
            return {}
        rows = connection.execute(
            select(contact.c.number_key, contact.c.sealed_number, number.c.e164)
            .outerjoin(number, number.c.number_key == contact.c.number_key)
            .where(
                contact.c.principal == principal,
                contact.c.number_key.in_(keys),
                contact.c.campaign == campaign,
                listed_now(),
            )
        )
        found: dict[NumberKey, str] = {}
        for row in rows:
            e164 = row.e164 or self._keyring.opened_number(row.sealed_number)
            if e164:
                found[row.number_key] = e164
        return found


def _place(called_at: datetime, number_key: NumberKey) -> tuple[Any, Any]:
    return literal(called_at, contact_turn.c.called_at.type), literal(number_key, contact_turn.c.number_key.type)


def ripe(campaign: str, principal: str, now: datetime) -> Select[Any]:
    """Turns in their order, each with when the number was called last and what it is owed."""
    last_at = (
        select(func.max(attempt.c.at))
        .where(
            attempt.c.principal == principal,
            attempt.c.number_key == contact_turn.c.number_key,
            attempt.c.state != "released",
        )
        .scalar_subquery()
    )
    promised_for = (
        select(func.min(callback.c.due_at))
        .where(
            callback.c.principal == principal,
            callback.c.number_key == contact_turn.c.number_key,
            callback.c.done_at.is_(None),
        )
        .scalar_subquery()
    )
    given = exists().where(contact_lease.c.number_key == contact_turn.c.number_key, contact_lease.c.until > now)
    return (
        select(
            contact_turn.c.number_key,
            contact_turn.c.called_at,
            last_at.label("last_at"),
            promised_for.label("promised_for"),
        )
        .where(contact_turn.c.campaign == campaign, contact_turn.c.not_before.is_(None), ~given)
        .order_by(contact_turn.c.called_at, contact_turn.c.number_key)
    )


def _ripen(connection: Connection, campaign: str, now: datetime) -> None:
    """Let those that were put off until now come again; some at a time, the first first."""
    over = (
        select(contact_turn.c.principal, contact_turn.c.number_key, contact_turn.c.campaign)
        .where(contact_turn.c.campaign == campaign, contact_turn.c.not_before <= now)
        .order_by(contact_turn.c.not_before)
        .limit(_RIPENED)
    )
    key = tuple_(contact_turn.c.principal, contact_turn.c.number_key, contact_turn.c.campaign)
    connection.execute(update(contact_turn).where(key.in_(over)).values(not_before=None))


def _walk_on(connection: Connection, campaign: str, principal: str, now: datetime) -> bool:
    """Give the next contacts their turns; False: the walk is at its end."""
    version = connection.scalar(
        select(func.max(contact_list.c.list_version))
        .join(list_version, list_version.c.id == contact_list.c.list_version)
        .where(contact_list.c.campaign == campaign, list_version.c.published_at.is_not(None))
    )
    if version is None:
        return False
    walk = connection.execute(select(contact_walk).where(contact_walk.c.campaign == campaign)).one_or_none()
    begun = walk is not None and walk.list_version == version
    if walk is not None and begun and walk.done_at is not None:
        if walk.done_at > now - _WALKED_AGAIN_AFTER:
            return False
        begun = False
    start = bytes.fromhex(walk.walked_to) if walk is not None and begun else b""
    # All of the principal's, whatever campaign they are of: by the primary key no row is looked at twice.
    looked_at = (
        select(contact.c.number_key)
        .where(contact.c.principal == principal, contact.c.number_key >= start)
        .order_by(contact.c.number_key)
        .limit(_LOOKED_AT)
    )
    keys = connection.scalars(looked_at).all()
    done = len(keys) < _LOOKED_AT
    if keys:
        _give_turns(connection, campaign, principal, (start, keys[-1]), now)
    there = keys[-1][:_PLACE_BYTES] if keys else start
    if there == start and not done:  # as many rows of one number: go on behind it
        there = keys[-1] + b"\0"
    row = {"walked_to": there.hex(), "list_version": version, "done_at": now if done else None}
    put = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(contact_walk)
    connection.execute(
        put.values(campaign=campaign, **row).on_conflict_do_update(index_elements=[contact_walk.c.campaign], set_=row)
    )
    return not done


def _give_turns(
    connection: Connection, campaign: str, principal: str, reach: tuple[bytes, bytes], now: datetime
) -> None:
    add = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(contact_turn)
    last_at = (
        select(func.max(attempt.c.at))
        .where(
            attempt.c.principal == principal,
            attempt.c.number_key == contact.c.number_key,
            attempt.c.state != "released",
        )
        .scalar_subquery()
    )
    never = literal(NEVER, contact_turn.c.called_at.type)
    listed = (
        select(
            literal(principal).label("principal"),
            contact.c.number_key,
            literal(campaign).label("campaign"),
            literal(now, contact_turn.c.queued_at.type).label("queued_at"),
            func.coalesce(last_at, never).label("called_at"),
        )
        .where(
            contact.c.principal == principal,
            contact.c.number_key >= reach[0],
            contact.c.number_key <= reach[1],
            contact.c.campaign == campaign,
            listed_now(),
        )
        .distinct()
    )
    names = ["principal", "number_key", "campaign", "queued_at", "called_at"]
    connection.execute(add.from_select(names, listed).on_conflict_do_nothing())
