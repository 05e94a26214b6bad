"""An XLSX workbook as a source: one of its sheets, each row with its number there."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ari_app.lists.archive import Archive
from ari_app.lists.cells import record_of
from ari_app.lists.errors import InputError
from ari_app.lists.records import Record
from ari_app.lists.source import Opened, Unit
from ari_app.lists.workbook_look import Sheet, SheetLook, holds_something, look_through, sheets_of

if TYPE_CHECKING:
    from python_calamine import CalamineSheet


_NOTHING: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class Workbook:
    """
    A workbook on disk and one of its sheets: the one that is named, else the first that is not hidden.

    Raises InputError: it is none, is damaged, encrypted or too large, or has no such sheet.
    """

    path: Path
    sheet: str = ""
    sha256: str = field(init=False)
    unit: Unit = field(init=False, default="row")
    left_out: tuple[str, ...] = field(init=False)
    _look: SheetLook = field(init=False)

    def __post_init__(self) -> None:
        """Look it through."""
        try:
            sha256 = _digest(self.path)
            with Archive(self.path) as archive:
                sheets = sheets_of(archive, self.path)
                chosen = self._chosen(sheets)
                look = look_through(archive, self.path, chosen)
                others = (each for each in sheets if each is not chosen and each.is_visible)
                left_out = () if self.sheet else tuple(each.name for each in others if holds_something(archive, each))
        except OSError as failure:
            raise InputError(f"{self.path}: {failure.strerror or failure}") from failure
        for name, value in (("sha256", sha256), ("sheet", chosen.name), ("_look", look), ("left_out", left_out)):
            object.__setattr__(self, name, value)

    @property
    def name(self) -> str:
        """Its name without its folder."""
        return self.path.name

    @contextmanager
    def opened(self, *, short: bool = False) -> Iterator[Opened]:  # noqa: ARG002  a row of a sheet lacks no cells
        """As the protocol. The whole sheet is in memory then."""
        rows = _Rows(self.path, self._sheet(), self._look)

        def same() -> None:
            if _digest(self.path) != self.sha256:
                raise InputError(f"{self.path}: the file was changed while it was read; nothing was imported")

        header = next(rows.records(()), None)
        if header is None:
            raise InputError(f"{self.path}: sheet {self.sheet!r} is empty: its first row must name the columns")
        yield Opened(header=header, records=rows.records, progress=lambda: (rows.read, rows.height), same=same)

    def _chosen(self, sheets: tuple[Sheet, ...]) -> Sheet:
        if not self.sheet:
            return next((each for each in sheets if each.is_visible), sheets[0])
        found = next((each for each in sheets if each.name == self.sheet), None)
        if found is None:
            have = ", ".join(repr(each.name) for each in sheets)
            raise InputError(f"{self.path}: there is no sheet {self.sheet!r}; it has {have}")
        return found

    def _sheet(self) -> "CalamineSheet":
        from python_calamine import CalamineError, CalamineWorkbook

        try:
            with CalamineWorkbook.from_path(self.path) as workbook:
                return workbook.get_sheet_by_name(self.sheet)
        except CalamineError as failure:
            raise InputError(f"{self.path}: the workbook is damaged: {failure}") from failure
        except OSError as failure:
            raise InputError(f"{self.path}: {failure.strerror or failure}") from failure


class _Rows:
    """
    Rows that are not blank, each with its number in the sheet.

    They begin with the sheet's first row, but with the first column that holds a value, which need not be A; and they
    end with the last row that holds one, after which a row may have nothing but errors.
    """

    def __init__(self, path: Path, sheet: "CalamineSheet", look: SheetLook) -> None:
        self._path = path
        self.read = 0
        self.height = sheet.total_height
        self._names: Sequence[str] = ()
        self._rows = sheet.iter_rows()
        self._width = sheet.width
        left = sheet.start[1] if sheet.start else 0
        self._spoilt = {
            at: {column - left: why for column, why in found.items() if 0 <= column - left < sheet.width}
            for at, found in look.spoilt.items()
        }

    def records(self, places: Collection[int]) -> Iterator[Record]:
        """From where the last one ended; the first is the header, whose names the others' faults tell."""
        named = {place: self._names[place] for place in places}
        while (values := self._next()) is not None:
            self.read += 1
            spoilt = self._spoilt.pop(self.read - 1, _NOTHING)
            if not (spoilt or any(value.strip() if isinstance(value, str) else True for value in values)):
                continue
            record = record_of(self.read, values, named, spoilt)
            self._names = self._names or record.cells
            yield record
        for at in sorted(at for at, found in self._spoilt.items() if found):
            yield record_of(at + 1, [""] * self._width, named, self._spoilt[at])

    def _next(self) -> Sequence[object] | None:
        try:
            return next(self._rows, None)
        except (ValueError, OverflowError) as failure:
            row = f"{self._path}: row {self.read + 1}"
            raise InputError(f"{row} holds a date or a length of time that no calendar has: {failure}") from failure


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
