"""
A block of a register's lines, read in a process of its own.

One regular expression reads the whole block. If it finds as many numbers as there are lines, that is all; else each
line that it does not match is read in the long way. A number that has the form of the country's numbers is taken even
if nobody has it today: dropped, it would be "clear" on the day that somebody does.
"""

import array
import csv
import re
from dataclasses import dataclass, field
from functools import lru_cache

from pyroaring import BitMap64

from ari_app.lists.errors import BadRow
from ari_app.lists.registers.entries import Numbers, Prefix, entry
from ari_app.lists.registers.forms import ADDS, DELETES, Form
from ari_app.policy.sure_numbers import sure_numbers

_AREA, _IN_AREA = re.compile("[0-9]{3}"), re.compile("[0-9]{7}")
_FILLERS = b" -"
"""What `read_number` passes over."""


@dataclass(slots=True)
class Listed:
    """What some lines list and, of changes, what they delete; a later line counts."""

    numbers: BitMap64 = field(default_factory=BitMap64)
    prefixes: set[str] = field(default_factory=set)
    gone: BitMap64 = field(default_factory=BitMap64)
    gone_prefixes: set[str] = field(default_factory=set)

    def add(self, found: Numbers | Prefix) -> bool:
        """It is listed. Whether it was already."""
        repeated = isinstance(found, Numbers) and found.first == found.last and found.first in self.numbers
        _put(found, self.numbers, self.prefixes)
        if self.gone or self.gone_prefixes:
            _take(found, self.gone, self.gone_prefixes)
        return repeated

    def delete(self, found: Numbers | Prefix) -> None:
        """It is listed no more."""
        _put(found, self.gone, self.gone_prefixes)
        _take(found, self.numbers, self.prefixes)

    def follow(self, later: "Listed") -> int:
        """What lines after these say counts. How many numbers are in both."""
        before = len(self.numbers) + len(later.numbers)
        if later.gone:
            self.numbers -= later.gone
            before = len(self.numbers) + len(later.numbers)
        self.prefixes -= later.gone_prefixes
        if self.gone:
            self.gone -= later.numbers
        self.gone_prefixes -= later.prefixes
        self.numbers |= later.numbers
        repeats = before - len(self.numbers)
        self.prefixes |= later.prefixes
        self.gone |= later.gone
        self.gone_prefixes |= later.gone_prefixes
        return repeats


@dataclass(slots=True, kw_only=True)
class BlockRead:
    """What was found in a block."""

    lines: int
    listed: Listed = field(default_factory=Listed)
    rows: int = 0
    """Lines that are not blank."""
    repeats: int = 0
    """Rows whose numbers stood in the block before."""
    rejects: list[tuple[int, str, str]] = field(default_factory=list)
    """Line, from 0 on in this block; reason; the line."""


def read_block(block: bytes, form: Form) -> BlockRead:
    """Read a block of UTF-8 lines, each ended by a line feed except for the last."""
    read = BlockRead(lines=block.count(b"\n") + (not block.endswith(b"\n") if block else 0))
    quick = None if form.changes else _quick(form)
    if quick is None:
        _line_by_line(block, [True] * read.lines, read, form)
        return read
    code, pattern = quick
    plain = block.translate(None, _FILLERS)
    found = pattern.findall(plain)
    if form.area:
        found = [area + number for area, number in found]
    numbers = array.array("Q", map(int, (b" " + code).join([b"", *found]).split()))
    read.listed.numbers = BitMap64(numbers)
    read.rows, read.repeats = len(found), len(found) - len(read.listed.numbers)
    if len(found) != read.lines:
        _line_by_line(block, [pattern.fullmatch(line) is None for line in plain.split(b"\n")], read, form)
    return read


def _line_by_line(block: bytes, odd: list[bool], read: BlockRead, form: Form) -> None:
    """Read those lines that are odd, in the long way."""
    for at, line in enumerate(block.decode().split("\n")[: read.lines]):
        if not odd[at] or not line.strip():
            continue
        read.rows += 1
        try:
            _read_line(line, read, form)
        except BadRow as refusal:
            read.rejects.append((at, str(refusal), line))


def _read_line(line: str, read: BlockRead, form: Form) -> None:
    if not form.cells and not form.changes:
        read.repeats += read.listed.add(entry(line.strip().strip('"'), form.region))
        return
    try:
        cells = next(csv.reader([line], delimiter=form.delimiter, strict=True), [])
    except csv.Error as failure:
        raise BadRow(f"not CSV: {failure}") from failure
    if len(cells) <= form.number:
        raise BadRow(f"{len(cells)} cells, and the number is in cell {form.number + 1}")
    text = cells[form.number].strip()
    if form.area:
        text = _with_area(cells[form.number - 1].strip(), text)
        if not form.changes and any(cell.strip() for cell in cells[form.number + 1 :]):
            raise BadRow("it says more than an area code and a number: a list of changes is loaded with --changes")
    found = entry(text, form.region)
    if form.changes and _is_deleted(cells, form):
        read.listed.delete(found)
    else:
        read.repeats += read.listed.add(found)


def _with_area(area: str, number: str) -> str:
    if not (_AREA.fullmatch(area) and _IN_AREA.fullmatch(number)):
        raise BadRow("not an area code of three digits and a number of seven")
    return area + number


def _is_deleted(cells: list[str], form: Form) -> bool:
    places = range(form.number + 1, len(cells)) if form.action is None else [form.action]
    words = [cells[at].strip().casefold() for at in places if at < len(cells)]
    said = {word in DELETES for word in words if word in ADDS or word in DELETES}
    if len(said) != 1:
        raise BadRow("it does not say whether it is added or deleted: one cell must be A or D")
    return said.pop()


@lru_cache(maxsize=4)
def _quick(form: Form) -> tuple[bytes, "re.Pattern[bytes]"] | None:
    """The calling code, and what finds the numbers in a block; None: there is no quick way."""
    sure = sure_numbers(form.region)
    if sure is None or form.delimiter in "-+ ":
        return None
    if form.area:
        pattern = '^"?([2-9][0-9]{2})"?,"?([0-9]{7})"?$'
    else:
        other = "[^" + re.escape(form.delimiter) + '"\n]*' + re.escape(form.delimiter)
        before = f"(?:{other}){{{form.number}}}" if form.number else ""
        after = f"(?:{re.escape(form.delimiter)}[^\n]*)?" if form.cells else ""
        pattern = f'^{before}"?{sure.possible}"?{after}$'
    return sure.code.encode(), re.compile(pattern.encode(), re.MULTILINE)


def _put(found: Numbers | Prefix, numbers: BitMap64, prefixes: set[str]) -> None:
    match found:
        case Numbers(first, last):
            numbers.add_range(first, last + 1)
        case Prefix(digits):
            prefixes.add(digits)


def _take(found: Numbers | Prefix, numbers: BitMap64, prefixes: set[str]) -> None:
    match found:
        case Numbers(first, last):
            numbers.remove_range(first, last + 1)
        case Prefix(digits):
            prefixes.discard(digits)
