"""Files that somebody brings, as sources: what they are is found by their first bytes, never by their names."""

from pathlib import Path

from ari_app.lists.errors import InputError
from ari_app.lists.opening import open_file
from ari_app.lists.source import Source
from ari_app.lists.text_files import TextFile
from ari_app.lists.workbooks import Workbook

_WORKBOOK = b"PK"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 1 << 20


def brought(path: Path, *, sheet: str = "") -> Source:
    """
    The file as a source; `sheet` names one of a workbook.

    Raises InputError: it cannot be read, is empty, damaged or encrypted, or is of a kind that is not read.
    """
    with open_file(path) as file:
        head = file.read(4)
    if head == _OLD_OFFICE:
        raise InputError(f"{path}: {_old(path)}")
    if head[:2] == _WORKBOOK and head[2:] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        return Workbook(path, sheet)
    if sheet:
        raise InputError(f"{path}: --sheet {sheet}: only an XLSX workbook has sheets, and this is none")
    return TextFile(path)


def _old(path: Path) -> str:
    """Excel encrypts a workbook into the container that its old format is. Source: MS-OFFCRYPTO 2.3.4."""
    before = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if _ENCRYPTED in before + chunk:
                return "the workbook is encrypted with a password; open it and save it without one"
            before = chunk[-len(_ENCRYPTED) :]
    return "an XLS workbook; save it as XLSX or as CSV (UTF-8), with the numbers as text"
