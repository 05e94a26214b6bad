"""A file of contacts as it came: its columns, and row by row its cells with the one that holds the number."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ari_app.lists.brought import brought
from ari_app.lists.columns import Kind, columns
from ari_app.lists.errors import InputError
from ari_app.lists.opening import text_of
from ari_app.lists.records import Record, separator
from ari_app.lists.rejects import restored
from ari_app.lists.source import Opened, Source
from ari_app.lists.text_files import TextFile
from ari_app.policy.numbers import Number, read_number

_NUMBER = "number"
_CONTACTS = Kind("contact lists", (_NUMBER,), required=(_NUMBER,))


class Row(NamedTuple):
    """One row of the list."""

    line: int
    cells: list[str]
    """As many as there are columns."""
    dialled: str
    """What its number is read from."""
    fault: str
    """Why it is no row; empty: it is one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A list that is being read."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
    separator: str
    """What stands between the cells."""
    marked: bool
    """A new file needs a mark of its encoding as well: this one was not plain UTF-8."""
    source: Source
    opened: Opened


@contextmanager
def opened(path: Path, *, region: str, mapping: Mapping[str, str], sheet: str = "") -> Iterator[Table]:
    """
    A list, CSV or a workbook with a column for the number, or one number a line.

    Numbers without a prefix are of `region`; `sheet` names one of a workbook. Raises InputError: it cannot be read, is
    empty, or has no such column.
    """
    source = brought(path, sheet=sheet)
    between, marked = _written_as(source)
    with source.opened() as reading:
        first = reading.header
        if _is_number(first, region) and not mapping:
            names: tuple[str, ...] = (_NUMBER,)
            place = 0
            records = chain([first], reading.records(frozenset({place})))
        elif first.fault:
            raise InputError(f"{path}: the first line must name the columns; it is {first.fault}")
        else:
            names, place = tuple(first.cells), columns(_CONTACTS, first.cells, mapping)[_NUMBER]
            records = chain(reading.records(frozenset({place})))
        rows = (_row(record, place, len(names)) for record in records)
        yield Table(names, rows, between, marked, source, reading)


def _written_as(source: Source) -> tuple[str, bool]:
    """The separator for a file like this one, and whether it was not plain UTF-8."""
    if not isinstance(source, TextFile):
        return ",", True  # a workbook's owner opens the answer with the same program
    with text_of(source.path, source.look) as (text, _):
        return separator(text), source.look.encoding != "utf-8"


def _row(record: Record, place: int, width: int) -> Row:
    cells = record.cells
    if record.fault:
        return Row(record.line, [cells[0], *[""] * (width - 1)], "", record.fault)
    return Row(record.line, cells[:width], restored(cells[place].strip()), "")


def _is_number(record: Record, region: str) -> bool:
    if record.fault or len(record.cells) != 1:
        return False
    return isinstance(read_number(restored(record.cells[0].strip()), region=region), Number)
