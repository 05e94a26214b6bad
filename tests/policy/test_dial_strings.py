"""What is dialled, in the dial strings of channels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.policy.dial_strings import bare, dialled_in, meanings, trunk_of, user_of, without_numbers

TRUNKS = ("PJSIP/trunk", "DAHDI/i1", "IAX2/carrier", "PJSIP/trunk-2024")


@pytest.mark.parametrize(
    ("channel", "trunk"),
    [
        ("PJSIP/trunk-0000001a", "PJSIP/trunk"),
        ("PJSIP/trunk2-0000001a", None),
        ("PJSIP/trunk-2024-0000001a", "PJSIP/trunk-2024"),
        ("DAHDI/i1/3331234567-1", "DAHDI/i1"),
        ("IAX2/carrier-1234", "IAX2/carrier"),
        ("Local/trunk@x-00000001;2", None),
        ("PJSIP/101-0000001a", None),
        ("", None),
    ],
)
def test_the_trunk_of_a_channel(channel: str, trunk: str | None) -> None:
    """By its whole name, and no other that begins alike."""
    assert trunk_of(channel, TRUNKS) == trunk


@pytest.mark.parametrize(
    ("channel", "dial_string", "number"),
    [
        ("PJSIP/trunk-1", "3330000001@trunk", "3330000001"),
        ("PJSIP/trunk-1", "trunk/sip:+393330000001@127.0.0.2:5060", "+393330000001"),
        ("PJSIP/trunk-1", "trunk/SIPS:3330000001;phone-context=x@h", "3330000001"),
        ("PJSIP/trunk-1", "1@trunk/sip:2@h", "1"),
        ("PJSIP/trunk-1", "trunk", ""),
        ("IAX2/c-1", "user:secret@carrier/3330000001@context", "3330000001"),
        ("SIP/c-1", "carrier/3330000001", "3330000001"),
        ("SIP/c-1", "1@carrier/2", ""),
        ("DAHDI/i1/3330000001-1", "g1/3330000001/opts", "3330000001"),
    ],
)
def test_the_number_in_a_dial_string(channel: str, dial_string: str, number: str) -> None:
    """What stands in its place; where a technology does not say which counts, none."""
    assert dialled_in(channel, dial_string) == number


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("<sip:+39333@h>", "+39333"),
        ("sip:39333;x=1@h", "39333"),
        ("sip:127.0.0.2:5060", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_user_of_a_uri(uri: str, user: str) -> None:
    """A host alone is nobody."""
    assert user_of(uri) == user


def test_what_a_number_may_mean() -> None:
    """As dialled there, else as E.164 that lost its plus; both with and without the carrier's prefix."""

    def read(dialled: str) -> list[str]:
        found = meanings(dialled, regions=("IT",), strip_prefixes=("9",), trunk_prefixes=("88",))
        return [number.e164 for number in found]

    assert read("3330000001") == ["+393330000001"]
    assert read("393330000001") == ["+393330000001"]
    assert read("88393330000001") == ["+393330000001"]
    assert read("93330000001") == ["+393330000001"]
    assert read("x3330000001") == []
    town = meanings("03321234567", regions=("IT",), strip_prefixes=("0",), trunk_prefixes=())
    assert [number.e164 for number in town] == ["+3903321234567"]  # and not the mobile +39 332 1234567
    assert bare("88333", ("88", "99")) == ("88333", "333")


def test_no_number_is_left_in_a_name() -> None:
    """The serial of a channel stays."""
    assert without_numbers("Local/3330000001@out-0000000a;2") == "Local/3330****01@out-0000000a;2"
    assert without_numbers("PJSIP/trunk-00000012") == "PJSIP/trunk-00000012"
    assert "3330000001" not in without_numbers("DAHDI/i1/3330000001-1")


@given(st.text(), st.text())
def test_any_text_is_read(channel: str, dial_string: str) -> None:
    """Nothing raises, and what is found comes from the text."""
    found = dialled_in(channel, dial_string)
    assert found in dial_string
    meanings(found, regions=("IT", "US"), strip_prefixes=("0",), trunk_prefixes=("00",))
    trunk_of(channel, TRUNKS)
    user_of(dial_string)
    without_numbers(channel)
