"""An answer row by row: who is listed, from when and until when, and what becomes of rows that cannot be read."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ari_app.lists import (
    AnswerList,
    AnswersReport,
    Consultation,
    InputError,
    export_numbers,
    import_answers,
)
from ari_app.ports.verdicts import StoreUnavailable
from tests.lists.stores import MemoryLists

A, B, C = "+393471234501", "+393471234502", "+390212345678"
DAY = timedelta(days=1)


class Desk:
    """Somebody who brings answers of a service, and the store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = MemoryLists()
        self.rejects = folder / "rejects.csv"

    def bring(
        self,
        text: str,
        *,
        register: str = "TPS",
        at: datetime | None = None,
        days: int | None = None,
        mapping: dict[str, str] | None = None,
    ) -> AnswersReport:
        """Bring in this file."""
        path = self.folder / "answers.csv"
        path.write_text(text)
        ask = Consultation(principal="lumina", register=register, region="IT", country="IT")
        answers = AnswerList(
            path=path,
            returned_at=at,
            by="Rossi",
            valid_for=timedelta(days=days) if days is not None else None,
            mapping=mapping or {},
            rejects=self.rejects,
        )
        return import_answers(self.store, ask, answers, now=self.store.now)

    def answers(self) -> dict[str, str]:
        """The answer by number."""
        return {row.e164: row.answer for row in self.store.visible.values()}

    def ends(self) -> dict[str, datetime]:
        """Until when, by number."""
        return {row.e164: row.valid_until for row in self.store.visible.values()}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in an empty folder."""
    return Desk(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        f"number,answer\n{A},listed\n{B},clear\n",
        f"numero;esito\n{A};ISCRITTO\n{B};Non iscritto\n",
        "telefono;risposta\n347 1234501;Presente\n3471234502;assente\n",
        f"phone_number,result\n{A}, Registered \n{B},not_registered\n",
        f"msisdn\tresponse\n{A}\topted-out\n{B}\tcallable\n",
    ],
)
def test_words_for_listed_and_clear_are_read(desk: Desk, text: str) -> None:
    """In English and Italian, however they are spaced and capitalised; columns go by the words people use."""
    report = desk.bring(text, at=desk.store.now - DAY)
    assert desk.answers() == {A: "listed", B: "clear"}
    assert (report.read, report.listed, report.clear, report.rejected) == (2, 1, 1, 0)


def test_an_answer_counts_from_when_its_row_says(desk: Desk) -> None:
    """A date alone is the first instant of that day by the principal's clock; who said it is on record."""
    desk.bring(f"number,answer,answered_at\n{A},clear,2026-11-20T10:00:00+01:00\n{B},clear,2026-11-20\n")
    given = {row.e164: row.answered_at.isoformat() for row in desk.store.visible.values()}
    assert given == {A: "2026-11-20T09:00:00+00:00", B: "2026-11-19T23:00:00+00:00"}
    assert desk.store.batches[0].said_by == "Rossi"


def test_else_from_when_somebody_says_and_else_from_the_export(desk: Desk) -> None:
    """Never from the import: where nobody knows, the file is refused."""
    text = f"number,answer\n{A},clear\n{B},listed\n"
    with pytest.raises(InputError, match="--returned-at"):
        desk.bring(text)
    assert desk.store.files == {}
    ask = Consultation(principal="lumina", register="TPS", region="IT")
    (desk.folder / "list.txt").write_text(f"{B}\n{A}\n")
    export_numbers(desk.store, ask, desk.folder / "list.txt", desk.folder / "out.txt")
    exported_at = desk.store.now
    desk.store.now += 9 * DAY
    report = desk.bring(text)
    assert (report.answered_at, report.said_by) == (exported_at, "export")
    assert [each.returned != "" for each in next(iter(desk.store.exports.values()))] == [True]
    report = desk.bring(text, at=desk.store.now - DAY)
    assert (report.answered_at, report.said_by) == (desk.store.now - DAY, "Rossi")


def test_a_row_that_does_not_say_when_goes_by_what_somebody_says(desk: Desk) -> None:
    """Without that it is rejected, where other rows do say it."""
    text = f"number,answer,answered_at\n{A},clear,\n{B},clear,2026-11-20\n"
    assert desk.bring(text).rejected == 1
    assert desk.answers() == {B: "clear"}
    assert desk.bring(text, at=desk.store.now - DAY).rejected == 0
    assert desk.answers() == {A: "clear", B: "clear"}


@pytest.mark.parametrize(("register", "days"), [("RPO", 15), ("TPS", 28), ("CTPS", 28), ("US-DNC", 31)])
def test_an_answer_holds_as_long_as_its_register_s_do(desk: Desk, register: str, days: int) -> None:
    """A row may say less, and so may somebody; never more."""
    at = desk.store.now - DAY
    text = f"number,answer,valid_until\n{A},clear,2099-01-01\n{B},clear,2026-11-25\n{C},clear,\n"
    desk.bring(text, register=register, at=at)
    end = at + timedelta(days=days)
    assert desk.ends()[A] == desk.ends()[C] == end
    assert desk.ends()[B].isoformat() == "2026-11-24T23:00:00+00:00"
    desk.bring(text, register=register, at=at + timedelta(hours=1), days=3)
    assert max(desk.ends().values()) == at + 3 * DAY + timedelta(hours=1)
    with pytest.raises(InputError, match=f"holds {days} days at most"):
        desk.bring(text, register=register, at=at, days=days + 1)


def test_of_other_registers_somebody_must_say_how_long(desk: Desk) -> None:
    """In days, or in each row."""
    at = desk.store.now - DAY
    with pytest.raises(InputError, match="--valid-days"):
        desk.bring(f"number,answer\n{A},clear\n", register="BLOCTEL", at=at)
    desk.bring(f"number,answer\n{A},clear\n", register="BLOCTEL", at=at, days=30)
    assert desk.ends() == {A: at + 30 * DAY}
    text = f"number,answer,valid_until\n{B},clear,2026-12-01T00:00:00+01:00\n{C},clear,\n"
    assert desk.bring(text, register="BLOCTEL", at=at).rejected == 1
    assert desk.ends()[B].isoformat() == "2026-11-30T23:00:00+00:00"
    assert C not in desk.ends()


@pytest.mark.parametrize(
    ("row", "lost"),
    [
        (f"{A},maybe,2026-11-20", 1),
        (f"{A},,2026-11-20", 1),
        (f"{A},sì,2026-11-20", 1),
        (f"{A},listed,20/11/2026", 1),
        (f"{A},listed,2026-12-20", 1),
        ("12,listed,2026-11-20", 1),
        (f"{A}", 1),
        (f"{A},listed,2026-11-20,and more", 1),
        (f"{A},clear,20/11/2026", 0),
        (f"{A},clear,2026-12-20", 0),
        ("3.93E+11,clear,2026-11-20", 0),
    ],
)
def test_a_row_that_cannot_be_read_makes_nobody_clear(desk: Desk, row: str, lost: int) -> None:
    """It is rejected with its reason; and told is how many of them may have said `listed`."""
    report = desk.bring(f"number,answer,answered_at\n{row}\n{B},clear,2026-11-20\n")
    assert desk.answers() == {B: "clear"}
    assert (report.rejected, report.listed_lost) == (1, lost)
    assert desk.rejects.exists()


@pytest.mark.parametrize("rows", [(f"{A},clear", f"{A},maybe"), (f"{A},perhaps", f"{A},clear")])
def test_who_is_clear_by_one_row_and_unreadable_by_another_has_no_answer(desk: Desk, rows: tuple[str, str]) -> None:
    """The other row may say that they are listed."""
    report = desk.bring("\n".join(("number,answer", *rows, f"{B},clear")) + "\n", at=desk.store.now)
    assert desk.answers() == {B: "clear"}
    assert (report.contradicted, report.rejected, report.listed_lost) == (1, 1, 1)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_that_contradict_each_other_listed_stands(desk: Desk, order: int) -> None:
    """Whichever comes first, and whichever was given later."""
    rows = [f"{A},listed,2026-11-01", "0039 347 1234501,clear,2026-11-20"][::order]
    report = desk.bring("number,answer,answered_at\n" + "\n".join(rows) + "\n")
    assert desk.answers() == {A: "listed"}
    assert (report.contradicted, report.duplicates) == (1, 0)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_that_agree_the_newest_counts(desk: Desk, order: int) -> None:
    """One number has one answer in a batch."""
    rows = [f"{A},clear,2026-11-01", f"{A},clear,2026-11-20"][::order]
    report = desk.bring("number,answer,answered_at\n" + "\n".join(rows) + "\n")
    assert [row.answered_at.date().isoformat() for row in desk.store.visible.values()] == ["2026-11-19"]
    assert (report.clear, report.duplicates) == (1, 1)


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    """Every answer is unchanged."""
    text = f"number,answer\n{A},listed\n{B},clear\n"
    at = desk.store.now - DAY
    assert desk.bring(text, at=at).added == 2
    again = desk.bring(text, at=at)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)


def test_a_file_of_which_nothing_can_be_taken_changes_nothing(desk: Desk) -> None:
    """No version is begun."""
    report = desk.bring(f"number,answer\n{A},maybe\n", at=desk.store.now)
    assert (report.published, report.rejected, desk.store.files) == (False, 1, {})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (f"{A}\n", "no column"),
        (f"number,name\n{A},Rossi\n", "no column for answer"),
        (f"number,esito,result\n{A},listed,clear\n", "could both be answer"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused(desk: Desk, text: str, why: str) -> None:
    """With what would be right."""
    with pytest.raises(InputError, match=why):
        desk.bring(text, at=desk.store.now)
    assert (desk.store.files, desk.rejects.exists()) == ({}, False)


def test_a_column_can_be_named(desk: Desk) -> None:
    """And beats every other."""
    desk.bring(f"number,esito,result\n{A},listed,clear\n", at=desk.store.now, mapping={"esito": "answer"})
    assert desk.answers() == {A: "listed"}


def test_an_answer_that_lies_ahead_is_refused(desk: Desk) -> None:
    """As that of any register."""
    with pytest.raises(InputError, match="not come yet"):
        desk.bring(f"number,answer\n{A},clear\n", at=desk.store.now + DAY)


def test_digest_and_counts_are_kept(desk: Desk) -> None:
    """With the version, and without a word of people's rows."""
    report = desk.bring(f"number,answer\n{A},listed\n{B},clear\n{C},Rossi\n", at=desk.store.now)
    kept = desk.store.reports[0]
    digest = hashlib.sha256((desk.folder / "answers.csv").read_bytes()).hexdigest()
    assert kept["sha256"] == report.sha256 == digest == desk.store.files[1].sha256
    assert (kept["read"], kept["listed"], kept["clear"], kept["rejected"]) == (3, 1, 1, 1)
    assert "first_rejects" not in kept
    assert desk.store.files[1].kind == "screening:TPS"


def test_a_store_that_breaks_leaves_nothing(desk: Desk) -> None:
    """The version is abandoned, and there is no reject file."""
    desk.store = MemoryLists(breaks_at_batch=1)
    with pytest.raises(StoreUnavailable):
        desk.bring(f"number,answer\n{A},listed\n{B},what\n", at=desk.store.now)
    assert (desk.store.visible, desk.store.abandoned, desk.rejects.exists()) == ({}, [1], False)
