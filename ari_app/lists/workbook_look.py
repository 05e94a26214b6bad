"""
A workbook, looked through before it is opened: which sheets it has, and what is wrong in the one that is to be read.

What then reads the cells (calamine) shows a cell with an error, and a formula without its result, as an empty one: of
a withdrawal nothing would be left. And it unfolds a sheet into a full rectangle, so that two cells far apart, or one
long text that a million cells share, fill the memory of the machine. Both are found here.

Source: ECMA-376 part 1, 18.3.1 (cells) and 18.4 (shared strings).
"""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from ari_app.lists.archive import Archive
from ari_app.lists.errors import InputError

MOST_CELLS = 10_000_000
"""Of the rectangle that holds all values; a million rows of ten columns."""
LONGEST_TEXTS = 1 << 29
"""Characters of all cells together."""
_ROWS, _COLUMNS = 1 << 20, 1 << 14
"""Of a sheet, in Excel."""
_LONGEST_ROW = 7
"""Digits of a row's number."""
_MOST_SPOILT = 100_000
_SMALLEST_CELL = 20
"""Bytes of a cell that names a shared string: `<c t="s"><v>0</v></c>` and less."""
_WORKBOOK = "xl/workbook.xml"
_SHARED = "xl/sharedstrings.xml"
_OTHER_FORMATS = {
    "mimetype": "an OpenDocument sheet",
    "xl/workbook.bin": "an XLSB workbook",
    "word/document.xml": "a Word document",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, and the part that holds it."""

    name: str
    part: str
    is_visible: bool


@dataclass(slots=True)
class SheetLook:
    """What is wrong in a sheet: by row and column, both from 0."""

    spoilt: dict[int, dict[int, str]] = field(default_factory=dict)


def sheets_of(archive: Archive, path: Path) -> tuple[Sheet, ...]:
    """The sheets in their order. Raises InputError: it is no XLSX workbook, or has none."""
    if _WORKBOOK not in archive:
        what = next(
            (name for part, name in _OTHER_FORMATS.items() if part in archive), "a ZIP archive, but no workbook"
        )
        raise InputError(f"{path}: {what}; save the list as XLSX or as CSV (UTF-8), with the numbers as text")
    roots, targets = set[str](), dict[str, str]()
    found: list[tuple[str, str, str]] = []

    def root(name: str, given: dict[str, str]) -> None:
        if _local(name) == "Relationship" and given.get("Type", "").endswith("/officeDocument"):
            roots.add(given.get("Target", "").removeprefix("/").lower())

    def relation(name: str, given: dict[str, str]) -> None:
        if _local(name) == "Relationship" and given.get("Type", "").endswith("/worksheet"):
            targets[given.get("Id", "")] = given.get("Target", "")

    def sheet(name: str, given: dict[str, str]) -> None:
        if _local(name) == "sheet":
            of = next((value for key, value in given.items() if key.endswith(":id")), "")
            found.append((given.get("name", ""), of, given.get("state", "visible")))

    _parse(path, "_rels/.rels", archive, root)
    if roots != {_WORKBOOK}:
        why = "the workbook is laid out as no spreadsheet program does it; open it and save it anew"
        raise InputError(f"{path}: {why}")
    _parse(path, "xl/_rels/workbook.xml.rels", archive, relation)
    _parse(path, _WORKBOOK, archive, sheet)
    held = [Sheet(name, _part(targets[of]), state == "visible") for name, of, state in found if of in targets]
    if not held:
        raise InputError(f"{path}: the workbook has no sheet")
    return tuple(held)


def holds_something(archive: Archive, sheet: Sheet) -> bool:
    """Whether there is a cell with a value near the sheet's beginning."""
    if sheet.part not in archive:
        return False
    return any(mark in next(archive.part(sheet.part), b"") for mark in (b"<v>", b":v>", b"<is>", b":is>"))


def look_through(archive: Archive, path: Path, sheet: Sheet) -> SheetLook:
    """
    The sheet, cell by cell.

    Raises InputError: it is damaged, is no XML, or holds more than fits into memory.
    """
    lengths = _lengths(archive, path)
    # Nothing is weighed where even the longest text in every cell would do.
    most = archive.size(sheet.part) // _SMALLEST_CELL * max(lengths, default=0)
    look = _Look(path, sheet.name, lengths if most > LONGEST_TEXTS else None)
    _parse(path, sheet.part, archive, look.start, look.text if most > LONGEST_TEXTS else None)
    look.settle()
    return SheetLook(look.spoilt)


class _Look:
    """
    What is seen of a sheet, tag by tag.

    Where a cell or a row does not say its place, it is the one after the last, as for the reader that comes after.
    """

    def __init__(self, path: Path, sheet: str, lengths: "array[int] | None") -> None:
        self.spoilt: dict[int, dict[int, str]] = {}
        self._where = f"{path}: sheet {sheet!r}"
        self._lengths = lengths
        self._row, self._column = -1, -1
        self._columns: dict[str, int] = {}
        self._place: str | None = None
        self._type = ""
        self._is_formula = self._has_value = False
        self._high = self._wide = 0
        self._count = self._weight = 0
        self._number = ""

    def start(self, name: str, given: dict[str, str]) -> None:
        """A tag begins; there are several million of them, so the usual ones come first."""
        if name == "v" or name == "is":
            self._has_value = True
        elif name == "c":
            if self._has_value or self._is_formula or self._place:
                self.settle()
            self._column += 1
            self._place = given.get("r")
            self._type = given.get("t", "")
        elif name == "row":
            self.settle()
            place = given.get("r")
            self._row = self._row + 1 if place is None else self._row_of(place, place)
            self._column = -1
        elif name == "f":
            self._is_formula = True
        elif ":" in name:
            self.start(name.rpartition(":")[2], given)

    def text(self, data: str) -> None:
        """Text of a cell, where texts are weighed."""
        if self._type == "s" and self._has_value:
            self._number += data

    def settle(self) -> None:
        """The cell before is at its end."""
        if self._place:
            self._locate(self._place)
            self._place = None
        if self._has_value:
            if self._row >= self._high or self._column >= self._wide:
                self._bound()
            if self._type == "e":
                self._spoil("the result of its formula is an error")
            elif self._number and self._lengths is not None:
                self._weigh(self._lengths)
        elif self._is_formula:
            self._bound()
            self._spoil("a formula without its result: open the workbook in a spreadsheet program and save it")
        self._is_formula = self._has_value = False
        self._type = self._number = ""

    def _locate(self, place: str) -> None:
        letters = place.rstrip("0123456789")
        column = self._columns.get(letters, -1)
        if column < 0:
            column = self._columns[letters] = _column(letters)
        if column < 0:
            self._refuse_place(place)
        self._row, self._column = self._row_of(place[len(letters) :], place), column

    def _row_of(self, digits: str, place: str) -> int:
        """From 0. What comes after would make of a row out of all bounds another, and end the whole program."""
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST_ROW and int(digits)):
            self._refuse_place(place)
        return int(digits) - 1

    def _refuse_place(self, place: str) -> NoReturn:
        raise InputError(f"{self._where} is damaged: there can be no cell or row {place[:20]!r}")

    def _bound(self) -> None:
        self._high, self._wide = max(self._high, self._row + 1), max(self._wide, self._column + 1)
        if self._high > _ROWS or self._wide > _COLUMNS:
            raise InputError(f"{self._where} is damaged: no sheet has {self._high} rows and {self._wide} columns")
        if self._high * self._wide > MOST_CELLS:
            raise InputError(
                f"{self._where} reaches over {self._high} rows and {self._wide} columns, and more than {MOST_CELLS:,} "
                "cells are not read from a workbook; save the list as CSV (UTF-8), or without the columns that it does "
                "not need"
            )

    def _spoil(self, why: str) -> None:
        self.spoilt.setdefault(self._row, {})[self._column] = why
        self._count += 1
        if self._count > _MOST_SPOILT:
            raise InputError(f"{self._where}: more than {_MOST_SPOILT:,} cells hold errors or formulas without results")

    def _weigh(self, lengths: "array[int]") -> None:
        if self._number.isdecimal() and len(self._number) < 10 and int(self._number) < len(lengths):
            self._weight += lengths[int(self._number)]
        if self._weight > LONGEST_TEXTS:
            raise InputError(
                f"{self._where}: its cells hold more than {LONGEST_TEXTS >> 20} million characters together, which are "
                "not read from a workbook; save the list as CSV (UTF-8)"
            )


def _lengths(archive: Archive, path: Path) -> "array[int]":
    """Characters of each shared string, phonetic ones included."""
    lengths: array[int] = array("q")

    def start(name: str, given: dict[str, str]) -> None:
        if name == "si" or name.endswith(":si"):
            lengths.append(0)
        elif _local(name) == "sst":
            said = given.get("uniqueCount", "0")
            # What comes after makes room for as many, and ends the whole program if there is none.
            if not said.isdecimal() or len(said) > len(str(MOST_CELLS)) or int(said) > MOST_CELLS:
                raise InputError(f"{path}: the workbook is damaged: it says that it has {said[:20]} texts")

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    if _SHARED in archive:
        _parse(path, _SHARED, archive, start, text)
    return lengths


def _parse(
    path: Path,
    part: str,
    archive: Archive,
    start: Callable[[str, dict[str, str]], None],
    text: Callable[[str], None] | None = None,
) -> None:
    """Tags by their names, with a prefix where they have one, and their attributes."""

    def refuse(*_what: Any) -> None:
        raise InputError(f"{path}: {part} declares a document type, as no workbook does")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        _feed(parser, archive.part(part))
    except expat.ExpatError as failure:
        raise InputError(f"{path}: the workbook is damaged: {part}: {failure}") from failure


def _feed(parser: expat.XMLParserType, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        parser.Parse(piece, False)  # noqa: FBT003  expat takes it by place only
    parser.Parse(b"", True)  # noqa: FBT003


def _local(name: str) -> str:
    """A tag's name without its prefix."""
    return name.rpartition(":")[2]


def _part(target: str) -> str:
    """A relation's target as a part's name, in the way of the reader that comes after."""
    plain = target.removeprefix("/")
    return plain if plain.lower().startswith("xl/") else f"xl/{plain}"


def _column(letters: str) -> int:
    """From 0; -1: it is no column."""
    if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isalpha():
        return -1
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
