"""
Calling windows: on which days and hours, by the callee's own clock, a call may start.

Public holidays come from the `holidays` library; an installation adds local ones, such as a patron saint's day.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import holidays
from pydantic import BeforeValidator

from ari_app.policy.local_time import clock_of, first_open

_ONE_DAY = timedelta(days=1)
_DAY_ENDS = 24 * 60
_SPAN = re.compile(r"([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])", re.ASCII)
_DAY = re.compile(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})", re.ASCII)
_A_LEAP_YEAR = 2000


class DayClass(StrEnum):
    """A weekday, or what takes its place."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"
    HOLIDAY = "holiday"
    EVE_OF_HOLIDAY = "eve_of_holiday"


WEEKDAYS = tuple(DayClass)[:7]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes since midnight by the callee's clock: `start` is inside, `end` is not; 1440 is the day's end."""

    start: int
    end: int


def read_span(text: object) -> Span:
    """
    Read `09:00-20:00`; `24:00` ends a day.

    Raises ValueError: it is no such text, ends before it starts, or goes past midnight.
    """
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no window; write 09:00-20:00")
    from_hour, from_minute, to_hour, to_minute = (int(part) for part in match.groups())
    span = Span(from_hour * 60 + from_minute, to_hour * 60 + to_minute)
    if span.end > _DAY_ENDS:
        raise ValueError(f"{text} goes past midnight; write up to 24:00, and the rest on the next day")
    if span.end <= span.start:
        raise ValueError(f"{text} ends before it starts")
    return span


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day that is kept like a public holiday where the callee is, such as a patron saint's."""

    month: int
    day: int
    year: int | None = None
    """None: each year."""

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.year}-{self.month:02}-{self.day:02}" if self.year else f"{self.month:02}-{self.day:02}"

    def in_year(self, year: int) -> date | None:
        """The day of that year; None: it has none, as 29 February."""
        if self.year not in (None, year):
            return None
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


def read_local_day(value: object) -> LocalDay:
    """Read `12-07` (each year) or `2026-10-09`. Raises ValueError: there is no such day."""
    if isinstance(value, LocalDay):
        return value
    match = _DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is no day; write 12-07 for each year, or 2026-12-07")
    year, month, day = (int(part) if part else None for part in match.groups())
    read = LocalDay(month or 0, day or 0, year)
    if read.in_year(_A_LEAP_YEAR if year is None else year) is None:
        raise ValueError(f"there is no day {value}")
    return read


def read_kept_day(text: str) -> tuple[str, LocalDay]:
    """
    Read `IT 12-07`: the calendar whose followers keep the day, and the day.

    Raises ValueError: no such calendar is known, or there is no such day.
    """
    calendar, _, day = text.partition(" ")
    if not knows_holidays_of(calendar):
        raise ValueError(f"{text!r} begins with no calendar that is known; write IT 12-07, or US-AL 2026-10-09")
    return calendar, read_local_day(day)


LocalDays = tuple[Annotated[LocalDay, BeforeValidator(read_local_day)], ...]


@dataclass(frozen=True, slots=True)
class CallingWindow:
    """
    Spans by day class, and the calendar whose public holidays count: `IT`, or `US-AL` (empty: none do).

    A class that is left out adds nothing: a holiday is then an ordinary day, a weekday is closed. Local days are
    holidays beside those of the calendar.
    """

    hours: Mapping[DayClass, tuple[Span, ...]]
    calendar: str = ""
    local_days: tuple[LocalDay, ...] = ()
    _laid_out: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """
        The open spans of a day.

        A holiday has the spans of `holiday`. The day before a holiday has only what both its weekday and
        `eve_of_holiday` allow, so that a Sunday before a holiday stays closed.
        """
        spans = self._laid_out.get(day)
        if spans is None:
            spans = self._laid_out[day] = self._lay_out(day)
        return spans

    def _lay_out(self, day: date) -> tuple[Span, ...]:
        weekday = self.hours.get(WEEKDAYS[day.weekday()], ())
        match day_class(day, self.calendar, self.local_days):
            case DayClass.HOLIDAY:
                return self.hours.get(DayClass.HOLIDAY, weekday)
            case DayClass.EVE_OF_HOLIDAY:
                return _both(weekday, self.hours.get(DayClass.EVE_OF_HOLIDAY, weekday))
            case _:
                return weekday

    def covers(self, local: datetime) -> bool:
        """As `Hours`."""
        minute = local.hour * 60 + local.minute
        day = local.date()
        spans = self._laid_out.get(day)
        if spans is None:
            spans = self.spans_on(day)
        return any([span.start <= minute < span.end for span in spans])

    def starts_on(self, day: date) -> Sequence[timedelta]:
        """As `Hours`."""
        return [timedelta(minutes=span.start) for span in self.spans_on(day)]


@lru_cache(maxsize=256)
def knows_holidays_of(calendar: str) -> bool:
    """Whether the public holidays of this ISO country, or of its subdivision as `US-AL`, are known."""
    country, dash, subdivision = calendar.partition("-")
    subdivisions = holidays.list_supported_countries(include_aliases=False).get(country)
    return subdivisions is not None and (not dash or subdivision in subdivisions)


@lru_cache(maxsize=256)
def public_holidays(calendar: str, year: int, local_days: tuple[LocalDay, ...] = ()) -> frozenset[date]:
    """Public holidays, with their substitute days where a country has these, and the local days of that year."""
    country, _, subdivision = calendar.partition("-")
    days = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    return frozenset(days).union(day for local in local_days if (day := local.in_year(year)))


def is_holiday(day: date, calendar: str, local_days: tuple[LocalDay, ...] = ()) -> bool:
    """Whether the day is a holiday of the calendar, or a local one; never, if the calendar is empty."""
    return bool(calendar) and day in public_holidays(calendar, day.year, local_days)


def day_class(day: date, calendar: str, local_days: tuple[LocalDay, ...] = ()) -> DayClass:
    """The day's class; a holiday before a holiday (25 December in Italy) is a holiday."""
    if is_holiday(day, calendar, local_days):
        return DayClass.HOLIDAY
    if is_holiday(day + _ONE_DAY, calendar, local_days):
        return DayClass.EVE_OF_HOLIDAY
    return WEEKDAYS[day.weekday()]


def is_open(window: CallingWindow, at: datetime, zones: Sequence[str]) -> bool:
    """Whether a call may start at `at` in every one of the zones; no zones: never."""
    return bool(zones) and all([window.covers(at.astimezone(clock_of(zone))) for zone in zones])


def next_open(window: CallingWindow, at: datetime, zones: Sequence[str]) -> datetime | None:
    """The first instant at or after `at`, in UTC, at which all zones are open; None: not within 400 days."""
    return first_open([(window, zone) for zone in zones], at)


def _both(first: Sequence[Span], second: Sequence[Span]) -> tuple[Span, ...]:
    overlaps = (Span(max(a.start, b.start), min(a.end, b.end)) for a in first for b in second)
    return tuple(sorted(span for span in overlaps if span.start < span.end))
