"""
A register loaded from files: read whole, held against what is in force, and only then put in its place.

Three ways. `whole`: the files are the register. `part`: they are all of it that begins so (an area code), the rest
stays as it is, with its own date. `changes`: they say what was added and deleted since; whatever they touch is as of
them. What looks like a slip is refused unless it is forced: a register that has lost half of its numbers was mostly a
download that was cut off.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyroaring import BitMap64

from ari_app.lists.errors import InputError
from ari_app.lists.number_files import first_of
from ari_app.lists.registers import coverage
from ari_app.lists.registers.gathering import Gathered, Progress, Reading, gather
from ari_app.lists.registers.known import KNOWN, UNKNOWN_VALID
from ari_app.lists.registers.merging import Merged, merged, prefixes_of, refuse_bad, refuse_older, refuse_slips
from ari_app.lists.rejects import Rejects
from ari_app.lists.source import Unit
from ari_app.ports.register_files import RegisterDamaged, RegisterNumbers, RegisterShelf, RegisterVersion, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """What is to be loaded, and how."""

    name: str
    files: tuple[Path, ...]
    now: datetime
    way: Way = "whole"
    region: str = ""
    """Empty: that of the register, if it is known or was loaded before."""
    covers: tuple[str, ...] = ()
    as_of: datetime | None = None
    """None: when the oldest file was last changed."""
    valid: timedelta | None = None
    """None: as long as the register's copies may be used."""
    format: str = "auto"
    rejects: Path | None = None
    keep: int = 5
    """Versions that stay, the new one among them."""
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What came of it."""

    version: RegisterVersion
    before: RegisterVersion | None
    """What was in force; None: nothing, or nothing that could be read."""
    rows: int
    rejected: int
    duplicates: int
    outside: int
    """Entries that lie outside of what is covered, and were left out."""
    uncovered: tuple[str, ...]
    """What the version before covered, and this one does not."""
    not_renewed: tuple[str, ...]
    """What is covered as before, with its old date."""
    first_rejects: tuple[tuple[int, str], ...]
    seconds: float
    unit: Unit = "line"
    """What rows are counted by."""


def load_register(shelf: RegisterShelf, request: LoadRequest, progress: Progress | None = None) -> LoadReport:
    """
    Load files into a register and put the new version in force.

    Raises InputError: a file cannot be read, or what it says is refused; StoreError: it cannot be kept. The version in
    force stays.
    """
    began = time.monotonic()
    with shelf.changing(request.name):
        before = _before(shelf, request)
        region = _region(request, before)
        reading = Reading(wanted=request.format, region=region, changes=request.way == "changes", forced=request.forced)
        rejects = Rejects(request.rejects)
        try:
            gathered = gather(request.files, reading, rejects, progress)
            draft, result = _drafted(shelf, request, region, before, gathered, rejects)
            version = shelf.publish(draft, result.numbers, keep=request.keep)
        except InputError:
            rejects.keep()  # they say why the files were refused
            raise
        except BaseException:
            rejects.drop()
            raise
        rejects.keep()
    return _report(version, before, gathered, result, rejects, time.monotonic() - began)


def _before(shelf: RegisterShelf, request: LoadRequest) -> RegisterVersion | None:
    """What is in force. A whole register needs nothing of it, and mends one that is damaged."""
    try:
        before = shelf.current(request.name)
    except RegisterDamaged:
        if request.way != "whole":
            raise
        return None
    if before is None and request.way == "changes":
        raise InputError(
            f"{request.name}: nothing is loaded that changes could apply to; load the whole register first"
        )
    return before


def _region(request: LoadRequest, before: RegisterVersion | None) -> str:
    known = KNOWN.get(request.name)
    region = request.region or (known.region if known else "") or (before.region if before else "")
    if not region:
        raise InputError(
            f"{request.name}: in which country are numbers without a country prefix? Say it, as --region GB"
        )
    return region


def _drafted(
    shelf: RegisterShelf,
    request: LoadRequest,
    region: str,
    before: RegisterVersion | None,
    gathered: Gathered,
    rejects: Rejects,
) -> tuple[RegisterVersion, Merged]:
    """The new version, not kept yet. Raises InputError: it is refused."""
    way, listed = request.way, gathered.listed
    as_of = request.as_of or gathered.changed_at or datetime.min.replace(tzinfo=UTC)
    if as_of > request.now:
        raise InputError(f"it would be as of {as_of.isoformat()}, which has not come yet: say --as-of")
    if not request.forced:
        refuse_bad(gathered.rows, rejects.count, first_of(rejects))
    prefixes = prefixes_of(way, request.covers, listed, region, before)
    if before is not None and not request.forced:
        refuse_older(before, way, prefixes, as_of)
    known = KNOWN.get(request.name)
    valid = request.valid or (known.valid if known else UNKNOWN_VALID)
    held = RegisterNumbers(numbers=BitMap64(), prefixes=frozenset())
    if before is not None and way != "whole":
        held = shelf.numbers(request.name)
    result = merged(way, listed, coverage.dated(prefixes, as_of, as_of + valid), before, held)
    if not request.forced:
        refuse_bad(gathered.rows, rejects.count + result.outside, first_of(rejects) or "; they lie outside of it")
        refuse_slips(result, way)
    draft = RegisterVersion(
        name=request.name,
        version=0,
        region=region,
        coverage=result.coverage,
        built_at=request.now,
        sources=tuple(gathered.sources),
        way=way,
        dated_by="option" if request.as_of else "file",
        numbers=len(result.numbers.numbers),
        prefixes=len(result.numbers.prefixes),
    )
    return draft, result


def _report(
    version: RegisterVersion,
    before: RegisterVersion | None,
    gathered: Gathered,
    result: Merged,
    rejects: Rejects,
    seconds: float,
) -> LoadReport:
    old = before.coverage if before is not None else ()
    new = tuple(covered.prefix for covered in version.coverage)
    return LoadReport(
        version=version,
        before=before,
        rows=gathered.rows,
        rejected=rejects.count,
        duplicates=gathered.repeats,
        outside=result.outside,
        uncovered=tuple(covered.prefix for covered in old if not covered.prefix.startswith(new)),
        not_renewed=tuple(covered.prefix for covered in old if covered in version.coverage),
        first_rejects=tuple(rejects.first),
        seconds=round(seconds, 3),
    )
