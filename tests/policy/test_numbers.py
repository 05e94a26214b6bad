"""What was dialled, read as a number, and what is known of a number by itself."""

from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers.tzdata import TIMEZONE_DATA

from ari_app.policy.numbers import (
    Callee,
    Line,
    NotANumber,
    Number,
    NumberFormat,
    dial_form,
    line_of,
    read_number,
    region_of,
    zones,
)
from tests.policy.examples import PROPERTY

MOBILE = Number("+393331234567")


@pytest.mark.parametrize(
    "dialled",
    [
        "3331234567",
        "+39 333 1234567",
        "00393331234567",
        "00 39 333 123 45 67",
        " 333.123.45.67 ",
        "333-123-4567",
        "+39.333-123 4567",
    ],
)
def test_spellings_of_one_number_read_the_same(dialled: str) -> None:
    """Spaces, dots, dashes, a plus or an international prefix change nothing."""
    assert read_number(dialled, region="IT") == MOBILE


@pytest.mark.parametrize("dialled", ["02 1234 5678", "+390212345678", "0039 02 12345678"])
def test_an_italian_landline_keeps_its_zero(dialled: str) -> None:
    """Italy's leading zero belongs to the number."""
    assert read_number(dialled, region="IT") == Number("+390212345678")


@pytest.mark.parametrize(
    ("dialled", "why"),
    [
        ("", "not_dialable"),
        (" ", "not_dialable"),
        ("+", "not_dialable"),
        ("333abc1234", "not_dialable"),
        ("333,1234567", "not_dialable"),
        ("(333)1234567", "not_dialable"),
        ("333\u00a01234567", "not_dialable"),
        ("٣٣٣١٢٣٤٥٦٧", "not_dialable"),
        ("333123456７", "not_dialable"),
        ("++393331234567", "not_dialable"),
        ("39+3331234567", "not_dialable"),
        ("3331234567\n", "not_dialable"),
        ("3331234567;ext=9", "not_dialable"),
        ("39", "too_short"),
        ("0039", "too_short"),
        ("+39", "too_short"),
        ("3", "too_short"),
        ("+999123456789", "unknown_country"),
        ("+00393331234567", "unknown_country"),
        ("3" * 40, "too_long"),
        ("9" * 5000, "too_long"),
        ("393331234567", "too_long"),
        ("+393999999999999", "too_long"),
        ("2001234567", "unassigned"),
        ("+447700900123", "unassigned"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(dialled: str, why: str) -> None:
    """Letters, signs, wrong lengths and unassigned ranges are told apart; a country prefix is never guessed."""
    assert read_number(dialled, region="IT") == NotANumber(why)


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [
        ("12125550123", Number("+12125550123")),
        ("1 212 555 0123", Number("+12125550123")),
        ("112125550123", NotANumber("too_long")),
        ("1", NotANumber("too_short")),
    ],
)
def test_north_america_dials_a_one_before_its_ten_digits(dialled: str, expected: Callee) -> None:
    """There the calling code is the trunk prefix as well, so nothing is guessed; a second one is one too many."""
    assert read_number(dialled, region="US") == expected


@PROPERTY
@given(st.text(), st.sampled_from(["IT", "GB", "US", "", "XX", "it"]), st.lists(st.text(max_size=3), max_size=2))
@example("+", "IT", [])
@example("00", "IT", ["0"])
@example("0" * 300, "IT", ["0"])
def test_any_text_is_read_or_refused(dialled: str, region: str, prefixes: list[str]) -> None:
    """No text raises, whatever the region and the prefixes."""
    assert isinstance(read_number(dialled, region=region, strip_prefixes=prefixes), Number | NotANumber)


@PROPERTY
@given(st.text(alphabet="0123456789+ .-", max_size=20), st.sampled_from(["IT", "GB", "US", "FR"]))
@example("+393331234567", "US")
def test_what_reads_as_a_number_reads_as_itself_again(dialled: str, region: str) -> None:
    """E.164 is a fixed point, in any region."""
    callee = read_number(dialled, region=region)
    if isinstance(callee, Number):
        assert phonenumbers.is_valid_number(phonenumbers.parse(callee.e164))
        assert read_number(callee.e164, region="IT") == callee


@pytest.mark.parametrize(
    ("dialled", "prefixes", "e164"),
    [
        ("03331234567", ["0"], "+393331234567"),
        ("0 02 12345678", ["0"], "+390212345678"),
        ("02 12345678", ["0"], "+390212345678"),
        ("3331234567", ["0"], "+393331234567"),
        ("0 00 44 20 7031 3000", ["0"], "+442070313000"),
        ("93331234567", ["9"], "+393331234567"),
        ("93331234567", ["0", "9"], "+393331234567"),
        ("93331234567", [""], None),
        ("+393331234567", ["+39"], "+393331234567"),
    ],
)
def test_an_outside_line_prefix_is_taken_off_where_a_number_is_left(
    dialled: str, prefixes: list[str], e164: str | None
) -> None:
    """The stripped reading comes first; what it does not fit counts as dialled; a plus is never stripped."""
    callee = read_number(dialled, region="IT", strip_prefixes=prefixes)
    assert (callee.e164 if isinstance(callee, Number) else None) == e164


@pytest.mark.parametrize(
    ("e164", "number_format", "region", "dialled", "form"),
    [
        ("+393331234567", NumberFormat.E164, "IT", "3331234567", "+393331234567"),
        ("+393331234567", NumberFormat.NATIONAL, "IT", "+393331234567", "3331234567"),
        ("+390212345678", NumberFormat.NATIONAL, "IT", "+390212345678", "0212345678"),
        ("+442070313000", NumberFormat.NATIONAL, "GB", "", "02070313000"),
        ("+442070313000", NumberFormat.NATIONAL, "IT", "", "00442070313000"),
        ("+442070313000", NumberFormat.NATIONAL, "US", "", "011442070313000"),
        ("+442070313000", NumberFormat.NATIONAL, "BR", "", "+442070313000"),
        ("+393331234567", NumberFormat.DIALLED, "IT", "0 333.123-4567", "3331234567"),
        ("+393331234567", NumberFormat.DIALLED, "IT", "0039 333 1234567", "00393331234567"),
        ("+393331234567", NumberFormat.DIALLED, "IT", "+39 333 1234567", "+393331234567"),
        ("+390212345678", NumberFormat.DIALLED, "IT", "0 02 12345678", "0212345678"),
        ("+393331234567", NumberFormat.DIALLED, "IT", "3331234568", "+393331234567"),
        ("+393331234567", NumberFormat.DIALLED, "IT", "no digits", "+393331234567"),
    ],
)
def test_the_number_is_handed_over_in_the_form_the_trunk_wants(
    e164: str, number_format: NumberFormat, region: str, dialled: str, form: str
) -> None:
    """E.164, national, or as dialled without the outside line; never a number other than the one that was judged."""
    assert dial_form(Number(e164), number_format, region=region, dialled=dialled) == form


@PROPERTY
@given(
    st.sampled_from(["0", "9", ""]),
    st.sampled_from(["3331234567", "0212345678", "+442070313000", "00393331234567"]),
    st.sampled_from(list(NumberFormat)),
)
def test_every_form_reads_back_as_the_judged_number(prefix: str, dialled: str, number_format: NumberFormat) -> None:
    """What the PBX is told to dial is always the number that the rules saw."""
    raw = dialled if dialled.startswith("+") else prefix + dialled
    callee = read_number(raw, region="IT", strip_prefixes=[prefix])
    assert isinstance(callee, Number)
    form = dial_form(callee, number_format, region="IT", dialled=raw)
    assert read_number(form, region="IT") == callee


@pytest.mark.parametrize(
    ("e164", "places"),
    [
        ("+390212345678", ("Europe/Rome",)),
        ("+393331234567", ("Europe/Rome",)),  # the Vatican keeps the same clock
        ("+12125550123", ("America/New_York",)),
        ("+34612345678", ("Atlantic/Canary", "Europe/Madrid")),
        ("+80012345678", ()),
    ],
)
def test_a_number_tells_every_zone_its_owner_may_be_in(e164: str, places: tuple[str, ...]) -> None:
    """Several where the prefix covers several; none where no country is behind it."""
    assert zones(Number(e164)) == places


def test_a_toll_free_number_may_ring_in_any_zone_of_its_country() -> None:
    """A number that belongs to no place has all zones of its country."""
    assert {"America/New_York", "Pacific/Honolulu"} <= set(zones(Number("+18005550123")))


def test_every_zone_that_can_come_up_is_known_to_the_time_zone_data() -> None:
    """No prefix leads to a zone that tzdata lacks."""
    for name in sorted({name for names in TIMEZONE_DATA.values() for name in names}):
        assert ZoneInfo(name)


@pytest.mark.parametrize(
    ("e164", "region", "line"),
    [
        ("+390212345678", "IT", "fixed"),
        ("+393331234567", "IT", "mobile"),
        ("+12125550123", "US", "unknown"),
        ("+80012345678", "001", "unknown"),
    ],
)
def test_a_number_tells_its_country_and_kind_of_line(e164: str, region: str, line: Line) -> None:
    """Where the number alone does not say what line it is, that is unknown."""
    assert (region_of(Number(e164)), line_of(Number(e164))) == (region, line)


def test_a_number_hides_itself_when_shown() -> None:
    """`repr` is masked."""
    assert "1234567" not in repr(MOBILE)
    assert repr(MOBILE) == "Number(+393*******67)"
    assert repr(Number("+3912")) == "Number(*****)"
