"""Files as people, spreadsheets and old databases write them: what can be read is, what cannot is refused with why."""

import gzip
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
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(";", "\t").encode(),
        PLAIN.replace(";", ",").encode(),
        PLAIN.rstrip("\n").encode(),
        b"sep=;\r\n" + PLAIN.encode(),
        b"\n\n" + PLAIN.replace("\n", "\n\n").encode(),
        PLAIN.replace("current;fibra|mobile", '"current";"fibra, mobile"').encode(),
        PLAIN.replace("\n", ";;\n").replace("products;;", "products").encode(),
        PLAIN.replace(A, f'="{A}"').replace(B, f"'{B}").encode(),
        gzip.compress(PLAIN.encode()),
        gzip.compress(PLAIN.encode("utf-16")),
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
        (gzip.compress(PLAIN.encode())[:-9], "cut off"),
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
