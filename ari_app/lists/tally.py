"""What became of a list, counted: verdicts, reasons, days; a few kilobytes however long the list is."""

from collections import Counter
from datetime import date, datetime, tzinfo

from pyroaring import BitMap64

from ari_app.judging.bulk import Answer, Judged

MOST_TOLD = 10
SKIPPED = ("defer", "deny")


class Tally:
    """Counts answers as they come."""

    def __init__(self, zone: tzinfo) -> None:
        """`zone` is whose days are counted."""
        self.rows = 0
        self.verdicts: Counter[str] = Counter()
        self.objections: Counter[tuple[str, str]] = Counter()
        """Rows that would be skipped, by reason code and rule."""
        self.reasons: Counter[str] = Counter()
        """Rows that would be skipped, by reason code; a row may have several."""
        self.notes: Counter[str] = Counter()
        """Rows that would be called all the same, by the codes of what is only noted."""
        self.days: Counter[date] = Counter()
        """Deferred rows, by the day from which they may be called."""
        self.not_before: datetime | None = None
        """The first instant at which a deferred row may be called."""
        self.duplicates = 0
        """Rows whose number stood before in the list."""
        self.faults = 0
        """Lines that are no row; they are denied."""
        self.first_faults: list[tuple[int, str]] = []
        self._seen = BitMap64()
        self.zone = zone

    @property
    def skipped(self) -> int:
        """Rows that would not be called now."""
        return sum(self.verdicts[verdict] for verdict in SKIPPED)

    def add(self, answer: Answer) -> None:
        """Count the answer to a part of the list."""
        each = {id(judged): judged for judged in answer.judged}
        for known, count in Counter(map(id, answer.judged)).items():
            self._count(each[known], count)
        self.rows += len(answer.judged)
        before = len(self._seen)
        self._seen.update(answer.numbers)
        self.duplicates += len(answer.numbers) - (len(self._seen) - before)

    def fault(self, line: int, why: str) -> None:
        """A line that is no row."""
        self.faults += 1
        if len(self.first_faults) < MOST_TOLD:
            self.first_faults.append((line, why))

    def _count(self, judged: Judged, count: int) -> None:
        self.verdicts[judged.verdict] += count
        if judged.verdict not in SKIPPED:
            for code in judged.reasons:
                self.notes[code] += count
            return
        for code in judged.reasons:
            self.reasons[code] += count
        for objection in judged.objections:
            self.objections[objection] += count
        if judged.not_before is not None:
            self.not_before = min(self.not_before or judged.not_before, judged.not_before)
            self.days[judged.not_before.astimezone(self.zone).date()] += count
