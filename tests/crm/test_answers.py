"""What a CRM's JSON says of a customer; whatever is not understood is nothing that a call may leave on."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.crm import Absent, CrmSettings, Misread, Places, Reading
from ari_app.crm.answers import read
from ari_app.crm.errors import NoAnswer
from ari_app.crm.line import Answer
from ari_app.policy.held import Customer, CustomerStatus

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
MARIO = "+393330001234"
WORDS = {
    "active": CustomerStatus.CURRENT,
    "true": CustomerStatus.CURRENT,
    "1": CustomerStatus.CURRENT,
    "former": CustomerStatus.ENDED,
    "prospect": CustomerStatus.NONE,
}
FLAT = CrmSettings(url="https://crm.example/?n={number}", words=WORDS)
MANY = replace(FLAT, places=Places(record="items.*", products="contracts.*.name"))
DEEP = replace(FLAT, places=Places(status="customer.status", products="customer.products", person="customer.id"))


def reading(said: Any, settings: CrmSettings = FLAT) -> Reading:
    """How this answer is read."""
    return read(Answer(200, json.dumps(said).encode()), settings, MARIO, NOW)


def test_every_field_is_read() -> None:
    """Products as a list keep their commas; dates are read as in files."""
    said = {
        "status": " Active ",
        "products": ["Fibra 1000, TV", "mobile", "mobile", ""],
        "since": "2020-01-01",
        "until": None,
        "person": 4711,
        "name": "ignored",
    }
    assert reading(said) == Customer(
        status=CustomerStatus.CURRENT,
        products=("Fibra 1000, TV", "mobile"),
        since=datetime(2020, 1, 1, tzinfo=UTC),
        person="4711",
    )


def test_a_former_customer_is_one_through_the_last_day() -> None:
    """A date alone, as `until`, is the end of that day."""
    assert reading({"status": "former", "until": "2026-10-31", "products": "adsl | voce;tv"}) == Customer(
        status=CustomerStatus.ENDED, products=("adsl", "voce", "tv"), until=datetime(2026, 11, 1, tzinfo=UTC)
    )


def test_who_never_was_one_has_nothing_else() -> None:
    """A prospect's dates are not a customer's."""
    assert reading({"status": "prospect", "since": "tomorrow"}) == Customer(status=CustomerStatus.NONE)


@pytest.mark.parametrize(
    ("said", "settings"),
    [
        ({}, FLAT),
        ([], FLAT),
        (None, FLAT),
        ("", FLAT),
        ({"items": []}, MANY),
        ({"items": None}, MANY),
        ({"items": [None, {}]}, MANY),
        ({"customer": None}, DEEP),
        ({"customer": {}}, DEEP),
        ([], replace(FLAT, places=Places(status="0.status"))),
    ],
)
def test_an_empty_result_is_nobody(said: Any, settings: CrmSettings) -> None:
    """Wherever on the way it is empty."""
    assert reading(said, settings) == Absent()


@pytest.mark.parametrize(
    ("said", "settings", "field"),
    [
        ({"error": "no such thing"}, FLAT, "status"),
        ({"status": None}, FLAT, "status"),
        ({"status": ""}, FLAT, "status"),
        ({"status": "suspended"}, FLAT, "status"),
        ({"status": ["active"]}, FLAT, "status"),
        ({"status": False}, FLAT, "status"),
        ({"status": 2}, FLAT, "status"),
        ({"status": 10**30}, FLAT, "status"),
        ("active", FLAT, "status"),
        (["active"], FLAT, "status"),
        (False, FLAT, "status"),
        ({"result": "none"}, MANY, "record"),
        ({"items": {"a": 1}}, MANY, "record"),
        ({"items": "none"}, MANY, "record"),
        ({"items": [{"status": "prospect"}, {"status": "?"}]}, MANY, "status"),
        ({"customer": {"state": "active"}}, DEEP, "status"),
        ({"status": "active", "products": [{"name": "x"}]}, FLAT, "products"),
        ({"status": "active", "products": [str(n) for n in range(101)]}, FLAT, "products"),
        ({"status": "active", "products": True}, FLAT, "products"),
        ({"status": "active", "since": {"year": 2020}}, FLAT, "since"),
        ({"status": "active", "since": 1577836800}, FLAT, "record"),
        ({"status": "active", "since": "01/02/2020"}, FLAT, "record"),
        ({"status": "active", "since": "9999-12-31T23:59:59-12:00"}, FLAT, "record"),
        ({"status": "former", "until": "2027-01-01"}, FLAT, "record"),
        ({"status": "former", "since": "2020-01-02", "until": "2019-01-01"}, FLAT, "record"),
        ({"status": "active", "person": "a\0b"}, FLAT, "person"),
        ({"status": "active", "person": "x" * 501}, FLAT, "person"),
    ],
)
def test_what_is_not_understood_is_not_guessed(said: Any, settings: CrmSettings, field: str) -> None:
    """The field is named, and one record that cannot be read spoils the answer."""
    found = reading(said, settings)
    assert isinstance(found, Misread)
    assert found.field == field


@pytest.mark.parametrize("word", [True, 1, "ACTIVE", "1"])
def test_a_status_may_be_any_single_value(word: object) -> None:
    """As JSON writes it, in any case."""
    assert reading({"status": word}) == Customer(status=CustomerStatus.CURRENT)


def test_who_is_a_customer_by_any_record_is_one() -> None:
    """Their products are told together, those of what has ended are not; wherever they stand in the list."""
    items = [
        {"status": "former", "contracts": [{"name": "adsl"}], "until": "2020-01-01"},
        {"status": "active", "contracts": [{"name": "fibra"}], "person": "a"},
        {"status": "prospect"},
        {"status": "active", "contracts": [{"name": "tv"}, {"name": "fibra"}], "person": "b"},
    ]
    for said in (items, items[::-1]):
        found = reading({"items": said}, MANY)
        assert isinstance(found, Customer)
        assert (found.status, set(found.products)) == (CustomerStatus.CURRENT, {"fibra", "tv"})


def test_of_former_ones_who_ended_last_counts() -> None:
    """An end that is not said is taken for the latest."""
    items = [{"status": "former", "until": f"20{year}-01-01"} for year in (19, 24, 22)]
    found = reading({"items": items}, MANY)
    assert isinstance(found, Customer)
    assert found.until == datetime(2024, 1, 2, tzinfo=UTC)
    last = reading({"items": [*items, {"status": "former"}]}, MANY)
    assert isinstance(last, Customer)
    assert last.until is None


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null,", b"<html>", b"{'status': 'none'}", b'{"status": NaN}', b'"\xff"', b'\xef\xbb\xbf{"a": 1}'),
        *(b"[" * 100_000, b'{"status": "none"', b'{"person": "\\ud800"}'),
    ],
)
def test_what_is_no_json_is_no_answer(body: bytes) -> None:
    """Strictly: half of it, other quotes, other encodings."""
    with pytest.raises(NoAnswer, match="no JSON"):
        read(Answer(200, body), FLAT, MARIO, NOW)


@pytest.mark.parametrize("status", [204, 404])
def test_nobody_needs_no_body(status: int) -> None:
    """Whatever is written on the page."""
    assert read(Answer(status, b"<html>"), FLAT, MARIO, NOW) == Absent()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["status", "items", "customer", "products", "until", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from([FLAT, MANY, DEEP]))
def test_any_json_is_read_somehow(said: Any, settings: CrmSettings) -> None:
    """A customer, nobody, or what cannot be read: never an exception, and nobody becomes a customer by accident."""
    found = reading(said, settings)
    assert isinstance(found, Customer | Absent | Misread)
    if isinstance(found, Customer) and found.status is CustomerStatus.CURRENT:
        assert "active" in json.dumps(said).casefold() or "true" in json.dumps(said) or "1" in json.dumps(said)
