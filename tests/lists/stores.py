"""A list store in memory, which keeps what was put under each version and can be told to break."""

from collections.abc import Sequence

from ari_app.ports.lists import Counts, CustomerRow, ListFile, SuppressionRow
from ari_app.ports.verdicts import StoreUnavailable

Row = SuppressionRow | CustomerRow


class MemoryLists:
    """Rows by number and scope; only published ones are visible."""

    def __init__(self, *, breaks_at_batch: int = 0) -> None:
        self.visible: dict[tuple[str, str], Row] = {}
        self.files: dict[int, ListFile] = {}
        self.hidden: dict[int, dict[tuple[str, str], Row]] = {}
        self.reports: list[dict[str, int | float]] = []
        self.abandoned: list[int] = []
        self._breaks_at_batch = breaks_at_batch
        self._batches = 0

    def begin(self, file: ListFile) -> int:
        version = len(self.files) + 1
        self.files[version] = file
        self.hidden[version] = {}
        return version

    def put_suppressions(self, version: int, rows: Sequence[SuppressionRow]) -> Counts:
        return self._put(version, {(row.e164, row.scope): row for row in rows}, len(rows))

    def put_customers(self, version: int, principal: str, rows: Sequence[CustomerRow]) -> Counts:
        return self._put(version, {(row.e164, principal): row for row in rows}, len(rows))

    def publish(self, version: int, report: dict[str, int | float]) -> None:
        self.visible.update(self.hidden.pop(version))
        self.reports.append(report)

    def abandon(self, version: int) -> None:
        self.hidden.pop(version)
        self.abandoned.append(version)

    def _put(self, version: int, rows: dict[tuple[str, str], Row], given: int) -> Counts:
        self._batches += 1
        if self._batches == self._breaks_at_batch:
            raise StoreUnavailable("the database is gone")
        assert len(rows) == given, "one batch holds a key twice"
        counts = Counts()
        for key, row in rows.items():
            before = self.hidden[version].get(key) or self.visible.get(key)
            counts += Counts(added=before is None, unchanged=before == row, updated=before not in (None, row))
            self.hidden[version][key] = row
        return counts
