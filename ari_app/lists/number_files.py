"""Files of telephone numbers and nothing else that matters: one number a line, or CSV with a `number` column."""

import hashlib
from collections.abc import Iterable, Iterator

from ari_app.lists.columns import Kind, columns
from ari_app.lists.errors import BadRow, InputError
from ari_app.lists.records import Record
from ari_app.lists.rejects import Rejects, restored
from ari_app.lists.rows import e164_of
from ari_app.lists.source import Source

_NUMBERS = Kind("such files", ("number",), required=("number",))


def numbers_in(file: Source, *, region: str, rejects: Rejects, alone: bool = False) -> Iterator[int]:
    """
    Every number of the file, E.164 as an integer, in its order, repeats included; rows that hold none are rejected.

    `region` is where numbers without a country prefix are. A first line of one cell that reads as a number is one; else
    it names the columns. With `alone` a file that says anything beside numbers is refused, and such a row rejected.
    Raises InputError: the file cannot be read, is empty, or has no column for the number.
    """
    with file.opened() as source:
        first = source.header
        place = 0
        if _is_number(first, region):
            rejects.begin(["number"])
            yield _number(first, 0, region)
        else:
            if first.fault:
                raise InputError(
                    f"{file.name}: the first line is neither a number nor the columns' names: {first.fault}"
                )
            place = columns(_NUMBERS, first.cells, {})["number"]
            if alone and (others := [name for at, name in enumerate(first.cells) if at != place and name.strip()]):
                named = ", ".join(repr(name.strip()) for name in others)
                raise InputError(
                    f"{file.name}: it has the columns {named} beside the number, and what they say is not read: a file "
                    "that says row by row who is listed would make everybody clear; bring the numbers that may be "
                    "called, and nothing else"
                )
            rejects.begin(first.cells)
        for record in source.records(frozenset({place})):
            try:
                if alone and any(cell.strip() for at, cell in enumerate(record.cells) if at != place):
                    raise BadRow(record.fault or "it says more than a number")
                number = _number(record, place, region)
            except BadRow as refusal:
                rejects.add(record.line, str(refusal), record.cells)
                continue
            yield number


def digest_of(numbers: Iterable[int]) -> str:
    """SHA-256 of a set of numbers, however it was written down: of their sorted decimal lines."""
    digest = hashlib.sha256()
    for number in sorted(numbers):
        digest.update(b"%d\n" % number)
    return digest.hexdigest()


def first_of(rejects: Rejects) -> str:
    """Where the first row is that was rejected, and why; empty if there is none."""
    return "; line {}: {}".format(*rejects.first[0]) if rejects.first else ""


def _number(record: Record, place: int, region: str) -> int:
    if record.fault:
        raise BadRow(record.fault)
    return int(e164_of(restored(record.cells[place].strip()), region))


def _is_number(record: Record, region: str) -> bool:
    if record.fault or len(record.cells) != 1:
        return False
    try:
        _number(record, 0, region)
    except BadRow:
        return False
    return True
