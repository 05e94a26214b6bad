"""Files as people, spreadsheets and old databases write them: what can be read is, what cannot is refused with why."""

import csv
import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ari_app.lists import ImportReport, ImportRequest, InputError, import_list
from ari_app.policy.held import CustomerStatus
from ari_app.ports.lists import CustomerRow
from tests.lists.stores import MemoryLists

A, B, C = "+393471234501", "+393471234502", "+393471234503"


def customers(tmp_path: Path, data: bytes | str, **options: object) -> tuple[MemoryLists, ImportReport]:
    """What a customer file does to an empty store."""
    path = tmp_path / "customers.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    store = MemoryLists()
    request = ImportRequest(kind="customers", path=path, region="IT", principal="fastnet", **options)  # type: ignore[arg-type]
    return store, import_list(store, request)


def numbers(store: MemoryLists) -> list[str]:
    """The visible numbers."""
    return sorted(number for number, _ in store.visible)


PLAIN = f"number;status;products\n{A};current;fibra|mobile\n{B};ended;\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-32"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(";", "\t").encode(),
        PLAIN.replace(";", ",").encode(),
        PLAIN.rstrip("\n").encode(),
        b"sep=;\r\n" + PLAIN.encode(),
        PLAIN.replace(";", "~").replace("number", "sep=~\nnumber").encode(),
        "".join(f"{line};{more}\n" for line, more in zip(PLAIN.split(), ("o;o", "x;y", ";"), strict=True)).encode(),
        "".join(f'"{line}"\n'.replace(";", '";"') for line in PLAIN.splitlines()).encode(),
        b"\n\n" + PLAIN.replace("\n", "\n\n").encode(),
        PLAIN.replace("current;fibra|mobile", '"current";"fibra, mobile"').encode(),
        PLAIN.replace("\n", ";;\n").replace("products;;", "products").encode(),
        PLAIN.replace(A, f'="{A}"').replace(B, f"'{B}").encode(),
        gzip.compress(PLAIN.encode(), mtime=0),
        gzip.compress(PLAIN.encode("utf-16"), mtime=0),
    ],
)
def test_the_same_list_in_many_writings_is_the_same_list(tmp_path: Path, data: bytes) -> None:
    """Marks, encodings, line ends, separators, quotes and gzip change nothing of what is read."""
    store, report = customers(tmp_path, data)
    assert (report.read, report.added, report.rejected) == (2, 2, 0)
    assert numbers(store) == [A, B]
    first = store.visible[A, "fastnet"]
    assert isinstance(first, CustomerRow)
    assert (first.status, first.products) == (CustomerStatus.CURRENT, ("fibra", "mobile"))


def test_old_encodings_keep_their_accents(tmp_path: Path) -> None:
    """A name in Windows-1252 far behind any sample is read as such, and does not end the import."""
    rows = "".join(f"+39347{place:07};current;p{place}\n" for place in range(4000))
    store, report = customers(tmp_path, f"numero;stato;codice cliente\n{rows}{A};attivo;Società\n".encode("cp1252"))
    assert report.rejected == 0
    last = store.visible[A, "fastnet"]
    assert isinstance(last, CustomerRow)
    assert last.person == "Società"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("3.93331E+11;current;", "spreadsheet has rounded"),
        ("3,93331E+11;current;", "spreadsheet has rounded"),
        ("393471234501.0;current;", "fraction"),
        ("34712\x0034501;current;", "NUL"),
        ("333abc1234;current;", "not a telephone number"),
        (";current;", "number is missing"),
        (f"{A};maybe;", "none of current, ended, none"),
        (f"{A};current", "2 cells where the first line has 3"),
        (f"{A};current;x;y", "4 cells where the first line has 3"),
        (f'"{A};current;x', "quote"),
        (f'{A};"current"x;', "not CSV"),
    ],
)
def test_one_bad_row_in_the_middle_is_rejected_alone(tmp_path: Path, row: str, why: str) -> None:
    """The row goes to the reject file with its line and reason; those around it are taken."""
    rejects = tmp_path / "rejects.csv"
    data = f"number;status;products\n{B};current;\n{row}\n{C};current;\n"
    store, report = customers(tmp_path, data, rejects=rejects)
    assert numbers(store) == [B, C]
    assert (report.read, report.added, report.rejected) == (3, 2, 1)
    header, line, *others = rejects.read_text("utf-8-sig").splitlines()
    assert header.startswith("line,reason,number")
    assert line.startswith("3,")
    assert why in line
    assert not others


def test_an_open_quote_does_not_swallow_the_file(tmp_path: Path) -> None:
    """A quote that is never closed costs its own row, and no row after it."""
    good = "".join(f"+39347{place:07};current;p\n" for place in range(100))
    _, report = customers(tmp_path, f'number;status;person\n{A};current;"Rossi\n{good}')
    assert (report.read, report.added, report.rejected) == (101, 100, 1)


def test_a_quoted_cell_may_have_lines(tmp_path: Path) -> None:
    """A line end inside quotes is part of the cell, and the lines after it keep their numbers."""
    _, report = customers(tmp_path, f'number;status;person\n{A};current;"Rossi\nMaria"\n{B};nonsense;\n')
    assert (report.added, report.first_rejects[0][0]) == (1, 4)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"nome;status\nRossi;current\n", "no column for number"),
        (b"numero;telefono;status\n1;2;current\n", "could both be number"),
        (b"PK\x03\x04rest", "workbook is damaged or cut off"),
        (b"\xd0\xcf\x11\xe0rest", "an XLS workbook; save it as XLSX"),
        (b"BZh91AY", "bzip2; unpack it first"),
        (b"%PDF-1.7", "a PDF"),
        (gzip.compress(gzip.compress(PLAIN.encode(), mtime=0), mtime=0), "inside a gzip file; unpack it once"),
        (gzip.compress(b"PK\x03\x04rest", mtime=0), "inside the gzip file is an XLSX"),
        (gzip.compress(PLAIN.encode(), mtime=0)[:-4] + b"1234", "damaged or cut off"),
        (gzip.compress(PLAIN.encode(), mtime=0) + b"rest", "damaged or cut off"),
        (b"\0" * 100_000, "empty"),
        (b"sep=\n" + PLAIN.encode(), "names no separator"),
        (b"number;status;" + b"x" * (1 << 20) + b"\n", "names no columns"),
        (";".join(f"c{place}" for place in range(100_000)).encode(), "99960 more"),
        (gzip.compress(PLAIN.encode(), mtime=0)[:-9], "cut off"),
        (b"\xff\xfe" + PLAIN.encode("utf-16-le") + b"\x00", "does not go on"),
        (b'"number;status\n' * 30, "first line"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_whole(tmp_path: Path, data: bytes, why: str) -> None:
    """The message says what is wrong, and no version is left open."""
    with pytest.raises(InputError, match=why):
        customers(tmp_path, data)


def test_columns_may_be_mapped(tmp_path: Path) -> None:
    """`--map` beats the columns' names, whatever their case."""
    data = f"number;Recapito;Tipo\n99;{A};current\n"
    store, _ = customers(tmp_path, data, mapping={"recapito": "number", "TIPO": "status"})
    assert numbers(store) == [A]


@pytest.mark.parametrize("mapping", [{"recapito": "number"}, {"number": "numbre"}])
def test_a_wrong_mapping_is_refused(tmp_path: Path, mapping: dict[str, str]) -> None:
    """A column or field that does not exist is named."""
    with pytest.raises(InputError, match="--map"):
        customers(tmp_path, PLAIN, mapping=mapping)


def test_a_reject_file_runs_no_formula_and_can_be_imported_again(tmp_path: Path) -> None:
    """Cells that a spreadsheet would run get an apostrophe, which is taken off on the way back."""
    rejects = tmp_path / "rejects.csv"
    customers(tmp_path, f"number;status;person\n{A};wrong;=HYPERLINK(1)\n{B};current;\n", rejects=rejects)
    text = rejects.read_text("utf-8-sig")
    assert f"'{A}" in text
    assert "'=HYPERLINK" in text
    store, report = customers(tmp_path, text.replace("wrong", "current"))
    assert (numbers(store), report.rejected) == ([A], 0)
    row = store.visible[A, "fastnet"]
    assert isinstance(row, CustomerRow)
    assert row.person == "=HYPERLINK(1)"


def test_a_few_bytes_of_another_encoding_spoil_no_other_name(tmp_path: Path) -> None:
    """In a file of UTF-8, Windows-1252 and half a letter are read as such; the other rows as they were written."""
    rows = [f"{A};current;Forlì".encode(), f"{B};current;Società".encode("cp1252"), f"{C};current;Forlì".encode()[:-1]]
    rows.append("+393471234504;current;Forlì".encode())
    store, report = customers(tmp_path, b"number;status;person\n" + b"\n".join(rows))
    assert report.rejected == 0
    assert [row.person for row in store.visible.values()] == ["Forlì", "Società", "ForlÃ", "Forlì"]


def test_a_line_that_is_too_long_is_rejected_alone(tmp_path: Path) -> None:
    """Only its beginning is kept, in the reject file as well, and the lines after it keep their numbers."""
    rejects = tmp_path / "rejects.csv"
    long, quoted = f"{A};{'x' * 10_000_000}", f'"{C};{"y" * 2_000_000}'
    data = f"number;status\n{long}\n{B};current\n{quoted}\n{C};current\nno;current\n"
    store, report = customers(tmp_path, data, rejects=rejects)
    assert numbers(store) == [B, C]
    assert [line for line, _ in report.first_rejects] == [2, 4, 6]
    assert "1,048,576 characters" in report.first_rejects[0][1]
    assert rejects.stat().st_size < 10_000


def test_a_quote_does_not_swallow_a_line_that_is_too_long(tmp_path: Path) -> None:
    """The row with the open quote is rejected, and so is the long line, each by itself."""
    data = f'number;status\n{A};"current\n{"x" * 2_000_000}\n{B};current\n'
    store, report = customers(tmp_path, data)
    assert numbers(store) == [B]
    assert [line for line, _ in report.first_rejects] == [2, 3]


def test_a_hundred_thousand_columns_are_no_matter(tmp_path: Path) -> None:
    """Two of them are read."""
    names = ";".join(f"c{place}" for place in range(100_000))
    store, report = customers(tmp_path, f"number;status;{names}\n{A};current{';' * 100_000}\n{B};current;x\n")
    assert (numbers(store), report.rejected) == ([A], 1)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A folder, a pipe that nobody writes to, a device, and what is not there: each by its name."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, why in (
        (tmp_path, "a folder"),
        (pipe, "a pipe"),
        (Path("/dev/zero"), "a device"),
        (tmp_path / "x", "No such"),
    ):
        with pytest.raises(InputError, match=f"{path}: .*{why}"):
            import_list(MemoryLists(), ImportRequest(kind="suppressions", path=path, region="IT"))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\uff1d1", "+3.93331E+11"])
def test_no_cell_of_a_reject_file_is_a_formula(tmp_path: Path, cell: str) -> None:
    """Whatever it was rejected for, the reason included."""
    rejects = tmp_path / "rejects.csv"
    customers(tmp_path, f'number;status;"{cell}"\n"{cell}";"current";"{cell}"\n{A};current;\n', rejects=rejects)
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 2
    assert not [each for row in rows for each in row if each.startswith(tuple("=+-@\t\r\n\uff1d"))]


def test_a_reason_is_short_and_can_be_printed(tmp_path: Path) -> None:
    """Neither sixty thousand signs nor those that move a terminal's cursor reach whoever reads it."""
    path = tmp_path / "list.csv"
    path.write_text(f"number;scope\n{A};principal:{'x' * 60_000}\n{A};principal:a\x1b[2Jb\n{B};\n")
    request = ImportRequest(kind="suppressions", path=path, region="IT", scope_exists=lambda scope: scope == "*")
    report = import_list(MemoryLists(), request)
    assert report.rejected == 2
    assert all(len(reason) < 400 and reason.isprintable() for _, reason in report.first_rejects)


def one_line(path: Path) -> None:
    """One line of 300 MB."""
    with path.open("wb") as file:
        for _ in range(300):
            file.write(b"333 1234567," * 87_381)


def a_hole(path: Path) -> None:
    """A header, a row, and a line of 300 MB of NULs that take no room on the disk; then a row."""
    with path.open("wb") as file:
        file.write(b"number\n+393471234501\n")
        file.seek(300_000_000)
        file.write(b"\n+393471234502\n")


def a_bomb(path: Path) -> None:
    """A gzip file of 300 kB that unpacks to 300 MB."""
    path.write_bytes(gzip.compress(b"number\n", mtime=0) + gzip.compress(b"3" * 1_000_000, mtime=0) * 300)


def open_quotes(path: Path) -> None:
    """Two hundred thousand quotes that are opened and never closed."""
    path.write_bytes(b"number\n+393471234501\n" + b'"x\n"y"\n' * 200_000)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (one_line, "InputError: its first line has 1,048,576 characters or more"),
        (a_hole, "read 3 rejected 1"),
        (a_bomb, "InputError: it unpacks to more than 200 times its size"),
        (open_quotes, "read 400001 rejected 400000"),
    ],
)
def test_no_file_takes_more_memory_than_another(tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
    """Measured in a process of its own: what is asked of the system stays well under the size of what is read."""
    path = tmp_path / "list.csv"
    make(path)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.lists.measured", str(path)], capture_output=True, text=True, check=True
    )
    outcome, peak_mb = ran.stdout.splitlines()
    assert said in outcome.replace(f"{path}: ", "")
    assert int(peak_mb) < 150
