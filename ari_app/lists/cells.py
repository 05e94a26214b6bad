"""
Values that are no text yet, from a workbook or a database, as the text that stands in a file.

Whole numbers are their digits, dates and times ISO 8601, truth is yes or no, nothing is empty.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from ari_app.lists.records import Record

_EXACT = 1 << 53
"""From here on not every whole number has a float."""
_ERROR = "#ERROR"


def record_of(line: int, values: Sequence[object], places: Collection[int], spoilt: Mapping[int, str]) -> Record:
    """
    One row as a record. A cell among `places` that cannot be taken as it stands is its fault.

    `spoilt` says what else is wrong with a cell, whose value says nothing then.
    """
    fault = ""
    cells: list[str] = []
    for place, value in enumerate(values):
        text, wrong = (_ERROR, spoilt[place]) if place in spoilt else cell_text(value)
        if wrong and not fault and place in places:
            fault = f"cell {column_name(place)}: {wrong}"
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


def column_name(place: int) -> str:
    """A column as a spreadsheet calls it; the first, 0, is A."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


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
