"""
A text stream as CSV records, each with its line; what is no record says why, and the lines after it are still read.

Python's reader takes a quote that is never closed as one cell up to the end of the file. Here a record has at most
`_MOST_LINES` lines: beyond that its first line is rejected alone, and reading goes on with the second.
"""

import csv
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from ari_app.lists.errors import InputError

_MOST_LINES = 20
_LONGEST_CELL = 1 << 16
_DELIMITERS = ";\t,|"
_HINT = "sep="
_OPEN_QUOTE = "not CSV: a quote is opened and never closed"


@dataclass(frozen=True, slots=True)
class Record:
    """Cells of one record; `fault` says why it is none."""

    line: int
    cells: list[str]
    fault: str = ""


class _TooManyLines(Exception):  # noqa: N818  a signal from the line source to the loop around the reader
    """A record has swallowed more lines than a record can have."""


class _Lines:
    """Lines with their numbers, which can be put back."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self._back: deque[str] = deque()
        self.record: list[str] = []
        self.read = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.record) >= _MOST_LINES:
            raise _TooManyLines
        line = self._back.popleft() if self._back else next(self._text)
        self.record.append(line)
        self.read += 1
        return line

    def rewind(self) -> None:
        """Give back all lines of the record."""
        self._back.extendleft(reversed(self.record))
        self.read -= len(self.record)
        self.record = []


def records(text: IO[str], *, short: bool = False) -> Iterator[Record]:
    """
    Every record that is not blank, the header first; with `short`, cells that a line lacks at its end are empty.

    Raises InputError: there is not even a header.
    """
    lines = _Lines(text)
    delimiter = _delimiter(lines)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    width = 0
    while True:
        lines.record = []
        line = lines.read + 1
        try:
            cells = next(reader)
            width = width or (len(cells) if any(cell.strip() for cell in cells) else 0)
            # A record of several lines that is short may have swallowed good ones: that is none.
            if short and len(lines.record) == 1:
                cells += [""] * (width - len(cells))
            fault = _width_fault(cells, width)
        except StopIteration:
            return
        except _TooManyLines:
            fault = _OPEN_QUOTE
        except csv.Error as failure:
            fault = _OPEN_QUOTE if "end of data" in str(failure) else f"not CSV: {failure}"
        if not fault:
            if any(cell.strip() for cell in cells):
                yield Record(line, cells)
            continue
        # A record of many lines that is none may have swallowed good ones: only its first line is at fault.
        lines.rewind()
        yield Record(line, [next(lines).rstrip("\r\n")], fault)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)


def separator(text: IO[str]) -> str:
    """What stands between the cells of a file that is opened anew. Raises InputError: there is no first line."""
    return _delimiter(_Lines(text))


def _width_fault(cells: list[str], width: int) -> str:
    blank = not any(cell.strip() for cell in cells)
    # Some programs end rows, but not the header, with a separator: blank cells too many say nothing.
    if blank or len(cells) == width or (len(cells) > width and not any(cell.strip() for cell in cells[width:])):
        return ""
    return f"{len(cells)} cells where the first line has {width}"


def _delimiter(lines: _Lines) -> str:
    """
    The separator of the first line that is not blank; a comma if it has only one column.

    Only the header is asked: it holds names, where commas and semicolons inside cells are rare.
    """
    held: list[str] = []
    for line in islice(lines, _MOST_LINES - 1):
        if line.lower().startswith(_HINT):  # Excel's own first line, `sep=;`
            lines.record = []
            return line[len(_HINT) : len(_HINT) + 1]
        held.append(line)
        if line.strip():
            break
    if not any(line.strip() for line in held):
        raise InputError("the file is empty: its first line must name the columns")
    outside = Counter("".join(held[-1].split('"')[::2]))
    lines.rewind()
    best = max(_DELIMITERS, key=lambda delimiter: outside[delimiter])
    return best if outside[best] else ","
