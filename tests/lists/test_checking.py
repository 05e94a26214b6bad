"""A contact list judged into a new file: what goes in, what comes out, and what is left when it cannot be done."""

import codecs
import csv
import fcntl
import gzip
from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ari_app.judging.bulk import Answer, Judged
from ari_app.lists import InputError
from ari_app.lists.checking import CHUNK_ROWS, ListReport, ListRequest, check_list
from ari_app.policy.numbers import Number, read_number
from tests.lists.xlsx import packed, parts, row, text

AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
FREE = Judged("permit", script="courtesy")
BARRED = Judged("deny", (("suppressed_global", "core/not_suppressed"), ("already_customer", "core/already_customer")))
LATER = Judged("defer", (("outside_calling_window", "it/calling_hours"),), not_before=AT)
INVALID = Judged("deny", (("number_invalid", "core/valid_number"),))


def one(dialled: str) -> Judged:
    """A verdict by the last digit."""
    callee = read_number(dialled, region="IT")
    if not isinstance(callee, Number):
        return INVALID
    return {"1": FREE, "2": BARRED, "3": LATER}.get(callee.e164[-1], FREE)


def judge(chunks: Iterator[Sequence[str]]) -> Generator[Answer, None, None]:
    """Judges by the last digit."""
    for chunk in chunks:
        read = (read_number(text, region="IT") for text in chunk)
        numbers = array("Q", [int(each.e164) for each in read if isinstance(each, Number)])
        yield Answer([one(text) for text in chunk], numbers)


class Desk:
    """A folder with a list, and what becomes of it."""

    def __init__(self, folder: Path) -> None:
        self.path, self.out = folder / "list.csv", folder / "out.csv"

    def check(
        self,
        content: str | bytes,
        by: Callable[[Iterator[Sequence[str]]], Generator[Answer, None, None]] = judge,
        **mapping: str,
    ) -> ListReport:
        """Judge a list of this content."""
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return check_list(ListRequest(path=self.path, out=self.out, region="IT", mapping=mapping), by)

    def rows(self, delimiter: str = ",") -> list[list[str]]:
        """What came out."""
        with self.out.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file, delimiter=delimiter))

    def left(self) -> set[str]:
        """Every file in the folder."""
        return {each.name for each in self.path.parent.iterdir()}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty folder."""
    return Desk(tmp_path)


def test_rows_come_out_in_their_order_with_four_columns_more(desk: Desk) -> None:
    """Whatever the verdict, each row is there, as it came."""
    report = desk.check("name,phone\nAnna,333 0000001\nBruno,+393330000002\nCarla,0039 333 0000003\nDino,abc\n")
    assert desk.rows() == [
        ["name", "phone", "verdict", "reasons", "not_before", "script"],
        ["Anna", "333 0000001", "permit", "", "", "courtesy"],
        ["Bruno", "+393330000002", "deny", "suppressed_global,already_customer", "", ""],
        ["Carla", "0039 333 0000003", "defer", "outside_calling_window", "2026-11-25T08:00:00.000Z", ""],
        ["Dino", "abc", "deny", "number_invalid", "", ""],
    ]
    tally = report.tally
    assert (tally.rows, tally.skipped, dict(tally.verdicts)) == (4, 3, {"permit": 1, "deny": 2, "defer": 1})
    assert tally.reasons["already_customer"] == 1
    assert tally.objections["suppressed_global", "core/not_suppressed"] == 1
    assert tally.not_before == AT
    assert {day.isoformat(): count for day, count in tally.days.items()} == {"2026-11-25": 1}


def test_the_first_instant_is_the_earliest_of_all(desk: Desk) -> None:
    """Days are those of the campaign's country: 23:30 in UTC is the next day in Italy."""
    late = Judged("defer", (("holiday", "it/hours"),), not_before=AT - timedelta(hours=8, minutes=30))

    def by(chunks: Iterator[Sequence[str]]) -> Generator[Answer, None, None]:
        for chunk in chunks:
            yield Answer([LATER, late, LATER][: len(chunk)], array("Q"))

    tally = desk.check("number\n3330000001\n3330000001\n3330000001\n", by).tally
    assert tally.not_before == late.not_before
    assert {day.isoformat(): count for day, count in tally.days.items()} == {"2026-11-25": 3}


def test_repeats_are_judged_as_they_stand_and_counted(desk: Desk) -> None:
    """One number in three spellings is two repeats; what is no number repeats nothing."""
    tally = desk.check("number\n333 0000001\n+39 333 0000001\n00393330000001\nabc\nabc\n").tally
    assert (tally.rows, tally.duplicates) == (5, 2)


def test_columns_of_these_names_are_kept(desk: Desk) -> None:
    """A list that was judged before is judged again: the old columns stay, the new ones have a prefix."""
    desk.check("number,Verdict,garbo_verdict,script\n3330000001,deny,x,old\n")
    assert desk.rows()[0] == [
        *("number", "Verdict", "garbo_verdict", "script"),
        *("garbo_garbo_verdict", "reasons", "not_before", "garbo_script"),
    ]
    assert desk.rows()[1] == ["3330000001", "deny", "x", "old", "permit", "", "", "courtesy"]


def test_one_number_a_line_needs_no_header(desk: Desk) -> None:
    """The first line is a number and counts."""
    assert desk.check("3330000001\n3330000002\n").tally.rows == 2
    assert [row[:2] for row in desk.rows()] == [["number", "verdict"], ["3330000001", "permit"], ["3330000002", "deny"]]


def test_a_column_can_be_named(desk: Desk) -> None:
    """Where its own name does not tell."""
    with pytest.raises(InputError, match="--map COLUMN=number"):
        desk.check("chi,recapito\nA,3330000001\n")
    assert not desk.out.exists()
    assert desk.check("chi,recapito\nA,3330000001\n", recapito="number").tally.verdicts["permit"] == 1


def test_a_list_without_rows_is_judged_too(desk: Desk) -> None:
    """There is nobody to be called, and that is no mistake."""
    assert desk.check("number,name\n").tally.rows == 0
    assert len(desk.rows()) == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_that_of_the_list(desk: Desk, delimiter: str) -> None:
    """Whoever made it can open what comes out."""
    desk.check(f"number{delimiter}name\n3330000002{delimiter}Anna\n")
    assert desk.rows(delimiter)[1][:3] == ["3330000002", "Anna", "deny"]


@pytest.mark.parametrize(
    ("content", "marked"),
    [
        ("name,number\nNiccolò,3330000001\n".encode(), False),
        ("name,number\nNiccolò,3330000001\n".encode("utf-8-sig"), True),
        ("name,number\nNiccolò,3330000001\n".encode("cp1252"), True),
        ("name,number\r\nNiccolò,3330000001\r\n".encode("utf-16"), True),
        (gzip.compress("name,number\nNiccolò,3330000001\n".encode(), mtime=0), False),
    ],
    ids=["utf-8", "marked", "windows", "utf-16", "gzip"],
)
def test_what_comes_out_is_utf_8(desk: Desk, content: bytes, marked: bool) -> None:
    """With a mark where the list came from a program that needs one."""
    desk.check(content)
    assert desk.rows()[1][:3] == ["Niccolò", "3330000001", "permit"]
    assert desk.out.read_bytes().startswith(codecs.BOM_UTF8) is marked


def test_no_cell_runs_as_a_formula(desk: Desk) -> None:
    """Cells of others are told as text; a number with its plus is for dialers, and stays."""
    bad = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "+39 333 0000001=")
    desk.check("number,=note\n" + "".join(f'+39 333-000.0001,"{cell}"\n' for cell in bad))
    assert desk.rows()[0][1] == "'=note"
    assert [row[1] for row in desk.rows()[1:]] == [f"'{cell}" for cell in bad]
    assert {row[0] for row in desk.rows()[1:]} == {"+39 333-000.0001"}
    desk.check("number\n'+39 333 0000002\n")
    assert desk.rows()[1][:2] == ["'+39 333 0000002", "deny"]


def test_a_line_that_is_no_row_is_denied_and_told(desk: Desk) -> None:
    """Too few cells, too many, a quote without end: kept in its place, and nobody is called by it."""
    report = desk.check('number,name\n3330000001,A\n3330000001\n3330000001,B,C\n3330000001,"D\n3330000001,E\n')
    assert [row[2] for row in desk.rows()[1:]] == ["permit", "deny", "deny", "deny", "permit"]
    assert [len(row) for row in desk.rows()] == [6] * 6
    assert report.tally.faults == 3
    assert [line for line, _ in report.tally.first_faults] == [3, 4, 5]


def test_cells_of_hell(desk: Desk) -> None:
    """What Excel made of numbers, NULs, ten thousand characters: none is a number, and each is told so in its row."""
    cells = ("3.93331E+11", "333\x000000001", "3" * 10_000, "３３３０００００01", " ")
    report = desk.check("number,name\n" + "".join(f"{cell},x\n" for cell in cells))
    assert report.tally.verdicts == {"deny": 5}
    assert "\0" not in desk.out.read_text(encoding="utf-8")


def test_long_lists_come_out_whole_and_in_order(desk: Desk) -> None:
    """Over several chunks, and with judges that read ahead of what they have answered."""

    def ahead(chunks: Iterator[Sequence[str]]) -> Generator[Answer, None, None]:
        yield from judge(iter(list(chunks)))

    count = CHUNK_ROWS * 2 + 7
    seen: list[int] = []
    desk.path.write_text("number,place\n" + "".join(f"333{place:07},{place}\n" for place in range(count)))
    request = ListRequest(path=desk.path, out=desk.out, region="IT")
    report = check_list(request, ahead, lambda _read, _size, rows: seen.append(rows))
    assert [row[1] for row in desk.rows()[1:]] == [str(place) for place in range(count)]
    assert [row[2] for row in desk.rows()[1:5]] == ["permit", "permit", "deny", "defer"]
    assert seen == [CHUNK_ROWS, 2 * CHUNK_ROWS, count]
    assert report.tally.duplicates == 0


def test_a_workbook_is_judged_as_a_text_is(desk: Desk) -> None:
    """Its first sheet, others being told, or one by name; the answer is CSV with the mark spreadsheets look for."""
    sheets = {
        "new": [row(text("name"), text("number")), row(text("Nobody"), text("333 0000001"))],
        "old": [row(text("number")), row(text("333 0000002"))],
    }
    desk.path.write_bytes(packed(parts(sheets)))
    check_list(ListRequest(path=desk.path, out=desk.out, region="IT", sheet="old"), judge)
    assert desk.rows()[1][:2] == ["333 0000002", "deny"]
    report = check_list(ListRequest(path=desk.path, out=desk.out, region="IT"), judge)
    assert (report.tally.rows, report.left_out) == (1, ("old",))
    assert desk.rows() == [
        ["name", "number", "verdict", "reasons", "not_before", "script"],
        ["Nobody", "333 0000001", "permit", "", "", "courtesy"],
    ]
    assert desk.out.read_bytes().startswith(codecs.BOM_UTF8)


def test_what_was_there_stays_if_judging_fails(desk: Desk) -> None:
    """No half list, and no part of one is left beside it."""
    desk.out.write_text("as it was")

    def breaks(chunks: Iterator[Sequence[str]]) -> Generator[Answer, None, None]:
        yield from judge(iter([next(chunks)]))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.check("number\n3330000001\n", breaks)
    assert desk.out.read_text() == "as it was"
    assert desk.left() == {"list.csv", "out.csv"}


def test_a_list_with_holes_is_none(desk: Desk) -> None:
    """Should a part of it come back without verdicts, nothing is written."""

    def forgets(chunks: Iterator[Sequence[str]]) -> Generator[Answer, None, None]:
        yield from judge(iter(list(chunks)[:-1]))

    with pytest.raises(RuntimeError, match="without its verdicts"):
        desk.check("number\n" + "3330000001\n" * (CHUNK_ROWS + 1), forgets)
    assert desk.left() == {"list.csv"}


def test_a_list_that_changes_while_it_is_read_is_not_judged(desk: Desk) -> None:
    """Rows of two files are no list."""

    def changes(chunks: Iterator[Sequence[str]]) -> Generator[Answer, None, None]:
        with desk.path.open("a") as file:
            file.write("3330000002\n" * 100_000)
        yield from judge(chunks)

    with pytest.raises(InputError, match="was changed while it was read"):
        desk.check("number\n" + "3330000001\n" * 100_000, changes)
    assert desk.left() == {"list.csv"}


def test_two_do_not_write_one_file(desk: Desk) -> None:
    """The second is told, and the first goes on."""
    with (desk.path.parent / "out.csv.part").open("a") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another list is being written there"):
            desk.check("number\n3330000001\n")
    assert "out.csv.part" in desk.left()
    desk.check("number\n3330000001\n")
    assert desk.left() == {"list.csv", "out.csv"}


@pytest.mark.parametrize("where", ["/dev/null", "folder", "nowhere/out.csv"])
def test_only_a_file_can_be_written(desk: Desk, where: str) -> None:
    """A device or a folder is not replaced, a folder that lacks is told."""
    (desk.path.parent / "folder").mkdir()
    desk.out = desk.path.parent / where
    with pytest.raises(InputError, match="the judged list"):
        desk.check("number\n3330000001\n")
    assert Path("/dev/null").is_char_device()


def test_a_link_stays_a_link(desk: Desk) -> None:
    """What it points at is what is written."""
    (desk.path.parent / "real.csv").write_text("old")
    desk.out.symlink_to("real.csv")
    desk.check("number\n3330000001\n")
    assert desk.out.is_symlink()
    assert desk.rows()[1][1] == "permit"
