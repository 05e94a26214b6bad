"""The outbox of webhooks: what has not been taken yet, and that the rest was."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from ari_app.ports.webhooks import Message
from ari_app.stores.database import Database
from ari_app.stores.tables import webhook

_LONGEST_ERROR = 200


class SqlOutbox:
    """Implements ports.webhooks.Outbox."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    async def put(self, messages: Sequence[Message]) -> None:
        """As the port."""
        rows = [
            {
                "id": each.id,
                "event": each.event,
                "call_id": each.call_id,
                "body": each.body,
                "made_at": each.made_at,
                "next_at": each.made_at,
            }
            for each in messages
        ]
        await self._write(lambda connection: connection.execute(insert(webhook), rows))

    async def take(self, now: datetime, *, until: datetime, limit: int) -> tuple[Message, ...]:
        """As the port."""

        def work(connection: Connection) -> tuple[Message, ...]:
            due = (
                select(webhook)
                .where(webhook.c.next_at <= now, webhook.c.delivered_at.is_(None), webhook.c.gave_up_at.is_(None))
                .order_by(webhook.c.next_at, webhook.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            found = connection.execute(due).all()
            ids = [row.id for row in found]
            connection.execute(update(webhook).where(webhook.c.id.in_(ids)).values(next_at=until))
            return tuple(
                Message(
                    id=row.id,
                    event=row.event,
                    call_id=row.call_id,
                    body=row.body,
                    made_at=row.made_at,
                    tries=row.tries,
                )
                for row in found
            )

        return await self._database.on_writer(lambda: self._database.write(work))

    async def delivered(self, message: Message, at: datetime) -> None:
        """As the port."""
        done = update(webhook).where(webhook.c.id == message.id).values(delivered_at=at, body="", last_error="")
        await self._write(lambda connection: connection.execute(done))

    async def failed(self, message: Message, error: str, *, at: datetime, next_at: datetime | None) -> None:
        """As the port."""
        said: dict[str, object] = {"tries": message.tries + 1, "last_error": error[:_LONGEST_ERROR]}
        said |= {"gave_up_at": at, "body": ""} if next_at is None else {"next_at": next_at}
        told = update(webhook).where(webhook.c.id == message.id).values(**said)
        await self._write(lambda connection: connection.execute(told))

    async def _write(self, work: Callable[[Connection], object]) -> None:
        await self._database.on_writer(lambda: self._database.write(work))
