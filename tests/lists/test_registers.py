"""Whole registers from files: what is listed, what is covered, as of when, and what is refused as a slip."""

import gzip
import multiprocessing
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.lists.errors import BadRow, InputError
from ari_app.lists.registers import LoadReport, LoadRequest, load_register
from ari_app.lists.registers.block import read_block
from ari_app.lists.registers.blocks import LONGEST_LINE, Block, blocks
from ari_app.lists.registers.entries import Numbers, entry
from ari_app.lists.registers.forms import Form
from ari_app.lists.registers.workers import read_blocks
from ari_app.ports.register_files import RegisterBusy
from ari_app.ports.verdicts import StoreError
from ari_app.stores.registers.serving import Held
from ari_app.stores.registers.shelf import RegisterFolder
from tests.policy.examples import PROPERTY

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
YESTERDAY, LAST_WEEK = NOW - timedelta(days=1), NOW - timedelta(days=7)
LISTED, UNLISTED = "+442079460001", "+442079460002"

Load: TypeAlias = Callable[..., LoadReport]


@pytest.fixture
def shelf(tmp_path: Path) -> RegisterFolder:
    """An empty folder of registers."""
    return RegisterFolder(tmp_path / "registers")


@pytest.fixture
def load(shelf: RegisterFolder, tmp_path: Path) -> Load:
    """Loads these texts, a file each, as of yesterday."""

    def load(*texts: str | bytes, name: str = "TPS", **said: Any) -> LoadReport:
        files = []
        for at, text in enumerate(texts):
            files.append(tmp_path / f"{name}-{at}.txt")
            files[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        request = LoadRequest(name=name, files=tuple(files), now=NOW, as_of=YESTERDAY)
        return load_register(shelf, replace(request, **said))

    return load


def says(shelf: RegisterFolder, e164: str, name: str = "TPS") -> str | None:
    """`listed`, `clear`, or None: not covered."""
    snapshot = shelf.in_force(name)
    assert snapshot is not None
    answer = Held(snapshot).answer(e164)
    return answer.answer if answer else None


def as_of(shelf: RegisterFolder, e164: str, name: str = "TPS") -> datetime:
    """As of when it says so."""
    snapshot = shelf.in_force(name)
    assert snapshot is not None
    answer = Held(snapshot).answer(e164)
    assert answer is not None
    return answer.answered_at


@pytest.mark.parametrize(
    "text",
    [
        "02079460001\n",
        "0207 9460001\r\n",
        "02079460001 \r\n",
        "020 7946-0001",
        "+442079460001\n+442079460001\n",
        "00442079460001\r",
        '"02079460001"\n',
        "'+442079460001\n",
        "number\n02079460001\n",
        "sep=;\nnumber;since\n02079460001;2019\n",
        'Phone;Since\r\n"020 7946 0001";2019\r\n',
        'since,number,name\n2019,02079460001,"Doe, J"\n',
        "\n\n02079460001\n\n",
        "+442079460000-+442079460001\n01632960000",
        "+442079460001*\n",
        "\ufeff02079460001\n",
        "02079460001\n".encode("utf-16"),
        gzip.compress(b"02079460001\n", mtime=0),
    ],
)
def test_a_number_is_listed_however_it_is_written(load: Load, shelf: RegisterFolder, text: str | bytes) -> None:
    """One a line with leading zero as the TPS has it, or in full; CSV; old Macs, UTF-16, gzip; ranges, prefixes."""
    report = load(text)
    assert (says(shelf, LISTED), says(shelf, UNLISTED)) == ("listed", "clear")
    assert report.rejected == 0
    assert report.version.coverage[0].valid_until == YESTERDAY + timedelta(days=28)


def test_whom_a_register_does_not_cover_it_says_nothing_of(load: Load, shelf: RegisterFolder) -> None:
    """A number of another country is not clear; a file's own entries there are left out and told."""
    report = load("02079460001\n" * 300 + "+393330000001\n")
    assert report.outside == 1
    assert says(shelf, "+393330000002") is None
    assert says(shelf, "+393330000001") is None


@pytest.mark.parametrize("listed", ["+390212345678", "+39061234567", "+393330000001"])
def test_leading_zeros_of_italian_landlines_stay(load: Load, shelf: RegisterFolder, listed: str) -> None:
    """They are part of the number."""
    load(listed.removeprefix("+39"), name="OWN", region="IT")
    assert says(shelf, listed, "OWN") == "listed"
    assert says(shelf, listed.replace("+390", "+39"), "OWN") != "listed" or "+390" not in listed


def test_a_prefix_lists_every_length_and_a_range_both_ends(load: Load, shelf: RegisterFolder) -> None:
    """And nothing beside them."""
    load("+4470*\n+447911000000-+447911000999\n")
    assert [says(shelf, number) for number in ("+447012345678", "+44701234567")] == ["listed"] * 2
    assert [says(shelf, f"+447911000{end}") for end in ("000", "999")] == ["listed"] * 2
    assert [says(shelf, number) for number in ("+447911001000", "+447910999999", "+447112345678")] == ["clear"] * 3


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("+447911000999-+447911000000", "greater one"),
        ("+447911000000-+4479110009999", "same length"),
        ("+440000000000-+449999999999", "100,000,000"),
        ("070*", "in full"),
        ("3.93331E+11", "spreadsheet"),
        ("447911000000.00", "fraction"),
        ("nobody", "not a telephone number"),
        ("07911\x00000000", "not a telephone number"),
        ("1" * 70_000, "not a telephone number"),
    ],
)
def test_what_is_no_entry_is_rejected_with_its_reason(load: Load, tmp_path: Path, row: str, why: str) -> None:
    """The others are taken; one in a hundred may be so."""
    rejects = tmp_path / "bad.csv"
    report = load("02079460001\n" * 400 + row + "\n02079460003\n", rejects=rejects, format="lines")
    assert (report.rejected, report.rows, report.version.numbers, report.duplicates) == (1, 402, 2, 399)
    assert report.first_rejects[0][0] == 401
    assert why in rejects.read_text("utf-8-sig")


def test_a_number_that_nobody_has_today_is_listed_all_the_same(load: Load, shelf: RegisterFolder) -> None:
    """On the day that somebody does, it is not clear."""
    load("07000000000\n02079460001")
    assert says(shelf, "+447000000000") == "listed"


@pytest.mark.parametrize("bad", [2, 6, 51])
def test_too_many_bad_rows_are_refused(load: Load, shelf: RegisterFolder, tmp_path: Path, bad: int) -> None:
    """More than one in a hundred, or than a few of a small file; the rejects are kept to be looked at."""
    good = {2: 10, 6: 100, 51: 5000}[bad]
    numbers = "".join(f"0207946{at:04}\n" for at in range(good))
    with pytest.raises(InputError, match="could not be taken"):
        load(numbers + "x\n" * bad, rejects=tmp_path / "bad.csv", format="lines")
    assert shelf.current("TPS") is None
    assert (tmp_path / "bad.csv").read_text("utf-8-sig").count("x") >= bad
    assert load(numbers + "x\n" * bad, format="lines", forced=True).version.numbers == good


def test_a_register_that_loses_half_of_its_numbers_is_refused(load: Load, shelf: RegisterFolder) -> None:
    """That was a download that was cut off; exactly half may be."""
    text = "".join(f"0207946{at:04}\n" for at in range(100))
    load(text)
    with pytest.raises(InputError, match="less than half"):
        load(text[: 49 * 12])
    assert says(shelf, "+442079460099") == "listed"
    load(text[: 50 * 12])
    assert says(shelf, "+442079460099") == "clear"
    assert load(text[:12], forced=True).version.numbers == 1


@pytest.mark.parametrize(
    ("text", "why"), [("", "empty"), ("\n" * 30 + "02079460001", "blank"), ("number\n", "list nobody")]
)
def test_an_empty_file_is_refused(load: Load, text: str, why: str) -> None:
    """Nobody is listed only if it is forced."""
    with pytest.raises(InputError, match=why):
        load(text)


def test_an_empty_register_can_be_forced(load: Load, shelf: RegisterFolder) -> None:
    """An area code in which nobody is listed; what it covers has to be said."""
    load("", name="US-DNC", covers=("+1213",), forced=True)
    assert says(shelf, "+12135550100", "US-DNC") == "clear"
    assert says(shelf, "+12125550100", "US-DNC") is None


def test_the_us_registry_covers_the_area_codes_that_were_brought(load: Load, shelf: RegisterFolder) -> None:
    """Calling code 1 is many countries: what is not there is not clear."""
    load("212,5550100\n213,5550101\n", name="US-DNC")
    assert says(shelf, "+12125550100", "US-DNC") == "listed"
    assert says(shelf, "+12135550100", "US-DNC") == "clear"
    assert says(shelf, "+14165550100", "US-DNC") is None
    snapshot = shelf.in_force("US-DNC")
    assert snapshot is not None
    assert snapshot.version.coverage[0].valid_until == YESTERDAY + timedelta(days=31)


def test_a_part_replaces_what_it_covers_alone(load: Load, shelf: RegisterFolder) -> None:
    """Each area code has its own date: a new one makes the others no younger."""
    load("212,5550100\n212,5550101\n213,5550100\n", name="US-DNC", as_of=LAST_WEEK)
    load("212,5550100\n212,5550102\n", name="US-DNC", way="part")
    found = {number: says(shelf, number, "US-DNC") for number in ("+12125550101", "+12125550102", "+12135550100")}
    assert found == {"+12125550101": "clear", "+12125550102": "listed", "+12135550100": "listed"}
    assert as_of(shelf, "+12125550101", "US-DNC") == YESTERDAY
    assert as_of(shelf, "+12135550100", "US-DNC") == LAST_WEEK


def test_a_part_that_was_not_there_is_added(load: Load, shelf: RegisterFolder) -> None:
    """Area code by area code, the first one too."""
    load("212,5550100\n", name="US-DNC", way="part")
    load("213,5550100\n", name="US-DNC", way="part")
    assert [says(shelf, f"+1{area}5550100", "US-DNC") for area in (212, 213, 214)] == ["listed", "listed", None]


def test_a_part_of_a_country_has_to_be_said(load: Load, shelf: RegisterFolder) -> None:
    """Else it would be the whole country."""
    load("02079460001\n01632960001\n")
    with pytest.raises(InputError, match="which part"):
        load("02079460002\n", way="part")
    report = load("02079460002\n", way="part", covers=("+4420",))
    assert [says(shelf, number) for number in ("+442079460001", "+442079460002", "+441632960001")] == [
        "clear",
        "listed",
        "listed",
    ]
    assert [covered.prefix for covered in report.version.coverage] == ["+44", "+4420"]


@pytest.mark.parametrize(
    "text",
    [
        "212,5550101,D,20261123\n212,5550102,A,20261123\n",
        "number,change\n2125550101,deleted\n2125550102,added\n",
        "2125550101;2026-11-23;remove\n2125550102;2026-11-23;add\n",
        "212,5550102,A\n212,5550101,A\n212,5550101,D\n",
        "212,5550102,D\n212,5550101,D\n212,5550102,A\n",
    ],
)
def test_changes_add_and_delete(load: Load, shelf: RegisterFolder, text: str) -> None:
    """In their order; area codes they touch are as of them, the others stay as old as they were."""
    load("212,5550100\n212,5550101\n213,5550100\n", name="US-DNC", as_of=LAST_WEEK)
    report = load(text, name="US-DNC", way="changes")
    found = [says(shelf, f"+1212555010{at}", "US-DNC") for at in range(3)]
    assert found == ["listed", "clear", "listed"]
    assert as_of(shelf, "+12125550100", "US-DNC") == YESTERDAY
    assert as_of(shelf, "+12135550100", "US-DNC") == LAST_WEEK
    assert report.not_renewed == ("+1213",)


def test_changes_renew_what_they_are_said_to_cover(load: Load, shelf: RegisterFolder) -> None:
    """An area code without a change is as of them if somebody says so; not one that was never loaded."""
    load("212,5550100\n213,5550100\n", name="US-DNC", as_of=LAST_WEEK)
    load("212,5550101,A\n", name="US-DNC", way="changes", covers=("+1",))
    assert as_of(shelf, "+12135550100", "US-DNC") == YESTERDAY
    with pytest.raises(InputError, match="does not cover it yet"):
        load("212,5550101,A\n", name="US-DNC", way="changes", covers=("+1214",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("212,5550101\n", "could not be taken"),
        ("212,5550101,A,D\n", "could not be taken"),
        ("214,5550101,A\n", "nothing of which"),
    ],
)
def test_changes_that_do_not_say_what_they_are_refused(load: Load, text: str, why: str) -> None:
    """A row is added or deleted, one of them, and of what is covered."""
    load("212,5550100\n", name="US-DNC", as_of=LAST_WEEK)
    with pytest.raises(InputError, match=why):
        load(text, name="US-DNC", way="changes")


@pytest.mark.parametrize("text", ["212,5550100,A,20261123\n", "number,action\n2125550100,A\n"])
def test_changes_are_not_taken_for_a_whole_register(load: Load, text: str) -> None:
    """Whoever they do not name would be clear."""
    with pytest.raises(InputError, match="--changes"):
        load(text, name="US-DNC")


def test_changes_need_something_to_change(load: Load) -> None:
    """A list of changes is no register."""
    with pytest.raises(InputError, match="nothing is loaded"):
        load("212,5550100,A\n", name="US-DNC", way="changes")


def test_changes_delete_ranges_and_prefixes(load: Load, shelf: RegisterFolder) -> None:
    """As they are written, and single numbers out of a range."""
    load("+4470*\n+447911000000-+447911000999\n+447911500000-+447911500999\n", as_of=LAST_WEEK)
    load("+4470*,D\n+447911000500,D\n+447911500000-+447911500899,D\n", way="changes", format="lines")
    numbers = ("+447012345678", "+447911000500", "+447911000501", "+447911500000", "+447911500900")
    assert [says(shelf, number) for number in numbers] == ["clear", "clear", "listed", "clear", "listed"]


def test_files_are_as_old_as_the_oldest_says(load: Load, shelf: RegisterFolder, tmp_path: Path) -> None:
    """Never as of the load."""
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for file, at in zip(files, (YESTERDAY, LAST_WEEK), strict=True):
        file.write_text(f"0207946{at.day:04}\n")
        os.utime(file, (at.timestamp(),) * 2)
    report = load_register(shelf, LoadRequest(name="TPS", files=tuple(files), now=NOW))
    assert (report.version.as_of, report.version.dated_by) == (LAST_WEEK, "file")


def test_what_is_older_than_what_is_in_force_is_refused(load: Load, shelf: RegisterFolder) -> None:
    """And what is as of the future; exactly as old may be loaded again."""
    load("02079460001\n")
    load("02079460001\n")
    with pytest.raises(InputError, match="is as of"):
        load("02079460001\n", as_of=LAST_WEEK)
    with pytest.raises(InputError, match="not come yet"):
        load("02079460001\n", as_of=NOW + timedelta(seconds=1))
    load("02079460001\n", as_of=LAST_WEEK, forced=True)
    assert as_of(shelf, LISTED) == LAST_WEEK


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"name": "OWN"}, "which country"),
        ({"covers": ("44",)}, "--covers 44"),
        ({"files": (Path("none.txt"),)}, "No such file"),
        ({"format": "csv"}, "no column for number"),
        ({"format": "us-dnc"}, "not of GB"),
        ({"format": "tps", "region": "US"}, "not of US"),
    ],
)
def test_a_load_asked_wrongly_is_refused(load: Load, said: dict[str, Any], why: str) -> None:
    """With what would be right."""
    with pytest.raises(InputError, match=why):
        load("02079460001\n", **said)


def test_a_register_is_changed_by_one_command_at_a_time(load: Load, shelf: RegisterFolder) -> None:
    """The second is refused at once; another register is not held up."""
    with shelf.changing("TPS"):
        with pytest.raises(RegisterBusy):
            load("02079460001\n")
        load("02079460001\n", name="CTPS")


def test_a_damaged_register_is_mended_by_a_whole_one_alone(load: Load, shelf: RegisterFolder) -> None:
    """Changes to what cannot be read would be half of a register."""
    load("02079460001\n", as_of=LAST_WEEK)
    path = shelf.path("TPS", 1)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Exception, match="cut off"):
        load("02079460002,A\n", way="changes", format="lines")
    load("02079460002\n")
    assert says(shelf, UNLISTED) == "listed"


def test_large_files_are_read_by_several_processes_in_their_order(load: Load, tmp_path: Path) -> None:
    """What they find is what one finds, lines of rejects too."""
    lines = [f"0{2000000000 + at * 7}" for at in range(800_000)]
    lines[700_000:700_000] = ["x"]
    report = load("\n".join(lines), rejects=tmp_path / "bad.csv")
    assert (report.version.numbers, report.rows, report.rejected) == (800_000, 800_001, 1)
    assert report.first_rejects[0][0] == 700_001


def test_a_process_that_is_killed_ends_the_load() -> None:
    """As when memory runs out: it is told, and nothing waits for ever."""

    def killing() -> Iterator[Block]:
        for line in range(9):
            yield Block(line, "02079460001\n")
            for process in multiprocessing.active_children():
                process.kill()

    with pytest.raises(StoreError, match="was killed"):
        list(read_blocks(killing(), Form(region="GB"), parallel=True))
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_blocks_hold_every_line_once(size: int, tmp_path: Path) -> None:
    """Whatever ends the lines and wherever the text is cut."""
    path = tmp_path / "text"
    path.write_bytes(b"one\r\ntwo\rthree\n\nfour\r\n\r\nfive")
    with path.open(newline="") as text:
        found = list(blocks(text, size=size))
    assert "".join(block.text for block in found).split("\n") == ["one", "two", "three", "", "four", "", "five"]
    for block in found:
        assert block.line == 1 + sum(before.text.count("\n") for before in found if before.line < block.line)


def test_a_line_without_end_is_not_held_in_memory(tmp_path: Path) -> None:
    """Its beginning is told, and the lines after it are read."""
    path = tmp_path / "text"
    path.write_text("a" * (LONGEST_LINE * 3) + "\nnext\n")
    with path.open(newline="") as text:
        found = "".join(block.text for block in blocks(text, size=1000))
    assert found.count("\n") == 2
    assert len(found) < LONGEST_LINE * 2
    assert found.endswith("\nnext\n")


_TEXT = st.text(st.sampled_from("0123456789 +-.,;\"'\t*"), max_size=16) | st.from_regex(
    r"(\+44|0044|0|44)?[127][0-9]{8,9}[ -]?", fullmatch=True
)


@PROPERTY
@given(st.lists(_TEXT, max_size=8), st.booleans())
def test_the_quick_way_finds_what_the_long_way_finds(rows: list[str], csv: bool) -> None:
    """Row by row the same numbers, but for those that nobody has today."""
    form = Form(region="GB", cells=csv, number=0)
    read = read_block("\n".join(rows).encode(), form)
    for row in rows:
        cell = row.split(",")[0] if csv else row
        try:
            found = entry(cell.strip().strip('"'), "GB")
        except BadRow:
            continue
        if '"' not in row and isinstance(found, Numbers) and found.first == found.last:
            assert found.first in read.listed.numbers, row
