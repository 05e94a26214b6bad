"""Numbers that are alike are alike in everything that the rules can ask of a number."""

import random

import phonenumbers
import pytest
from phonenumbers import timezone

from ari_app.policy.alike import alike
from ari_app.policy.numbers import Number, countries_of, line_of, read_in_full, region_of, zones
from ari_app.policy.regions import STATES, lies_in, state_of
from tests.policy.test_sure_numbers import ALL, WITH_PACKS, spellings


def valid_numbers(region: str, choose: random.Random, count: int) -> list[str]:
    """E.164 of valid numbers, mostly of the region."""
    read = (read_in_full(text, region) for text in spellings(region, choose, count))
    return [each.e164 for each in read if isinstance(each, Number)]


def asked_in_full(e164: str) -> tuple[object, ...]:
    """What libphonenumber says of this very number."""
    parsed = phonenumbers.parse(e164, None)
    found = timezone.time_zones_for_number(parsed)
    return (
        phonenumbers.region_code_for_number(parsed),
        phonenumbers.number_type(parsed) in (0, 1) and phonenumbers.number_type(parsed),
        tuple(found),
    )


def told(e164: str) -> tuple[object, ...]:
    """What the policy knows of a number."""
    number = Number(e164)
    places = tuple(lies_in(number, (place,)) for place in (*WITH_PACKS, *STATES))
    return zones(number), region_of(number), countries_of(number), line_of(number), state_of(number), places


def test_alike_is_what_libphonenumber_says_alike() -> None:
    """In every country: one zone, one region, one kind of line for all that are alike."""
    choose = random.Random(11)  # noqa: S311  which numbers are tried
    said: dict[object, tuple[object, ...]] = {}
    shared = 0
    for region in (*WITH_PACKS * 8, *ALL):
        for e164 in valid_numbers(region, choose, 120):
            kind, full = alike(e164), asked_in_full(e164)
            shared += kind in said and kind.code != e164
            assert said.setdefault(kind, full) == full, (e164, kind)
    assert shared > 3_000


def test_what_the_policy_is_told_is_of_the_range() -> None:
    """Looked up for the first of a range, and for another one afresh: the same."""
    choose = random.Random(12)  # noqa: S311
    for region in (*WITH_PACKS * 3, *ALL):
        for e164 in valid_numbers(region, choose, 20):
            number, first = Number(e164), Number(alike(e164).example)
            parsed = phonenumbers.parse(e164, None)
            assert region_of(number) == (phonenumbers.region_code_for_number(parsed) or "")
            assert (line_of(number) == "mobile") == (phonenumbers.number_type(parsed) == 1)
            assert (line_of(number) == "fixed") == (phonenumbers.number_type(parsed) == 0)
            assert told(number.e164) == told(first.e164)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+393330000001", "+393471234567", True),  # mobiles of Italy
        ("+393330000001", "+390212345678", False),  # a mobile and Milan
        ("+12125550100", "+12125550199", True),  # one area code
        ("+12125550100", "+13055550100", False),  # New York, Florida
        ("+442079460000", "+447700900000", False),  # fixed and mobile
        ("+390669812345", "+390669812346", False),  # in Italy's code, of the Vatican: like no other
        ("+80012345678", "+80012345679", False),  # of no country
    ],
)
def test_ranges(one: str, other: str, same: bool) -> None:
    """Those that the packs tell apart are apart."""
    assert (alike(one) == alike(other)) is same


@pytest.mark.parametrize("text", ["", "+", "+39", "333", "+39333000000x", "+٣٩3330000001", "+999123", "+1"])
def test_other_text_is_like_nothing_else(text: str) -> None:
    """Whatever is no sure number stands for itself alone."""
    assert (alike(text).code, alike(text).line) == (text, "")
