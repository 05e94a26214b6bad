"""
A file of unknown make, opened as text: gzip, byte order marks and old encodings are found by looking.

The whole file is read once before the first row, for its digest and its encoding; of neither reading more than a few
chunks are in memory.
"""

import gzip
import hashlib
import io
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from ari_app.lists.encodings import MIXED, encoding_of, is_blank
from ari_app.lists.errors import InputError

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_GZIP = b"\x1f\x8b"
_NO_TEXT = {
    b"PK\x03\x04": "an XLSX workbook; save it as CSV (UTF-8), with the numbers as text",
    b"\xd0\xcf\x11\xe0": "an XLS workbook; save it as CSV (UTF-8), with the numbers as text",
    b"BZh": "packed with bzip2; unpack it first (gzip alone is read as it is)",
    b"\xfd7zXZ": "packed with xz; unpack it first (gzip alone is read as it is)",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it first (gzip alone is read as it is)",
    b"7z\xbc\xaf": "a 7-Zip archive; unpack it first (gzip alone is read as it is)",
    b"Rar!": "a RAR archive; unpack it first (gzip alone is read as it is)",
    b"%PDF": "a PDF; export the list as CSV (UTF-8)",
    b"SQLite format 3": "an SQLite database; export the list as CSV (UTF-8)",
}
_MOST_TIMES = 200
_MOST_UNPACKED = 1 << 35
_FREELY_UNPACKED = 1 << 26
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


@dataclass(frozen=True, slots=True)
class FileLook:
    """What a first reading of a file found."""

    sha256: str
    size: int
    """Bytes as stored, compressed or not."""
    encoding: str
    compressed: bool


class Counted(io.RawIOBase):
    """A file that knows how many of its bytes have been read, and their digest."""

    def __init__(self, file: BinaryIO) -> None:
        """Count from the file's beginning."""
        self._file = file
        self._digest = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        """It is read, and nothing else."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on, and count."""
        room = memoryview(buffer)
        data = self._file.read(len(room))
        room[: len(data)] = data
        self.count += len(data)
        self._digest.update(data)
        return len(data)

    def digest(self) -> str:
        """SHA-256 of what has been read, in hexadecimal."""
        return self._digest.hexdigest()


class _Unpacked(io.RawIOBase):
    """
    What a gzip file holds, which does not grow without end.

    Raises InputError: a small file unpacks to a huge one, as no list of numbers does, whose digits differ from row to
    row. Source: RFC 1951, whose blocks can stand for a thousand times their size.
    """

    def __init__(self, path: Path, stored: Counted) -> None:
        self._path, self._stored = path, stored
        self._content = gzip.GzipFile(fileobj=cast("IO[bytes]", io.BufferedReader(stored, _SAMPLE)))
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        room = memoryview(buffer)
        data = self._content.read(len(room))
        room[: len(data)] = data
        self._count += len(data)
        if self._count > max(_FREELY_UNPACKED, _MOST_TIMES * self._stored.count):
            raise InputError(
                f"{self._path}: it unpacks to more than {_MOST_TIMES} times its size, as a gzip bomb does and no list; "
                "if it is one all the same, unpack it first"
            )
        if self._count > _MOST_UNPACKED:
            raise InputError(f"{self._path}: it unpacks to more than {_MOST_UNPACKED >> 30} GiB; bring it in parts")
        return len(data)


def open_file(path: Path) -> BinaryIO:
    """
    The file, to be read as often as one likes.

    Raises InputError: it cannot be opened, or is none but a folder, a pipe or a device.
    """
    try:
        # Asked first: to open a pipe is to wait for whoever writes to it.
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            return path.open("rb")
    except (OSError, ValueError) as failure:
        raise InputError(f"{path}: {getattr(failure, 'strerror', None) or failure}") from failure
    what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
    raise InputError(f"{path}: it is {what}; a list is a file, since it is read twice")


def look_at(path: Path) -> FileLook:
    """
    Digest, size, compression and encoding of a file, by reading it whole once.

    Raises InputError: it cannot be read, is empty, is damaged, or is no text.
    """
    with open_file(path) as file, _read_errors(path):
        compressed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        return _look(path, Counted(file), compressed=compressed)


def _look(path: Path, stored: Counted, *, compressed: bool) -> FileLook:
    content = _content(path, stored, compressed=compressed)
    sample = content.read(_SAMPLE)
    if no_text := _no_text(sample, compressed=compressed):
        raise InputError(f"{path}: {no_text}")
    if is_blank(sample):
        raise InputError(f"{path}: the file is empty")
    try:
        encoding = encoding_of(sample, iter(lambda: content.read(_CHUNK), b""))
    except InputError as failure:
        raise InputError(f"{path}: {failure}") from failure
    return FileLook(stored.digest(), stored.count, encoding, compressed)


def _content(path: Path, stored: Counted, *, compressed: bool) -> io.BufferedReader:
    return io.BufferedReader(_Unpacked(path, stored) if compressed else stored, _SAMPLE)


def _no_text(sample: bytes, *, compressed: bool) -> str:
    """What a file is instead, and what would be right; empty: a text, it seems."""
    if compressed and sample.startswith(_GZIP):
        return "a gzip file inside a gzip file; unpack it once"
    found = next((what for begins, what in _NO_TEXT.items() if sample.startswith(begins)), "")
    return f"inside the gzip file is {found}" if found and compressed else found


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as failure:
        raise InputError(f"{path}: the gzip file is damaged or cut off: {failure}") from failure
    except OSError as failure:
        raise InputError(f"{path}: {failure.strerror or failure}") from failure


@contextmanager
def text_of(path: Path, look: FileLook) -> Iterator[tuple[IO[str], Counted]]:
    """The file as text, line ends as they are, and the counter of its stored bytes."""
    with open_file(path) as file:
        counted = Counted(file)
        raw = _content(path, counted, compressed=look.compressed)
        errors = MIXED if look.encoding.startswith("utf-8") else "replace"
        with io.TextIOWrapper(raw, encoding=look.encoding, errors=errors, newline="") as text:
            try:
                yield text, counted
            except _DAMAGED as failure:
                raise InputError(f"{path}: the file was changed while it was read: {failure}") from failure
