"""What becomes of a register when files are brought to it: which numbers, which coverage, and what was a slip."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from phonenumbers import country_code_for_region
from pyroaring import BitMap64

from ari_app.lists.errors import InputError
from ari_app.lists.registers import coverage
from ari_app.lists.registers.block import Listed
from ari_app.lists.registers.known import NORTH_AMERICA
from ari_app.ports.register_files import Covered, RegisterNumbers, RegisterVersion, Way

_FEW_BAD = 5
"""Of a file so small that one in a hundred is none."""
_ANYWAY = "; --force takes it all the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The register as it would be."""

    numbers: RegisterNumbers
    coverage: tuple[Covered, ...]
    outside: int
    """Entries of the files that lie outside of what is covered, and were left out."""
    was: int
    """How much was listed before, where the files say all anew."""
    now: int
    """How much is listed there now."""


def prefixes_of(
    way: Way, covers: Sequence[str], listed: Listed, region: str, before: RegisterVersion | None
) -> tuple[str, ...]:
    """
    What the files speak for: `covers` says so, else what is in them.

    Raises InputError: nothing does.
    """
    meant = coverage.said(covers)
    if way == "changes" and before is not None:
        held = [covered.prefix for covered in before.coverage]
        found = _within(meant, held) if meant else coverage.touched(listed, held)
    elif way == "part" and not meant and str(country_code_for_region(region)) != NORTH_AMERICA:
        raise InputError("--part: which part is it? say what the files cover, as --covers +4420")
    else:
        found = meant or coverage.found(listed, region)
    if not found:
        raise InputError("the files list nothing of which it could be told what they cover; say it, as --covers +1212")
    return found


def merged(
    way: Way, listed: Listed, new: tuple[Covered, ...], before: RegisterVersion | None, held: RegisterNumbers
) -> Merged:
    """The register with the files in it; `held` is empty for a whole one. What it is given may be changed."""
    prefixes = [covered.prefix for covered in new]
    numbers, entries = held.numbers, held.prefixes
    old = before.coverage if before is not None and way != "whole" else ()
    total = coverage.renewed(old, new)
    # Changes may touch whatever is covered; a part only what it is.
    within = coverage.said(covered.prefix for covered in total) if way == "changes" else prefixes
    taken, taken_entries = coverage.only(listed.numbers, within), _overlapping(listed.prefixes, within)
    outside = len(listed.numbers) - len(taken) + len(listed.prefixes) - len(taken_entries)
    if way == "changes":
        was = len(numbers) + len(entries)
        numbers -= listed.gone
        entries -= listed.gone_prefixes
    else:
        was = _listed_in(before, numbers, entries, prefixes, way)
        for prefix in prefixes:
            coverage.without(numbers, prefix)
        entries = frozenset(entry for entry in entries if not entry.startswith(tuple(prefixes)))
    numbers = numbers | taken if numbers else taken
    entries |= taken_entries
    now = len(numbers) + len(entries) if way == "changes" else len(taken) + len(taken_entries)
    return Merged(
        numbers=RegisterNumbers(numbers=numbers, prefixes=frozenset(entries)),
        coverage=total,
        outside=outside,
        was=was,
        now=now,
    )


def refuse_bad(rows: int, bad: int, first: str) -> None:
    """Raises InputError: more rows could not be taken than a file may have; `first` says where and why."""
    allowed = max(rows // 100, min(_FEW_BAD, rows // 10))
    if bad > allowed:
        raise InputError(f"{bad:,} of {rows:,} rows could not be taken, and {allowed:,} may be{first}{_ANYWAY}")


def refuse_slips(result: Merged, way: Way) -> None:
    """Raises InputError: it is most likely not what was meant."""
    if result.now == 0 and way != "changes":
        raise InputError(f"the files list nobody{_ANYWAY}")
    if result.now * 2 < result.was:
        raise InputError(
            f"{result.was:,} were listed and {result.now:,} would be: less than half. Was the download cut off, or is "
            f"it a part (--part) or a list of changes (--changes)?{_ANYWAY}"
        )


def refuse_older(before: RegisterVersion, way: Way, prefixes: Sequence[str], as_of: datetime) -> None:
    """Raises InputError: what is in force there is newer."""
    for covered in before.coverage:
        replaced = any(covered.prefix.startswith(each) or each.startswith(covered.prefix) for each in prefixes)
        if (way == "whole" or replaced) and as_of < covered.as_of:
            raise InputError(
                f"the files are as of {as_of.isoformat()}, and what is in force of {covered.prefix} is as of "
                f"{covered.as_of.isoformat()}: say --as-of if that is wrong; --force takes the older one"
            )


def _within(meant: Sequence[str], held: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for prefix in meant:
        inner = [each for each in held if each.startswith(prefix)]
        if not inner and not prefix.startswith(tuple(held)):
            raise InputError(f"--covers {prefix}: the register does not cover it yet; load it whole, as --part")
        found += inner or [prefix]
    return tuple(dict.fromkeys(found))


def _overlapping(entries: set[str], prefixes: Sequence[str]) -> frozenset[str]:
    whole = tuple(prefixes)
    return frozenset(
        entry for entry in entries if entry.startswith(whole) or any(prefix.startswith(entry) for prefix in prefixes)
    )


def _listed_in(
    before: RegisterVersion | None, numbers: BitMap64, entries: frozenset[str], prefixes: Sequence[str], way: Way
) -> int:
    if before is None:
        return 0
    if way == "whole":
        return before.numbers + before.prefixes
    inner = sum(entry.startswith(tuple(prefixes)) for entry in entries)
    return sum(coverage.count(numbers, prefix) for prefix in prefixes) + inner
