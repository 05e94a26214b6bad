"""
Hours and days by the callee's own clock, and the exact instants at which they begin.

Time zones come from tzdata through `zoneinfo`. A callee may be in one of several zones; then each must agree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

_HORIZON = timedelta(days=400)  # every day class comes round within a year; leap days and a moving Easter need the rest
_ONE_DAY = timedelta(days=1)
_ONE_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def clock_of(zone: str) -> ZoneInfo:
    """The clock in an IANA zone."""
    return ZoneInfo(zone)


class Hours(Protocol):
    """Times of day, on each day its own, at which a call may start."""

    def covers(self, local: datetime) -> bool:
        """Whether they cover what the clock on the wall shows."""
        ...

    def starts_on(self, day: date) -> Sequence[timedelta]:
        """Since midnight by the clock on the wall: wherever on that day they may begin."""
        ...


@dataclass(frozen=True, slots=True)
class TimesApart:
    """The times of day that lie at least `apart` from one, either way round the clock; exactly equal is inside."""

    since_midnight: timedelta
    apart: timedelta

    @classmethod
    def of(cls, at: datetime, apart: timedelta, zone: str) -> "TimesApart":
        """Apart from what the clock showed at `at` in the zone."""
        return cls(_time_of_day(at.astimezone(clock_of(zone))), apart)

    def covers(self, local: datetime) -> bool:
        """As `Hours`."""
        between = (_time_of_day(local) - self.since_midnight) % _ONE_DAY
        return self.apart <= between <= _ONE_DAY - self.apart

    def starts_on(self, day: date) -> Sequence[timedelta]:  # noqa: ARG002  the same every day
        """As `Hours`."""
        return ((self.since_midnight + self.apart) % _ONE_DAY,)


def covers(hours: Hours, at: datetime, zone: str) -> bool:
    """Whether the clock in the zone shows one of the hours at `at`."""
    return hours.covers(at.astimezone(clock_of(zone)))


def first_open(hours: Sequence[tuple[Hours, str]], at: datetime) -> datetime | None:
    """
    The first instant at or after `at` at which each zone shows its hours; None: not within 400 days, or no zones.

    Each zone in turn moves the instant on to its own next opening, until none does. What is skipped on the way is
    closed in some zone, so the result is exact.
    """
    if not hours:
        return None
    instant, horizon = at.astimezone(UTC), at + _HORIZON
    while True:  # each round moves on or ends, and the horizon ends them all
        before = instant
        for each, zone in hours:
            moved = _first_open_in(each, instant, zone)
            if moved is None or moved > horizon:
                return None
            instant = moved
        if instant == before:
            return instant


def days_after(at: datetime, days: int, zones: Sequence[str]) -> datetime:
    """The instant by which, in every zone, the local day that is `days` after the one of `at` has begun."""
    return max(_day_begins(at.astimezone(clock_of(zone)).date() + days * _ONE_DAY, zone) for zone in zones)


@lru_cache(maxsize=4096)
def _day_begins(day: date, zone: str) -> datetime:
    midnight = datetime.combine(day, time.min, tzinfo=clock_of(zone)).astimezone(UTC)
    if midnight.astimezone(clock_of(zone)).time() == time.min:
        return midnight
    # The clock jumps over midnight, as in Cairo and Havana: the day begins in that instant.
    return _clock_change(midnight - _ONE_DAY, midnight + _ONE_DAY, clock_of(zone))


def _first_open_in(hours: Hours, at: datetime, zone: str) -> datetime | None:
    if covers(hours, at, zone):
        return at
    first = at.astimezone(clock_of(zone)).date()
    for passed in range(_HORIZON.days + 1):
        day = first + passed * _ONE_DAY
        starts = hours.starts_on(day)
        for instant in sorted(_openings(starts, day, clock_of(zone))) if starts else ():
            # Only proposals: the clock itself is asked again, so a wall time that does not exist opens nothing.
            if instant > at and covers(hours, instant, zone):
                return instant
    return None


def _openings(starts: Sequence[timedelta], day: date, zone: ZoneInfo) -> Iterator[datetime]:
    # Hours can begin when the wall clock shows their start: twice, where an hour is repeated in autumn. They can also
    # begin in the very instant in which the clock jumps, forwards over the start, or back into them.
    midnight = datetime.combine(day, time.min)
    for since_midnight in starts:
        for fold in (0, 1):
            yield (midnight + since_midnight).replace(tzinfo=zone, fold=fold).astimezone(UTC)
    begin = midnight.replace(tzinfo=zone).astimezone(UTC) - _ONE_SECOND  # the jump may be the day's first instant
    end = (midnight + _ONE_DAY).replace(tzinfo=zone).astimezone(UTC)
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


def _time_of_day(local: datetime) -> timedelta:
    return timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
