"""Dates and times in files: ISO 8601, and nothing that two people read differently."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo


def instant(text: str, *, end_of_day: bool = False) -> datetime:
    """
    An aware instant in UTC.

    A date alone is its beginning in UTC or, with `end_of_day`, its end: what expires on a day holds through that day.
    A time without an offset is UTC.

    Raises ValueError: not ISO 8601; the message says how to write it.
    """
    day = _day(text)
    if day is None:
        read = _time(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    start = datetime.combine(day, time(), UTC)
    return start + timedelta(days=1) if end_of_day else start


def earliest(text: str, country: str) -> datetime:
    """
    The first instant that may be meant, in UTC, by the clocks of a country.

    A date alone is that day's first instant, a time without an offset is local; of several time zones the one that
    gets there first counts. Raises ValueError.
    """
    return min(_meant(text, country, time(), fold=0))


def latest(text: str, country: str) -> datetime:
    """As `earliest`, but the last instant that may be meant; of a date alone that day's last second."""
    return max(_meant(text, country, time(23, 59, 59), fold=1))


def is_day(text: str) -> bool:
    """Whether it is a date without a time."""
    return _day(text) is not None


def _meant(text: str, country: str, of_day: time, *, fold: int) -> list[datetime]:
    day = _day(text)
    read = datetime.combine(day, of_day) if day is not None else _time(text)
    if read.tzinfo:
        return [read.astimezone(UTC)]
    return [read.replace(tzinfo=zone, fold=fold).astimezone(UTC) for zone in zones_of(country)]


@lru_cache(maxsize=300)
def zones_of(country: str) -> tuple[tzinfo, ...]:
    """
    Time zones of a country of ISO 3166; UTC for one that has none.

    Source: tzdata, zone.tab.
    """
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    found = re.findall(rf"^{re.escape(country.upper())}\t\S+\t(\S+)", table, re.MULTILINE)
    return tuple(ZoneInfo(name) for name in found) or (UTC,)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as failure:
        raise ValueError(f"{text!r} is not a date as 2026-12-31 or a time as 2026-12-31T10:00:00+01:00") from failure
