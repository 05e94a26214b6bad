"""XLSX workbooks: what their cells say is read as it stands, or refused with why; none harms the machine."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ari_app.lists import Consultation, ImportReport, ImportRequest, InputError, export_numbers, import_list
from ari_app.lists.archive import Archive
from ari_app.lists.workbook_look import MOST_CELLS
from ari_app.ports.lists import ConsentRow, CustomerRow
from tests.lists import xlsx
from tests.lists.stores import MemoryLists
from tests.lists.xlsx import number, packed, parts, row, shared, text, with_declared_size, workbook

A, B, C = "+393331234501", "+393331234502", "+393331234503"
HEADER = row("number", "status", "products")


def bring(tmp_path: Path, data: bytes, kind: str = "customers", **options: object) -> tuple[MemoryLists, ImportReport]:
    """What a workbook does to an empty store."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(data)
    store = MemoryLists()
    request = ImportRequest(kind=kind, path=path, region="IT", principal="fastnet", **options)  # type: ignore[arg-type]
    return store, import_list(store, request)


def column_name(place: int) -> str:
    """A column as a sheet calls it, of the first 26."""
    return chr(65 + place)


def numbers(store: MemoryLists) -> list[str]:
    """The visible numbers."""
    return sorted(key[0] for key in store.visible)


def test_a_workbook_says_what_its_csv_says(tmp_path: Path) -> None:
    """Shared texts, texts of a cell's own and results of formulas are read as they stand."""
    formula = f'<c t="str"><f>CONCAT("+39";A9)</f><v>{C}</v></c>'
    rows = (
        row(shared(0), shared(1), shared(2)),
        row(text(A), shared(3), shared(4)),
        row(text(f"  {B} "), "ended"),
        row(formula, shared(3), text("")),
    )
    strings = ("Numero", "Stato", "Prodotti", "current", "fibra, mobile")
    store, report = bring(tmp_path, workbook(*rows, strings=strings))
    assert (report.read, report.added, report.rejected, report.unit) == (3, 3, 0, "row")
    assert numbers(store) == [A, B, C]
    first = store.visible[A, "fastnet"]
    assert isinstance(first, CustomerRow)
    assert (first.products, first.source) == (("fibra", "mobile"), "list.xlsx")


@pytest.mark.parametrize(
    ("kind", "header", "cells"),
    [
        ("suppressions", ("number", "reason"), (A, "asked")),
        ("consents", ("number", "purpose", "given_at", "channel"), (A, "marketing", number(46000, xlsx.DATE), "web")),
        ("contacts", ("number", "listed", "household"), (A, '<c t="b"><v>1</v></c>', "7")),
        ("attempts", ("number", "at", "outcome"), (A, number(46000.5, xlsx.TIME), "busy")),
        ("caller-ids", ("number", "owner"), ("+390844123456", "fastnet")),
    ],
)
def test_every_kind_comes_from_a_workbook(
    tmp_path: Path, kind: str, header: tuple[str, ...], cells: tuple[str, ...]
) -> None:
    """Dates, truth and texts as each kind has them."""
    owned: dict[str, object] = {"owners": ["fastnet"]} if kind == "caller-ids" else {}
    owned |= {"campaign": "adsl"} if kind in ("contacts", "attempts") else {}
    _, report = bring(tmp_path, workbook(row(*header), row(*cells)), kind, **owned)
    assert (report.added, report.rejected) == (1, 0), report.first_rejects


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (number(3331234501), ""),
        (number("3.331234501E9"), ""),
        (number(393331234501), "lost the plus of its country prefix"),
        (number(212345678), "lost a leading zero"),
        (text("212345678"), "lost a leading zero"),
        (number(3331234501.5), "number: the number 3331234501.5 has a fraction: keep the column as text"),
        (number(12345678901234567), "more digits than a spreadsheet keeps: keep the column as text"),
        (text("3.93331E+11"), "a spreadsheet has rounded"),
        (text("3331234501.0"), "written as a fraction"),
        (number(46000, xlsx.DATE), "not a telephone number"),
        (number(1.5, xlsx.LENGTH), "number: it is a length of time"),
        (number(0.5, xlsx.TIME), "number: it is a time without a day"),
        ('<c t="b"><v>1</v></c>', "not a telephone number"),
        ('<c t="e"><v>#N/A</v></c>', "number: the result of its formula is an error"),
        ("<c><f>A1+1</f></c>", "number: a formula without its result"),
        (text("33312\n34501"), "not a telephone number"),
        (shared(0), "NUL"),
    ],
)
def test_a_cell_that_is_no_text_is_read_or_refused_with_why(tmp_path: Path, cell: str, why: str) -> None:
    """Whole numbers are their digits; what a spreadsheet has spoilt is told, and its row alone is rejected."""
    rejects = tmp_path / "rejects.csv"
    data = workbook(HEADER, row(B, "current"), row(cell, "current"), row(C, "current"), strings=("33312_x0000_34501",))
    store, report = bring(tmp_path, data, rejects=rejects)
    assert (report.added, report.rejected) == ((2, 1) if why else (3, 0)), report.first_rejects
    assert ("+393331234501" in numbers(store)) is not bool(why)
    if why:
        assert report.first_rejects[0][0] == 3
        assert why in report.first_rejects[0][1]
        assert len(rejects.read_text("utf-8-sig").splitlines()) in (2, 3)


def test_what_a_column_that_is_not_read_holds_does_not_matter(tmp_path: Path) -> None:
    """A price with a fraction, an error of a formula: no field is in them."""
    data = workbook(
        row("number", "status", "price", "check"), row(A, "current", number(12.5), '<c t="e"><v>#N/A</v></c>')
    )
    _, report = bring(tmp_path, data)
    assert (report.added, report.rejected) == (1, 0)


@pytest.mark.parametrize("cell", ['<c t="e"><v>#REF!</v></c>', "<c><f>VLOOKUP(A2;X:Y;2)</f></c>"])
def test_a_withdrawal_that_a_formula_did_not_find_is_an_opt_out_that_was_lost(tmp_path: Path, cell: str) -> None:
    """An empty cell would say that the consent stands."""
    data = workbook(row("number", "purpose", "given_at", "withdrawn_at"), row(A, "marketing", "2026-01-01", cell))
    store, report = bring(tmp_path, data, "consents")
    assert (report.rejected, report.opt_outs_lost, store.visible) == (1, 1, {})


def test_dates_are_those_of_the_sheet(tmp_path: Path) -> None:
    """A day alone is one, and a time has no offset: both by the clock of the principal's country."""
    data = workbook(
        row("number", "purpose", "given_at"),
        row(A, "marketing", number(46000, xlsx.DATE)),
        row(B, "marketing", number(46000.4375, xlsx.TIME)),
    )
    store, _ = bring(tmp_path, data, "consents")
    given_at = [key[0].given_at for key in store.visible if isinstance(key[0], ConsentRow)]
    assert given_at == [datetime(2025, 12, 8, 23, tzinfo=UTC), datetime(2025, 12, 9, 9, 30, tzinfo=UTC)]


def test_rows_have_the_numbers_that_the_sheet_shows(tmp_path: Path) -> None:
    """Blank rows before the header and between rows are counted, and are no rows."""
    rows = (
        row(*("", ""), at=2),
        row(text("number"), text("status"), at=4),
        row(number(1, at="A9"), at=9),
        row(at=10),
        '<row><c r="B12" t="inlineStr"><is><t>current</t></is></c></row>',
        row(text(A), text("current"), at=1000),
    )
    _, report = bring(tmp_path, workbook(*rows))
    assert [line for line, _ in report.first_rejects] == [9, 12]
    assert (report.read, report.added) == (3, 1)


def test_a_column_before_the_header_may_be_empty(tmp_path: Path) -> None:
    """Fields are found where their names stand."""
    cells = (("C3", "number"), ("E3", "status"), ("C5", A), ("E5", "current"))
    held = [f'<c r="{at}" t="inlineStr"><is><t>{said}</t></is></c>' for at, said in cells]
    error = '<c r="C6" t="e"><v>#N/A</v></c>'
    rows = (f"<row>{''.join(held[:2])}</row>", f"<row>{''.join(held[2:])}</row>", f"<row>{error}</row>")
    store, report = bring(tmp_path, workbook(*rows))
    assert numbers(store) == [A]
    assert report.first_rejects == ((6, "number: the result of its formula is an error"),)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((), "'Foglio1' is empty"),
        ((row("", " "),), "'Foglio1' is empty"),
        ((row("Clienti di Fastnet", ""), HEADER, row(A, "current", "")), "no column for number and status"),
        ((row("number", "Number", "status"),), "could both be number"),
        ((row("telefono", "Telefono", "status"),), "could both be number"),
        ((row(A, "current"),), "no column for number"),
    ],
)
def test_a_sheet_without_names_of_columns_is_refused(tmp_path: Path, rows: tuple[str, ...], why: str) -> None:
    """Empty, or with a merged title first, or with a name twice."""
    with pytest.raises(InputError, match=why):
        bring(tmp_path, workbook(*rows))


def test_a_header_alone_is_a_list_of_nobody(tmp_path: Path) -> None:
    """As in CSV: of contacts it empties the list."""
    store, report = bring(tmp_path, workbook(row("number")), "contacts", campaign="adsl")
    assert (report.read, report.published, store.emptied) == (0, True, ["list"])


def test_the_first_sheet_that_is_not_hidden_is_read(tmp_path: Path) -> None:
    """Others that hold something are told; `sheet` names another, a hidden one too."""
    sheets = {
        "Vecchi": (HEADER, row(A, "ended")),
        "Nuovi": (HEADER, row(B, "current")),
        "Altri": (row("x"),),
        "Vuoto": (),
    }
    data = packed(parts(sheets, hidden=("Vecchi",)))
    store, report = bring(tmp_path, data)
    assert (numbers(store), report.left_out) == ([B], ("Altri",))
    store, report = bring(tmp_path, data, sheet="Vecchi")
    assert (numbers(store), report.left_out) == ([A], ())
    with pytest.raises(InputError, match=r"there is no sheet 'Vechi'; it has 'Vecchi', 'Nuovi', 'Altri', 'Vuoto'"):
        bring(tmp_path, data, sheet="Vechi")


def test_only_a_workbook_has_sheets(tmp_path: Path) -> None:
    """To name one of a text is a mistake."""
    with pytest.raises(InputError, match="--sheet Nuovi: only an XLSX workbook"):
        bring(tmp_path, f"number;status\n{A};current\n".encode(), sheet="Nuovi")


def test_numbers_for_a_register_come_from_a_workbook(tmp_path: Path) -> None:
    """With a column that is named, or one number a row; a numeric cell that has lost its plus is rejected."""
    for rows in ((row("Cellulare"), row(A), row(number(393331234502))), (row(A), row(number(393331234502)))):
        path, out = tmp_path / "list.xlsx", tmp_path / "out.txt"
        path.write_bytes(workbook(*rows))
        ask = Consultation(principal="fastnet", register="RPO", region="IT")
        report = export_numbers(MemoryLists(), ask, path, out)
        assert (out.read_text(), report.rejected, report.unit) == (f"{A}\n", 1, "row")
        assert "plus of its country prefix" in report.first_rejects[0][1]


ENCRYPTED = b"\xd0\xcf\x11\xe0" + b"\0" * 2000 + "EncryptedPackage".encode("utf-16-le")
GOOD = parts({"Foglio1": (HEADER, row(A, "current"))})
BOMB: dict[str, str | bytes] = {"xl/media/image1.png": b"\0" * (11 << 20)}


def far_apart() -> bytes:
    """Two cells in opposite corners of a sheet."""
    return workbook(HEADER, '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def million_long_texts() -> bytes:
    """One long text, in the cells of many rows."""
    return workbook(HEADER, row(*[shared(0)] * 3) * 7_000, strings=("x" * 30_000,))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (ENCRYPTED, "encrypted with a password"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 2000, "an XLS workbook; save it as XLSX"),
        (packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "an OpenDocument sheet"),
        (packed({"xl/workbook.bin": b"x"}), "an XLSB workbook"),
        (packed({"customers.csv": b"number\n"}), "a ZIP archive, but no workbook"),
        (packed({}), "a ZIP archive, but no workbook"),
        (packed(GOOD)[:-30], "damaged or cut off"),
        (packed(GOOD | {"xl/worksheets/sheet1.xml": "<worksheet><sheetData>"}), "sheet1.xml: no element found"),
        (packed(GOOD | {"xl/workbook.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><workbook/>"}), "document type"),
        (packed(GOOD | {"xl/workbook.xml": "<workbook/>"}), "has no sheet"),
        (packed(GOOD | {"_rels/.rels": xlsx.root("xl/other.xml")}), "laid out as no spreadsheet program"),
        (workbook(HEADER, row(shared(7), "current")), "shared strings"),
        (workbook('<row r="1"><c r="A"><v>1</v></c></row>'), "there can be no cell or row 'A'"),
        (workbook('<row r="1"><c r="A2000000"><v>1</v></c></row>'), "no sheet has 2000000 rows"),
        (workbook(HEADER, f'<row r="{"9" * 5000}"><c><v>1</v></c></row>'), "there can be no cell or row '9999"),
        (
            packed(GOOD | {"xl/sharedStrings.xml": '<sst uniqueCount="4000000000"/>'}),
            "it says that it has 4000000000 texts",
        ),
        (workbook(HEADER, row(number("1e18", xlsx.LENGTH))), "row 2 holds a date or a length of time that no calendar"),
        (workbook(HEADER, '<row r="0"><c><v>1</v></c></row>'), "there can be no cell or row '0'"),
        (workbook(HEADER, '<row r="x"><c><v>1</v></c></row>'), "there can be no cell or row 'x'"),
        (packed({**GOOD, **BOMB}), "as a zip bomb does"),
        (packed(GOOD | {f"xl/media/image{place}.png": b"" for place in range(2_000)}), "more than 2000 are not opened"),
        (with_declared_size(packed(GOOD), "xl/worksheets/sheet1.xml", 10), "unpacks to more than"),
        (with_declared_size(packed(GOOD), "xl/worksheets/sheet1.xml", 9999), "is not what its directory says"),
        (with_declared_size(packed(GOOD), "xl/worksheets/sheet1.xml", 1 << 30), "would unpack to 1024 MB"),
        (far_apart(), "reaches over 1048576 rows and 16384 columns"),
        (million_long_texts(), "more than 512 million characters"),
        (workbook(HEADER, row('<c t="e"><v>#N/A</v></c>') * 100_001), "more than 100,000 cells hold errors"),
    ],
)
def test_what_is_no_workbook_or_a_bomb_is_refused_whole(tmp_path: Path, data: bytes, why: str) -> None:
    """With why, before it has filled the memory, and no version is begun."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(data)
    store = MemoryLists()
    with pytest.raises(InputError, match=why):
        import_list(store, ImportRequest(kind="customers", path=path, region="IT", principal="fastnet"))
    assert (store.visible, store.hidden) == ({}, {})


def test_a_directory_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """A million names would fill the memory before their number is known."""
    held: dict[str, str | bytes] = {f"{place}{'x' * 60_000}": b"" for place in range(80)}
    path = tmp_path / "list.xlsx"
    path.write_bytes(packed(held))
    with pytest.raises(InputError, match="directory is larger than that of any workbook"):
        Archive(path)


def test_a_workbook_that_is_damaged_anywhere_is_refused_or_says_the_same(tmp_path: Path) -> None:
    """Cut off, or with some bytes other than they were: nothing half is taken."""
    whole = workbook(HEADER, *(row(f"+39333000{place:04}", "current", "fibra") for place in range(200)))
    store, _ = bring(tmp_path, whole)
    chance = random.Random(4)  # noqa: S311  where damage strikes is no secret
    damaged = [whole[: chance.randrange(4, len(whole))] for _ in range(60)]
    for _ in range(300):
        at = chance.randrange(4, len(whole))
        damaged.append(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
    refused = 0
    for data in damaged:
        try:
            other, report = bring(tmp_path, data)
        except InputError:
            refused += 1
        else:
            assert (other.visible, report.rejected) == (store.visible, 0)
    assert refused > 200


def test_a_workbook_that_is_changed_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """Nothing of it is taken."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook(HEADER, row(A, "current")))
    store = MemoryLists()
    put = store.put_customers

    def put_and_change(*given: object) -> object:
        path.write_bytes(workbook(HEADER, row(B, "current")))
        return put(*given)  # type: ignore[arg-type]

    store.put_customers = put_and_change  # type: ignore[assignment]
    with pytest.raises(InputError, match="changed while it was read"):
        import_list(store, ImportRequest(kind="customers", path=path, region="IT", principal="fastnet"))
    assert store.visible == {}


_CELLS = st.one_of(st.none(), st.tuples(st.booleans(), st.integers(0, 5)))


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(_CELLS, max_size=4)), min_size=1, max_size=5))
def test_errors_are_found_where_the_reader_shows_nothing(tmp_path_factory: pytest.TempPathFactory, drawn: list) -> None:  # type: ignore[type-arg]
    """Whether rows and cells name their places or not, an error is told of the very cell that it is in."""
    high, expected, rows = 0, [], ""
    for gap, cells in drawn:
        at, column = high + gap + 1, 0
        held = ""
        for cell in cells:
            if cell is None:
                continue
            named, skipped = cell
            column += skipped if named else 0
            place = f' r="{column_name(column)}{at}"' if named else ""
            held += f'<c{place} t="e"><v>#N/A</v></c>'
            expected.append((at, column))
            column += 1
        rows += f'<row r="{at}">{held}</row>' if gap else f"<row>{held}</row>"
        high = at
    path = tmp_path_factory.mktemp("errors") / "list.xlsx"
    path.write_bytes(workbook(rows))
    from ari_app.lists.workbook_look import look_through, sheets_of

    with Archive(path) as archive:
        (sheet,) = sheets_of(archive, path)
        spoilt = look_through(archive, path, sheet).spoilt
    assert sorted((at + 1, column) for at, found in spoilt.items() for column in found) == sorted(set(expected))
    path.write_bytes(workbook(rows.replace("#N/A", "1").replace('t="e"', "")))
    shown = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    left = shown.start[1] if shown.start else 0
    rows_shown = enumerate(shown.iter_rows(), 1)
    seen = [(at, column) for at, cells in rows_shown for column, value in enumerate(cells, left) if value != ""]
    assert seen == sorted(set(expected))


def test_no_sheet_of_excel_with_ten_columns_is_too_large() -> None:
    """The limit is told in the documents."""
    assert MOST_CELLS == 10_000_000
