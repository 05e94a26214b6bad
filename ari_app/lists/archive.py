"""
The archive that a workbook is: its directory is looked at before anything is unpacked, and is not taken at its word.

What is to be read is inflated once here and counted: a directory can say that a part is small, and another reader would
unpack what is really there. A bomb, a damaged or a cut-off file is refused before anything else has seen it.

Source: APPNOTE.TXT 6.3.10 (PKWARE); D. Fifield, A better zip bomb, 2019.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ari_app.lists.errors import InputError

MOST_PARTS = 2_000
LARGEST = 1 << 29
"""Bytes of a part, and half of those of all parts, unpacked. A million rows of ten columns have about 400 MB."""
_DENSEST = 200
"""Times that text of a workbook may be larger unpacked than packed; real ones reach about 40."""
_SMALL = 10 << 20
"""Below this a part does no harm, however dense."""
_LARGEST_DIRECTORY = 4 << 20
_CHUNK = 1 << 18
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1


class Archive:
    """An archive on disk. Raises InputError: it is none, is damaged, is encrypted, or would unpack to too much."""

    def __init__(self, path: Path) -> None:
        """Read the directory."""
        self._path = path
        self._file = _Wary(path)
        try:
            infos = self._directory()
            self._parts = {_plain(info.filename): info for info in infos}
            self._check(infos)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Archive":
        """Itself."""
        return self

    def __exit__(self, *_failure: object) -> None:
        """Close the file."""
        self._file.close()

    def __contains__(self, name: str) -> bool:
        """Whether there is such a part, whatever its capitals."""
        return _plain(name) in self._parts

    def size(self, name: str) -> int:
        """Bytes of a part, unpacked; 0: there is none."""
        return self._parts[_plain(name)].file_size if name in self else 0

    def part(self, name: str) -> Iterator[bytes]:
        """A part piece by piece. Raises InputError: it is not there, or not what the directory says."""
        info = self._parts.get(_plain(name))
        if info is None:
            raise self._refused(f"the workbook is damaged: it has no {name}")
        count = digest = 0
        try:
            for piece in self._pieces(info):
                count, digest = count + len(piece), zlib.crc32(piece, digest)
                if count > info.file_size:
                    raise self._refused(f"{name} unpacks to more than the workbook's directory says")
                yield piece
        except zlib.error as failure:
            raise self._refused(f"the workbook is damaged: {name}: {failure}") from failure
        if (count, digest) != (info.file_size, info.CRC):
            raise self._refused(f"the workbook is damaged: {name} is not what its directory says")

    def _directory(self) -> list[ZipInfo]:
        try:
            with ZipFile(self._file) as directory:
                return directory.infolist()
        except (BadZipFile, NotImplementedError, ValueError, OverflowError, EOFError, struct.error) as failure:
            raise self._refused(f"the workbook is damaged or cut off: {failure}") from failure

    def _pieces(self, info: ZipInfo) -> Iterator[bytes]:
        self._file.seek(info.header_offset)
        header = self._file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
            raise self._refused("the workbook is damaged: a part is not where its directory says")
        _, name, extra = _LOCAL_HEADER.unpack(header)
        self._file.seek(name + extra, io.SEEK_CUR)
        left = info.compress_size
        inflate = zlib.decompressobj(-zlib.MAX_WBITS) if info.compress_type == ZIP_DEFLATED else None
        while left > 0 and (stored := self._file.read(min(_CHUNK, left))):
            left -= len(stored)
            if inflate is None:
                yield stored
                continue
            while stored and not inflate.eof:
                yield inflate.decompress(stored, _CHUNK)
                stored = inflate.unconsumed_tail
        while inflate is not None and not inflate.eof and (piece := inflate.decompress(b"", _CHUNK)):
            yield piece
        if left or (inflate is not None and not inflate.eof):
            raise self._refused("the workbook is damaged or cut off: a part ends too soon")

    def _check(self, infos: list[ZipInfo]) -> None:
        if len(infos) > MOST_PARTS:
            raise self._refused(f"a workbook of {len(infos)} parts; more than {MOST_PARTS} are not opened")
        if len(self._parts) != len(infos):
            raise self._refused("the workbook is damaged: two of its parts have one name")
        for info in infos:
            if info.flag_bits & _ENCRYPTED:
                raise self._refused("the workbook is encrypted; save it without a password")
            if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise self._refused(f"{info.filename} is packed in a way that no workbook is; save it anew as XLSX")
            dense = info.file_size > _SMALL and info.file_size > _DENSEST * max(info.compress_size, 1)
            if dense or info.file_size > LARGEST:
                raise self._too_large(f"{info.filename} would unpack to {info.file_size >> 20} MB")
        if (whole := sum(info.file_size for info in infos)) > 2 * LARGEST:
            raise self._too_large(f"it would unpack to {whole >> 20} MB")

    def _too_large(self, how: str) -> InputError:
        return self._refused(f"{how}, as a zip bomb does, and is not opened; save the list as CSV (UTF-8)")

    def _refused(self, why: str) -> InputError:
        return InputError(f"{self._path}: {why}")


class _Wary(io.FileIO):
    """A file that reads no more at once than a directory may have: `zipfile` reads as much as the file tells it to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _LARGEST_DIRECTORY:
            raise InputError(f"{self._path}: the workbook's directory is larger than that of any workbook")
        return super().read(size) or b""


def _plain(name: str) -> str:
    """Excel does not tell capitals apart, and some programs write backslashes."""
    return name.replace("\\", "/").lower()
