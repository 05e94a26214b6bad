"""Words on customers as they come one after the other, on both engines: the one that was said last counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ari_app.lists.rows import customer_row
from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import known
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.policy.needs import Needs
from ari_app.ports.lists import Counts, CustomerRow, ListFile
from ari_app.stores.database import Database
from ari_app.stores.flags import Flags
from ari_app.stores.history import facts_of
from ari_app.stores.tables import customer
from tests.stores.samples import KEYRING, MARIO, NOW, SetClock, call
from tests.stores.test_list_kinds import Office

DAY = timedelta(days=1)
OURS = CustomerRow(e164=MARIO, status=CustomerStatus.CURRENT, products=("fibra",), source="clienti.xlsx")
GONE = CustomerRow(e164=MARIO, status=CustomerStatus.NONE, source="sql")
"""Neither says when: the import counts."""


@pytest.fixture
def office(database: Database) -> Office:
    """An office with two principals."""
    return Office(database)


def bring(office: Office, *rows: CustomerRow) -> Counts:
    """Import words on customers of fastnet, an hour after the last."""
    return office.bring("customers", rows, "fastnet")


def told(office: Office) -> Customer:
    """What the rules are told."""
    needs = Needs(facts=frozenset({"customer"}))
    asked = call(at=office.clock.now() + DAY)
    return known(office.database.read(lambda connection: facts_of(connection, KEYRING, asked, needs)).customer)


def test_who_is_removed_is_no_customer_and_leaves_no_word_but_that(office: Office) -> None:
    """Of a feed that tells changes; the next word makes them a customer again."""
    assert bring(office, OURS) == Counts(added=1)
    assert bring(office, GONE) == Counts(updated=1)
    assert told(office) == Customer(status=CustomerStatus.NONE)
    assert bring(office, GONE) == Counts(unchanged=1)
    assert bring(office, OURS) == Counts(updated=1)
    assert told(office).products == ("fibra",)


def test_every_word_keeps_its_source_and_its_instant(office: Office) -> None:
    """The row's own, else that of the import."""
    bring(office, OURS)
    bring(office, replace(GONE, as_of=NOW + timedelta(minutes=90)))
    said = office.rows(customer, "status", "source", "as_of")
    assert said == [
        ("current", "clienti.xlsx", NOW + timedelta(hours=1)),
        ("none", "sql", NOW + timedelta(minutes=90)),
    ]


def test_an_older_word_undoes_nothing(office: Office) -> None:
    """It comes late, and is not kept; one as old as the one on record is the newer of two."""
    bring(office, replace(OURS, as_of=NOW - DAY))
    assert bring(office, replace(GONE, as_of=NOW - 2 * DAY)) == Counts(unchanged=1)
    assert told(office).status is CustomerStatus.CURRENT
    assert bring(office, replace(GONE, as_of=NOW - DAY)) == Counts(updated=1)
    assert told(office).status is CustomerStatus.NONE


def test_a_word_that_is_said_again_later_is_not_undone_by_what_was_said_between(office: Office) -> None:
    """Though it changes nothing, its instant is kept."""
    bring(office, replace(OURS, as_of=NOW - 3 * DAY))
    assert bring(office, replace(OURS, as_of=NOW - DAY)) == Counts(unchanged=1)
    assert bring(office, replace(OURS, as_of=NOW - DAY)) == Counts(unchanged=1)
    assert bring(office, replace(GONE, as_of=NOW - 2 * DAY)) == Counts(unchanged=1)
    assert told(office).status is CustomerStatus.CURRENT
    assert len(office.rows(customer, "status")) == 2


def test_a_word_that_is_only_said_again_makes_no_wrong_number_good(office: Office) -> None:
    """It has stood since it was said first; another word is news."""
    bring(office, replace(OURS, as_of=NOW - 3 * DAY))
    clock = SetClock()
    clock.pass_by(-2 * DAY)
    Flags(office.database, KEYRING, clock).add(
        MARIO, principal="fastnet", kind=FlagKind.WRONG_NUMBER, value="Mario", source="test"
    )
    assert told(office).status is CustomerStatus.NONE
    for days in (1, 0):
        bring(office, replace(OURS, as_of=NOW - days * DAY))
        assert told(office).status is CustomerStatus.NONE
    bring(office, replace(OURS, products=("mobile",), as_of=NOW))
    assert told(office).products == ("mobile",)


def test_a_row_in_the_same_file_that_was_said_later_replaces_the_one_before(office: Office) -> None:
    """In whatever batch it comes."""
    version_rows = [replace(OURS, as_of=NOW - 2 * DAY), replace(GONE, as_of=NOW - DAY)]
    version = office.lists.begin(ListFile(kind="customers", principal="fastnet", file_name="x.csv", sha256=""))
    for row in version_rows:
        office.lists.put_customers(version, "fastnet", [row])
    office.lists.publish(version, {})
    assert told(office).status is CustomerStatus.NONE
    assert len(office.rows(customer, "status")) == 1


@pytest.mark.parametrize("word", ["none", "Removed", "DELETED", "nessuno", "rimosso", "eliminato"])
def test_nothing_else_is_kept_of_who_is_removed(word: str) -> None:
    """Whatever stands in the row beside it, even what could not be read."""
    values = {"number": MARIO, "status": word, "products": "fibra", "until": "nonsense", "person": "7"}
    assert customer_row(values, region="IT") == CustomerRow(e164=MARIO, status=CustomerStatus.NONE)
