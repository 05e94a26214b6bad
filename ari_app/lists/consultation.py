"""
The way to a public register, first half: a principal's numbers go out as a file, those that need an answer.

Source: RULES IT-2 to IT-4; the layout of the register's files is not published, so only numbers are read and written.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from ari_app.lists.brought import brought
from ari_app.lists.errors import InputError
from ari_app.lists.number_files import digest_of, first_of, numbers_in
from ari_app.lists.rejects import Rejects
from ari_app.lists.source import Unit
from ari_app.policy.held import Screening
from ari_app.policy.list_terms import RegisterTerms
from ari_app.ports.lists import ListStore

HOLDS = {
    "RPO": timedelta(days=15),
    "TPS": timedelta(days=28),
    "CTPS": timedelta(days=28),
    "US-DNC": timedelta(days=31),
}
"""How long an answer holds (RULES IT-4: 15 days of 24 hours for the telephone; UK-2; US-2); of others nobody knows."""
BY_FILES = ("RPO",)
"""Registers that give back the numbers that may be called, and nothing beside them."""

_NAME = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,31}", re.ASCII)
_ASKED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """A register, asked by a principal for itself. Raises InputError: it has no such name as registers have."""

    principal: str
    register: str
    """In capitals, as packs write it."""
    region: str
    """Where numbers without a country prefix are."""
    country: str = ""
    """Where the principal is, by whose clock a time without an offset is read; empty: as `region`."""

    def __post_init__(self) -> None:
        """Check the register."""
        if not _NAME.fullmatch(self.register):
            raise InputError(f"register {self.register!r}: a name of letters, digits, '.', '-' and '_', such as RPO")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Who needs an answer: whoever has none that holds at `now`, and up to `until`."""

    terms: RegisterTerms
    now: datetime
    until: datetime
    """An answer that ends exactly then is good enough; `now` or before: it has to hold now, and that is all."""

    def is_met_until(self, answer: Screening | None) -> datetime | None:
        """Until when the answer holds, if it is good enough; None: a new one is needed."""
        end = self.terms.holds_until(answer) if answer is not None else self.now
        return end if end > self.now and end >= self.until else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What an export wrote."""

    register: str
    principal: str
    file: str
    numbers: int
    """Written. 0: the file is empty, and nothing is on record to have been submitted."""
    holding: int
    """Left out, since their answer holds."""
    holding_until: datetime | None
    """When the first of these answers runs out; None: nobody was left out."""
    duplicates: int
    rejected: int
    exported_at: datetime | None
    """None: there was nothing to submit."""
    sha256: str
    first_rejects: tuple[tuple[int, str], ...]
    unit: Unit
    """What rows of the list are counted by."""
    left_out: tuple[str, ...]
    """Sheets of the workbook that hold something and were not read."""


def export_numbers(
    store: ListStore,
    ask: Consultation,
    source: Path,
    target: Path,
    *,
    need: Need | None = None,
    rejects: Path | None = None,
    sheet: str = "",
) -> ExportReport:
    """
    Write the numbers of `source` that need an answer, one a line in E.164, each once; and record that they went out.

    Without `need` all of them do; `sheet` names one of a workbook. Raises InputError: there is no number in it, or a
    file cannot be read or written; StoreError. Then `target` stays as it was.
    """
    refused = Rejects(rejects)
    part = target.with_name(target.name + ".part")
    try:
        file = brought(source, sheet=sheet)
        export = _Export(store, ask, need)
        export.write(part, numbers_in(file, region=ask.region, rejects=refused))
        if not export.read:
            raise InputError(f"{source}: there is no number in it{first_of(refused)}")
        exported_at = export.record(target.name)
        os.replace(part, target)
    except OSError as failure:
        refused.drop()
        raise InputError(f"{target}: cannot be written: {failure.strerror or failure}") from failure
    except BaseException:
        refused.drop()
        raise
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    refused.keep()
    return ExportReport(
        register=ask.register,
        principal=ask.principal,
        file=target.name,
        numbers=len(export.written),
        holding=export.holding,
        holding_until=export.holding_until,
        duplicates=export.duplicates,
        rejected=refused.count,
        exported_at=exported_at,
        sha256=export.sha256,
        first_rejects=tuple(refused.first),
        unit=file.unit,
        left_out=file.left_out,
    )


class _Export:
    """A list on its way out."""

    def __init__(self, store: ListStore, ask: Consultation, need: Need | None) -> None:
        self.written: set[int] = set()
        self.read = self.duplicates = self.holding = 0
        self.holding_until: datetime | None = None
        self.sha256 = ""
        self._store, self._ask, self._need = store, ask, need

    def write(self, target: Path, numbers: Iterable[int]) -> None:
        """Write each number that needs an answer once, in their order."""
        digest = hashlib.sha256()
        each_once = self._each_once(numbers)
        with target.open("wb") as file:
            while some := list(islice(each_once, _ASKED_AT_ONCE)):
                for number in self._needing(some):
                    line = b"+%d\n" % number
                    self.written.add(number)
                    digest.update(line)
                    file.write(line)
        self.sha256 = digest.hexdigest()

    def record(self, file_name: str) -> datetime | None:
        """Note when what was written went out; where nothing was, nothing goes out."""
        if not self.written:
            return None
        return self._store.record_export(
            self._ask.principal,
            self._ask.register,
            file_name=file_name,
            digest=digest_of(self.written),
            numbers=len(self.written),
        )

    def _each_once(self, numbers: Iterable[int]) -> Iterator[int]:
        seen: set[int] = set()
        for number in numbers:
            self.read += 1
            if number in seen:
                self.duplicates += 1
                continue
            seen.add(number)
            yield number

    def _needing(self, numbers: list[int]) -> Iterator[int]:
        if self._need is None:
            yield from numbers
            return
        names = {number: f"+{number}" for number in numbers}
        newest = self._store.newest_answers(self._ask.principal, self._ask.register, names.values(), now=self._need.now)
        for number, name in names.items():
            end = self._need.is_met_until(newest.get(name))
            if end is None:
                yield number
                continue
            self.holding += 1
            self.holding_until = min(end, self.holding_until or end)
