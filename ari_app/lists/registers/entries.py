"""One entry of a register: a number, a range, or a prefix."""

import re
from dataclasses import dataclass

from ari_app.lists.errors import BadRow
from ari_app.lists.rejects import restored
from ari_app.lists.rows import e164_of

LONGEST_RANGE = 100_000_000
"""Numbers; what is longer is better said as a prefix, and mostly a slip."""
_RANGE = re.compile(r"(\+[1-9][0-9]{3,14})\s*-\s*(\+[1-9][0-9]{3,14})")
_PREFIX = re.compile(r"(\+[1-9][0-9]{0,13})\*")


@dataclass(frozen=True, slots=True)
class Numbers:
    """From the first to the last, both in it: E.164 as integers."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """All that begin so."""

    digits: str
    """With the plus."""


def entry(text: str, region: str) -> Numbers | Prefix:
    """
    What a cell lists.

    Raises BadRow.
    """
    plain = restored(text.strip())
    if found := _PREFIX.fullmatch(plain):
        return Prefix(found[1])
    if found := _RANGE.fullmatch(plain):
        first, last = (int(found[at][1:]) for at in (1, 2))
        if len(found[1]) != len(found[2]) or last < first:
            raise BadRow(f"{plain}: a range goes from a number to a greater one of the same length")
        if last - first >= LONGEST_RANGE:
            raise BadRow(f"{plain}: a range of more than {LONGEST_RANGE:,} numbers; write a prefix, as {found[1][:6]}*")
        return Numbers(first, last)
    if "*" in plain:
        raise BadRow(f"{plain}: a prefix is written in full with its country, as +4470*")
    number = int(e164_of(plain, region)[1:])
    return Numbers(number, number)
