"""Lengths of time as packs write them: ISO 8601, in weeks, days, hours, minutes and seconds."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

_ISO = re.compile(
    r"P(?:(?P<weeks>[0-9]{1,4})W)?(?:(?P<days>[0-9]{1,4})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,4})H)?(?:(?P<minutes>[0-9]{1,5})M)?(?:(?P<seconds>[0-9]{1,6})S)?)?",
    re.ASCII,
)


def read_duration(value: object) -> timedelta:
    """
    Read `P30D`, `PT4H`, `P1DT12H`; a timedelta is passed on as it is.

    Years and months have no fixed length, so a rule that used them would have no exact end: they are refused.

    Raises ValueError: it is none of these, or no longer than nothing.
    """
    if isinstance(value, timedelta):
        read = value
    else:
        match = _ISO.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError(f"{value!r} is no duration; write P30D for 30 days, PT4H for 4 hours, P1DT12H for both")
        read = timedelta(**{unit: int(amount) for unit, amount in match.groupdict().items() if amount})
    if read <= timedelta(0):
        raise ValueError(f"{value!r} is no time at all; leave the key out if nothing is meant")
    return read


def iso_duration(length: timedelta | None) -> str | None:
    """As packs write it, in days, hours, minutes and whole seconds: `P1DT12H`; None of None."""
    if length is None:
        return None
    seconds = int(length.total_seconds())
    days, seconds = divmod(seconds, 86_400)
    parts = ((seconds // 3600, "H"), (seconds // 60 % 60, "M"), (seconds % 60, "S"))
    rest = "".join(f"{amount}{unit}" for amount, unit in parts if amount)
    return f"P{f'{days}D' if days or not rest else ''}{'T' + rest if rest else ''}"


Duration = Annotated[timedelta, BeforeValidator(read_duration)]
"""The type of a rule's parameter that is a length of time."""
