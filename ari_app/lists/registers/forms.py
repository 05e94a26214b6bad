"""
How a register's file is laid out, found by its first line or said.

    lines     one number a line; ranges as +39331000000-+39331999999 and prefixes as +4470* too
    csv       a header names the columns, `number` among them
    us-dnc    AREA,NUMBER: the flat files of the US national registry, which are by area code
    tps       lines of twelve characters with leading zero: those of the UK's TPS and CTPS

Changes say for each row whether it is added or deleted, in a column of its own.

Source: TPS, "Technical Specifications for File Formats"; FTC, "Telemarketer Access Information" (full lists; of change
lists it says only that they have several items a record, so these are found by what they hold).
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from phonenumbers import country_code_for_region

from ari_app.lists.columns import Kind, columns
from ari_app.lists.errors import BadRow, InputError
from ari_app.lists.registers.entries import entry
from ari_app.lists.registers.known import NORTH_AMERICA

FORMATS = ("auto", "lines", "csv", "us-dnc", "tps")
ADDS = frozenset({"a", "add", "added", "addition", "i", "insert", "new", "+"})
DELETES = frozenset({"d", "del", "delete", "deleted", "deletion", "r", "remove", "removed", "-"})
_TELLING = frozenset({"action", "change", "change_type", "operation", "azione", "modifica"})
_ACTION_NAMES = _TELLING | {"type", "status"}
_KIND = Kind("registers", ("number",), required=("number",))
_AREA_NUMBER = re.compile(r'"?([2-9][0-9]{2})"?,"?([0-9]{7})"?')
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How to read a file's rows; it is handed to other processes."""

    region: str
    delimiter: str = ","
    header: bool = False
    """The first line names the columns."""
    cells: bool = False
    """A row has several cells; else the whole line is the number."""
    number: int = 0
    """The cell that holds the number."""
    area: bool = False
    """The cell before it, in the same row, is the number's beginning: AREA,NUMBER."""
    changes: bool = False
    action: int | None = None
    """The cell that says whether a row is added or deleted; None: the only one that can."""


def form_of(path: Path, first: str, wanted: str, region: str, *, changes: bool) -> Form:
    """
    The form of a file with this first line that is not blank.

    Raises InputError: it is none of these.
    """
    delimiter = max(_DELIMITERS, key=first.count)
    several = delimiter in first
    in_north_america = str(country_code_for_region(region)) == NORTH_AMERICA
    if (wanted == "us-dnc" and not in_north_america) or (wanted == "tps" and region != "GB"):
        raise InputError(f"--format {wanted}: such files are not of {region}; say the right --region")
    if wanted == "us-dnc" or (wanted == "auto" and in_north_america and _begins_with_area(first)):
        return Form(region=region, cells=True, area=True, number=1, changes=changes)
    if wanted in ("lines", "tps") or (wanted == "auto" and _is_entry(first.split(delimiter)[0], region)):
        if several and wanted == "auto" and not changes:
            raise InputError(
                f"{path}: several cells a row and no header: its first line must name the columns, `number` among them"
            )
        return Form(region=region, delimiter=delimiter, cells=several and changes, changes=changes)
    cells = next(csv.reader([first], delimiter=delimiter), [])
    try:
        place = columns(_KIND, cells, {})["number"]
    except InputError as failure:
        said = str(failure).partition("say which")[0].rstrip(" :;")
        raise InputError(f"{path}: {said}; call the one that holds it `number`") from failure
    if not changes and (telling := [name for name in cells if _plain(name) in _TELLING]):
        raise InputError(f"{path}: column {telling[0]!r} says that it is a list of changes: load it with --changes")
    named = [at for at, name in enumerate(cells) if _plain(name) in _ACTION_NAMES]
    action = named[0] if changes and len(named) == 1 else None
    return Form(
        region=region, delimiter=delimiter, header=True, cells=True, number=place, changes=changes, action=action
    )


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def _begins_with_area(first: str) -> bool:
    return _AREA_NUMBER.match(first.strip()) is not None


def _is_entry(cell: str, region: str) -> bool:
    """Whether a first line is a row: a number, or digits that are meant to be one."""
    plain = cell.strip().strip('"')
    if re.fullmatch(r"\+?[0-9 .\-]+\*?", plain) and any(sign.isdigit() for sign in plain):
        return True
    try:
        entry(plain, region)
    except BadRow:
        return False
    return True
