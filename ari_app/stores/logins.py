"""
Who signs in: argon2 hashes (`passwords`), and tries that went wrong.

A try is counted before the password is looked at, in one short transaction, so a hundred tries in one instant are not a
hundred free ones. The count stands in the operator's own row: it holds in every gate, after a restart, and however the
name was written.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from ari_app.policy.passwords import weakness_of
from ari_app.ports.clock import Clock
from ari_app.ports.sign_in import Proof, WeakPassword
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.passwords import Passwords, new_password
from ari_app.stores.tables import login, operator, web_session

FREE_TRIES = 5
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
_MOST_DOUBLINGS = 10


def wait_after(failures: int) -> timedelta:
    """How long nobody gets in after so many tries that went wrong in a row: it doubles, up to a quarter of an hour."""
    if failures < FREE_TRIES:
        return timedelta()
    doublings = min(failures - FREE_TRIES, _MOST_DOUBLINGS)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginEntry:
    """How somebody signs in, without what it is proved by."""

    operator: str
    must_change: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """A try that was counted."""

    held: str = field(repr=False)
    changed_at: datetime
    looked_at: bool
    """Whether it may succeed at all."""


class LoginBook:
    """For a caller that may wait: `garbo operator password`, `garbo init`. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, passwords: Passwords, clock: Clock) -> None:
        """Share the process's database."""
        self._database = database
        self._passwords = passwords
        self._clock = clock

    def set_password(self, operator_id: str, password: str, *, must_change: bool) -> LoginEntry:
        """
        Set a password and end all sessions of its operator.

        Raises StoreConflict: there is no such operator, or it is too weak.
        """
        self.need_strong(operator_id, password)
        return self.keep(operator_id, self._passwords.hashed(password), must_change=must_change)

    def generate(self, operator_id: str) -> tuple[LoginEntry, str]:
        """A new password that must be changed, and what it is: it is told this once. Raises StoreConflict."""
        password = new_password()
        return self.keep(operator_id, self._passwords.hashed(password), must_change=True), password

    def keep(self, operator_id: str, held: str, *, must_change: bool) -> LoginEntry:
        """Keep a hash and end all sessions of its operator. Raises StoreConflict: there is no such operator."""
        now = self._clock.now()
        row = {"password_hash": held, "must_change": must_change, "changed_at": now}

        def work(connection: Connection) -> None:
            _need_operator(connection, operator_id)
            fresh = {**row, "failures": 0, "locked_until": None}
            if not connection.execute(update(login).where(login.c.operator == operator_id).values(**fresh)).rowcount:
                connection.execute(insert(login), {"operator": operator_id, **fresh})
            connection.execute(delete(web_session).where(web_session.c.operator == operator_id))

        self._database.write(work)
        return LoginEntry(operator=operator_id, must_change=must_change, changed_at=now)

    def any_admin(self) -> bool:
        """Whether some admin can sign in."""
        query = select(exists().where(login.c.operator == operator.c.id, operator.c.role == "admin"))
        return bool(self._database.read(lambda connection: connection.scalar(query)))

    def take_try(self, name: str) -> _Try | None:
        """Count a try; None: nobody of this name can sign in."""
        now = self._clock.now()
        query = select(login).where(login.c.operator == name).with_for_update()

        def work(connection: Connection) -> _Try | None:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            open_now = row.locked_until is None or row.locked_until <= now
            if open_now:
                connection.execute(update(login).where(login.c.operator == name).values(**_one_more(row, now)))
            return _Try(held=row.password_hash, changed_at=row.changed_at, looked_at=open_now)

        return self._database.write(work)

    def went_well(self, name: str, tried: str, *, anew: str | None) -> None:
        """Forget the tries that went wrong; `anew` replaces the hash that was tried, if that still is the one."""
        fresh = {"failures": 0, "locked_until": None, **({"password_hash": anew} if anew else {})}
        same = (login.c.operator == name, login.c.password_hash == tried)
        self._database.write(lambda connection: connection.execute(update(login).where(*same).values(**fresh)))

    def need_strong(self, operator_id: str, password: str) -> None:
        """Raise WeakPassword, with why, if a password is too weak for this operator."""
        query = select(operator.c.name).where(operator.c.id == operator_id)
        name = self._database.read(lambda connection: connection.scalar(query)) or ""
        weak = weakness_of(password, names=(operator_id, *name.split()))
        if weak is not None:
            raise WeakPassword(weak)


class SqlLogins:
    """Implements ports.sign_in.Logins."""

    def __init__(self, database: Database, passwords: Passwords, clock: Clock) -> None:
        """Share the process's database."""
        self.book = LoginBook(database, passwords, clock)
        self._database = database
        self._passwords = passwords

    async def proves(self, name: str, password: str) -> Proof | None:
        """As the port."""
        tried = await self._database.on_writer(partial(self.book.take_try, name))
        held = tried.held if tried is not None and tried.looked_at else None
        if not await self._passwords.compare(password, held) or tried is None:
            return None
        anew = await self._passwords.hash(password) if self._passwords.is_dated(tried.held) else None
        await self._database.on_writer(partial(self.book.went_well, name, tried.held, anew=anew))
        return Proof(operator=name, changed_at=tried.changed_at)

    async def change(self, operator: str, password: str) -> Proof:
        """As the port."""
        await self._database.on_reader(partial(self.book.need_strong, operator, password))
        held = await self._passwords.hash(password)
        kept = await self._database.on_writer(partial(self.book.keep, operator, held, must_change=False))
        return Proof(operator=operator, changed_at=kept.changed_at)


def _one_more(row: Row[Any], now: datetime) -> dict[str, Any]:
    wait = wait_after(row.failures + 1)
    return {"failures": row.failures + 1, "locked_until": now + wait if wait else None}


def _need_operator(connection: Connection, operator_id: str) -> None:
    if not connection.scalar(select(exists().where(operator.c.id == operator_id))):
        raise StoreConflict(f"there is no operator {operator_id}; `garbo operator list` names those there are")
