"""
Which numbers a register speaks about, and as of when.

A register says "clear" of a number that it covers and does not list: so what is covered must be known, and never
guessed too wide. Each covered prefix has its own date, since parts of a register are brought at different times.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from phonenumbers import country_code_for_region
from pyroaring import BitMap64

from ari_app.lists.errors import InputError
from ari_app.lists.registers.block import Listed
from ari_app.lists.registers.known import NORTH_AMERICA
from ari_app.ports.register_files import Covered

_PREFIX = re.compile(r"\+[1-9][0-9]{0,13}")
_LONGEST = 15
_BEHIND_ALL = 1 << 63
_AREAS = [f"+{NORTH_AMERICA}{area}" for area in range(200, 1000)]


def said(prefixes: Iterable[str]) -> tuple[str, ...]:
    """The prefixes of `--covers`, without those that lie in another. Raises InputError: one is none."""
    plain = sorted({prefix.strip() for prefix in prefixes})
    for prefix in plain:
        if not _PREFIX.fullmatch(prefix):
            raise InputError(
                f"--covers {prefix}: write the beginning of the numbers with their country, as +44 or +1212"
            )
    return tuple(prefix for prefix in plain if not any(prefix.startswith(other) for other in plain if other != prefix))


def found(listed: Listed, region: str) -> tuple[str, ...]:
    """
    What files cover that nobody has said it of: the whole country.

    Of North America, where files are by area code and one calling code is shared by many countries, the area codes
    that occur.
    """
    code = str(country_code_for_region(region))
    if code != NORTH_AMERICA:
        return (f"+{code}",)
    return touched(listed, _AREAS)


def touched(listed: Listed, prefixes: Iterable[str]) -> tuple[str, ...]:
    """Those in which something is listed or deleted."""
    entries = listed.prefixes | listed.gone_prefixes
    return tuple(
        prefix
        for prefix in prefixes
        if count(listed.numbers, prefix)
        or count(listed.gone, prefix)
        or any(entry.startswith(prefix) or prefix.startswith(entry) for entry in entries)
    )


def count(numbers: BitMap64, prefix: str) -> int:
    """How many of the numbers begin so."""
    return sum(numbers.range_cardinality(first, last) for first, last in _spans(prefix)) if numbers else 0


def only(numbers: BitMap64, prefixes: Sequence[str]) -> BitMap64:
    """Those that begin so, which may be these very ones; the prefixes do not lie in one another."""
    if sum(count(numbers, prefix) for prefix in prefixes) == len(numbers):
        return numbers
    kept, reached = numbers.copy(), 0
    for first, behind in sorted(span for prefix in prefixes for span in _spans(prefix)):
        kept.remove_range(reached, first)
        reached = behind
    kept.remove_range(reached, _BEHIND_ALL)
    return kept


def without(numbers: BitMap64, prefix: str) -> None:
    """Take out all that begin so."""
    for first, last in _spans(prefix):
        numbers.remove_range(first, last)


def renewed(old: Sequence[Covered], new: Sequence[Covered]) -> tuple[Covered, ...]:
    """The old coverage with the new one over it."""
    kept = (covered for covered in old if not any(covered.prefix.startswith(each.prefix) for each in new))
    return tuple(sorted((*kept, *new), key=lambda covered: covered.prefix))


def dated(prefixes: Iterable[str], as_of: datetime, valid_until: datetime) -> tuple[Covered, ...]:
    """The prefixes with a date."""
    return tuple(Covered(prefix=prefix, as_of=as_of, valid_until=valid_until) for prefix in prefixes)


def _spans(prefix: str) -> list[tuple[int, int]]:
    """From the first to behind the last number of each length that begins so."""
    digits = prefix.removeprefix("+")
    return [(int(digits) * 10**more, (int(digits) + 1) * 10**more) for more in range(_LONGEST - len(digits) + 1)]
