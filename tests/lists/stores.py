"""A list store in memory, which keeps what was put under each version and can be told to break."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ari_app.policy.held import Screening
from ari_app.policy.screenings import newest_answer
from ari_app.ports.lists import (
    Answered,
    Approval,
    AttemptRow,
    CallerIdRow,
    ConsentRow,
    ContactRow,
    Counts,
    CustomerRow,
    Delivered,
    ListFile,
    ScreeningBatch,
    ScreeningRow,
    Submission,
    SuppressionRow,
)
from ari_app.ports.verdicts import StoreUnavailable

Key = tuple[Any, ...]


class MemoryLists:
    """Rows by what they are known by; only published ones are visible."""

    def __init__(self, *, breaks_at_batch: int = 0) -> None:
        self.visible: dict[Key, Any] = {}
        self.files: dict[int, ListFile] = {}
        self.hidden: dict[int, dict[Key, Any]] = {}
        self.reports: list[Mapping[str, object]] = []
        self.published: list[tuple[ListFile, Mapping[str, object]]] = []
        self.abandoned: list[int] = []
        self.approvals: list[Approval] = []
        self.emptied: list[str] = []
        self.batches: list[ScreeningBatch] = []
        self.exports: dict[tuple[str, str, str], list[Submission]] = {}
        """By principal, register and digest."""
        self.exported: list[tuple[str, int]] = []
        """File name and count."""
        self.looked_up: list[tuple[str, str]] = []
        """Principal and register whose answers were asked for."""
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self._breaks_at_batch = breaks_at_batch
        self._batches = 0

    def begin(self, file: ListFile) -> int:
        version = len(self.files) + 1
        self.files[version] = file
        self.hidden[version] = {}
        return version

    def put_suppressions(self, version: int, rows: Sequence[SuppressionRow]) -> Counts:
        return self._put(version, [((row.e164, row.scope), row) for row in rows])

    def put_customers(self, version: int, principal: str, rows: Sequence[CustomerRow]) -> Counts:
        return self._put(version, [((row.e164, principal), row) for row in rows])

    def put_consents(self, version: int, principal: str, rows: Sequence[ConsentRow]) -> Counts:
        return self._put(version, [((row, principal), row) for row in rows])

    def put_contacts(self, version: int, approval: Approval, rows: Sequence[ContactRow]) -> Counts:
        self.approvals.append(approval)
        return self._put(version, [((row.e164, row.list_id), row) for row in rows])

    def empty_contacts(self, version: int, approval: Approval, list_id: str) -> int:
        assert version in self.hidden, "the version is open"
        self.approvals.append(approval)
        self.emptied.append(list_id)
        return sum(key[1] == list_id for key in self.visible)

    def put_attempts(self, version: int, rows: Sequence[AttemptRow]) -> Counts:
        return self._put(version, [((row.e164, row.campaign, row.at), row) for row in rows])

    def put_caller_ids(self, version: int, rows: Sequence[CallerIdRow]) -> Counts:
        return self._put(version, [((row.range_start, row.range_end), row) for row in rows])

    def put_screenings(self, version: int, batch: ScreeningBatch, rows: Sequence[ScreeningRow]) -> Counts:
        self.batches.append(batch)
        given = (replace(row, answered_at=row.answered_at or batch.answered_at) for row in rows)
        given = (replace(row, valid_until=row.valid_until or batch.valid_until) for row in given)
        return self._put(version, [((row.e164, row.answered_at), row) for row in given])

    def newest_answers(
        self, principal: str, register: str, numbers: Iterable[str], *, now: datetime
    ) -> Mapping[str, Screening]:
        self.looked_up.append((principal, register))
        said: dict[str, list[Screening]] = {}
        for row in self.visible.values():
            at, until = row.answered_at, row.valid_until
            told = Screening(register=register, answer=row.answer, answered_at=at, valid_until=until)
            said.setdefault(row.e164, []).append(told)
        found = {number: newest_answer(tuple(said.get(number, ())), register, now) for number in numbers}
        return {number: answer for number, answer in found.items() if answer is not None}

    def record_export(self, principal: str, register: str, *, file_name: str, digest: str, numbers: int) -> datetime:
        self.exports.setdefault((principal, register, digest), []).append(Submission(exported_at=self.now))
        self.exported.append((file_name, numbers))
        return self.now

    def submissions(self, principal: str, register: str, digest: str) -> tuple[Submission, ...]:
        return tuple(self.exports.get((principal, register, digest), ()))

    def publish(self, version: int, report: Mapping[str, object], *, answered: Answered | None = None) -> None:
        self.visible.update(self.hidden.pop(version))
        self.reports.append(report)
        self.published.append((self.files[version], report))
        if answered is None:
            return
        exports = self.exports.get((answered.principal, answered.register, answered.submitted), [])
        for place in reversed(range(len(exports))):
            if not exports[place].returned and exports[place].exported_at <= answered.answered_at:
                exports[place] = Submission(exported_at=exports[place].exported_at, returned=answered.returned)
                return

    def delivered(self, file: ListFile) -> Delivered | None:
        same = (each for each in self.published if replace(each[0], sha256="") == replace(file, sha256=""))
        newest = next(iter(reversed(list(same))), None)
        return None if newest is None else Delivered(newest[0].sha256, newest[1])

    def abandon(self, version: int) -> None:
        self.hidden.pop(version)
        self.abandoned.append(version)

    def _put(self, version: int, rows: Sequence[tuple[Key, Any]]) -> Counts:
        self._batches += 1
        if self._batches == self._breaks_at_batch:
            raise StoreUnavailable("the database is gone")
        counts = Counts()
        for key, row in rows:
            before = self.hidden[version].get(key) or self.visible.get(key)
            counts += Counts(added=before is None, unchanged=before == row, updated=before not in (None, row))
            self.hidden[version][key] = row
        return counts
