"""Passwords on both engines: argon2, tries that are counted before anybody looks, no word about who exists."""

import asyncio
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from ari_app.policy.passwords import Weakness
from ari_app.ports.sign_in import Proof, WeakPassword
from ari_app.ports.verdicts import StoreConflict, StoreUnavailable
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.logins import FREE_TRIES, SqlLogins, wait_after
from ari_app.stores.passwords import HASHER, Passwords, new_password
from ari_app.stores.tables import login
from tests.stores.samples import ANNA, NOW, SetClock

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
RIGHT, WRONG = "un gatto sul tetto (test)", "un cane sul tetto (test)"


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands."""
    return SetClock()


@pytest.fixture
def logins(database: Database, clock: SetClock) -> SqlLogins:
    """Anna with her password."""
    Directory(database).add_operator(ANNA)
    made = SqlLogins(database, Passwords(QUICK), clock)
    made.book.set_password("anna", RIGHT, must_change=False)
    return made


async def test_the_password_proves(logins: SqlLogins) -> None:
    """It alone, for this name alone; a name in another spelling is another name."""
    assert await logins.proves("anna", RIGHT) == Proof(operator="anna", changed_at=NOW)
    for name, password in (("anna", WRONG), ("anna", ""), ("Anna", RIGHT), ("anna ", RIGHT), ("", ""), ("x", RIGHT)):
        assert await logins.proves(name, password) is None


def test_parameters_are_as_strong_as_is_asked() -> None:
    """At least what OWASP asks of argon2id."""
    assert HASHER.type.name == "ID"
    assert HASHER.memory_cost >= 19_456
    assert HASHER.time_cost >= 2


async def test_nothing_secret_is_kept_or_told(logins: SqlLogins, database: Database) -> None:
    """Neither in the table nor in a repr nor in what goes wrong."""
    rows = repr(database.read(lambda connection: connection.execute(select(login)).all()))
    assert "$argon2id$" in rows
    tried = logins.book.take_try("anna")
    with pytest.raises(WeakPassword) as weak:
        logins.book.set_password("anna", "anna12345678", must_change=False)
    for text in (rows, repr(tried), repr(weak.value), str(weak.value), repr(await logins.proves("anna", RIGHT))):
        assert RIGHT not in text
        assert "anna12345678" not in text
    assert "argon2" not in repr(tried)


async def test_after_five_wrong_tries_nobody_gets_in(logins: SqlLogins, clock: SetClock) -> None:
    """With the right password neither, until the wait is over; each further failure doubles it."""
    for _ in range(FREE_TRIES):
        assert await logins.proves("anna", WRONG) is None
    assert await logins.proves("anna", RIGHT) is None
    clock.pass_by(timedelta(seconds=29))
    assert await logins.proves("anna", RIGHT) is None
    clock.pass_by(timedelta(seconds=1))
    assert await logins.proves("anna", WRONG) is None
    clock.pass_by(timedelta(seconds=59))
    assert await logins.proves("anna", RIGHT) is None
    clock.pass_by(timedelta(seconds=1))
    assert await logins.proves("anna", RIGHT) is not None
    for _ in range(FREE_TRIES - 1):
        await logins.proves("anna", WRONG)
    assert await logins.proves("anna", RIGHT) is not None


def test_the_wait_doubles_and_has_an_end() -> None:
    """Half a minute, one, two, up to a quarter of an hour, however often."""
    waits = [wait_after(failures).total_seconds() for failures in (0, 4, 5, 6, 7, 9, 10, 11, 10_000)]
    assert waits == [0, 0, 30, 60, 120, 480, 900, 900, 900]


async def test_many_tries_at_once_are_many(logins: SqlLogins) -> None:
    """Forty in one instant: no more than the free ones are looked at, whichever is right."""
    tries = [logins.book.take_try("anna") for _ in range(3)]
    assert all(each is not None and each.looked_at for each in tries)
    answers = await asyncio.gather(*(logins.proves("anna", WRONG) for _ in range(40)))
    assert not any(answers)
    assert await logins.proves("anna", RIGHT) is None
    late = logins.book.take_try("anna")
    assert late is not None
    assert not late.looked_at


async def test_waiting_does_not_lengthen_by_itself(logins: SqlLogins, database: Database, clock: SetClock) -> None:
    """Tries during the wait count for nothing."""
    for _ in range(FREE_TRIES + 20):
        await logins.proves("anna", WRONG)
    row = database.read(lambda connection: connection.execute(select(login)).one())
    assert (row.failures, row.locked_until) == (FREE_TRIES, NOW + timedelta(seconds=30))
    assert clock.at == NOW


async def test_an_unknown_name_takes_the_same_work(logins: SqlLogins) -> None:
    """One hash is compared in each case: unknown, wrong, and locked. Counted, not timed."""
    compared: list[str] = []

    class Counting(Passwords):
        def fits(self, password: str, held: str | None) -> bool:
            compared.append("held" if held else "nobody's")
            return super().fits(password, held)

    counting = SqlLogins(logins.book._database, Counting(QUICK), SetClock())
    await counting.proves("nobody", RIGHT)
    await counting.proves("anna", WRONG)
    for _ in range(FREE_TRIES):
        await counting.proves("anna", WRONG)
    await counting.proves("anna", RIGHT)
    assert compared == ["nobody's", *["held"] * FREE_TRIES, "nobody's", "nobody's"]
    assert not Passwords(QUICK).fits(RIGHT, None)
    assert not Passwords(QUICK).fits(RIGHT, "no hash at all")


async def test_a_hash_of_other_parameters_is_made_anew(logins: SqlLogins, database: Database) -> None:
    """At the next sign-in, and only if that went well."""
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    later = SqlLogins(database, Passwords(stronger), SetClock())

    def held() -> str:
        return database.read(lambda connection: str(connection.scalar(select(login.c.password_hash))))

    assert await later.proves("anna", WRONG) is None
    assert "m=8,t=1" in held()
    assert await later.proves("anna", RIGHT) is not None
    assert "m=16,t=2" in held()
    assert await later.proves("anna", RIGHT) is not None


async def test_one_password_for_all_keyboards(logins: SqlLogins) -> None:
    """A letter and its parts are the same letter."""
    await logins.change("anna", "perche\u0301 no, dopotutto")
    assert await logins.proves("anna", "perch\u00e9 no, dopotutto") is not None


async def test_weak_ones_are_refused_and_nothing_changes(logins: SqlLogins) -> None:
    """With why; and there has to be somebody to have one."""
    with pytest.raises(WeakPassword) as weak:
        await logins.change("anna", "too short")
    assert weak.value.weakness is Weakness.SHORT
    with pytest.raises(StoreConflict, match="no operator nobody"):
        logins.book.set_password("nobody", RIGHT, must_change=True)
    assert await logins.proves("anna", RIGHT) is not None


async def test_a_generated_one_must_be_changed(logins: SqlLogins) -> None:
    """It is another each time, and strong."""
    entry, made = logins.book.generate("anna")
    assert entry.must_change
    assert await logins.proves("anna", made) is not None
    assert await logins.proves("anna", RIGHT) is None
    assert len({new_password() for _ in range(50)}) == 50
    assert not (await logins.change("anna", WRONG)).changed_at < NOW


async def test_a_crowd_that_signs_in_is_held_at_the_door() -> None:
    """Only so many wait; the rest is told to come again, and later there is room once more."""
    few = Passwords(QUICK, most_waiting=2)
    held = few.hashed(RIGHT)
    answers = await asyncio.gather(*(few.compare(RIGHT, held) for _ in range(5)), return_exceptions=True)
    assert answers[:2] == [True, True]
    assert all(isinstance(each, StoreUnavailable) for each in answers[2:])
    assert await few.compare(RIGHT, held)


async def test_a_removed_operator_has_no_password(logins: SqlLogins, database: Database) -> None:
    """The row goes with them."""
    Directory(database).remove_operator("anna")
    assert await logins.proves("anna", RIGHT) is None
    assert database.read(lambda connection: connection.execute(select(login)).all()) == []
