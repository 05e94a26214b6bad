"""A new key for every number, on both engines."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ari_app.policy.facts import Facts, known
from ari_app.policy.keyring import Keyring
from ari_app.policy.numbers import Number
from ari_app.policy.record import VerdictRecord
from ari_app.ports.verdicts import StoreConflict, StoreUnavailable
from ari_app.stores import installation
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings
from ari_app.stores.rotation import KEYED, rotate
from ari_app.stores.seals import Seals
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tables import metadata
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, call, once, record, say, wanted

NEW = KEYRING.followed_by(b"a second secret of the tests", NOW)
PAOLA = "+393330000002"


@pytest.fixture
def claimed(database: Database) -> Database:
    """A database of the first key, with a campaign and a suppression in it."""
    installation.claim(database, KEYRING.key_id)
    installation.check(database, KEYRING.key_id)
    directory = Directory(database)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    directory.add_campaign(AUTUMN)
    Suppressions(database, KEYRING, SetClock()).add(MARIO, scope="*", reason="asked", source="test")
    return database


def test_a_successor_finds_what_was_there(claimed: Database, database_url: str) -> None:
    """Suppressions, attempts, verdicts and idempotency keys; and the ledger is whole."""
    book = VerdictBook(claimed, KEYRING)
    asked = call(callee=Number(PAOLA), key="a channel/1")
    book.judge(asked, needs=wanted(asked), decide=once(asked))
    seals = Seals(claimed, SetClock())
    seals.seal("garbo-a")
    assert rotate(claimed, KEYRING, NEW) > 0
    after = _open(database_url, NEW)
    try:
        held = Suppressions(after, NEW, SetClock()).show(MARIO)
        assert [each.suppression.reason for each in held] == ["asked"]
        book = VerdictBook(after, NEW)
        assert [each.call_id for each in book.calls(number=PAOLA)] == [asked.call_id]
        again = call(callee=Number(PAOLA), key="a channel/1")
        assert book.judge(again, needs=wanted(again), decide=say(again)).repeated
        later = call(callee=Number(PAOLA))
        assert book.judge(later, needs=wanted(later), decide=once(later)).verdict == "deny"
        assert Seals(after, SetClock()).verify() == []
        assert rotate(after, KEYRING, NEW) == 0
    finally:
        after.close()


def test_whoever_holds_the_old_key_gets_no_verdict(claimed: Database, database_url: str) -> None:
    """A book that was opened before finds nothing any more, so it must not judge, nor write what nobody would find."""
    other = _open(database_url, KEYRING)
    try:
        rotate(other, KEYRING, NEW)
    finally:
        other.close()
    book = VerdictBook(claimed, KEYRING)
    asked = call()
    for judged in (book.judge, book.preview):
        with pytest.raises(StoreUnavailable, match="rotated"):
            judged(asked, needs=wanted(asked), decide=say(asked))
    no_campaign = call(campaign=None)
    with pytest.raises(StoreUnavailable, match="rotated"):
        book.judge(no_campaign, needs=wanted(no_campaign), decide=say(no_campaign, "deny"))
    with pytest.raises(StoreUnavailable, match="start it again"):
        Suppressions(claimed, KEYRING, SetClock()).add(PAOLA, scope="*", reason="asked", source="test")
    with pytest.raises(StoreUnavailable, match="start it again"):
        claimed.answers()
    assert rows(claimed, "verdict") == []


def test_what_breaks_on_the_way_changes_nothing(claimed: Database) -> None:
    """One transaction: a progress that raises, as Ctrl-C does, leaves every row as it was."""
    before = everything(claimed)

    def stop(_what: str, _done: int, _of: int) -> None:
        raise StoreConflict("stopped")

    with pytest.raises(StoreConflict, match="stopped"):
        rotate(claimed, KEYRING, NEW, stop)
    assert everything(claimed) == before


def test_another_database_is_not_rotated(claimed: Database) -> None:
    """Its key is neither of the two."""
    stranger = Keyring.from_secret(b"a stranger's secret")
    with pytest.raises(StoreConflict, match=KEYRING.key_id):
        rotate(claimed, stranger, stranger.followed_by(b"another", NOW))


def test_every_table_with_numbers_is_rewritten() -> None:
    """A column that holds a key must be known here; a new one with another name would be forgotten."""
    named = {(table.name, name) for table, names in KEYED.items() for name in names}
    binary = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if column.type.python_type is bytes and not column.name.endswith(("digest", "salt", "hash", "answer"))
    }
    assert named == binary


def test_a_rotated_key_may_be_rotated_again(claimed: Database, database_url: str) -> None:
    """A chain of three."""
    third = NEW.followed_by(b"a third secret of the tests", NOW + timedelta(days=1))
    rotate(claimed, KEYRING, NEW)
    for ring, following in ((NEW, third),):
        opened = _open(database_url, ring)
        rotate(opened, ring, following)
        opened.close()
    opened = _open(database_url, third)
    try:
        assert Suppressions(opened, third, SetClock()).show(MARIO)
    finally:
        opened.close()


def test_facts_come_with_the_key(claimed: Database) -> None:
    """A verdict with the right key sees the suppression."""
    asked = call()

    def decide(facts: Facts) -> VerdictRecord:
        return record(asked, "deny" if known(facts.suppressions) else "permit")

    assert VerdictBook(claimed, KEYRING).judge(asked, needs=wanted(asked), decide=decide).verdict == "deny"


def rows(database: Database, table: str) -> list[Any]:
    """All rows of a table."""
    return database.read(lambda connection: list(connection.execute(select(metadata.tables[table])).all()))


def everything(database: Database) -> dict[str, list[Any]]:
    """Every row that there is."""
    return {table.name: rows(database, table.name) for table in metadata.sorted_tables}


def _open(url: str, keyring: Keyring) -> Database:
    opened = Database.open(StoreSettings(url=url))
    installation.check(opened, keyring.key_id)
    return opened


def test_verdicts_that_race_with_a_rotation_are_whole_or_none(claimed: Database, database_url: str) -> None:
    """What was permitted with the old key counts under the new one; nothing is written under a key nobody asks for."""
    numbers = [f"+39333000{number:04}" for number in range(1000, 1200)]
    judging, permitted = Database.open(StoreSettings(url=database_url)), []
    installation.check(judging, KEYRING.key_id)
    started = threading.Event()

    def judge() -> None:
        book = VerdictBook(judging, KEYRING)
        for number in numbers:
            asked = call(callee=Number(number))
            try:
                permitted.append(book.judge(asked, needs=wanted(asked), decide=say(asked)))
            except StoreUnavailable:
                return
            started.set()

    thread = threading.Thread(target=judge)
    thread.start()
    try:
        assert started.wait(30)
        rotate(claimed, KEYRING, NEW)
    finally:
        thread.join()
        judging.close()
    asked_for = {NEW.number_key(number) for number in numbers}
    written = {row.number_key for table in ("attempt", "verdict", "number") for row in rows(claimed, table)}
    assert written <= asked_for
    assert len(rows(claimed, "attempt")) == len(permitted)
