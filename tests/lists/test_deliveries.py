"""Customers as their brand sends them: read like rows, taken whole or not at all."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ari_app.lists.columns import KINDS
from ari_app.lists.deliveries import BadDelivery, Delivery, KeyReused, take
from ari_app.policy.held import CustomerStatus
from ari_app.ports.lists import CustomerRow
from ari_app.ports.verdicts import StoreUnavailable
from tests.lists.stores import MemoryLists

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
MARIO = {"number": "333 000 1234", "status": "current"}


@dataclass
class Office:
    """A store, and who brings things to it."""

    lists: MemoryLists = field(default_factory=MemoryLists)

    def bring(self, said: Any, *, key: str = "", now: datetime = NOW) -> dict[str, object]:
        """Take a delivery for the brand."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return dict(take(self.lists, Delivery(principal="fastnet", region="IT", body=body, key=key), now))

    def faults(self, said: Any) -> list[tuple[str, str]]:
        """Where a delivery is wrong, and how; nothing of it is left."""
        with pytest.raises(BadDelivery) as refused:
            self.bring(said)
        assert (self.lists.visible, self.lists.files) == ({}, {})
        return [(fault.pointer, fault.detail) for fault in refused.value.faults]

    def row(self, e164: str = "+393330001234") -> CustomerRow:
        """What is held on a number."""
        row = self.lists.visible[e164, "fastnet"]
        assert isinstance(row, CustomerRow)
        return row


@pytest.fixture
def office() -> Office:
    """Nothing was brought yet."""
    return Office()


def test_one_customer_or_a_list_of_them(office: Office) -> None:
    """Fields as in a file, numbers in the brand's country; products as a list keep their commas."""
    full = {
        "number": "3330001235",
        "status": "cessato",
        "products": ["Fibra 1000, TV", "mobile", "mobile"],
        "since": "2020-01-01",
        "until": "2026-10-31",
        "person": "4711",
        "as_of": "2026-11-01T12:00:00+01:00",
    }
    assert office.bring(MARIO) == {"read": 1, "added": 1, "updated": 0, "unchanged": 0}
    assert office.bring([full, {**MARIO, "products": "adsl|voce", "until": None}])["read"] == 2
    assert office.row("+393330001235") == CustomerRow(
        e164="+393330001235",
        status=CustomerStatus.ENDED,
        products=("Fibra 1000, TV", "mobile"),
        since=datetime(2020, 1, 1, tzinfo=UTC),
        until=datetime(2026, 11, 1, tzinfo=UTC),
        person="4711",
        source="delivery",
        as_of=datetime(2026, 11, 1, 11, tzinfo=UTC),
    )
    assert (office.row().products, office.row().as_of) == (("adsl", "voce"), NOW)
    assert office.lists.files[1].kind == "customers:delivery"


def test_an_empty_list_changes_nothing(office: Office) -> None:
    """It says nothing, and is no mistake."""
    assert office.bring([]) == {"read": 0, "added": 0, "updated": 0, "unchanged": 0}
    assert office.lists.files == {}


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        (b"", [""]),
        (b"\xff", [""]),
        (b'{"number": NaN}', [""]),
        (b"[" * 100_000, [""]),
        ("current", [""]),
        (None, [""]),
        ([MARIO] * 1001, [""]),
        ({}, [""]),
        ([None], ["/0"]),
        ([MARIO, 7, [MARIO]], ["/1", "/2"]),
        ({"status": "current"}, [""]),
        ({"number": "", "status": "current"}, ["/number"]),
        ({"number": 3330001234, "status": "current"}, ["/number"]),
        ({"number": "12", "status": "current"}, ["/number"]),
        ({"number": "3.93331E+11", "status": "current"}, ["/number"]),
        ({**MARIO, "status": "maybe"}, ["/status"]),
        ({**MARIO, "status": True}, ["/status"]),
        ({**MARIO, "since": "01/02/2020"}, ["/since"]),
        ({**MARIO, "since": "2021-01-01", "until": "2020-01-01"}, ["/until"]),
        ({**MARIO, "status": "ended", "until": "2026-12-31"}, ["/until"]),
        ({**MARIO, "products": [1]}, ["/products"]),
        ({**MARIO, "products": {"a": "b"}}, ["/products"]),
        ({**MARIO, "person": "a\0b"}, ["/person"]),
        ({**MARIO, "person": "x" * 501}, ["/person"]),
        ({**MARIO, "a/b~c": ""}, ["/a~1b~0c"]),
        ({**MARIO, "as_of": "2026-11-24T10:01:01Z"}, ["/as_of"]),
        ({**MARIO, "as_of": "soon"}, ["/as_of"]),
        ({**MARIO, "as_of": "0001-01-01T00:00:00+14:00"}, ["/as_of"]),
        ([MARIO, {**MARIO, "status": "ended"}], ["/1/number"]),
        ([{"number": "1"}, MARIO, {"number": "2", "status": "current"}], ["/0", "/2/number"]),
    ],
)
def test_what_cannot_be_taken_is_named_and_nothing_is_taken(office: Office, said: Any, pointers: list[str]) -> None:
    """Every item that is wrong, by its JSON pointer."""
    faults = office.faults(said)
    assert [pointer for pointer, _ in faults] == pointers
    assert all(detail for _, detail in faults)


def test_a_thousand_faults_are_a_hundred(office: Office) -> None:
    """The answer stays readable."""
    assert len(office.faults([{}] * 1000)) == 100


def test_of_several_words_on_one_number_the_newest_counts(office: Office) -> None:
    """In whichever order they stand."""
    ended = {**MARIO, "status": "ended", "as_of": "2026-11-20T00:00:00Z"}
    current = {**MARIO, "number": "+39 333 0001234", "as_of": "2026-11-21T00:00:00Z"}
    for said in ([ended, current], [current, ended], [current, current, ended]):
        report = office.bring(said)
        assert report["read"] == len(said)
        assert office.row().status is CustomerStatus.CURRENT


def test_a_clock_that_is_a_little_ahead_is_read_as_now(office: Office) -> None:
    """Never later than now, or it would beat what is said afterwards."""
    office.bring({**MARIO, "as_of": (NOW + timedelta(seconds=59)).isoformat()})
    assert office.row().as_of == NOW


def test_the_same_key_is_taken_once(office: Office) -> None:
    """The same body again gets the same report; another body is refused, and so is nothing else."""
    first = office.bring(MARIO, key="a-1")
    assert office.bring(MARIO, key="a-1", now=NOW + HOUR) == first
    assert len(office.lists.files) == 1
    with pytest.raises(KeyReused):
        office.bring({**MARIO, "status": "ended"}, key="a-1")
    assert office.row().status is CustomerStatus.CURRENT
    office.bring({**MARIO, "status": "ended"}, key="a-2", now=NOW + HOUR)
    assert office.row().status is CustomerStatus.ENDED


def test_a_store_that_breaks_leaves_nothing() -> None:
    """The version is abandoned; sent again, it is taken."""
    office = Office(MemoryLists(breaks_at_batch=1))
    with pytest.raises(StoreUnavailable):
        office.bring(MARIO, key="k")
    assert (office.lists.visible, office.lists.abandoned) == ({}, [1])
    assert office.bring(MARIO, key="k")["added"] == 1


def test_fields_are_those_of_a_file(office: Office) -> None:
    """And the instant; a field that files get, deliveries get too."""
    ((_, detail),) = office.faults({**MARIO, "nothing": ""})
    assert set(detail.partition(" have ")[2].split(", ")) == {*KINDS["customers"].fields, "as_of"}
