"""
A register's answer row by row: of each number whether it is listed, since when that is known, and until when it holds.

No row that cannot be read makes anybody clear, and of two rows that contradict each other the one that says `listed`
stands. An answer counts from when it was given: as its row says, else as somebody says, else from the export of these
very numbers; never from the import. It holds no longer than answers of this register are known to hold.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from ari_app.lists.brought import brought
from ari_app.lists.columns import ANSWERS, columns
from ari_app.lists.consultation import HOLDS, Consultation
from ari_app.lists.errors import BadRow, InputError
from ari_app.lists.importing import BATCH_ROWS, values_of
from ari_app.lists.instants import earliest
from ari_app.lists.number_files import digest_of
from ari_app.lists.records import Record
from ari_app.lists.rejects import Rejects
from ari_app.lists.rows import e164_of, instant_in
from ari_app.lists.screening import exported_at, is_known
from ari_app.lists.source import Unit
from ari_app.ports.lists import Answered, Counts, ListFile, ListStore, ScreeningBatch, ScreeningRow

Word: TypeAlias = Literal["listed", "clear"]

_LISTED = frozenset(
    {
        *("listed", "registered", "opted out", "blocked"),
        *("iscritto", "iscritta", "presente", "opposto", "non contattabile", "non chiamabile"),
        *("inscrit", "inscrito", "inscrita", "eingetragen"),
    }
)
_CLEAR = frozenset(
    {
        *("clear", "not listed", "not registered", "callable"),
        *("libero", "libera", "non iscritto", "non iscritta", "assente", "non presente", "contattabile", "chiamabile"),
        *("non inscrit", "no inscrito", "no inscrita", "nicht eingetragen"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerList:
    """A file of answers, and what its rows leave open."""

    path: Path
    returned_at: datetime | None = None
    """When rows were answered that do not say it; None: nobody says."""
    by: str = ""
    valid_for: timedelta | None = None
    """How long answers hold; None: as long as this register's are known to."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Column to field."""
    rejects: Path | None = None
    sheet: str = ""
    """Of a workbook; empty: its first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersReport:
    """What a register said row by row. Rows read are answers, duplicates, contradicted or rejected."""

    register: str
    principal: str
    read: int
    listed: int
    clear: int
    duplicates: int
    """Rows of a number that another row speaks of, and says the same; the newest of them counts."""
    contradicted: int
    """Rows that say `clear` of a number of which another says `listed`, or cannot be read."""
    rejected: int
    listed_lost: int
    """Rejected rows that say `listed`, or of which nobody knows what they say."""
    answered_at: datetime | None
    """The oldest answer; None: there is none."""
    valid_until: datetime | None
    """When the first of the clear ones runs out, if there is one, else the first of all."""
    said_by: str
    sha256: str
    unit: Unit
    """What rows are counted by."""
    left_out: tuple[str, ...]
    """Sheets of the workbook that hold something and were not read."""
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    published: bool = False
    """False: not one row could be taken, so nothing was changed."""
    first_rejects: tuple[tuple[int, str], ...] = ()


class _Said(NamedTuple):
    """An answer; an instant that is None is the file's."""

    word: Word
    answered_at: datetime | None
    valid_until: datetime | None


def import_answers(store: ListStore, ask: Consultation, answers: AnswerList, *, now: datetime) -> AnswersReport:
    """
    Publish the answers of a file that says of each number whether it is listed.

    Raises InputError: it cannot be read as such, it is not known when the answers were given or how long they hold, or
    they are said to hold longer than this register's do; StoreError. Then nothing is written.
    """
    reading = _Reading(ask, answers, now)
    try:
        reading.run()
        settled = _Settled(store, ask, answers, reading)
        report = settled.publish() if settled.said else settled.report()
    except BaseException:
        reading.rejects.drop()
        raise
    reading.rejects.keep()
    return report


class _Reading:
    """The file, read into one answer for each number."""

    def __init__(self, ask: Consultation, answers: AnswerList, now: datetime) -> None:
        self.said: dict[int, _Said] = {}
        self.doubted: set[int] = set()
        """A row of theirs cannot be read, and may say that they are listed."""
        self.read = self.duplicates = self.contradicted = self.listed_lost = 0
        self.source = brought(answers.path, sheet=answers.sheet)
        self.rejects = Rejects(answers.rejects)
        self.holds = _holds(ask, answers, now)
        self._ask, self._answers, self._now = ask, answers, now
        self._alike: dict[_Said, _Said] = {}

    def run(self) -> None:
        """Read it whole."""
        path = self._answers.path
        with self.source.opened() as source:
            header = source.header
            if header.fault:
                raise InputError(f"{path}: the first line must name the columns; it is {header.fault}")
            places = columns(ANSWERS, header.cells, self._answers.mapping)
            if self.holds is None and "valid_until" not in places:
                raise InputError(
                    f"{path}: how long an answer of {self._ask.register} holds is not known: say it, as --valid-days "
                    "30, or with a column valid_until"
                )
            self.rejects.begin(header.cells)
            for record in source.records(frozenset(places.values())):
                self.read += 1
                try:
                    self._take(record, places)
                except BadRow as refusal:
                    self.rejects.add(record.line, str(refusal), record.cells)
            source.same()
        self._withhold()

    def _take(self, record: Record, places: Mapping[str, int]) -> None:
        number: int | None = None
        word: Word | None = None
        try:
            values = values_of(record, places)
            word = _word(values["answer"])
            number = int(e164_of(values["number"], self._ask.region))
            if word is None:
                raise BadRow(f"answer {values['answer']!r} is none of the words for listed and for clear")
            said = _Said(word, *self._instants(values, places))
        except BadRow:
            if word != "clear":
                self.listed_lost += 1
                if number is not None:
                    self.doubted.add(number)
            raise
        self._hold(number, self._alike.setdefault(said, said))

    def _hold(self, number: int, said: _Said) -> None:
        before = self.said.get(number)
        if before is None:
            self.said[number] = said
        elif before.word != said.word:
            self.contradicted += 1
            self.said[number] = before if before.word == "listed" else said
        else:
            self.duplicates += 1
            self.said[number] = min(before, said, key=_strictness)

    def _instants(
        self, values: Mapping[str, str], places: Mapping[str, int]
    ) -> tuple[datetime | None, datetime | None]:
        country = self._ask.country or self._ask.region
        answered_at = instant_in(values, "answered_at", lambda text: earliest(text, country))
        answered_at = answered_at or self._answers.returned_at
        if answered_at is None and "answered_at" in places:
            raise BadRow("answered_at is missing; --returned-at says it for rows that do not")
        if answered_at is not None and answered_at > self._now:
            raise BadRow(f"answered_at {values.get('answered_at', '')} has not come yet")
        valid_until = instant_in(values, "valid_until", lambda text: earliest(text, country))
        if valid_until is None and self.holds is None:
            raise BadRow("valid_until is missing; --valid-days says how long such answers hold")
        if valid_until is not None and answered_at is not None and valid_until <= answered_at:
            raise BadRow("valid_until does not lie after answered_at")
        return answered_at, valid_until

    def _withhold(self) -> None:
        """Who is clear by one row and unreadable by another has no answer."""
        for number in self.doubted:
            if number in self.said and self.said[number].word == "clear":
                del self.said[number]
                self.contradicted += 1


class _Settled:
    """Answers with their instants, on their way into a version."""

    def __init__(self, store: ListStore, ask: Consultation, answers: AnswerList, reading: _Reading) -> None:
        self.said = reading.said
        self._store, self._ask, self._answers, self._reading = store, ask, answers, reading
        self._clear = {number for number, said in self.said.items() if said.word == "clear"}
        self._came, self._sent = digest_of(self._clear), digest_of(self.said)
        self._by_export = any(said.answered_at is None for said in self.said.values())
        self._given_at = self._exported_at() if self._by_export else None
        self._ends = {said: self._end(said) for said in set(self.said.values())}

    def publish(self) -> AnswersReport:
        """Put and publish them, or nothing."""
        report, store = self.report(), self._store
        file = ListFile(
            kind=f"screening:{self._ask.register}",
            principal=self._ask.principal,
            file_name=self._answers.path.name,
            sha256=report.sha256,
        )
        version = store.begin(file)
        try:
            counts, batch, rows = Counts(), self._batch(report), list(self._rows())
            for start in range(0, len(rows), BATCH_ROWS):
                counts += store.put_screenings(version, batch, rows[start : start + BATCH_ROWS])
            told = asdict(report) | asdict(counts) | {"published": True}
            kept = {name: value for name, value in told.items() if name != "first_rejects"}  # they quote people's rows
            answered = self._answered(batch)
            again = counts.unchanged == len(rows) or (self._by_export and is_known(store, answered))
            store.publish(version, kept, answered=None if again else answered)
        except BaseException:
            store.abandon(version)
            raise
        return AnswersReport(**told)

    def report(self) -> AnswersReport:
        """What the file says, before anything of it is put."""
        reading = self._reading
        first = [end for said, end in self._ends.items() if said.word == "clear"] or list(self._ends.values())
        return AnswersReport(
            register=self._ask.register,
            principal=self._ask.principal,
            read=reading.read,
            listed=len(self.said) - len(self._clear),
            clear=len(self._clear),
            duplicates=reading.duplicates,
            contradicted=reading.contradicted,
            rejected=reading.rejects.count,
            listed_lost=reading.listed_lost,
            answered_at=min((self._given(said) for said in self._ends), default=None),
            valid_until=min(first, default=None),
            said_by=self._by(),
            sha256=reading.source.sha256,
            unit=reading.source.unit,
            left_out=reading.source.left_out,
            first_rejects=tuple(reading.rejects.first),
        )

    def _batch(self, report: AnswersReport) -> ScreeningBatch:
        assert report.answered_at is not None  # noqa: S101  there are answers
        assert report.valid_until is not None  # noqa: S101  as above
        return ScreeningBatch(
            principal=self._ask.principal,
            register=self._ask.register,
            answered_at=report.answered_at,
            said_by=self._by(),
            valid_until=report.valid_until,
        )

    def _answered(self, batch: ScreeningBatch) -> Answered:
        return Answered(
            principal=batch.principal,
            register=batch.register,
            submitted=self._sent,
            returned=self._came,
            answered_at=batch.answered_at,
        )

    def _rows(self) -> Iterator[ScreeningRow]:
        for number, said in sorted(self.said.items()):
            given, end = self._given(said), self._ends[said]
            yield ScreeningRow(e164=f"+{number}", answer=said.word, answered_at=given, valid_until=end)

    def _by(self) -> str:
        return "export" if self._by_export else self._answers.by

    def _given(self, said: _Said) -> datetime:
        given = said.answered_at or self._given_at
        assert given is not None  # noqa: S101  where a row does not say it, the export does
        return given

    def _end(self, said: _Said) -> datetime:
        holds = self._reading.holds
        ends = [said.valid_until, self._given(said) + holds if holds is not None else None]
        return min(end for end in ends if end is not None)

    def _exported_at(self) -> datetime:
        exported = self._store.submissions(self._ask.principal, self._ask.register, self._sent)
        at = exported_at(exported, self._came)
        if at is None:
            raise InputError(
                f"{self._answers.path}: it does not say when it was answered, and no list of these numbers was "
                f"exported for {self._ask.register}: add a column answered_at, or say it, as "
                "--returned-at 2026-11-30T10:00:00+01:00"
            )
        return at


def _holds(ask: Consultation, answers: AnswerList, now: datetime) -> timedelta | None:
    """How long answers hold; None: each row has to say it."""
    known = HOLDS.get(ask.register)
    if known is not None and answers.valid_for is not None and answers.valid_for > known:
        raise InputError(
            f"--valid-days {answers.valid_for.days}: an answer of {ask.register} holds {known.days} days at most"
        )
    if answers.returned_at is not None and answers.returned_at > now:
        raise InputError(f"--returned-at {answers.returned_at.isoformat()}: that has not come yet")
    return answers.valid_for or known


def _word(cell: str) -> Word | None:
    plain = re.sub(r"[\s_-]+", " ", cell.casefold()).strip()
    if plain in _LISTED:
        return "listed"
    return "clear" if plain in _CLEAR else None


def _strictness(said: _Said) -> tuple[float, float]:
    """Of answers that say the same the newest first, of those as new the one that ends first."""
    given = said.answered_at.timestamp() if said.answered_at else 0.0
    end = said.valid_until.timestamp() if said.valid_until else float("inf")
    return -given, end
