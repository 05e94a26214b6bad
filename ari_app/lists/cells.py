"""
Values that are no text yet, from a workbook or a database, as the text that stands in a file.

Whole numbers are their digits, dates and times ISO 8601, truth is yes or no, nothing is empty.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from ari_app.lists.records import Record

_EXACT = 1 << 53
"""From here on not every whole number has a float."""
_ERROR = "#ERROR"


def record_of(
    line: int, values: Sequence[object], places: Mapping[int, str], spoilt: Mapping[int, str] = MappingProxyType({})
) -> Record:
    """
    One row as a record. A cell in one of `places`, by their columns' names, that cannot be taken is its fault.

    `spoilt` says what else is wrong with a cell, whose value says nothing then.
    """
    fault = ""
    cells: list[str] = []
    for place, value in enumerate(values):
        if type(value) is str and not spoilt:
            cells.append(value)
            continue
        text, wrong = (_ERROR, spoilt[place]) if place in spoilt else cell_text(value)
        if wrong and not fault and place in places:
            fault = f"{places[place].strip()}: {wrong}"
        cells.append(text)
    return Record(line, cells, fault)


def cell_text(value: object) -> tuple[str, str]:
    """A value as text, and why it cannot be taken for that; empty: it can."""
    match value:
        case str():
            return value, ""
        case None:
            return "", ""
        case bool():
            return "yes" if value else "no", ""
        case int() | UUID():
            return str(value), ""
        case float() | Decimal():
            return _number(value)
        case datetime():
            return value.isoformat(), ""
        case date():
            return value.isoformat(), ""
        case time():
            return value.isoformat(), "it is a time without a day"
        case timedelta():
            return str(value), "it is a length of time"
        case _:
            return "", f"{type(value).__name__} is no kind of value that a list can hold"


def _number(value: float | Decimal) -> tuple[str, str]:
    if isinstance(value, float) and abs(value) >= _EXACT:
        return repr(value), f"the number {value!r} has more digits than a spreadsheet keeps: keep the column as text"
    try:
        whole = int(value)
    except (ValueError, OverflowError):
        return str(value), f"{value} is no number"
    if whole != value:
        return str(value), f"the number {value} has a fraction: keep the column as text"
    return str(whole), ""
