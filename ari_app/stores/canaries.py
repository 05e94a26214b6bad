"""Canary calls and what became of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from ulid import ULID

from ari_app.policy.keyring import Keyring
from ari_app.ports.canaries import Canary, CanaryVerdict
from ari_app.stores.database import Database
from ari_app.stores.tables import canary, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryEntry:
    """One on record."""

    at: datetime
    gate: str
    context: str
    result: str
    call_id: str | None
    took_ms: float


class SqlCanaries:
    """Implements ports.canaries.Canaries, and lists them. Raises StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring finds the number's verdicts."""
        self._database = database
        self._keyring = keyring

    async def keep(self, found: Canary) -> None:
        """As the port."""
        row = {
            "id": str(ULID()),
            "at": found.at,
            "gate": found.gate,
            "context": found.context,
            "result": found.result.value,
            "call_id": found.call_id or None,
            "took_ms": found.took_ms,
        }
        await self._database.on_writer(
            lambda: self._database.write(lambda connection: connection.execute(insert(canary), row))
        )

    async def verdict(self, e164: str, *, since: datetime) -> CanaryVerdict | None:
        """As the port."""
        query = (
            select(verdict.c.call_id, verdict.c.verdict)
            .where(verdict.c.number_key == self._keyring.number_key(e164), verdict.c.decided_at >= since)
            .order_by(verdict.c.decided_at.desc())
            .limit(1)
        )
        row = await self._database.on_reader(
            lambda: self._database.read(lambda connection: connection.execute(query).one_or_none())
        )
        return CanaryVerdict(call_id=row.call_id, permitted=row.verdict == "permit") if row is not None else None

    def list(self, *, since: datetime | None = None, limit: int = 100) -> list[CanaryEntry]:
        """The newest first."""
        query = select(canary).order_by(canary.c.at.desc(), canary.c.id.desc()).limit(limit)
        if since is not None:
            query = query.where(canary.c.at >= since)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [
            CanaryEntry(
                at=row.at,
                gate=row.gate,
                context=row.context,
                result=row.result,
                call_id=row.call_id,
                took_ms=row.took_ms,
            )
            for row in rows
        ]
