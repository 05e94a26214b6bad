"""Records whose time is over, on both engines."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from ari_app.policy.facts import Facts
from ari_app.policy.numbers import Number
from ari_app.policy.retention import Keep, Keeping
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.history import facts_of, persons_at
from ari_app.stores.holdings import Holdings
from ari_app.stores.lists import SqlLists
from ari_app.stores.retention import Retention, Swept
from ari_app.stores.seals import Seals
from ari_app.stores.tables import attempt, consent, contact, contact_list, customer, list_version, verdict_personal
from tests.stores.a_person import PAOLA, RIVAL, SECOND, all_rows, ended, fill, put_rows, rows_of, unpublished
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, call, say, wanted

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def run(
    database: Database,
    *keeps: Keep,
    after: timedelta = timedelta(),
    missing: tuple[str, ...] = (),
    dry: bool = False,
    calls_at_most: timedelta | None = None,
) -> Swept:
    """One run, so long after NOW."""
    clock = SetClock(NOW + after)
    keeping = Keeping(keeps=keeps, missing=missing)
    sweep = Retention(database, SqlLists(database, KEYRING, clock), clock)
    return sweep.run(lambda _: keeping, calls_at_most=calls_at_most, dry=dry)


def most(record: str, length: timedelta) -> Keep:
    """A pack's word that such records go after so long."""
    return Keep(record=record, said_by="house/x", legal=False, at_most=length)


def kept(record: str, length: timedelta, **more: Any) -> Keep:
    """A pack's word that such records stay at least so long."""
    return Keep(record=record, said_by="us/x", legal=True, at_least=length, **more)


@pytest.fixture
def book(database: Database) -> VerdictBook:
    """Everything on record."""
    return fill(database)


def test_without_a_word_nothing_goes(database: Database, book: VerdictBook) -> None:
    """However long ago it was."""
    before = all_rows(database)
    assert run(database, after=50 * YEAR).rows == {}
    assert all_rows(database) == before


def test_versions_that_died_are_abandoned_after_a_day(database: Database, book: VerdictBook) -> None:
    """Not before: that import may be under way; and with their rows."""
    version = unpublished(database)
    put_rows(database, "telnet", RIVAL.id, KEYRING.number_key(SECOND), KEYRING.key_id, version=version)
    assert run(database, after=DAY).rows == {}
    assert run(database, after=DAY + timedelta(seconds=1), dry=True).rows == {"list versions that died": 1}
    assert run(database, after=DAY + timedelta(seconds=1)).rows == {"list versions that died": 1}
    left = database.read(lambda connection: connection.scalars(select(list_version.c.id)).all())
    assert list(left) == [1]
    assert rows_of(database, KEYRING.number_key(SECOND))["screening"] == 1


def test_who_was_called_is_forgotten_in_time(database: Database, book: VerdictBook) -> None:
    """The record stays sealed and whole; exactly at its time it is still there."""
    seals = Seals(database, SetClock())
    seals.seal("garbo-a")
    assert run(database, most("verdict", YEAR), after=YEAR).rows == {}
    assert run(database, most("verdict", YEAR), after=YEAR + DAY, dry=True).rows == {"calls": 4}
    assert run(database, most("verdict", YEAR), after=YEAR + DAY).rows == {"calls": 4}
    assert seals.verify() == []
    held = Holdings(database, KEYRING).of(MARIO)
    assert (held["calls"], held["numbers"], len(held["attempts"])) == ([], [], 2)
    assert {each.callee for each in book.calls()} == {None}
    assert run(database, most("verdict", YEAR), after=YEAR + DAY).rows == {}


def test_the_longer_word_binds(database: Database, book: VerdictBook) -> None:
    """What one pack wants kept, another, or the configuration, cannot have deleted sooner."""
    five = kept("verdict", 5 * YEAR)
    assert run(database, most("verdict", YEAR), five, after=4 * YEAR, calls_at_most=DAY).rows == {}
    assert run(database, five, after=5 * YEAR + DAY, calls_at_most=DAY).rows == {"calls": 4, "attempts": 4}


def test_a_pack_that_is_missing_might_ask_for_more(database: Database, book: VerdictBook) -> None:
    """So nothing of its principal goes."""
    assert run(database, most("verdict", DAY), after=9 * YEAR, missing=("us",), calls_at_most=DAY).rows == {}


def test_a_call_under_way_is_not_forgotten(database: Database, book: VerdictBook) -> None:
    """Nobody knows yet how it went."""
    asked = call()
    book.judge(asked, needs=wanted(asked), decide=say(asked))
    run(database, after=9 * YEAR, calls_at_most=DAY)
    left = database.read(lambda connection: connection.scalars(select(verdict_personal.c.call_id)).all())
    assert list(left) == [asked.call_id]


def test_attempts_stay_as_long_as_rules_look_back(database: Database, book: VerdictBook) -> None:
    """And those that used up a call somebody asked for stay for ever, or it could be used again."""
    once = update(attempt).where(attempt.c.number_key == KEYRING.number_key(PAOLA)).values(one_off_permit="a permit")
    database.write(lambda connection: connection.execute(once))
    assert run(database, most("attempt", DAY), after=3 * YEAR).rows == {}
    assert run(database, most("attempt", DAY), after=4 * YEAR).rows == {"attempts": 2}


def test_a_withdrawal_goes_after_what_it_ends(database: Database, book: VerdictBook) -> None:
    """Else the consent would stand again; one that lifted a suppression stays with it."""
    key = KEYRING.number_key(PAOLA)
    row: dict[str, Any] = {"principal": "fastnet", "number_key": key, "key_id": KEYRING.key_id, "purpose": "marketing"}
    row |= {"text_version": "1", "evidence": "a call", "given_at": NOW - DAY, "withdrawn_at": NOW - DAY}
    first = {**row, "id": "withdrawal"}
    early = {**row, "id": "early", "given_at": NOW - 2 * DAY, "withdrawn_at": None}
    database.write(lambda connection: connection.execute(insert(consent), [first, early]))
    gone = run(database, most("consent", DAY), after=timedelta(hours=12)).rows
    assert gone == {"consents": 1, "withdrawn consents": 1}
    assert run(database, most("consent", DAY), after=DAY + timedelta(hours=1)).rows == {"consents": 5}


def test_a_consent_that_was_used_is_proof_from_then(database: Database, book: VerdictBook) -> None:
    """A call of a year later keeps it for another year."""
    later = update(attempt).where(attempt.c.number_key == KEYRING.number_key(MARIO), attempt.c.principal == "fastnet")
    database.write(lambda connection: connection.execute(later.values(at=NOW + YEAR)))
    used = kept("consent", YEAR, from_="used")
    assert run(database, most("consent", DAY), used, after=YEAR + DAY).rows == {"consents": 4}
    assert run(database, most("consent", DAY), used, after=2 * YEAR + DAY).rows == {"consents": 1}


def test_of_customers_only_those_who_left_go(database: Database, book: VerdictBook) -> None:
    """Whoever is one still must not be taken for a stranger; nor must an older word count again."""
    key = KEYRING.number_key(PAOLA)
    left = update(customer).where(customer.c.number_key == key, customer.c.principal == "fastnet")
    database.write(lambda connection: connection.execute(left.values(status="ended", until=NOW + DAY)))
    assert run(database, most("customer", YEAR), after=YEAR).rows == {}
    assert run(database, most("customer", YEAR), after=YEAR + 2 * DAY).rows == {
        "ended customers": 1,
        "answers of the customer system": 5,
    }


def test_what_died_on_the_way_is_gone_on_with(database: Database, book: VerdictBook) -> None:
    """A run that is stopped leaves the rest for the next."""
    for minute in range(250):
        ended(database, book, MARIO, campaign=replace(AUTUMN), note=str(minute))
    clock = SetClock(NOW + 2 * YEAR)
    sweep = Retention(database, SqlLists(database, KEYRING, clock), clock)
    some = sweep.run(lambda _: Keeping(), calls_at_most=YEAR, stopped=lambda: True)
    rest = sweep.run(lambda _: Keeping(), calls_at_most=YEAR)
    assert (some.rows, rest.rows) == ({"calls": 100}, {"calls": 154})


CONTACTS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]), st.sampled_from([MARIO, PAOLA]), st.booleans(), st.sampled_from(["", "P-1"])
    ),
    max_size=8,
)
CUSTOMERS = st.lists(
    st.tuples(
        st.sampled_from([MARIO, PAOLA]),
        st.sampled_from(["current", "ended"]),
        st.integers(0, 3),
        st.booleans(),
        st.sampled_from([None, "P-1", "P-2"]),
    ),
    max_size=8,
)


@given(contacts=CONTACTS, customers=CUSTOMERS)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_cleaning_up_lists_changes_no_fact(
    database: Database, contacts: Sequence[tuple[Any, ...]], customers: Sequence[tuple[Any, ...]]
) -> None:
    """Whatever lists came one after another, published or not: each number's facts are the same before and after."""
    _begin(database)
    for list_id, e164, is_public, person in contacts:
        version = _version(database, is_public=is_public)
        of = {"campaign": AUTUMN.id, "list_id": list_id, "list_version": version}
        own = {"principal": "fastnet", "number_key": KEYRING.number_key(e164), "person": person, "imported_at": NOW}
        database.write(lambda connection, of=of: connection.execute(insert(contact_list), of))  # type: ignore[misc]
        database.write(lambda connection, row=of | own: connection.execute(insert(contact), row))  # type: ignore[misc]
    for e164, status, days, is_public, person in customers:
        row = {"principal": "fastnet", "number_key": KEYRING.number_key(e164), "status": status, "products": "[]"}
        row |= {"as_of": NOW - days * DAY, "person": person, "list_version": _version(database, is_public=is_public)}
        database.write(lambda connection, row=row: connection.execute(insert(customer), row))  # type: ignore[misc]
    before = [_seen(database, e164) for e164 in (MARIO, PAOLA)]
    run(database, after=timedelta(hours=1))
    assert [_seen(database, e164) for e164 in (MARIO, PAOLA)] == before
    assert run(database, after=timedelta(hours=1)).rows == {}


def test_only_the_newest_word_of_lists_is_left(database: Database) -> None:
    """Old contacts of a list that was published anew, and old words on a customer, are gone."""
    _begin(database)
    for days in (3, 2, 1):
        version = _version(database, is_public=True)
        put_rows(
            database,
            "fastnet",
            AUTUMN.id,
            KEYRING.number_key(MARIO),
            KEYRING.key_id,
            version=version,
            at=NOW - days * DAY,
        )
        of = {"campaign": AUTUMN.id, "list_id": "l", "list_version": version}
        database.write(lambda connection, of=of: connection.execute(insert(contact_list), of))  # type: ignore[misc]
    assert run(database).rows == {"old contact rows": 2, "old customer rows": 2}
    assert run(database, kept("customer", YEAR)).rows == {}


def _begin(database: Database) -> None:
    def work(connection: Any) -> None:
        for table in (contact, customer, contact_list):
            connection.execute(delete(table))
        connection.execute(delete(list_version).where(list_version.c.id > 1))

    database.write(work)
    directory = Directory(database)
    if not directory.principals():
        directory.add_principal("fastnet", name="Fastnet", country="IT")
        directory.add_campaign(AUTUMN)


def _version(database: Database, *, is_public: bool) -> int:
    version = unpublished(database)
    if is_public:
        published = update(list_version).where(list_version.c.id == version).values(published_at=NOW)
        database.write(lambda connection: connection.execute(published))
    return version


def _seen(database: Database, e164: str) -> Facts:
    asked = call(callee=Number(e164))
    asked = replace(asked, call_id="the same")
    needs = wanted(asked)

    def work(connection: Any) -> Facts:
        persons = persons_at(connection, KEYRING, asked, needs)
        return facts_of(connection, KEYRING, asked, needs, persons=persons)

    return database.read(work)
