"""Dates and times in files: ISO 8601, and nothing that two people read differently."""

from datetime import UTC, date, datetime, time, timedelta


def instant(text: str, *, end_of_day: bool = False) -> datetime:
    """
    An aware instant in UTC.

    A date alone is its beginning in UTC or, with `end_of_day`, its end: what expires on a day holds through that day.
    A time without an offset is UTC.

    Raises ValueError: not ISO 8601; the message says how to write it.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return _with_time(text.strip())
    start = datetime.combine(day, time(), UTC)
    return start + timedelta(days=1) if end_of_day else start


def _with_time(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as failure:
        raise ValueError(f"{text!r} is not a date as 2026-12-31 or a time as 2026-12-31T10:00:00+01:00") from failure
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
