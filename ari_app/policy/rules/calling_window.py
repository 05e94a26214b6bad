"""Calls at a decent hour, by the callee's clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator

from ari_app.policy.calendar import (
    WEEKDAYS,
    CallingWindow,
    DayClass,
    LocalDays,
    Span,
    is_holiday,
    is_open,
    knows_holidays_of,
    next_open,
    read_span,
)
from ari_app.policy.facts import Facts
from ari_app.policy.local_time import clock_of
from ari_app.policy.numbers import Number, zones
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest


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

    Start inside, end outside. `holidays` is the country whose public holidays count (`IT`, or `US-AL` for those of a
    state), the pack's own unless given; `local_days` are holidays as well, those of the installation beside any that
    are given here. A callee whose zone is not known is never inside: it is denied.
    """

    windows: Windows
    holidays: str = ""
    local_days: LocalDays = ()
    _window: CallingWindow = field(init=False, repr=False, compare=False)

    reads: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse holiday windows that no calendar would ever open, and a calendar without a word on holidays.

        Raises WindowError.
        """
        if self.holidays and not knows_holidays_of(self.holidays):
            raise WindowError(
                ("holidays",), f"the public holidays of {self.holidays!r} are not known; write IT or US-AL"
            )
        if self.local_days and not self.holidays:
            raise WindowError(("local_days",), 'need a calendar beside them: give the pack holidays = "IT"')
        if self.holidays and DayClass.HOLIDAY not in self.windows:
            raise WindowError(("windows",), f"says nothing of holiday, but follows the holidays of {self.holidays}")
        for day in (DayClass.HOLIDAY, DayClass.EVE_OF_HOLIDAY):
            if not self.holidays and day in self.windows:
                raise WindowError(("windows", day), 'needs a calendar: give the pack holidays = "IT" (an ISO country)')
        object.__setattr__(self, "_window", CallingWindow(self.windows, self.holidays, self.local_days))

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  no facts
        """`outside_calling_window`, or `holiday` if it is one where the callee is, until the next opening."""
        if not isinstance(request.callee, Number):
            return ()  # nobody lives there: that the number is invalid is another rule's word
        places = zones(request.callee)
        if is_open(self._window, now, places):
            return ()
        days = (now.astimezone(clock_of(place)).date() for place in places)
        holiday = any(is_holiday(day, self.holidays, self.local_days) for day in days)
        code = "holiday" if holiday else "outside_calling_window"
        return (Finding(code=code, not_before=next_open(self._window, now, places)),)


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
    try:
        return read_span(text)
    except ValueError as error:
        raise WindowError((key,), str(error)) from error
