"""A file of contacts as it came: its columns, and row by row its cells with the one that holds the number."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ari_app.lists.columns import Kind, columns
from ari_app.lists.errors import InputError
from ari_app.lists.opening import Counted, FileLook, look_at, text_of
from ari_app.lists.records import Record, records, separator
from ari_app.lists.rejects import restored
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
    look: FileLook
    stored: Counted

    @property
    def is_as_it_was(self) -> bool:
        """Once all is read: whether the file is still the one that was looked at first."""
        return self.stored.digest() == self.look.sha256


@contextmanager
def opened(path: Path, *, region: str, mapping: Mapping[str, str]) -> Iterator[Table]:
    """
    A list, CSV with a column for the number, or one number a line; numbers without a prefix are of `region`.

    Raises InputError: it cannot be read, is empty, or has no such column.
    """
    look = look_at(path)
    with text_of(path, look) as (text, _):
        between = separator(text)
    with text_of(path, look) as (text, stored):
        source = records(text)
        first = next(source)
        if _is_number(first, region) and not mapping:
            names: tuple[str, ...] = (_NUMBER,)
            place, source = 0, chain([first], source)
        elif first.fault:
            raise InputError(f"{path}: the first line must name the columns; it is {first.fault}")
        else:
            names, place = tuple(first.cells), columns(_CONTACTS, first.cells, mapping)[_NUMBER]
        yield Table(names, (_row(record, place, len(names)) for record in source), between, look, stored)


def _row(record: Record, place: int, width: int) -> Row:
    cells = record.cells
    if record.fault:
        return Row(record.line, [cells[0], *[""] * (width - 1)], "", record.fault)
    return Row(record.line, cells[:width], restored(cells[place].strip()), "")


def _is_number(record: Record, region: str) -> bool:
    if record.fault or len(record.cells) != 1:
        return False
    return isinstance(read_number(restored(record.cells[0].strip()), region=region), Number)
