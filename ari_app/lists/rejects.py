"""
The reject file: line, reason, then the row as it came, so that it can be repaired and imported again.

It is opened with a spreadsheet, so a cell that one would run as a formula is given an apostrophe; a reason may begin
with what stood in a cell, and is treated alike.
"""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from ari_app.lists.errors import InputError
from ari_app.policy.formulas import FORMULA, neutral

_LONGEST_REASON = 300


def restored(cell: str) -> str:
    """What a neutralised cell held."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


class Rejects:
    """
    Rows that were not taken. Its file appears, whole, on `keep`; before that there is only a `.part` beside it.

    Raises InputError: the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        """Collect for this file; None: only count."""
        self.path = path
        self.count = 0
        self.first: list[tuple[int, str]] = []
        """The first few, to be shown."""
        self._file: IO[str] | None = None
        self._writer: Any = None

    def begin(self, header: Sequence[str]) -> None:
        """Write the columns' names; names that the file itself uses are kept for the file."""
        if self.path is None:
            return
        if self.path.is_dir():
            raise InputError(f"{self.path}: rejected rows need a file, and this is a folder")
        own = [name if name not in header else f"reject_{name}" for name in ("line", "reason")]
        with self._written():
            self._file = self._part.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow([*own, *(neutral(name) for name in header)])

    def add(self, line: int, reason: str, cells: Sequence[str]) -> None:
        """One row that was not taken; a reason is shortened, and shows signs that cannot be printed as such."""
        self.count += 1
        if len(self.first) >= 10 and self._writer is None:
            return
        shown = reason if reason.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in reason)
        shown = shown if len(shown) <= _LONGEST_REASON else f"{shown[:_LONGEST_REASON]} …"
        if len(self.first) < 10:
            self.first.append((line, shown))
        if self._writer is not None:
            with self._written():
                self._writer.writerow(
                    [line, neutral(shown), *(neutral(cell.replace("\0", "\u2400")) for cell in cells)]
                )

    def keep(self) -> None:
        """Put the file in its place."""
        if self._file is not None and self.path is not None:
            try:
                self._file.close()
                os.replace(self._part, self.path)
            except OSError as failure:
                raise InputError(
                    f"{self.path}: the list was imported, but its rejected rows cannot be put there "
                    f"({failure.strerror}); what was written of them is in {self._part}"
                ) from failure

    def drop(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            with suppress(OSError):  # a full disk is told once; the import has yet to be abandoned
                self._file.close()
            with suppress(OSError):
                self._part.unlink(missing_ok=True)

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as failure:
            raise InputError(f"{self.path}: rejected rows cannot be written there: {failure.strerror}") from failure

    @property
    def _part(self) -> Path:
        assert self.path is not None  # noqa: S101  only asked for where there is a path
        return self.path.with_name(self.path.name + ".part")
