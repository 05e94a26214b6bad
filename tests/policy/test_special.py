"""Emergency numbers and helplines, which nothing may ever hold up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.policy.special import emergency_and_helplines, is_special
from tests.policy.examples import PROPERTY


@pytest.mark.parametrize(
    ("region", "numbers"),
    [
        ("IT", "112 113 114 115 117 118 1522 1530 19696 116000 116006 116111 116117 116123"),
        ("GB", "101 105 111 112 999 18000 116000 116111 116123"),
        ("US", "112 911 988"),
        ("FR", "15 17 18 112 114 115 119 191 196 3114 3919 116000 116006 116111 116117"),
        ("ES", "016 024 061 062 080 085 088 091 092 112 116000 116111 116117 116123"),
        ("DE", "110 112 116000 116006 116111 116116 116117 116123"),
        ("XX", "112"),
    ],
)
def test_every_country_has_its_numbers(region: str, numbers: str) -> None:
    """Libphonenumber's emergency numbers and our own helplines, nothing else; an unknown country has 112."""
    assert set(emergency_and_helplines(region)) == set(numbers.split())


@pytest.mark.parametrize("dialled", ["112", "1 1 2", "1-1-2", "0112", "9 112", "1522", "01522", "116.117"])
def test_a_special_number_is_known_with_and_without_outside_line(dialled: str) -> None:
    """Both readings count."""
    assert is_special(dialled, "IT", ["0", "9"])


@pytest.mark.parametrize(
    "dialled", ["", "1121", "11", "+112", "+39112", "02112", "112a", "112;", "3331234567", "00112"]
)
def test_only_the_whole_number_is_special(dialled: str) -> None:
    """A number that begins or ends like one is an ordinary number."""
    assert not is_special(dialled, "IT", ["0", "9"])


@PROPERTY
@given(st.text())
def test_any_text_is_special_or_not(dialled: str) -> None:
    """No text raises."""
    assert is_special(dialled, "IT") in (True, False)
