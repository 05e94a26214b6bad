"""A register asked by files: what goes out, what comes back, and from when the answer counts."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ari_app.lists import (
    AnswerFiles,
    Consultation,
    ExportReport,
    InputError,
    Need,
    ScreeningReport,
    export_numbers,
    import_answer,
)
from ari_app.policy.list_terms import RegisterTerms
from ari_app.ports.verdicts import StoreUnavailable
from tests.lists.stores import MemoryLists

ASK = Consultation(principal="lumina", register="RPO", region="IT")
A, B, C = "+393471234501", "+393471234502", "+390212345678"
DAY = timedelta(days=1)


class Desk:
    """Somebody who asks the register, and the store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = MemoryLists()

    def write(self, name: str, text: str) -> Path:
        """A file."""
        (self.folder / name).write_text(text)
        return self.folder / name

    def export(self, text: str) -> Path:
        """Export this list; the file that is to be submitted."""
        export_numbers(self.store, ASK, self.write("list.csv", text), self.folder / "out.txt")
        return self.folder / "out.txt"

    def bring(self, submitted: str, returned: str, *, at: datetime | None = None) -> ScreeningReport:
        """Bring in an answer."""
        files = AnswerFiles(
            submitted=self.write("submitted.txt", submitted),
            returned=self.write("returned.txt", returned),
            returned_at=at,
            by="Rossi",
        )
        return import_answer(self.store, ASK, files, now=self.store.now)

    def answers(self) -> dict[str, str]:
        """The answer by number."""
        return {row.e164: row.answer for row in self.store.visible.values()}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in an empty folder."""
    return Desk(tmp_path)


@pytest.mark.parametrize(
    "text", ["347 1234501\n+39 347 1234502\n347 1234501\n02 12345678\n", f"name;number\nx;{A}\ny;{B}\nz;{C}\nz;{C}\n"]
)
def test_an_export_holds_each_number_once(desk: Desk, text: str) -> None:
    """From lines or from a column, in E.164, in their order; and it is remembered."""
    assert desk.export(text).read_text() == f"{A}\n{B}\n{C}\n"
    assert [each.exported_at for each in next(iter(desk.store.exports.values()))] == [desk.store.now]
    assert desk.store.exported == [("out.txt", 3)]


def test_what_is_no_number_is_not_exported(desk: Desk) -> None:
    """It goes to the reject file; a list without any number is refused, and nothing is left of it."""
    rejects = desk.folder / "rejects.csv"
    listed = desk.write("list.csv", f"{A}\nRossi\n")
    report = export_numbers(desk.store, ASK, listed, desk.folder / "out.txt", rejects=rejects)
    assert (report.numbers, report.rejected, report.first_rejects[0][0]) == (1, 1, 2)
    assert "Rossi" in rejects.read_text()
    with pytest.raises(InputError, match="there is no number in it; line 2"):
        export_numbers(desk.store, ASK, desk.write("list.csv", "number\nRossi\n"), desk.folder / "none.txt")
    assert not list(desk.folder.glob("none*"))


def test_who_did_not_come_back_is_listed(desk: Desk) -> None:
    """All others are clear; however either file writes the numbers."""
    report = desk.bring(f"{A}\n{B}\n{C}\n", "number\n0212345678\n3471234501\n", at=desk.store.now - DAY)
    assert desk.answers() == {A: "clear", B: "listed", C: "clear"}
    assert (report.submitted, report.returned, report.listed, report.clear) == (3, 2, 1, 2)


def test_an_answer_holds_fifteen_days_from_when_it_came(desk: Desk) -> None:
    """Of 24 hours each, across a change of the clock; and it is on record who said when it came."""
    at = datetime(2026, 10, 20, 10, tzinfo=UTC)
    report = desk.bring(f"{A}\n", f"{A}\n", at=at)
    assert report.valid_until - at == timedelta(hours=15 * 24)
    assert (desk.store.batches[0].answered_at, desk.store.batches[0].said_by) == (at, "Rossi")


def test_else_it_counts_from_the_export_and_never_from_the_import(desk: Desk) -> None:
    """The export is found by its numbers, in whatever file and order they are."""
    desk.export(f"{A}\n{B}\n")
    exported_at = desk.store.now
    desk.store.now += 9 * DAY
    report = desk.bring(f"number\n{B}\n{A}\n", f"{A}\n")
    assert (report.answered_at, report.said_by) == (exported_at, "export")
    assert report.valid_until == exported_at + 15 * DAY


def test_of_several_exports_the_oldest_without_an_answer_counts(desk: Desk) -> None:
    """An answer may never count from later than it can have been given; an answered export keeps its instant."""
    first = desk.store.now
    for _ in range(2):
        desk.export(f"{A}\n{B}\n")
        desk.store.now += 10 * DAY
    assert desk.bring(f"{A}\n{B}\n", f"{A}\n").answered_at == first
    assert desk.bring(f"{A}\n{B}\n", f"{A}\n").answered_at == first
    assert desk.bring(f"{A}\n{B}\n", f"{B}\n").answered_at == first + 10 * DAY


def test_an_answer_brought_in_again_renews_nothing(desk: Desk) -> None:
    """A newer export still waits for its own answer; only somebody's word makes the same files a newer answer."""
    first = desk.store.now
    desk.export(f"{A}\n{B}\n")
    desk.bring(f"{A}\n{B}\n", f"{A}\n")
    desk.store.now += 10 * DAY
    desk.export(f"{A}\n{B}\n")
    again = desk.bring(f"{B}\n{A}\n", f"{A}\n")
    assert (again.answered_at, again.unchanged) == (first, 2)
    assert [each.returned == "" for each in next(iter(desk.store.exports.values()))] == [False, True]
    assert desk.bring(f"{A}\n{B}\n", f"{A}\n", at=desk.store.now).answered_at == desk.store.now


def test_an_answer_brought_in_again_answers_no_older_export(desk: Desk) -> None:
    """That one's own answer, come late, counts from that export and not from a newer one."""
    first = desk.store.now
    for _ in range(2):
        desk.export(f"{A}\n{B}\n")
        desk.store.now += 10 * DAY
    for at in (desk.store.now, desk.store.now, None):
        desk.bring(f"{A}\n{B}\n", f"{A}\n", at=at)
    assert desk.bring(f"{A}\n{B}\n", f"{B}\n").answered_at == first


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        (f"numero;esito\n{A};iscritto\n{B};non iscritto\n", "'esito' beside the number"),
        (f"number;result;date\n{A};listed;2026-11-20\n", "'result', 'date' beside"),
        (f"number;\n{A};listed\n", "line 2: it says more than a number"),
        (f"{A};listed\n{B};clear\n", "no column"),
        (f"number\n{A};listed\n", "line 2"),
    ],
)
def test_an_answer_row_by_row_is_not_read(desk: Desk, returned: str, why: str) -> None:
    """It would make everybody clear; in what was submitted other columns do no harm."""
    with pytest.raises(InputError, match=why):
        desk.bring(f"{A}\n{B}\n", returned, at=desk.store.now)
    assert (desk.store.visible, desk.store.files) == ({}, {})
    assert desk.bring(f"number;name\n{A};x\n", f"number;\n{A};\n", at=desk.store.now).clear == 1


def test_what_was_submitted_is_no_answer_to_itself(desk: Desk) -> None:
    """The very same file is refused, by whatever path; another one of the same content is taken."""
    sent, link = desk.write("sent.txt", f"{A}\n"), desk.folder / "link.txt"
    link.symlink_to(sent)
    for path in (sent, link):
        files = AnswerFiles(submitted=sent, returned=path, returned_at=desk.store.now, by="Rossi")
        with pytest.raises(InputError, match="very file"):
            import_answer(desk.store, ASK, files, now=desk.store.now)
    assert desk.store.files == {}
    assert desk.bring(f"{A}\n", f"{A}\n", at=desk.store.now).clear == 1


def test_an_answer_of_unknown_age_is_refused(desk: Desk) -> None:
    """Another list was exported, and nobody says when the answer came; so is one from the future."""
    desk.export(f"{A}\n{B}\n")
    with pytest.raises(InputError, match="--returned-at"):
        desk.bring(f"{A}\n", f"{A}\n")
    with pytest.raises(InputError, match="not come yet"):
        desk.bring(f"{A}\n", f"{A}\n", at=desk.store.now + timedelta(seconds=1))
    assert (desk.store.visible, desk.store.files) == ({}, {})


def test_a_number_that_was_never_submitted_is_named(desk: Desk) -> None:
    """The files do not belong together: nothing is written."""
    with pytest.raises(InputError, match=r"never submitted: \+390212345678"):
        desk.bring(f"{A}\n{B}\n", f"{A}\n{C}\n", at=desk.store.now)
    assert (desk.store.visible, desk.store.files) == ({}, {})


@pytest.mark.parametrize(("returned", "why"), [(f"{A}\n12\n", "line 2"), ("", "empty"), ("name\nRossi\n", "no column")])
def test_an_answer_that_cannot_be_read_lists_nobody(desk: Desk, returned: str, why: str) -> None:
    """A broken row, or a file that was cut off, would make people listed who are not."""
    with pytest.raises(InputError, match=why):
        desk.bring(f"{A}\n{B}\n", returned, at=desk.store.now)
    assert desk.store.files == {}


def test_a_header_alone_lists_everybody(desk: Desk) -> None:
    """That is how an answer looks from which nobody came back."""
    desk.bring(f"{A}\n{B}\n", "number\n", at=desk.store.now)
    assert desk.answers() == {A: "listed", B: "listed"}


def test_the_same_answer_again_changes_nothing(desk: Desk) -> None:
    """Every answer is unchanged."""
    at = desk.store.now - DAY
    assert desk.bring(f"{A}\n{B}\n", f"{A}\n", at=at).added == 2
    again = desk.bring(f"{A}\n{B}\n", f"{A}\n", at=at)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)


def test_a_store_that_breaks_leaves_nothing(desk: Desk) -> None:
    """The version is abandoned."""
    desk.store = MemoryLists(breaks_at_batch=1)
    with pytest.raises(StoreUnavailable):
        desk.bring(f"{A}\n", f"{A}\n", at=desk.store.now)
    assert (desk.store.visible, desk.store.abandoned) == ({}, [1])


def test_hashes_and_counts_are_kept(desk: Desk) -> None:
    """With the version, for whoever asks later what was submitted."""
    report = desk.bring(f"{A}\n{B}\nRossi\n", f"{A}\n", at=desk.store.now)
    kept = desk.store.reports[0]
    assert (kept["submitted_sha256"], kept["returned_sha256"]) == (report.submitted_sha256, report.returned_sha256)
    assert (kept["submitted"], kept["unreadable"], kept["listed"]) == (2, 1, 1)


@pytest.mark.parametrize("name", ["", "R P O", "rpo", "X" * 33, "RPO/.."])
def test_what_is_no_name_of_a_register_is_refused(name: str) -> None:
    """It is written as packs write it."""
    with pytest.raises(InputError, match="such as RPO"):
        Consultation(principal="lumina", register=name, region="IT")


def test_only_some_registers_give_numbers_back(desk: Desk) -> None:
    """Of any other the answer says row by row who is listed, and to read it as a set would make people clear."""
    ask = Consultation(principal="lumina", register="TPS", region="IT")
    files = AnswerFiles(submitted=desk.write("a.txt", f"{A}\n"), returned=desk.write("b.txt", f"{A}\n"))
    with pytest.raises(InputError, match=r"RPO; .*--answers"):
        import_answer(desk.store, ask, files, now=desk.store.now)


BY_ITSELF = RegisterTerms(register="RPO")


class Screened(Desk):
    """A desk at which `A` was found clear, `B` listed, both ten days ago."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.bring(f"{A}\n{B}\n", f"{A}\n", at=self.store.now - 10 * DAY)
        self.end = self.store.now + 5 * DAY

    def need(self, until: datetime, *, terms: RegisterTerms = BY_ITSELF) -> ExportReport:
        """Export all three, as far as they need an answer until then."""
        need = Need(terms=terms, now=self.store.now, until=until)
        listed = self.write("list.txt", f"{B}\n{A}\n{C}\n{A}\nRossi\n")
        return export_numbers(self.store, ASK, listed, self.folder / "out.txt", need=need)

    def out(self) -> list[str]:
        """What was written."""
        return (self.folder / "out.txt").read_text().split()


@pytest.fixture
def screened(tmp_path: Path) -> Screened:
    """A desk with answers."""
    return Screened(tmp_path)


def test_only_who_needs_an_answer_is_exported(screened: Screened) -> None:
    """Not who has one that holds, be it that they are listed; and it is told how many, and how long."""
    report = screened.need(screened.store.now)
    assert screened.out() == [C]
    assert (report.numbers, report.holding, report.holding_until) == (1, 2, screened.end)
    assert (report.duplicates, report.rejected) == (1, 1)
    assert screened.store.exported == [("out.txt", 1)]
    assert set(screened.store.looked_up) == {("lumina", "RPO")}


def test_an_answer_must_hold_until_the_end_that_is_asked_for(screened: Screened) -> None:
    """One that ends in that very instant does; one that runs out now does not hold now."""
    assert screened.need(screened.end).numbers == 1
    assert screened.need(screened.end + timedelta(microseconds=1)).numbers == 3
    assert screened.out() == [B, A, C]
    screened.store.now = screened.end
    assert screened.need(screened.end).numbers == 3


def test_terms_of_a_pack_shorten_an_answer(screened: Screened) -> None:
    """By its age, or because it is older than the campaign."""
    for terms in (
        RegisterTerms(register="RPO", max_age=10 * DAY),
        RegisterTerms(register="RPO", since=screened.store.now - 9 * DAY),
    ):
        assert screened.need(screened.store.now, terms=terms).numbers == 3
    for terms in (
        RegisterTerms(register="RPO", max_age=11 * DAY),
        RegisterTerms(register="RPO", since=screened.store.now - 10 * DAY),
    ):
        assert screened.need(screened.store.now, terms=terms).numbers == 1


def test_the_answer_to_a_part_of_a_list_is_matched_to_its_export(screened: Screened) -> None:
    """By the numbers that went out, and not by those of the list."""
    screened.need(screened.store.now)
    exported_at = screened.store.now
    screened.store.now += DAY
    report = screened.bring(f"{C}\n", f"{C}\n")
    assert (report.answered_at, report.said_by) == (exported_at, "export")
    assert screened.need(screened.store.now).holding == 3


def test_where_nobody_needs_an_answer_nothing_is_submitted(screened: Screened) -> None:
    """The file is empty, so that nobody submits what an earlier export left there; and no export is on record."""
    screened.need(screened.store.now)
    screened.bring(f"{C}\n", f"{C}\n")
    before = dict(screened.store.exports)
    report = screened.need(screened.store.now)
    assert (report.numbers, report.exported_at, screened.out()) == (0, None, [])
    assert screened.store.exports == before
    assert report.sha256 == hashlib.sha256(b"").hexdigest()
