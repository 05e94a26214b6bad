"""Where a callee is: countries, and the states of American area codes."""

from collections import Counter

import phonenumbers
import pytest
from phonenumbers import geocoder

from ari_app.policy.numbers import Number, region_of
from ari_app.policy.regions import STATES, lies_in, state_of

NAMES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ",
    "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH",
    "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC",
    "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA",
    "Washington State": "WA", "Washington D.C.": "DC", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip

PLACELESS = {
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
}


def american_numbers() -> dict[str, list[phonenumbers.PhoneNumber]]:
    """For each area code of the United States that libphonenumber takes for valid, some of its numbers."""
    numbers: dict[str, list[phonenumbers.PhoneNumber]] = {}
    for area in range(200, 1000):
        for rest in range(2_002_000, 10_000_000, 1_571_000):
            number = phonenumbers.PhoneNumber(country_code=1, national_number=area * 10_000_000 + rest)
            if phonenumbers.is_valid_number(number) and phonenumbers.region_code_for_number(number) == "US":
                numbers.setdefault(str(area), []).append(number)
    return numbers


def state_said(number: phonenumbers.PhoneNumber) -> str:
    """The state that the geocoder tells of a number, as `US-FL`."""
    said = geocoder.description_for_number(number, "en")
    return f"US-{NAMES.get(said) or said.rpartition(', ')[2]}"


def test_every_area_code_lies_in_its_state() -> None:
    """Each one that libphonenumber knows, so that a new one fails here; numbers of no place lie in none."""
    wrong = []
    for area, numbers in american_numbers().items():
        placeless = phonenumbers.number_type(numbers[0]) in PLACELESS
        expected = "" if placeless else Counter(map(state_said, numbers)).most_common(1)[0][0]
        found = {state_of(Number(f"+1{number.national_number}")) for number in numbers}
        if found != {expected}:
            wrong.append((area, expected, found))
    assert wrong == []


def test_fifty_states_and_the_district_are_known() -> None:
    """No more and no less."""
    assert {f"US-{code}" for code in NAMES.values()} == STATES


@pytest.mark.parametrize(
    ("e164", "places", "lies"),
    [
        ("+13055550123", ["US-FL"], True),
        ("+13055550123", ["US"], True),
        ("+13055550123", ["US-TX", "IT"], False),
        ("+13055550123", ["US-TX", "US-FL"], True),
        ("+18005550123", ["US-FL"], True),
        ("+393331234567", ["US-FL"], False),
        ("+14165550123", ["US-FL"], False),
        ("+14165550123", ["CA"], True),
        ("+10005550123", ["US-FL"], True),
    ],
)
def test_a_number_lies_where_it_may_be(e164: str, places: list[str], lies: bool) -> None:
    """A number of no place lies in every state of its country, one of no country everywhere."""
    assert lies_in(Number(e164), tuple(places)) is lies


@pytest.mark.parametrize("e164", ["+14165550123", "+393331234567", "+17875550123"])
def test_only_the_united_states_have_states(e164: str) -> None:
    """Canada, Italy and Puerto Rico are countries to libphonenumber."""
    assert state_of(Number(e164)) == ""
    assert region_of(Number(e164)) != "US"
