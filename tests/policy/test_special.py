"""Emergency numbers and helplines, which nothing may ever hold up."""

import tomllib
from itertools import product
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from ari_app.judging.exempt import exempt_number
from ari_app.policy.helplines import HELPLINES
from ari_app.policy.numbers import Number, read_number
from ari_app.policy.special import emergency_and_helplines, is_special
from tests.policy.examples import PROPERTY
from tests.policy.special_page import page

PROJECT = Path(__file__).parents[2]
PREFIXES = ("0", "9", "8", "1")
AMBIGUOUS = {
    ("IT", "0"): "0116000 0116006 0116016 0116111 0116117 0116123 019696",
    ("DE", "9"): "9116000 9116006 9116016 9116111 9116116 9116117 9116123",
    ("DE", "8"): "8116000 8116006 8116016 8116111 8116116 8116117 8116123",
}
"""
Helplines behind an outside-line prefix that libphonenumber can also read as a subscriber's number, all of four digits
or without the zero of their area (Turin 011, Savona 019; Nuremberg 911). Nobody has them; they are listed to the last.
"""


def countries_with_a_pack() -> list[str]:
    """ISO countries of the packs that come with Garbo."""
    packs = (tomllib.loads(path.read_text()) for path in sorted((PROJECT / "ari_app" / "packs").glob("*.toml")))
    return sorted({pack["jurisdiction"] for pack in packs} - {"any"})


COUNTRIES = countries_with_a_pack()


def long_helplines(region: str) -> frozenset[Number]:
    """Those that have an ordinary number."""
    numbers = (read_number(helpline.number, region=region) for helpline in HELPLINES[region])
    return frozenset(number for number in numbers if isinstance(number, Number))


@pytest.mark.parametrize("region", COUNTRIES)
def test_every_country_with_a_pack_has_its_emergency_numbers_and_helplines(region: str) -> None:
    """Libphonenumber knows its emergency numbers, and there is a list of helplines, each once and each with a word."""
    listed = [helpline.number for helpline in HELPLINES.get(region, ())]
    assert listed, f"{region} has a pack and no helplines: add them to ari_app/policy/helplines.py"
    assert len(set(listed)) == len(listed)
    assert all(helpline.what and helpline.number.isdigit() for helpline in HELPLINES[region])
    special = emergency_and_helplines(region)
    assert set(listed) < set(special)
    known = {number for number in special if phonenumbers.is_emergency_number(number, region)}
    assert "112" in known
    assert known - set(listed), f"libphonenumber has no emergency numbers for {region}"


@pytest.mark.parametrize(
    ("region", "numbers"),
    [
        ("IT", "112 113 114 115 117 118 1522 19696 116000 116111 116117"),
        ("GB", "999 112 111 101 105 18000 116123 08001111 +448001111"),
        ("US", "911 112 988 211 311 711 811 18002221222 8002221222 +18002221222"),
        ("FR", "15 17 18 112 114 115 119 191 196 3114 3919 116117"),
        ("ES", "112 061 062 080 085 088 091 092 016 017 024 900202010 0034900202010"),
        ("DE", "110 112 116000 116016 116111 116116 116117 08001110111 +498001110111 00498001110111"),
        ("XX", "112"),
    ],
)
def test_the_numbers_that_everybody_knows_are_among_them(region: str, numbers: str) -> None:
    """In the ways that they are dialled; an unknown country has 112."""
    assert set(numbers.split()) <= set(emergency_and_helplines(region))


@pytest.mark.parametrize(("region", "prefix"), list(product(COUNTRIES, PREFIXES)))
def test_each_is_known_behind_an_outside_line_and_dialled_without_it(region: str, prefix: str) -> None:
    """And what is special as it stands is dialled as it stands, whatever is left of it without a prefix."""
    for number in emergency_and_helplines(region):
        assert is_special(number, region, [prefix])
        assert exempt_number(number, region=region, strip_prefixes=[prefix]) == number
        if not number.startswith("+") and not is_special(prefix + number, region):
            assert is_special(prefix + number, region, [prefix])
            assert exempt_number(prefix + number, region=region, strip_prefixes=[prefix]) == number


@pytest.mark.parametrize("region", COUNTRIES)
def test_no_subscriber_is_exempt_but_the_helplines_listed(region: str) -> None:
    """Whatever is special and reads as a valid number is a listed helpline, with any outside line but those pinned."""
    for prefix in ("", *PREFIXES):
        prefixes = [prefix] if prefix else []
        spellings = {prefix + number for number in emergency_and_helplines(region) if not number.startswith("+")}
        numbers = {
            each: read_number(each, region=region, strip_prefixes=prefixes)
            for each in spellings | set(emergency_and_helplines(region))
            if is_special(each, region, prefixes)
        }
        others = {
            each
            for each, number in numbers.items()
            if isinstance(number, Number) and number not in long_helplines(region)
        }
        assert others == set(AMBIGUOUS.get((region, prefix), "").split())


_KINDS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST)


@st.composite
def subscribers(draw: st.DrawFn) -> tuple[str, str, str]:
    """A country, a valid number of it in E.164, and one way to dial it: an example with its last digits drawn anew."""
    region, kind = draw(st.sampled_from(COUNTRIES)), draw(st.sampled_from(_KINDS))
    example = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    assert example is not None
    national = phonenumbers.national_significant_number(example)
    drawn = draw(st.integers(0, len(national) - 2))
    ending = draw(st.text("0123456789", min_size=drawn, max_size=drawn))
    parsed = phonenumbers.parse(f"+{example.country_code}{national[: len(national) - drawn]}{ending}")
    valid = parsed if phonenumbers.is_valid_number_for_region(parsed, region) else example
    e164 = phonenumbers.format_number(valid, phonenumbers.PhoneNumberFormat.E164)
    inside = phonenumbers.format_number(valid, phonenumbers.PhoneNumberFormat.NATIONAL)
    return region, e164, draw(st.sampled_from([e164, inside.translate(str.maketrans("", "", "()/"))]))


@PROPERTY
@given(subscribers(), st.sampled_from([(), ("0",), ("9",)]))
def test_a_subscribers_number_is_gated(subscriber: tuple[str, str, str], prefixes: tuple[str, ...]) -> None:
    """Fixed, mobile and free numbers of every country with a pack, as dialled inside it or from abroad."""
    region, e164, dialled = subscriber
    if Number(e164) not in long_helplines(region):
        pinned = AMBIGUOUS.get((region, "".join(prefixes)), "").split()
        assert not is_special(dialled, region, prefixes) or dialled in pinned


@pytest.mark.parametrize("dialled", ["112", "1 1 2", "1-1-2", "0112", "9 112", "1522", "01522", "116.117"])
def test_a_special_number_is_known_with_and_without_outside_line(dialled: str) -> None:
    """Both readings count."""
    assert is_special(dialled, "IT", ["0", "9"])


@pytest.mark.parametrize(
    "dialled", ["", "1121", "11", "+112", "+39112", "02112", "112a", "112;", "3331234567", "00112", "+39116117"]
)
def test_only_the_whole_number_is_special(dialled: str) -> None:
    """A number that begins or ends like one is an ordinary number."""
    assert not is_special(dialled, "IT", ["0", "9"])


@PROPERTY
@given(st.text())
def test_any_text_is_special_or_not(dialled: str) -> None:
    """No text raises."""
    assert is_special(dialled, "IT") in (True, False)


def test_the_page_says_what_the_lists_say() -> None:
    """`docs/special-numbers.md` is made, not written."""
    assert (PROJECT / "docs" / "special-numbers.md").read_text() == page()
