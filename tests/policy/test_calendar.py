"""Windows by day class, time zones with their two clock changes, and the exact next opening."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ari_app.policy.calendar import (
    CallingWindow,
    DayClass,
    LocalDay,
    day_class,
    is_open,
    knows_holidays_of,
    next_open,
    read_kept_day,
    read_local_day,
    read_span,
)
from ari_app.policy.rules.calling_window import read_windows

ROME = ("Europe/Rome",)
ITALY = CallingWindow(
    read_windows(
        {
            "mon_fri": ["09:00-20:00"],
            "sat": ["10:00-19:00"],
            "sun": [],
            "holiday": [],
            "eve_of_holiday": ["10:00-19:00"],
        }
    ),
    "IT",
)


def rome(text: str) -> datetime:
    """An instant by Rome's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Rome"))


def every_day(*spans: str) -> CallingWindow:
    """The same windows on all days."""
    return CallingWindow(read_windows({"mon_sun": list(spans)}))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 23), DayClass.MON),
        (date(2026, 10, 4), DayClass.HOLIDAY),
        (date(2025, 10, 4), DayClass.SAT),
        (date(2026, 4, 4), DayClass.EVE_OF_HOLIDAY),
        (date(2026, 4, 5), DayClass.HOLIDAY),
        (date(2026, 4, 6), DayClass.HOLIDAY),
        (date(2026, 12, 25), DayClass.HOLIDAY),
        (date(2026, 12, 31), DayClass.EVE_OF_HOLIDAY),
    ],
)
def test_a_day_has_one_class(day: date, expected: DayClass) -> None:
    """Easter moves, San Francesco is one again from 2026, and a holiday before a holiday is a holiday."""
    assert day_class(day, "IT") is expected


def test_without_a_calendar_there_are_no_holidays() -> None:
    """Christmas is then an ordinary Friday."""
    assert day_class(date(2026, 12, 25), "") is DayClass.FRI


def test_only_countries_with_a_calendar_are_known() -> None:
    """A country or one of its subdivisions; a code that is neither is not."""
    assert all(knows_holidays_of(calendar) for calendar in ("IT", "US-AL", "ES-MD"))
    assert not any(knows_holidays_of(calendar) for calendar in ("", "XX", "US-", "US-XX", "XX-AL", "it"))


def test_a_subdivision_has_holidays_of_its_own() -> None:
    """Mardi Gras is one in Louisiana, and an ordinary Tuesday in the rest of the country."""
    mardi_gras = date(2026, 2, 17)
    assert day_class(mardi_gras, "US-LA") is DayClass.HOLIDAY
    assert day_class(mardi_gras, "US") is DayClass.TUE
    assert day_class(date(2026, 7, 4), "US-LA") is DayClass.HOLIDAY


SAINT_AMBROSE = read_local_day("12-07")


@pytest.mark.parametrize(
    ("day", "local_days", "expected"),
    [
        (date(2026, 12, 7), (), DayClass.EVE_OF_HOLIDAY),
        (date(2026, 12, 7), (SAINT_AMBROSE,), DayClass.HOLIDAY),
        (date(2027, 12, 7), (SAINT_AMBROSE,), DayClass.HOLIDAY),
        (date(2026, 12, 6), (SAINT_AMBROSE,), DayClass.EVE_OF_HOLIDAY),
        (date(2026, 10, 9), (read_local_day("2026-10-09"),), DayClass.HOLIDAY),
        (date(2027, 10, 9), (read_local_day("2026-10-09"),), DayClass.SAT),
        (date(2026, 12, 31), (read_local_day("2027-01-01"),), DayClass.EVE_OF_HOLIDAY),
        (date(2028, 2, 29), (read_local_day("02-29"),), DayClass.HOLIDAY),
        (date(2027, 2, 28), (read_local_day("02-29"),), DayClass.SUN),
    ],
)
def test_a_local_day_is_a_holiday_and_has_an_eve(
    day: date, local_days: tuple[LocalDay, ...], expected: DayClass
) -> None:
    """Each year, or in the one year it names; 29 February when there is one."""
    assert day_class(day, "IT", local_days) is expected


def test_a_local_day_closes_the_windows() -> None:
    """As any other holiday; without a calendar there are none."""
    milan = CallingWindow(ITALY.hours, "IT", (SAINT_AMBROSE,))
    assert next_open(milan, rome("2026-12-05 19:00"), ROME) == rome("2026-12-09 09:00")
    assert day_class(date(2026, 12, 7), "", (SAINT_AMBROSE,)) is DayClass.MON


@pytest.mark.parametrize("text", ["", "7 December", "12-7", "13-01", "02-30", "2027-02-29", "00-10", "12-07 ", "12/07"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    """In any year, or in the year it names."""
    with pytest.raises(ValueError, match="no day"):
        read_local_day(text)
    with pytest.raises(ValueError, match="no day"):
        read_kept_day(f"IT {text}")


@pytest.mark.parametrize("text", ["12-07", "XX 12-07", "US-XX 12-07", " IT 12-07"])
def test_a_day_of_no_calendar_is_refused(text: str) -> None:
    """A patron saint of nowhere would close nothing."""
    with pytest.raises(ValueError, match="no calendar"):
        read_kept_day(text)


def test_a_kept_day_names_its_calendar() -> None:
    """A country, or a part of it."""
    assert read_kept_day("IT 12-07") == ("IT", LocalDay(12, 7))
    assert read_kept_day("US-AL 2026-10-09") == ("US-AL", LocalDay(10, 9, 2026))
    assert read_local_day(SAINT_AMBROSE) is SAINT_AMBROSE
    assert [str(read_local_day(text)) for text in ("12-07", "2026-10-09")] == ["12-07", "2026-10-09"]


def test_a_span_that_is_none_is_refused() -> None:
    """It must be text, too."""
    with pytest.raises(ValueError, match="write 09:00-20:00"):
        read_span(900)


@pytest.mark.parametrize(
    ("at", "is_it_open"),
    [
        ("2026-11-23 08:59:59.999999", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 19:59:59.999999", True),
        ("2026-11-23 20:00", False),
        ("2026-11-28 09:59", False),
        ("2026-11-28 10:00", True),
        ("2026-11-29 12:00", False),
        ("2026-12-25 12:00", False),
        ("2026-12-07 09:30", False),
        ("2026-12-07 10:00", True),
        ("2026-12-07 19:00", False),
        ("2027-03-28 12:00", False),
    ],
)
def test_italy_is_open_as_its_code_says(at: str, is_it_open: bool) -> None:
    """Start inside, end outside; Saturdays and eves shorter; Sundays and holidays never."""
    assert is_open(ITALY, rome(at), ROME) is is_it_open


def test_a_sunday_before_a_holiday_stays_closed() -> None:
    """The day before a holiday has only what its weekday and the eve both allow."""
    sunday = rome("2026-05-31 12:00")
    assert day_class(date(2027, 10, 31), "IT") is DayClass.EVE_OF_HOLIDAY
    assert not is_open(ITALY, rome("2027-10-31 12:00"), ROME)
    assert not is_open(ITALY, sunday, ROME)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:00"),
        ("2026-11-23 20:00", "2026-11-24 09:00"),
        ("2026-11-28 19:00", "2026-11-30 09:00"),
        ("2026-04-03 20:00", "2026-04-04 10:00"),
        ("2026-04-04 19:00", "2026-04-07 09:00"),
        ("2026-12-24 19:00", "2026-12-28 09:00"),
        ("2026-03-28 19:00", "2026-03-30 09:00"),
        ("2026-10-24 19:00", "2026-10-26 09:00"),
    ],
)
def test_the_next_opening_is_exact(at: str, opens: str) -> None:
    """Over nights, Sundays, Easter, Christmas and both clock changes."""
    assert next_open(ITALY, rome(at), ROME) == rome(opens)


@pytest.mark.parametrize(
    ("span", "at", "opens"),
    [
        ("02:15-02:45", "2026-03-29T00:00+00:00", "2026-03-30T00:15+00:00"),
        ("02:15-03:30", "2026-03-29T00:00+00:00", "2026-03-29T01:00+00:00"),
        ("02:15-02:45", "2026-10-25T00:45+00:00", "2026-10-25T01:15+00:00"),
        ("01:00-02:30", "2026-10-25T00:30+00:00", "2026-10-25T01:00+00:00"),
        ("02:15-02:45", "2026-10-25T00:00+00:00", "2026-10-25T00:15+00:00"),
    ],
)
def test_the_hour_that_is_skipped_or_repeated_is_right(span: str, at: str, opens: str) -> None:
    """A start that the clock jumps over opens in that very instant; a repeated one opens twice."""
    assert next_open(every_day(span), datetime.fromisoformat(at), ROME) == datetime.fromisoformat(opens)


@pytest.mark.parametrize(
    ("span", "at", "zone", "opens"),
    [
        ("00:30-02:15", "2026-09-05T22:00+00:00", "America/Santiago", "2026-09-06T04:00+00:00"),
        ("00:00-01:00", "2026-10-31T19:00+00:00", "America/Havana", "2026-11-01T04:00+00:00"),
        ("00:30-01:00", "2026-11-01T05:00+00:00", "America/Havana", "2026-11-01T05:30+00:00"),
        ("23:30-24:00", "2026-04-04T18:00+00:00", "America/Santiago", "2026-04-05T02:30+00:00"),
        ("23:15-23:30", "2026-04-05T02:45+00:00", "America/Santiago", "2026-04-05T03:15+00:00"),
    ],
)
def test_a_clock_change_at_midnight_is_right(span: str, at: str, zone: str, opens: str) -> None:
    """Where midnight is skipped the day begins with the jump; where it is repeated the first one counts too."""
    assert next_open(every_day(span), datetime.fromisoformat(at), (zone,)) == datetime.fromisoformat(opens)


def test_all_zones_of_the_callee_must_be_open() -> None:
    """Madrid opens an hour before the Canaries, and closes an hour before them."""
    zones = ("Atlantic/Canary", "Europe/Madrid")
    window = every_day("09:00-21:00")
    assert next_open(window, datetime(2026, 11, 23, 8, tzinfo=UTC), zones) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert not is_open(window, datetime(2026, 11, 23, 20, tzinfo=UTC), zones)


def test_zones_that_are_never_open_together_never_open() -> None:
    """Two ends of the world and a short window: no instant suits both."""
    zones = ("Pacific/Auckland", "Europe/London")
    assert next_open(every_day("10:00-11:00"), datetime(2026, 11, 23, tzinfo=UTC), zones) is None


def test_no_zone_is_never_open() -> None:
    """Where nobody knows what time it is, it is no time to call."""
    window = every_day("00:00-24:00")
    assert not is_open(window, datetime(2026, 11, 23, tzinfo=UTC), ())
    assert next_open(window, datetime(2026, 11, 23, tzinfo=UTC), ()) is None


def test_a_window_that_never_opens_has_no_next_opening() -> None:
    """None, not an instant beyond the year."""
    assert next_open(every_day(), datetime(2026, 11, 23, tzinfo=UTC), ROME) is None


def test_a_whole_day_is_open_from_midnight_to_midnight() -> None:
    """24:00 is the day's end."""
    midnight = rome("2026-11-23 00:00")
    assert all(is_open(every_day("00:00-24:00"), midnight + timedelta(minutes=17 * n), ROME) for n in range(200))


def test_a_day_class_left_out_adds_nothing() -> None:
    """A window that says nothing of holidays takes them for ordinary days, even with a calendar."""
    window = CallingWindow(read_windows({"mon_sun": ["09:00-20:00"]}), "IT")
    assert is_open(window, rome("2026-12-25 12:00"), ROME)
    assert is_open(window, rome("2026-12-24 09:00"), ROME)
