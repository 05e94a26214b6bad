"""
A file of unknown make, opened as text: gzip, byte order marks and old encodings are found by looking.

The whole file is read once before the first row: for its digest, and because a sample cannot prove that a file is
UTF-8. A name half-way down that is not would otherwise end an import of millions of rows.
"""

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from ari_app.lists.errors import InputError

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_GZIP = b"\x1f\x8b"
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_OLD_ENCODINGS = ["cp1252", "iso8859_15", "cp850"]


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


def look_at(path: Path) -> FileLook:
    """
    Digest, size, compression and encoding of a file, by reading it whole once.

    Raises InputError: it cannot be read, is empty, or is damaged.
    """
    try:
        with path.open("rb") as file:
            return _look(path, file)
    except OSError as failure:
        raise InputError(f"{path}: {failure.strerror or failure}") from failure
    except (EOFError, zlib.error) as failure:
        raise InputError(f"{path}: the gzip file is damaged or cut off: {failure}") from failure


def _look(path: Path, file: BinaryIO) -> FileLook:
    head = file.read(4)
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    size = file.tell()
    file.seek(0)
    compressed = head.startswith(_GZIP)
    stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if compressed else file
    return FileLook(digest.hexdigest(), size, _encoding(path, stream), compressed)


def _encoding(path: Path, stream: IO[bytes]) -> str:
    sample = stream.read(_SAMPLE)
    if not sample.strip(b"\xef\xbb\xbf\xff\xfe\r\n\t \0"):
        raise InputError(f"{path}: the file is empty")
    found = next((encoding for mark, encoding in _MARKS.items() if sample.startswith(mark)), None)
    found = found or _unmarked_utf_16(sample) or "utf-8"
    decoder = codecs.getincrementaldecoder(found)()
    chunk = sample
    try:
        while chunk:
            decoder.decode(chunk)
            chunk = stream.read(_CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as failure:
        if found != "utf-8":
            raise InputError(f"{path}: begins as {found} but does not go on as such: {failure.reason}") from failure
        return _old_encoding(sample + chunk)
    return found


def _unmarked_utf_16(sample: bytes) -> str | None:
    # Text of mostly Western letters has a zero in every other byte; single NULs in UTF-8 are a matter for their row.
    half = max(len(sample) // 2, 1)
    if sample[1::2].count(0) > half * 0.4:
        return "utf-16-le"
    return "utf-16-be" if sample[::2].count(0) > half * 0.4 else None


def _old_encoding(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_OLD_ENCODINGS).best()
    return best.encoding if best else "cp1252"


@contextmanager
def text_of(path: Path, look: FileLook) -> Iterator[tuple[IO[str], Counted]]:
    """The file as text, line ends as they are, and the counter of its stored bytes."""
    with path.open("rb") as file:
        counted = Counted(file)
        raw: IO[bytes] = io.BufferedReader(counted, _SAMPLE)
        if look.compressed:
            raw = cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
        with io.TextIOWrapper(raw, encoding=look.encoding, errors="replace", newline="") as text:
            yield text, counted
