"""
Calling windows: on which days and hours, by the callee's own clock, a call may start.

Time zones come from tzdata through `zoneinfo`, public holidays from the `holidays` library. A callee may be in one of
several zones; then all of them must be open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

_HORIZON = timedelta(days=400)  # every day class comes round within a year; leap days and a moving Easter need the rest
_ONE_DAY = timedelta(days=1)


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


@dataclass(frozen=True, slots=True)
class CallingWindow:
    """
    Spans by day class, and the country whose public holidays count (ISO; empty: none do).

    A class that is left out adds nothing: a holiday is then an ordinary day, a weekday is closed.
    """

    hours: Mapping[DayClass, tuple[Span, ...]]
    country: str = ""

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """
        The open spans of a day.

        A holiday has the spans of `holiday`. The day before a holiday has only what both its weekday and
        `eve_of_holiday` allow, so that a Sunday before a holiday stays closed.
        """
        weekday = self.hours.get(WEEKDAYS[day.weekday()], ())
        match day_class(day, self.country):
            case DayClass.HOLIDAY:
                return self.hours.get(DayClass.HOLIDAY, weekday)
            case DayClass.EVE_OF_HOLIDAY:
                return _both(weekday, self.hours.get(DayClass.EVE_OF_HOLIDAY, weekday))
            case _:
                return weekday


def knows_holidays_of(country: str) -> bool:
    """Whether the holidays of this ISO country are known."""
    return country in holidays.list_supported_countries(include_aliases=False)


@lru_cache(maxsize=256)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Nationwide public holidays, with their substitute days where a country has these."""
    return frozenset(holidays.country_holidays(country, years=year))


def is_holiday(day: date, country: str) -> bool:
    """Whether the day is a public holiday of the country; never, if the country is empty."""
    return bool(country) and day in public_holidays(country, day.year)


def day_class(day: date, country: str) -> DayClass:
    """The day's class; a holiday before a holiday (25 December in Italy) is a holiday."""
    if is_holiday(day, country):
        return DayClass.HOLIDAY
    if is_holiday(day + _ONE_DAY, country):
        return DayClass.EVE_OF_HOLIDAY
    return WEEKDAYS[day.weekday()]


def is_open(window: CallingWindow, at: datetime, zones: Sequence[str]) -> bool:
    """Whether a call may start at `at` in every one of the zones; no zones: never."""
    return bool(zones) and all(_is_open_in(window, at, zone) for zone in zones)


def next_open(window: CallingWindow, at: datetime, zones: Sequence[str]) -> datetime | None:
    """
    The first instant at or after `at` (in UTC) at which all zones are open; None: not within 400 days.

    Each zone in turn moves the instant on to its own next opening, until none does. What is skipped on the way is
    closed in some zone, so the result is exact.
    """
    if not zones:
        return None
    instant, horizon = at.astimezone(UTC), at + _HORIZON
    while True:  # each round moves on or ends, and the horizon ends them all
        before = instant
        for zone in zones:
            moved = _next_open_in(window, instant, zone)
            if moved is None or moved > horizon:
                return None
            instant = moved
        if instant == before:
            return instant


def _is_open_in(window: CallingWindow, at: datetime, zone: str) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    second = local.hour * 3600 + local.minute * 60 + local.second
    return any(span.start * 60 <= second < span.end * 60 for span in window.spans_on(local.date()))


def _next_open_in(window: CallingWindow, at: datetime, zone: str) -> datetime | None:
    if _is_open_in(window, at, zone):
        return at
    first = at.astimezone(ZoneInfo(zone)).date()
    for passed in range(_HORIZON.days + 1):
        day = first + passed * _ONE_DAY
        spans = window.spans_on(day)
        for instant in sorted(_openings(spans, day, ZoneInfo(zone))) if spans else ():
            # Only proposals: the clock itself is asked again, so a wall time that does not exist opens nothing.
            if instant > at and _is_open_in(window, instant, zone):
                return instant
    return None


def _openings(spans: Sequence[Span], day: date, zone: ZoneInfo) -> Iterator[datetime]:
    # A window can open when the wall clock shows its start: twice, where an hour is repeated in autumn. It can also
    # open in the very instant in which the clock jumps, forwards over the start, or back into the window.
    midnight = datetime.combine(day, time.min)
    for span in spans:
        for fold in (0, 1):
            start = (midnight + timedelta(minutes=span.start)).replace(tzinfo=zone, fold=fold)
            yield start.astimezone(UTC)
    begin = midnight.replace(tzinfo=zone).astimezone(UTC)
    end = (midnight + _ONE_DAY).replace(tzinfo=zone, fold=1).astimezone(UTC)
    if begin.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset():
        yield _clock_change(begin, end, zone)


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    # To the second: every change since 1972 falls on a whole one.
    offset = before.astimezone(zone).utcoffset()
    seconds = int((after - before).total_seconds())
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        unchanged = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset
        low, high = (middle, high) if unchanged else (low, middle)
    return before + timedelta(seconds=high)


def _both(first: Sequence[Span], second: Sequence[Span]) -> tuple[Span, ...]:
    overlaps = (Span(max(a.start, b.start), min(a.end, b.end)) for a in first for b in second)
    return tuple(sorted(span for span in overlaps if span.start < span.end))
