"""
One file, or one query, becomes one version of a list: all of it, or nothing.

Rows go under a version that nobody sees; the last act makes it visible. Whatever happens before that abandons it, and
a killed import leaves a version that was never published. Reading the same file again changes nothing. A dry run
does all of it but that last act.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Generic, TypeVar

from ari_app.lists.columns import KINDS, columns
from ari_app.lists.errors import BadRow, InputError
from ari_app.lists.plans import Plan, plan_of
from ari_app.lists.records import Record
from ari_app.lists.rejects import Rejects, restored
from ari_app.lists.repeats import Seen
from ari_app.lists.request import ImportRequest
from ari_app.lists.source import Unit
from ari_app.ports.lists import Counts, ListFile, ListStore

BATCH_ROWS = 50_000
"""Put at a time: the more, the closer together the store can write them."""
_TOLD_ROWS = 500
R = TypeVar("R")
Progress = Callable[[int, int, int], None]
"""
Called now and then with the rows read, and with what is read of the whole: bytes of a text, else rows; 0: the whole is
not known.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did. Rows read are added, updated, unchanged, rejected or duplicates."""

    read: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    duplicates: int
    opt_outs_lost: int
    """Rejected rows that are suppressions or withdrawals, or cannot be told from withdrawals."""
    emptied: int
    """Entries that are no contacts any more, since the file of their list has no rows."""
    seconds: float
    published: bool
    """False: a dry run, or not one row could be taken; nothing was changed."""
    dry_run: bool
    first_rejects: tuple[tuple[int, str], ...]
    """Line and reason of the first few."""
    unit: Unit
    """What rows are counted by: the lines of a text, or the rows of a sheet or a query."""
    left_out: tuple[str, ...]
    """Sheets of the workbook that hold something and were not read."""

    @property
    def nothing_taken(self) -> bool:
        """Whether there were rows, and all of them were rejected."""
        return 0 < self.read == self.rejected

    def document(self) -> dict[str, object]:
        """As JSON values."""
        return asdict(self)


def import_list(store: ListStore, request: ImportRequest, progress: Progress | None = None) -> ImportReport:
    """
    Read the file and publish it.

    Raises InputError: the file as a whole is not such a list, or the reject file cannot be written. Raises SourceError;
    StoreUnavailable; StoreConflict: another import of this list was published meanwhile. In these cases, as for any
    other exception, nothing has changed and no reject file is left; but for a reject file that, once all is published,
    cannot be put in its place.
    """
    began = time.monotonic()
    plan = plan_of(store, request)
    reading = _Reading(request, plan)
    file = ListFile(kind=request.kind, principal=plan.principal, file_name=request.name, sha256=reading.source.sha256)
    reading.version = store.begin(file)
    try:
        reading.run(progress or (lambda _rows, _read, _whole: None))
        published = not request.dry_run and (reading.read == 0 or reading.read > reading.rejects.count)
        if published:
            store.publish(reading.version, dict(reading.counted(), seconds=round(time.monotonic() - began, 3)))
    except BaseException:
        reading.rejects.drop()
        store.abandon(reading.version)
        raise
    if not published:
        store.abandon(reading.version)
    reading.rejects.keep()
    return ImportReport(
        **reading.counted(),
        seconds=round(time.monotonic() - began, 3),
        published=published,
        dry_run=request.dry_run,
        first_rejects=tuple(reading.rejects.first),
        unit=reading.source.unit,
        left_out=reading.source.left_out,
    )


class _Reading(Generic[R]):
    """A file on its way into a version."""

    def __init__(self, request: ImportRequest, plan: Plan[R]) -> None:
        self.version = 0
        self.read = 0
        self.opt_outs_lost = 0
        self.emptied = 0
        self.rejects = Rejects(request.rejects)
        self.source = request.source()
        self._request, self._plan = request, plan
        self._duplicates = 0
        self._counts = Counts()
        self._batch: list[R] = []

    def counted(self) -> dict[str, int]:
        """Rows read, and what became of them."""
        counts = self._counts
        return {
            "read": self.read,
            "added": counts.added,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "rejected": self.rejects.count,
            "duplicates": self._duplicates,
            "opt_outs_lost": self.opt_outs_lost,
            "emptied": self.emptied,
        }

    def run(self, progress: Progress) -> None:
        """Read the whole file into the version."""
        # Somebody's opt-out is not lost for a separator that a program left out.
        with self.source.opened(short=self._request.kind == "suppressions") as source:
            header = source.header
            if header.fault:
                raise InputError(f"{self._request.name}: the first line must name the columns; it is {header.fault}")
            places = columns(KINDS[self._request.kind], header.cells, self._request.mapping)
            self.rejects.begin(header.cells)
            for record in source.records(frozenset(places.values())):
                self._take(record, places)
                if self.read % _TOLD_ROWS == 0:
                    progress(self.read, *source.progress())
            self._flush()
            if self.read == 0 and self._plan.empty is not None:
                self.emptied = self._plan.empty(self.version)
            progress(self.read, *source.progress())
            source.same()

    def _take(self, record: Record, places: Mapping[str, int]) -> None:
        self.read += 1
        try:
            row = self._plan.parse(values_of(record, places))
            seen = self._plan.repeats.seen(row)
            if seen is Seen.OTHER:
                raise BadRow("a row before gives this number other values, and stands")
        except BadRow as refusal:
            self.rejects.add(record.line, str(refusal), record.cells)
            self.opt_outs_lost += _opts_out(self._request.kind, record, places)
            return
        if seen is Seen.REPEATED:
            self._duplicates += 1
            return
        self._batch.append(row)
        if len(self._batch) >= BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._batch:
            self._counts += self._plan.put(self.version, self._batch)
            self._batch = []


def _opts_out(kind: str, record: Record, places: Mapping[str, int]) -> bool:
    if kind == "consents" and "withdrawn_at" in places:
        return bool(record.fault or record.cells[places["withdrawn_at"]].strip())
    return kind == "suppressions"


def values_of(record: Record, places: Mapping[str, int]) -> dict[str, str]:
    """Field to cell. Raises BadRow: it is no record, or damaged."""
    if record.fault:
        raise BadRow(record.fault)
    cells = record.cells
    whole = "".join(cells)
    if "\0" in whole:
        raise BadRow("it holds NUL bytes: the file is damaged here")
    values = {field: cells[place].strip() for field, place in places.items()}
    return {field: restored(cell) for field, cell in values.items()} if "'" in whole else values
