"""
Italy's way to a public register, first half: a principal's numbers go out as a file.

Source: RULES IT-2 to IT-4; the layout of the register's files is not published, so only numbers are read and written.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ari_app.lists.brought import brought
from ari_app.lists.errors import InputError
from ari_app.lists.number_files import digest_of, first_of, numbers_in
from ari_app.lists.opening import look_at
from ari_app.lists.rejects import Rejects
from ari_app.lists.source import Unit
from ari_app.ports.lists import ListStore

VALID = {"RPO": timedelta(days=15)}
"""Registers that are asked so, and how long an answer holds (RULES IT-4: 15 days of 24 hours for the telephone)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """A register, asked by a principal for itself. Raises InputError: it is not one that is asked by files."""

    principal: str
    register: str
    region: str
    """Where numbers without a country prefix are."""

    def __post_init__(self) -> None:
        """Check the register."""
        if self.register not in VALID:
            raise InputError(f"register {self.register}: those that are asked by files are {', '.join(VALID)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What an export wrote."""

    register: str
    principal: str
    file: str
    numbers: int
    duplicates: int
    rejected: int
    exported_at: datetime
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
    rejects: Path | None = None,
    *,
    sheet: str = "",
) -> ExportReport:
    """
    Write the numbers of `source` to `target`, one a line in E.164, each once; and record that they were exported.

    `sheet` names one of a workbook.

    Raises InputError: there is no number in it, or a file cannot be read or written; StoreError. Then `target` stays as
    it was.
    """
    refused = Rejects(rejects)
    part = target.with_name(target.name + ".part")
    try:
        file = brought(source, sheet=sheet)
        held, read = _write(part, numbers_in(file, region=ask.region, rejects=refused))
        if not held:
            raise InputError(f"{source}: there is no number in it{first_of(refused)}")
        sha256 = look_at(part).sha256
        exported_at = store.record_export(
            ask.principal, ask.register, file_name=target.name, digest=digest_of(held), numbers=len(held)
        )
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
        numbers=len(held),
        duplicates=read - len(held),
        rejected=refused.count,
        exported_at=exported_at,
        sha256=sha256,
        first_rejects=tuple(refused.first),
        unit=file.unit,
        left_out=file.left_out,
    )


def _write(target: Path, numbers: Iterable[int]) -> tuple[set[int], int]:
    """The distinct numbers that were written, and how many were read."""
    held: set[int] = set()
    read = 0
    with target.open("w", encoding="ascii") as file:
        for number in numbers:
            read += 1
            if number not in held:
                held.add(number)
                file.write(f"+{number}\n")
    return held, read
