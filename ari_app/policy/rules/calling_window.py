"""Calls at a decent hour, by the callee's clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import PlainValidator

from ari_app.policy.calendar import WEEKDAYS, CallingWindow, DayClass, Span, is_holiday, is_open, next_open
from ari_app.policy.facts import Facts
from ari_app.policy.numbers import Number, zones
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest

_SPAN = re.compile(r"([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])", re.ASCII)
_DAY_ENDS = 24 * 60


class WindowError(ValueError):
    """A table of windows that cannot be; `path` leads on to the entry at fault."""

    def __init__(self, path: tuple[str, ...], what: str) -> None:
        """Keep the path, so that the grammar can name its line."""
        super().__init__(what)
        self.path = path


def read_windows(value: object) -> dict[DayClass, tuple[Span, ...]]:
    """
    Read `{mon_fri = ["09:00-20:00"], sat = ["10:00-19:00"], sun = []}`.

    Each weekday must be named once, alone or in a range; `holiday` and `eve_of_holiday` may be. `24:00` ends a day.

    Raises WindowError: an unknown day, a day named twice or not at all, spans that end before they start or overlap.
    """
    if not isinstance(value, Mapping):
        raise WindowError((), 'write a table of days, for instance mon_fri = ["09:00-20:00"]')
    hours: dict[DayClass, tuple[Span, ...]] = {}
    for key, spans in value.items():
        for day in _days(str(key)):
            if day in hours:
                raise WindowError((str(key),), f"{day} is given twice")
            hours[day] = _spans(str(key), spans)
    missing = [day for day in WEEKDAYS if day not in hours]
    if missing:
        raise WindowError((), f"says nothing of {', '.join(missing)}; write {missing[0]} = [] where no call may go out")
    return hours


Windows = Annotated[Mapping[DayClass, tuple[Span, ...]], PlainValidator(read_windows)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingWindowKept:
    """
    The call starts inside a window in every zone the callee may be in.

    Start inside, end outside. `holidays` is the country whose public holidays count, the pack's own unless given. A
    callee whose zone is not known is never inside: it is denied.
    """

    windows: Windows
    holidays: str = ""

    reads: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse holiday windows that no calendar would ever open, and a calendar without a word on holidays.

        Raises WindowError.
        """
        if self.holidays and DayClass.HOLIDAY not in self.windows:
            raise WindowError(("windows",), f"says nothing of holiday, but follows the holidays of {self.holidays}")
        for day in (DayClass.HOLIDAY, DayClass.EVE_OF_HOLIDAY):
            if not self.holidays and day in self.windows:
                raise WindowError(("windows", day), 'needs a calendar: give the pack holidays = "IT" (an ISO country)')

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  no facts
        """`outside_calling_window`, or `holiday` if it is one where the callee is, until the next opening."""
        if not isinstance(request.callee, Number):
            return ()  # nobody lives there: that the number is invalid is another rule's word
        window = CallingWindow(self.windows, self.holidays)
        places = zones(request.callee)
        if is_open(window, now, places):
            return ()
        days = (now.astimezone(ZoneInfo(place)).date() for place in places)
        holiday = any(is_holiday(day, self.holidays) for day in days)
        code = "holiday" if holiday else "outside_calling_window"
        return (Finding(code=code, not_before=next_open(window, now, places)),)


def _days(key: str) -> tuple[DayClass, ...]:
    if key in tuple(DayClass):
        return (DayClass(key),)
    first, _, last = key.partition("_")
    if first in WEEKDAYS and last in WEEKDAYS and WEEKDAYS.index(DayClass(first)) < WEEKDAYS.index(DayClass(last)):
        return WEEKDAYS[WEEKDAYS.index(DayClass(first)) : WEEKDAYS.index(DayClass(last)) + 1]
    raise WindowError((key,), f"no such day; write one of {', '.join(DayClass)}, or a range such as mon_fri")


def _spans(key: str, value: object) -> tuple[Span, ...]:
    if not isinstance(value, list | tuple):
        raise WindowError((key,), 'write a list, for instance ["09:00-13:00", "14:00-20:00"], or [] for never')
    spans = tuple(sorted(_span(key, text) for text in value))
    for earlier, later in pairwise(spans):
        if later.start < earlier.end:
            raise WindowError((key,), "windows overlap")
    return spans


def _span(key: str, text: object) -> Span:
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise WindowError((key,), f"{text!r} is no window; write 09:00-20:00")
    from_hour, from_minute, to_hour, to_minute = (int(part) for part in match.groups())
    span = Span(from_hour * 60 + from_minute, to_hour * 60 + to_minute)
    if span.end > _DAY_ENDS:
        raise WindowError((key,), f"{text} goes past midnight; write up to 24:00, and the rest on the next day")
    if span.end <= span.start:
        raise WindowError((key,), f"{text} ends before it starts")
    return span
