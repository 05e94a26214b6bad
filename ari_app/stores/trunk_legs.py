"""Legs on guarded trunks as AMI told of them, the permits they are held against, and each day's figures."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.legs import GivenPermit, Reconciliation, TrunkLeg
from ari_app.stores.database import Database
from ari_app.stores.tables import attempt, outcome, reconciliation, trunk_leg, verdict, verdict_personal

_CONFIRMED = "confirmed"


class SqlTrunkLegs:
    """Implements ports.trunk_legs.LegBook, and the LegSource `ami`. Each method is one transaction."""

    name = "ami"

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    def keep(self, legs: Sequence[TrunkLeg], *, gate: str) -> None:
        """As the port."""
        rows = [
            {
                "id": leg.id,
                "at": leg.at,
                "gate": gate,
                "trunk": leg.trunk,
                "channel": leg.channel,
                "asked_by": leg.asked_by,
                "number_key": leg.numbers[0] if leg.numbers else None,
                "call_id": leg.permit_of or None,
                "exempt": leg.exempt,
            }
            for leg in legs
        ]
        if not rows:
            return
        engine = sqlite if self._database.engine.dialect.name == "sqlite" else postgresql
        new = engine.insert(trunk_leg).on_conflict_do_nothing(index_elements=["id"])
        self._database.write(lambda connection: connection.execute(new, rows))

    def legs(self, since: datetime, until: datetime) -> Sequence[TrunkLeg]:
        """As the port; numbers are kept as keys, so none is shown."""
        query = select(trunk_leg).where(trunk_leg.c.at >= since, trunk_leg.c.at < until).order_by(trunk_leg.c.at)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [
            TrunkLeg(
                id=row.id,
                at=row.at,
                trunk=row.trunk,
                channel=row.channel,
                asked_by=row.asked_by,
                numbers=(row.number_key,) if row.number_key else (),
                shown="",
                exempt=bool(row.exempt),
                permit_of=row.call_id or "",
            )
            for row in rows
        ]

    def permits(self, since: datetime, until: datetime) -> Sequence[GivenPermit]:
        """As the port."""
        query = (
            select(
                verdict.c.call_id,
                verdict.c.number_key,
                verdict.c.decided_at,
                verdict_personal.c.channel_id,
                outcome.c.ended_at,
            )
            .join(attempt, attempt.c.call_id == verdict.c.call_id)
            .outerjoin(verdict_personal, verdict_personal.c.call_id == verdict.c.call_id)
            .outerjoin(outcome, outcome.c.call_id == verdict.c.call_id)
            .where(
                verdict.c.decided_at >= since,
                verdict.c.decided_at < until,
                verdict.c.number_key.is_not(None),
                attempt.c.state == _CONFIRMED,
            )
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [
            GivenPermit(
                call_id=row.call_id,
                channel_id=row.channel_id or "",
                number=row.number_key,
                decided_at=row.decided_at,
                ended_at=row.ended_at,
            )
            for row in rows
        ]

    def note(self, found: Reconciliation, at: datetime) -> None:
        """As the port."""
        row = {
            "day": found.day,
            "source": found.source,
            "made_at": at,
            "legs": found.legs,
            "exempt": found.exempt,
            "unchecked": len(found.unchecked),
            "permits": found.permits,
            "unseen": len(found.unseen),
        }
        engine = sqlite if self._database.engine.dialect.name == "sqlite" else postgresql
        new = engine.insert(reconciliation).values(row)
        put = new.on_conflict_do_update(index_elements=["day", "source"], set_=row)
        self._database.write(lambda connection: connection.execute(put))

    def newest(self) -> tuple[date, int] | None:
        """As the port."""
        query = (
            select(reconciliation.c.day, reconciliation.c.unchecked)
            .order_by(reconciliation.c.day.desc(), reconciliation.c.unchecked.desc())
            .limit(1)
        )
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return (row.day, row.unchecked) if row is not None else None

    def forget(self, before: datetime) -> int:
        """As the port."""
        gone = delete(trunk_leg).where(trunk_leg.c.at < before)
        return self._database.write(lambda connection: connection.execute(gone).rowcount)
