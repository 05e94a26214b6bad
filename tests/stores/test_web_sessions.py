"""Browsers that are signed in, on both engines."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from ari_app.policy.request import Role
from ari_app.ports.sign_in import Proof, SignedIn
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.logins import LoginBook
from ari_app.stores.passwords import Passwords
from ari_app.stores.tables import web_session
from ari_app.stores.web_sessions import IDLE, LONGEST, MOST_SESSIONS, SqlWebSessions
from tests.stores.samples import ANNA, NOW, SetClock

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PROOF = Proof(operator="anna", changed_at=NOW)


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands."""
    return SetClock()


@pytest.fixture
def logins(database: Database, clock: SetClock) -> LoginBook:
    """Anna with a password."""
    Directory(database).add_operator(ANNA)
    book = LoginBook(database, Passwords(QUICK), clock)
    book.set_password("anna", "un gatto sul tetto (test)", must_change=False)
    return book


@pytest.fixture
def sessions(database: Database, clock: SetClock, logins: LoginBook) -> SqlWebSessions:
    """Nobody is signed in yet."""
    return SqlWebSessions(database, clock)


async def begin(sessions: SqlWebSessions) -> str:
    """The secret of a new session."""
    new = await sessions.begin(PROOF)
    assert new is not None
    return new.secret


async def test_a_session_is_found_by_its_secret(sessions: SqlWebSessions) -> None:
    """And says who it is, as they are on record; another spelling is another secret."""
    secret = await begin(sessions)
    found = await sessions.of(secret)
    assert found is not None
    assert found == SignedIn(
        operator="anna", name="anna", language="it", role=Role.OPERATOR, must_change=False, csrf=found.csrf
    )
    for other in ("", secret[:-1], secret + "A", secret.swapcase(), "é" * 43, "A" * 43, secret + "\n"):
        assert await sessions.of(other) is None


async def test_the_secret_is_nowhere(sessions: SqlWebSessions, database: Database) -> None:
    """The table has its hash; no repr has it or the token of its forms; no two are alike."""
    new = await sessions.begin(PROOF)
    assert new is not None
    found = await sessions.of(new.secret)
    assert found is not None
    rows = repr(database.read(lambda connection: connection.execute(select(web_session)).all()))
    assert new.secret not in rows + repr(new) + repr(found) + repr(sessions.book.all())
    assert found.csrf not in repr(found)
    assert len({await begin(sessions) for _ in range(MOST_SESSIONS)}) == MOST_SESSIONS


async def test_what_is_on_record_now_holds(sessions: SqlWebSessions, database: Database) -> None:
    """Another role or language from the next page on."""
    secret = await begin(sessions)
    Directory(database).set_operator("anna", role=Role.AUDITOR, language="en", name="Anna R.")
    found = await sessions.of(secret)
    assert found is not None
    assert (found.role, found.language, found.name) == (Role.AUDITOR, "en", "Anna R.")


async def test_it_ends_with_the_working_day(sessions: SqlWebSessions, clock: SetClock) -> None:
    """However much it is used; exactly at its end it is over."""
    secret = await begin(sessions)
    while clock.at + timedelta(hours=1) < NOW + LONGEST:
        clock.pass_by(timedelta(hours=1))
        assert await sessions.of(secret) is not None
    clock.at = NOW + LONGEST
    assert await sessions.of(secret) is None
    assert sessions.book.all() == []
    assert await sessions.sweep() == 1


async def test_it_ends_when_nobody_uses_it(sessions: SqlWebSessions, clock: SetClock) -> None:
    """Use puts that off."""
    secret = await begin(sessions)
    clock.pass_by(IDLE - timedelta(seconds=1))
    assert await sessions.of(secret) is not None
    clock.pass_by(IDLE - timedelta(seconds=1))
    assert await sessions.of(secret) is not None
    clock.pass_by(IDLE)
    assert await sessions.of(secret) is None


async def test_use_is_noted_once_a_minute(sessions: SqlWebSessions, clock: SetClock) -> None:
    """Pages cost no write."""
    secret = await begin(sessions)
    seen = []
    for _ in range(7):
        clock.pass_by(timedelta(seconds=20))
        await sessions.of(secret)
        seen.append((sessions.book.all()[0].seen_at - NOW).total_seconds())
    assert seen == [0, 0, 60, 60, 60, 120, 120]


async def test_a_new_password_ends_them_all(sessions: SqlWebSessions, logins: LoginBook, clock: SetClock) -> None:
    """Those of that operator; and what was proved by the old one begins nothing any more."""
    secrets = [await begin(sessions) for _ in range(3)]
    clock.pass_by(timedelta(seconds=1))
    logins.generate("anna")
    assert [await sessions.of(secret) for secret in secrets] == [None] * 3
    assert await sessions.begin(PROOF) is None
    anew = await sessions.begin(Proof(operator="anna", changed_at=clock.at))
    assert anew is not None
    assert anew.must_change


async def test_a_removed_operator_is_signed_out(sessions: SqlWebSessions, database: Database) -> None:
    """From the next page on; and cannot sign in any more, proved or not."""
    secret = await begin(sessions)
    Directory(database).remove_operator("anna")
    assert await sessions.of(secret) is None
    assert await sessions.begin(PROOF) is None
    assert database.read(lambda connection: connection.execute(select(web_session)).all()) == []


async def test_the_last_one_says_whose_it_was(sessions: SqlWebSessions, clock: SetClock) -> None:
    """So that a phone is left with the last desk; one that has run out is no desk."""
    first, second = await begin(sessions), await begin(sessions)
    assert await sessions.end(first) is None
    assert await sessions.end(first) is None
    assert await sessions.end(second) == "anna"
    old = await begin(sessions)
    clock.pass_by(IDLE)
    assert await sessions.end(await begin(sessions)) == "anna"
    assert await sessions.of(old) is None
    assert await sessions.end("nonsense") is None


async def test_there_are_only_so_many(sessions: SqlWebSessions, clock: SetClock) -> None:
    """The oldest gives way to the newest."""
    secrets = []
    for _ in range(MOST_SESSIONS + 2):
        secrets.append(await begin(sessions))
        clock.pass_by(timedelta(seconds=1))
    assert [await sessions.of(secret) is not None for secret in secrets] == [False] * 2 + [True] * MOST_SESSIONS


async def test_they_are_ended_by_hand(sessions: SqlWebSessions, database: Database, logins: LoginBook) -> None:
    """One by the beginning of its hash, all of somebody, or all."""
    secrets = [await begin(sessions) for _ in range(4)]
    first = sessions.book.all()[0]
    assert sessions.book.end_some(session_id=first.id) == [first]
    assert sessions.book.end_some(session_id=first.id) == []
    assert sessions.book.end_some(session_id="not hex") == []
    assert sessions.book.end_some(operator_id="bruno") == []
    assert len(sessions.book.end_some(operator_id="anna")) == 3
    assert [await sessions.of(secret) for secret in secrets] == [None] * 4
    await begin(sessions)
    assert len(sessions.book.end_some()) == 1
