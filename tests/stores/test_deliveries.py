"""Deliveries as list versions, on both engines: in whichever order they come, the newest word counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from ari_app.policy.held import CustomerStatus
from ari_app.ports.lists import Counts, CustomerRow, Delivered, ListFile
from ari_app.stores.customers import Customers
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.lists import SqlLists
from tests.stores.samples import KEYRING, MARIO, NOW, SetClock

HOUR = timedelta(hours=1)
CURRENT, ENDED = CustomerStatus.CURRENT, CustomerStatus.ENDED


class Office:
    """Versions over one database."""

    def __init__(self, database: Database) -> None:
        Directory(database).add_principal("fastnet", name="Fastnet", country="IT")
        self.clock = SetClock()
        self.lists = SqlLists(database, KEYRING, self.clock)
        self.customers = Customers(database, KEYRING)

    def begin(self, kind: str = "customers:delivery", name: str = "delivery") -> int:
        return self.lists.begin(ListFile(kind=kind, principal="fastnet", file_name=name, sha256="ab"))

    def put(self, version: int, status: CustomerStatus, as_of: datetime | None = None, *, e164: str = MARIO) -> Counts:
        row = CustomerRow(e164=e164, status=status, as_of=as_of, source="delivery")
        return self.lists.put_customers(version, "fastnet", [row])

    def said(self, e164: str = MARIO) -> CustomerStatus | None:
        """What counts now."""
        listed = self.customers.show(e164, principal="fastnet").listed
        return listed.said.value.status if listed else None

    def bring(self, words: Sequence[tuple[CustomerStatus, datetime]], *, e164: str = MARIO) -> None:
        for status, as_of in words:
            version = self.begin()
            self.put(version, status, as_of, e164=e164)
            self.lists.publish(version, {})


@pytest.fixture
def office(database: Database) -> Office:
    """A principal without customers."""
    return Office(database)


def test_the_order_of_arrival_does_not_matter(office: Office) -> None:
    """Current, again current, ended between the two, and ended long ago: current, in each of 24 orders."""
    words = [(ENDED, NOW - 9 * HOUR), (CURRENT, NOW - 5 * HOUR), (ENDED, NOW - 3 * HOUR), (CURRENT, NOW - HOUR)]
    for place, order in enumerate(permutations(words)):
        e164 = f"+3933300099{place:02}"
        office.bring(order, e164=e164)
        assert office.said(e164) is CURRENT


def test_deliveries_beside_each_other_are_both_published(office: Office) -> None:
    """Begun together, published in the other order; neither is refused."""
    older, newer = office.begin(), office.begin()
    assert office.put(newer, CURRENT, NOW) == Counts(added=1)
    assert office.put(older, ENDED, NOW - HOUR) == Counts(added=1)
    office.lists.publish(newer, {})
    office.lists.publish(older, {})
    assert office.said() is CURRENT


def test_a_long_import_and_a_delivery_do_not_refuse_each_other(office: Office) -> None:
    """A file says what was so when its import began; what was sent since then is newer."""
    file = office.begin("customers", "c.csv")
    office.clock.pass_by(HOUR)
    office.put(file, ENDED)
    office.bring([(CURRENT, office.clock.now())])
    office.lists.publish(file, {})
    assert office.said() is CURRENT


def test_a_later_word_for_the_same_instant_corrects(office: Office) -> None:
    """And the same for the same instant is not written."""
    office.bring([(CURRENT, NOW), (ENDED, NOW)])
    assert office.said() is ENDED
    assert office.put(office.begin(), ENDED, NOW) == Counts(unchanged=1)


def test_a_delivery_is_found_by_its_name(office: Office) -> None:
    """Once it is published, with its digest and its report."""
    file = ListFile(kind="customers:delivery", principal="fastnet", file_name="delivery a", sha256="cd")
    version = office.begin(name="delivery a")
    assert office.lists.delivered(file) is None
    office.lists.publish(version, {"added": 1})
    assert office.lists.delivered(file) == Delivered("ab", {"added": 1})
