"""Calls that went round the gate: kept once, whichever gates saw them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Text, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.keyring import Keyring
from ari_app.ports.bypasses import Bypass, Claim, Done
from ari_app.stores.admission import operator_at
from ari_app.stores.database import Database
from ari_app.stores.tables import bypass, campaign, verdict

_PERMITTED = "permit"
CLAIM = (
    select(verdict.c.verdict, campaign.c.region)
    .outerjoin(campaign, campaign.c.id == verdict.c.campaign)
    .where(verdict.c.call_id == bindparam("call_id", type_=Text))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassEntry:
    """A bypass on record. The number is not in it: it is kept as a key alone."""

    id: str
    at: datetime
    gate: str
    trunk: str
    channel: str
    caller: str
    operator: str
    """Who was at the caller; empty: nobody is known to have been."""
    how: dict[str, str]
    """`way` and where in the dialplan."""
    why: str
    done: str
    took_ms: float


class SqlBypasses:
    """Implements ports.bypasses.Bypasses, and lists them. Raises StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring

    async def record(self, found: Bypass) -> bool:
        """As the port."""
        row = _row(found, self._keyring)
        return await self._database.on_writer(lambda: self._database.write(lambda connection: _put(connection, row)))

    async def claim(self, call_id: str) -> Claim | None:
        """As the port."""

        def work(connection: Connection) -> Claim | None:
            row = connection.execute(CLAIM, {"call_id": call_id}).one_or_none()
            return row and Claim(permitted=row.verdict == _PERMITTED, region=row.region or "")

        return await self._database.on_reader(lambda: self._database.read(work))

    def list(self, *, since: datetime | None = None, limit: int = 100) -> list[BypassEntry]:
        """Bypasses, the newest first."""
        query = select(bypass).order_by(bypass.c.at.desc(), bypass.c.id).limit(limit)
        if since is not None:
            query = query.where(bypass.c.at >= since)
        return self._database.read(lambda connection: [entry(row) for row in connection.execute(query)])


def entry(row: Any) -> BypassEntry:
    """A row of the table."""
    return BypassEntry(
        id=row.id,
        at=row.at,
        gate=row.gate,
        trunk=row.trunk,
        channel=row.channel,
        caller=row.caller,
        operator=row.operator,
        how=msgspec.json.decode(row.how, type=dict[str, str]),
        why=row.why,
        done=row.done,
        took_ms=row.took_ms,
    )


def _row(found: Bypass, keyring: Keyring) -> dict[str, Any]:
    return {
        "id": found.id,
        "at": found.at,
        "gate": found.gate,
        "trunk": found.trunk,
        "channel": found.channel,
        "caller": found.caller,
        "number_key": keyring.number_key(found.callee.e164) if found.callee else None,
        "how": msgspec.json.encode({"way": found.way.value, **found.where}).decode(),
        "why": found.why.value,
        "done": found.done.value,
        "took_ms": found.took_ms,
    }


def _put(connection: Connection, row: dict[str, Any]) -> bool:
    """Whether it was not there yet; of two gates that saw it, the one that could end it is believed."""
    sitter = operator_at(connection, row["caller"]) if row["caller"] else None
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(bypass)
    new = insert.values(**row, operator=sitter.id if sitter else "").on_conflict_do_nothing()
    if connection.execute(new).rowcount:
        return True
    if row["done"] != Done.FAILED.value:
        failed = (bypass.c.id == row["id"]) & (bypass.c.done == Done.FAILED.value)
        connection.execute(update(bypass).where(failed).values(done=row["done"], took_ms=row["took_ms"]))
    return False
