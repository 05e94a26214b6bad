"""
A contact list judged row by row into a new file: the list's own columns, and beside them what a call would get.

Rows come out in the order of the file, whatever their number reads like. The new file appears whole, once every row is
judged; before that there is only a `.part` beside it. A cell that a spreadsheet would run as a formula gets an
apostrophe, as in a reject file; a telephone number with its plus stays as it is, for dialers read it. The separator is
that of the list, the encoding UTF-8.
"""

import csv
import fcntl
import os
import re
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ari_app.judging.bulk import Answer, Judged
from ari_app.lists.errors import InputError
from ari_app.lists.instants import zones_of
from ari_app.lists.table import Row, Table, opened
from ari_app.lists.tally import Tally
from ari_app.policy.formulas import neutral
from ari_app.policy.record import iso

CHUNK_ROWS = 2_000
_MOST_CHARACTERS = 1 << 20
"""Cells of hell count for many rows: what is in memory has its bounds."""
ADDED = ("verdict", "reasons", "not_before", "script")
_CLASH = "garbo_"
_PLAIN_NUMBER = re.compile(r"\+[0-9 .\-]*", re.ASCII)
Progress = Callable[[int, int, int], None]
"""Called now and then with what is read, the whole (bytes of a text, else rows) and the rows judged."""
JudgeAll = Callable[[Iterator[Sequence[str]]], Generator[Answer, None, None]]
"""Judges chunk by chunk, in their order; it may read a few ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """A list, and where it goes."""

    path: Path
    out: Path
    region: str
    """Where numbers without a country prefix are, and by whose clock days are counted."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Column to field."""
    sheet: str = ""
    """Of a workbook; empty: its first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """What was found."""

    tally: Tally
    sha256: str
    """Of the list."""
    seconds: float
    left_out: tuple[str, ...] = ()
    """Sheets of the workbook that hold something and were not read."""


def check_list(request: ListRequest, judge: JudgeAll, progress: Progress | None = None) -> ListReport:
    """
    Judge the list into `request.out`.

    Raises InputError: the list cannot be read, or the new file not be written. In this case, as for any other
    exception, what is at `out` stays as it was.
    """
    began = time.monotonic()
    tally = Tally(zones_of(request.region)[0])
    reading = opened(request.path, region=request.region, mapping=request.mapping, sheet=request.sheet)
    with reading as table, _written(request.out) as file:
        if table.marked:
            file.write("\ufeff")  # it came from a program that needs to be told
        sheet = csv.writer(file, delimiter=table.separator, lineterminator="\n")
        sheet.writerow([*(_harmless(name) for name in table.columns), *added_to(table.columns)])
        waiting: deque[list[Row]] = deque()
        with closing(judge(_chunks(table, waiting))) as answers:
            for answer in answers:
                rows = waiting.popleft()
                tally.add(answer)
                sheet.writerows(_told(rows, answer.judged))
                for row in rows:
                    if row.fault:
                        tally.fault(row.line, row.fault)
                if progress is not None:
                    progress(*table.opened.progress(), tally.rows)
        if waiting:
            raise RuntimeError("a part of the list came back without its verdicts")
        table.opened.same()
    seconds = round(time.monotonic() - began, 3)
    return ListReport(tally=tally, sha256=table.source.sha256, seconds=seconds, left_out=table.source.left_out)


def added_to(columns: Sequence[str]) -> list[str]:
    """The names of the new columns; one that the list itself has gets a prefix."""
    taken = {name.strip().casefold() for name in columns}
    named = []
    for name in ADDED:
        while name in taken:
            name = _CLASH + name
        named.append(name)
    return named


def _chunks(table: Table, waiting: deque[list[Row]]) -> Iterator[Sequence[str]]:
    """What is to be judged, a few rows at a time; the rows wait for their verdicts."""
    rows: list[Row] = []
    size = 0
    for row in table.rows:
        rows.append(row)
        size += sum(map(len, row.cells))
        if len(rows) == CHUNK_ROWS or size > _MOST_CHARACTERS:
            waiting.append(rows)
            yield [row.dialled for row in rows]
            rows, size = [], 0
    if rows:
        waiting.append(rows)
        yield [row.dialled for row in rows]


def _told(rows: Iterable[Row], judged: Iterable[Judged]) -> Iterator[list[str]]:
    words: dict[int, list[str]] = {}  # one verdict is one object for all its rows in a chunk
    for row, verdict in zip(rows, judged, strict=True):
        told = words.get(id(verdict))
        if told is None:
            told = words[id(verdict)] = _words(verdict)
        yield [_harmless(cell) for cell in row.cells] + told


def _words(verdict: Judged) -> list[str]:
    return [verdict.verdict, ",".join(verdict.reasons), iso(verdict.not_before) or "", verdict.script]


def _harmless(cell: str) -> str:
    if "\0" in cell:
        cell = cell.replace("\0", "\u2400")
    return cell if _PLAIN_NUMBER.fullmatch(cell) else neutral(cell)


@contextmanager
def _written(out: Path) -> Iterator[IO[str]]:
    """The new file, put in its place at the end; on any exception there is none. Raises InputError."""
    target = out.resolve()  # a link stays a link
    if target.exists() and not target.is_file():
        raise InputError(f"{out}: the judged list needs a file, and this is none")
    part = target.with_name(target.name + ".part")
    try:
        file = part.open("a", encoding="utf-8", newline="")
    except OSError as failure:
        raise InputError(f"{out}: the judged list cannot be written there: {failure.strerror}") from failure
    with file:
        _alone(file, part, out)
        try:
            file.truncate(0)
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(part, target)
        except OSError as failure:
            _drop(part)
            raise InputError(f"{out}: the judged list cannot be written there: {failure.strerror}") from failure
        except BaseException:
            _drop(part)
            raise


def _alone(file: IO[str], part: Path, out: Path) -> None:
    """Nobody else writes this file, nor has put it in its place since it was opened."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file.fileno()), part.stat()):
            return
    except OSError as failure:
        raise InputError(f"{out}: another list is being written there at this moment") from failure
    raise InputError(f"{out}: another list was written there at this moment; try again")


def _drop(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)
