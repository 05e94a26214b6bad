"""
Browsers that are signed in: the cookie holds 256 random bits, the table their SHA-256 hash.

So who reads the database, or a backup of it, is not signed in by that. What a session may is read with it each time:
another role, another language or no such operator any more holds from the next request on.
"""

import hashlib
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, insert, or_, select, update

from ari_app.policy.request import Role
from ari_app.ports.clock import Clock
from ari_app.ports.sign_in import NewSession, Proof, SignedIn
from ari_app.ports.verdicts import StoreError
from ari_app.stores.database import Database
from ari_app.stores.instants import Instant
from ari_app.stores.prepared import Prepared
from ari_app.stores.tables import login, operator, web_session

LONGEST, IDLE = timedelta(hours=12), timedelta(hours=2)
"""A session ends when either is reached: a working day, and a long break. An open desk is in use."""
MOST_SESSIONS = 10
"""Of one operator; the oldest gives way."""
_NOTED_EVERY = timedelta(minutes=1)
_BYTES = 32
_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_NOW, _IDLE_SINCE, _NOTED_SINCE = (bindparam(name, type_=Instant) for name in ("now", "idle_since", "noted_since"))
SESSION = Prepared(
    select(
        web_session.c.operator,
        web_session.c.csrf,
        operator.c.name,
        operator.c.language,
        operator.c.role,
        login.c.must_change,
        (web_session.c.seen_at <= _NOTED_SINCE).label("to_note"),
    )
    .join(operator, operator.c.id == web_session.c.operator)
    .join(login, login.c.operator == web_session.c.operator)
    .where(
        web_session.c.id_hash == bindparam("id_hash", type_=web_session.c.id_hash.type),
        web_session.c.expires_at > _NOW,
        web_session.c.seen_at > _IDLE_SINCE,
    )
)
"""Read for every page: by three primary keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEntry:
    """A session, without what it is proved by."""

    id: str
    """The beginning of its hash; good for ending it and nothing else."""
    operator: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime


class SessionBook:
    """For a caller that may wait: `garbo sessions`. Each method is one transaction. Raises StoreUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self._database = database
        self._clock = clock

    def begin(self, proof: Proof) -> NewSession | None:
        """As `ports.sign_in.WebSessions`."""
        now, secret = self._clock.now(), secrets.token_urlsafe(_BYTES)
        row: dict[str, Any] = {"id_hash": _hash(secret), "operator": proof.operator}
        row |= {"csrf": secrets.token_urlsafe(_BYTES), "made_at": now, "seen_at": now, "expires_at": now + LONGEST}
        proved = (
            select(operator.c.role, login.c.must_change)
            .join(login, login.c.operator == operator.c.id)
            .where(operator.c.id == proof.operator, login.c.changed_at == proof.changed_at)
            .with_for_update(read=True)
        )

        def work(connection: Connection) -> NewSession | None:
            held = connection.execute(proved).one_or_none()
            if held is None:
                return None
            connection.execute(insert(web_session), row)
            connection.execute(delete(web_session).where(_beyond(proof.operator)))
            role = Role(held.role)
            return NewSession(secret=secret, operator=proof.operator, role=role, must_change=held.must_change)

        return self._database.write(work)

    def find(self, secret: str) -> tuple[SignedIn, bool] | None:
        """Whose session this is, and whether it is time to note that it is used."""
        now = self._clock.now()
        given = {"id_hash": _hash(secret), "now": now, "idle_since": now - IDLE, "noted_since": now - _NOTED_EVERY}
        row = self._database.read(lambda connection: SESSION.run(connection, given).one_or_none())
        if row is None:
            return None
        found = SignedIn(
            operator=row.operator,
            name=row.name or row.operator,
            language=row.language,
            role=Role(row.role),
            must_change=bool(row.must_change),
            csrf=row.csrf,
        )
        return found, bool(row.to_note)

    def note(self, secret: str) -> None:
        """Note that a session is used."""
        change = update(web_session).where(web_session.c.id_hash == _hash(secret)).values(seen_at=self._clock.now())
        self._database.write(lambda connection: connection.execute(change))

    def end(self, secret: str) -> str | None:
        """As `ports.sign_in.WebSessions`."""

        def work(connection: Connection) -> str | None:
            this = web_session.c.id_hash == _hash(secret)
            whose = connection.scalar(select(web_session.c.operator).where(this))
            connection.execute(delete(web_session).where(this))
            more = exists().where(web_session.c.operator == whose, *self._alive())
            return None if whose is None or connection.scalar(select(more)) else str(whose)

        return self._database.write(work)

    def all(self) -> list[SessionEntry]:
        """Every session that holds, oldest first."""
        query = select(web_session).where(*self._alive()).order_by(web_session.c.made_at, web_session.c.id_hash)
        return self._database.read(lambda connection: [_entry(row) for row in connection.execute(query)])

    def end_some(self, *, operator_id: str | None = None, session_id: str | None = None) -> list[SessionEntry]:
        """End the sessions of an operator, the one of this id, or all if nothing is named; those that were."""

        def work(connection: Connection) -> list[SessionEntry]:
            held = [_entry(row) for row in connection.execute(select(web_session).where(*self._alive()))]
            ended = [each for each in held if operator_id in (None, each.operator) and session_id in (None, each.id)]
            for each in ended:
                this = web_session.c.id_hash.between(bytes.fromhex(each.id), bytes.fromhex(each.id) + b"\xff" * 32)
                connection.execute(delete(web_session).where(this))
            return ended

        return self._database.write(work)

    def sweep(self) -> int:
        """Forget the sessions that have run out; how many they were."""
        over = or_(*(~condition for condition in self._alive()))
        return self._database.write(lambda connection: connection.execute(delete(web_session).where(over)).rowcount)

    def _alive(self) -> list[ColumnElement[bool]]:
        now = self._clock.now()
        return [web_session.c.expires_at > now, web_session.c.seen_at > now - IDLE]


class SqlWebSessions:
    """Implements ports.sign_in.WebSessions on the database's own threads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self.book = SessionBook(database, clock)
        self._database = database

    async def begin(self, proof: Proof) -> NewSession | None:
        """As the port."""
        return await self._database.on_writer(partial(self.book.begin, proof))

    async def of(self, secret: str) -> SignedIn | None:
        """As the port; what has not the form of a secret is not looked up, and use is noted once a minute."""
        if not _FORM.fullmatch(secret):
            return None
        found = await self._database.on_reader(partial(self.book.find, secret))
        if found is None:
            return None
        signed_in, to_note = found
        if to_note:
            with suppress(StoreError):  # a page that can be read is not withheld because nothing can be written
                await self._database.on_writer(partial(self.book.note, secret))
        return signed_in

    async def end(self, secret: str) -> str | None:
        """As the port."""
        return await self._database.on_writer(partial(self.book.end, secret)) if _FORM.fullmatch(secret) else None

    async def sweep(self) -> int:
        """As the book."""
        return await self._database.on_writer(self.book.sweep)


def _beyond(operator_id: str) -> ColumnElement[bool]:
    newest = select(web_session.c.id_hash).where(web_session.c.operator == operator_id)
    kept = newest.order_by(web_session.c.made_at.desc(), web_session.c.id_hash).limit(MOST_SESSIONS)
    return (web_session.c.operator == operator_id) & web_session.c.id_hash.not_in(kept)


def _hash(secret: str) -> bytes:
    # No salt and no slow hash: nobody guesses 256 random bits.
    return hashlib.sha256(secret.encode()).digest()


def _entry(row: Any) -> SessionEntry:
    return SessionEntry(
        id=row.id_hash.hex()[:16],
        operator=row.operator,
        made_at=row.made_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )
