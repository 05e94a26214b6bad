"""
Permits that were asked for ahead of their call: written with the verdict, redeemed once, else released in time.

A reservation is a row beside the attempt that counts for it. Who updates or deletes the row first has it: two channels
that name one call redeem it once, and one that comes as it is released finds nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, LargeBinary, Text, bindparam, delete, exists, insert, select, update

from ari_app.policy.keyring import Keyring
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ahead, CallRequest
from ari_app.ports.reservations import GivenBack
from ari_app.ports.verdicts import Ending
from ari_app.stores.closing import close
from ari_app.stores.database import Database
from ari_app.stores.instants import Instant
from ari_app.stores.prepared import Prepared
from ari_app.stores.tables import attempt, outcome, reservation, verdict

_HOLD = Prepared(insert(reservation), *("call_id", "token", "held_until"))
_CALL = bindparam("of_call", type_=Text)
_FITS = (
    exists()
    .where(
        verdict.c.call_id == _CALL,
        verdict.c.number_key == bindparam("of_number", type_=LargeBinary),
        verdict.c.campaign == bindparam("of_campaign", type_=Text),
        attempt.c.call_id == _CALL,
        attempt.c.state == "reserved",
        attempt.c.outcome.is_(None),
    )
    .correlate(reservation)
)
_UNUSED = (reservation.c.call_id == _CALL, reservation.c.redeemed_at.is_(None), _FITS)
_CLAIM = Prepared(
    update(reservation)
    .where(*_UNUSED, reservation.c.held_until > bindparam("now", type_=Instant))
    .returning(reservation.c.call_id),
    *("redeemed_at", "channel_id", "door"),
)
_TOO_LATE = Prepared(delete(reservation).where(*_UNUSED).returning(reservation.c.call_id))
_TAKE = Prepared(update(attempt).where(attempt.c.call_id == _CALL), *("gate", "operator", "attended"))
_KEYED = Prepared(update(verdict).where(verdict.c.call_id == _CALL), "idempotency_key")
_OPEN = (
    select(reservation.c.call_id)
    .where(reservation.c.redeemed_at.is_(None), reservation.c.held_until <= bindparam("now"))
    .order_by(reservation.c.held_until)
    .limit(bindparam("limit"))
)
_OVER = (
    select(reservation.c.call_id)
    .join(outcome, outcome.c.call_id == reservation.c.call_id)
    .where(reservation.c.redeemed_at.is_not(None))
    .limit(bindparam("limit"))
)


def hold(connection: Connection, record: VerdictRecord, ahead: Ahead) -> None:
    """Reserve a permit that was just written."""
    held_until = record.decided_at + ahead.held_for
    _HOLD.run(connection, {"call_id": record.call_id, "token": ahead.token, "held_until": held_until})


def claim(connection: Connection, keyring: Keyring, request: CallRequest) -> str | None:
    """
    The reserved call that this request names, now its own and nobody else's; None: there is none that fits.

    One that fits but is held no longer is released here, and does not count against the request.
    """
    if not isinstance(request.callee, Number) or not request.ask.call_id:
        return None
    named = {
        "of_call": request.ask.call_id,
        "of_number": keyring.number_key(request.callee.e164),
        "of_campaign": request.campaign_id,
    }
    now = request.asked_at
    asked = {"channel_id": request.ask.channel_id, "door": request.ask.door.value}
    used = {"redeemed_at": now, "now": now, **asked}
    claimed = _CLAIM.run(connection, named | used).scalar_one_or_none()
    if claimed is None and _TOO_LATE.run(connection, named).scalar_one_or_none() is not None:
        close(connection, request.ask.call_id, Ending(outcome=Outcome.NOT_DIALLED, ended_at=now))
    return str(claimed) if claimed is not None else None


def take(
    connection: Connection, call_id: str, request: CallRequest, *, gate: str, idempotency_key: bytes | None
) -> None:
    """Let the claimed call be this request's: its gate follows it, and its channel is told the same again."""
    who = {"gate": gate, "operator": request.operator_id, "attended": request.attended}
    _TAKE.run(connection, {"of_call": call_id, **who})
    if idempotency_key is not None:
        _KEYED.run(connection, {"of_call": call_id, "idempotency_key": idempotency_key})


def give_up(connection: Connection, call_id: str, at: datetime) -> None:
    """Release a reserved call: nothing was dialled for it, and it counts no more."""
    connection.execute(delete(reservation).where(reservation.c.call_id == call_id))
    close(connection, call_id, Ending(outcome=Outcome.NOT_DIALLED, ended_at=at))


@dataclass(frozen=True, slots=True)
class SqlReservations:
    """Implements ports.reservations.Reservations. Each method is one transaction."""

    database: Database

    async def held_until(self, call_id: str) -> datetime | None:
        """As the port."""
        query = select(reservation.c.held_until).where(
            reservation.c.call_id == call_id, reservation.c.redeemed_at.is_(None)
        )
        return await self.database.on_reader(lambda: self.database.read(lambda connection: connection.scalar(query)))

    async def give_back(self, call_id: str, *, at: datetime) -> GivenBack:
        """As the port."""
        return await self.database.on_writer(
            lambda: self.database.write(lambda connection: _given_back(connection, call_id, at))
        )

    async def release_due(self, *, at: datetime, limit: int) -> Sequence[str]:
        """As the port."""

        def work(connection: Connection) -> Sequence[str]:
            due = connection.scalars(_OPEN, {"now": at, "limit": limit}).all()
            return [call_id for call_id in due if _given_back(connection, call_id, at) is GivenBack.RELEASED]

        return await self.database.on_writer(lambda: self.database.write(work))

    async def forget_over(self, *, limit: int) -> int:
        """As the port."""

        def work(connection: Connection) -> int:
            over = connection.scalars(_OVER, {"limit": limit}).all()
            if over:
                connection.execute(delete(reservation).where(reservation.c.call_id.in_(over)))
            return len(over)

        return await self.database.on_writer(lambda: self.database.write(work))


def _given_back(connection: Connection, call_id: str, at: datetime) -> GivenBack:
    unused = delete(reservation).where(reservation.c.call_id == call_id, reservation.c.redeemed_at.is_(None))
    if connection.execute(unused.returning(reservation.c.call_id)).scalar_one_or_none() is not None:
        close(connection, call_id, Ending(outcome=Outcome.NOT_DIALLED, ended_at=at))
        return GivenBack.RELEASED
    ended = connection.scalar(select(outcome.c.outcome).where(outcome.c.call_id == call_id))
    return GivenBack.RELEASED if ended == Outcome.NOT_DIALLED else GivenBack.NOT_HELD
