"""
Answers to requests with an `Idempotency-Key`: kept for a day, by hashes that tell nothing of key and request.

Both may hold a telephone number, so they are hashed with the installation's secret. Answers hold numbers in the clear:
a row about one number knows it by its key, and goes when that is erased.
"""

import zlib
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.keyring import Keyring
from ari_app.ports.api_answers import GIVEN_UP_AFTER, KEPT_FOR, Answer, Before, Earlier, Sent
from ari_app.stores.database import Database
from ari_app.stores.tables import api_answer

_SHOWN = (api_answer.c.request_hash, api_answer.c.status, api_answer.c.answer, api_answer.c.asked_at)


class SqlApiAnswers:
    """Implements ports.api_answers.ApiAnswers. Each method is one transaction."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring hides what was sent."""
        self._database = database
        self._keyring = keyring

    async def begin(self, sent: Sent, *, at: datetime) -> Earlier:
        """As the port."""

        def work(connection: Connection) -> Earlier:
            row = {
                "token": sent.token,
                "key_hash": self._key(sent),
                "request_hash": self._request(sent),
                "number_key": self._keyring.number_key(sent.e164) if sent.e164 else None,
                "asked_at": at,
            }
            taken = _insert(connection).values(row).on_conflict_do_nothing().returning(api_answer.c.token)
            if connection.scalar(taken) is not None:
                return Before.NOTHING
            held = connection.execute(select(*_SHOWN).where(self._of(sent)).with_for_update()).one_or_none()
            if held is None or _is_over(held, at):
                connection.execute(delete(api_answer).where(self._of(sent)))
                return Before.NOTHING if connection.scalar(taken) is not None else Before.UNDER_WAY
            if held.request_hash != row["request_hash"]:
                return Before.ANOTHER
            if held.status is None:
                return Before.UNDER_WAY
            return Answer(held.status, zlib.decompress(held.answer))

        return await self._database.on_writer(lambda: self._database.write(work))

    async def keep(self, sent: Sent, answer: Answer) -> None:
        """As the port."""
        packed = zlib.compress(answer.body)
        change = update(api_answer).where(self._of(sent), api_answer.c.request_hash == self._request(sent))
        change = change.values(status=answer.status, answer=packed)
        await self._database.on_writer(lambda: self._database.write(lambda connection: connection.execute(change)))

    async def forget(self, sent: Sent) -> None:
        """As the port."""
        gone = delete(api_answer).where(self._of(sent), api_answer.c.status.is_(None))
        await self._database.on_writer(lambda: self._database.write(lambda connection: connection.execute(gone)))

    async def sweep(self, *, before: datetime, limit: int) -> int:
        """As the port."""
        old = select(api_answer.c.token, api_answer.c.key_hash).where(api_answer.c.asked_at < before).limit(limit)

        def work(connection: Connection) -> int:
            rows = connection.execute(old).all()
            for row in rows:
                this = and_(api_answer.c.token == row.token, api_answer.c.key_hash == row.key_hash)
                connection.execute(delete(api_answer).where(this))
            return len(rows)

        return await self._database.on_writer(lambda: self._database.write(work))

    def _of(self, sent: Sent) -> ColumnElement[bool]:
        return and_(api_answer.c.token == sent.token, api_answer.c.key_hash == self._key(sent))

    def _key(self, sent: Sent) -> bytes:
        return self._keyring.number_key(f"api key\x1f{sent.key}")

    def _request(self, sent: Sent) -> bytes:
        return self._keyring.number_key(f"api request\x1f{sent.request.hex()}")


def _is_over(held: Any, at: datetime) -> bool:
    asked_at: datetime = held.asked_at
    return asked_at <= at - (GIVEN_UP_AFTER if held.status is None else KEPT_FOR)


def _insert(connection: Connection) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(api_answer)
