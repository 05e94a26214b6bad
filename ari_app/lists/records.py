"""
A text stream as CSV records, each with its line; what is no record says why, and the lines after it are still read.

Python's reader takes a quote that is never closed as one cell up to the end of the file. Here a record has at most
`_MOST_LINES` lines: beyond that its first line is rejected alone, and reading goes on with the second. A line has fewer
than `_LONGEST_LINE` characters: one that is longer is rejected, and never held whole.
"""

import csv
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from typing import IO, NamedTuple

from ari_app.lists.errors import InputError

_MOST_LINES = 20
_LONGEST_LINE = 1 << 20
_LONGEST_CELL = 1 << 16
_SHOWN = 1_000
_DELIMITERS = ";\t,|"
_HINT = "sep="
_OPEN_QUOTE = "not CSV: a quote is opened and never closed"
_TOO_LONG = f"the line has {_LONGEST_LINE:,} characters or more; only its beginning was read"


class Record(NamedTuple):
    """Cells of one record; `fault` says why it is none."""

    line: int
    cells: list[str]
    fault: str = ""


class _NoRecord(Exception):  # noqa: N818  a signal from the line source to the loop around the reader
    """A record has swallowed more lines than a record can have, or one that is too long for any."""


class _Lines:
    """Lines with their numbers, which can be put back; iterated over, they are those of one record."""

    def __init__(self, text: IO[str]) -> None:
        self._readline = text.readline
        self._back: deque[str] = deque()
        self.record: list[str] = []
        self.read = 0

    def next(self) -> str:
        """The next line with its end, or the beginning of one that is too long; empty: there is none."""
        line = self._back.popleft() if self._back else self._bounded()
        if line:
            self.read += 1
        return line

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.record) >= _MOST_LINES:
            raise _NoRecord
        line = self.next()
        if not line:
            raise StopIteration
        self.record.append(line)
        if len(line) >= _LONGEST_LINE:
            raise _NoRecord
        return line

    def begin(self, line: str) -> None:
        """A record begins with the line that was read last."""
        self._back.appendleft(line)
        self.read -= 1
        self.record = []

    def rewind(self) -> None:
        """Give back all lines of the record."""
        self._back.extendleft(reversed(self.record))
        self.read -= len(self.record)
        self.record = []

    def _bounded(self) -> str:
        line = piece = self._readline(_LONGEST_LINE)
        while len(piece) >= _LONGEST_LINE and piece[-1] not in "\r\n":
            piece = self._readline(_LONGEST_LINE)
        return line


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
    while line := lines.next():
        number = lines.read
        if len(line) >= _LONGEST_LINE:
            yield Record(number, [line[:_SHOWN]], _TOO_LONG)
            continue
        if '"' not in line and len(line) <= _LONGEST_CELL:
            cells, fault = line.rstrip("\r\n").split(delimiter), ""  # what the reader would make of it, but sooner
            if len(cells) == width and cells[0] and not cells[0].isspace():
                yield Record(number, cells)
                continue
            lines.record = [line]
        else:
            lines.begin(line)
            cells, fault = _quoted(reader)
        width = width or (len(cells) if any(map(str.strip, cells)) else 0)
        # A record of several lines that is short may have swallowed good ones: that is none.
        if short and len(lines.record) == 1:
            cells += [""] * (width - len(cells))
        fault = fault or _width_fault(cells, width)
        if not fault:
            if any(map(str.strip, cells)):
                yield Record(number, cells)
            continue
        # A record of many lines that is none may have swallowed good ones: only its first line is at fault.
        lines.rewind()
        yield Record(number, [lines.next().rstrip("\r\n")], fault)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)


def separator(text: IO[str]) -> str:
    """What stands between the cells of a file that is opened anew. Raises InputError: there is no first line."""
    return _delimiter(_Lines(text))


def _quoted(reader: "Iterator[list[str]]") -> tuple[list[str], str]:
    """The cells of the next record, or why it is none."""
    try:
        return next(reader), ""
    except _NoRecord:
        return [], _OPEN_QUOTE
    except csv.Error as failure:
        return [], _OPEN_QUOTE if "end of data" in str(failure) else f"not CSV: {failure}"


def _width_fault(cells: list[str], width: int) -> str:
    blank = not any(map(str.strip, cells))
    # Some programs end rows, but not the header, with a separator: blank cells too many say nothing.
    if blank or len(cells) == width or (len(cells) > width and not any(map(str.strip, cells[width:]))):
        return ""
    return f"{len(cells)} cells where the first line has {width}"


def _delimiter(lines: _Lines) -> str:
    """
    The separator of the first line that is not blank; a comma if it has only one column.

    Only the header is asked: it holds names, where commas and semicolons inside cells are rare.
    """
    held: list[str] = []
    for line in islice(iter(lines.next, ""), _MOST_LINES - 1):
        if len(line) >= _LONGEST_LINE:
            raise InputError(f"its first line has {_LONGEST_LINE:,} characters or more: that names no columns")
        if line.lower().startswith(_HINT):  # Excel's own first line, `sep=;`
            return _hinted(line)
        held.append(line)
        if line.strip():
            break
    if not any(line.strip() for line in held):
        raise InputError("the file is empty: its first line must name the columns")
    outside = Counter("".join(held[-1].split('"')[::2]))
    lines.record = held
    lines.rewind()
    best = max(_DELIMITERS, key=lambda delimiter: outside[delimiter])
    return best if outside[best] else ","


def _hinted(line: str) -> str:
    said = line[len(_HINT) : len(_HINT) + 1]
    if not said or said.isalnum() or said in '"\r\n\0':
        raise InputError(f"the first line, {line[:20].rstrip()!r}, names no separator: write sep=; or leave it out")
    return said
