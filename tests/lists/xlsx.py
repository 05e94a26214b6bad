"""Workbooks as spreadsheet programs write them, and as they should not."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DATE, TIME, LENGTH = 1, 2, 3
"""Styles of cells: a day, a day with its time, a length of time."""


def text(value: str) -> str:
    """A cell of text, kept in itself; its place is the next one."""
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def shared(place: int, at: str = "") -> str:
    """A cell of text, kept among the shared ones."""
    return f'<c{at and f" r={at!r}"} t="s"><v>{place}</v></c>'


def number(value: object, style: int = 0, at: str = "") -> str:
    """A cell with a number, as written, in one of the styles."""
    return f'<c{at and f" r={at!r}"} s="{style}"><v>{value}</v></c>'


def row(*cells: str, at: int | None = None) -> str:
    """A row of cells, at its number or after the last; plain words are cells of text."""
    held = "".join(cell if cell.startswith("<") else text(cell) for cell in cells)
    return f"<row{'' if at is None else f' r={str(at)!r}'}>{held}</row>"


def parts(
    sheets: Mapping[str, Sequence[str]], *, strings: Sequence[str] = (), hidden: Sequence[str] = ()
) -> dict[str, str]:
    """The parts of a workbook with these sheets, each of rows; a name in `hidden` is not shown."""
    listed, related = "", ""
    held: dict[str, str] = {}
    for place, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        listed += f'<sheet name={quoteattr(name)} sheetId="{place}" r:id="rId{place}"{state}/>'
        related += f'<Relationship Id="rId{place}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        body = "".join(rows)
        held[f"xl/worksheets/sheet{place}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
        )
    related += f'<Relationship Id="rId90" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    related += f'<Relationship Id="rId91" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    formats = "".join(f'<xf numFmtId="{each}"/>' for each in (0, 14, 22, 46))
    texts = "".join(f'<si><t xml:space="preserve">{each}</t></si>' for each in strings)
    return held | {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": root("xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{related}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs>{formats}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{texts}</sst>',
    }


def root(target: str) -> str:
    """The part that says where the workbook is."""
    relation = f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="{target}"/>'
    return f'<Relationships xmlns="{_PACKAGE}">{relation}</Relationships>'


def packed(held: Mapping[str, str | bytes]) -> bytes:
    """Parts as an archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in held.items():
            archive.writestr(name, body)
    return file.getvalue()


def workbook(*rows: str, strings: Sequence[str] = ()) -> bytes:
    """A workbook of one sheet."""
    return packed(parts({"Foglio1": rows}, strings=strings))


def with_declared_size(data: bytes, name: str, size: int) -> bytes:
    """The archive with another size of a part in its directory. Source: APPNOTE.TXT 4.3.12."""
    at = data.rindex(name.encode()) - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    return data[: at + 24] + struct.pack("<I", size) + data[at + 28 :]
