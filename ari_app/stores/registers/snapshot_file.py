"""
One version of a register as a file that either is whole or is refused.

    magic, 17 bytes
    length of the header, 4 bytes; the header, JSON
    number of pieces, 4 bytes; for each its key and its length, 8 bytes each
    the pieces: roaring bitmaps, portable format, each of the numbers with one `number >> 24`
    length of the prefixes, 8 bytes; the prefixes, one a line
    SHA-256 of all that stands before it, 32 bytes

Integers are big-endian. The numbers are cut into pieces because a bitmap is unpacked without giving way to other
threads: a piece takes a millisecond at most, a register of 250 million numbers at once a fifth of a second. The file
is read, not mapped: one that somebody cuts short while it is mapped would kill the gate (SIGBUS).
"""

import hashlib
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyroaring import BitMap64

from ari_app.ports.register_files import Covered, RegisterDamaged, RegisterNumbers, RegisterVersion, SourceFile

MAGIC = b"GARBO-REGISTER-1\n"
PIECE_BITS = 24
_DIGEST = 32
_LENGTH, _LONG, _ENTRY = struct.Struct(">I"), struct.Struct(">Q"), struct.Struct(">QQ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A version, read and whole."""

    version: RegisterVersion
    digest: str
    pieces: dict[int, BitMap64]
    """By `number >> PIECE_BITS`; none is empty."""
    prefixes: frozenset[str]


def write_snapshot(path: Path, version: RegisterVersion, numbers: RegisterNumbers) -> str:
    """
    Write a file, down to the disk, and say its digest.

    Raises OSError.
    """
    pieces = [(key, piece.serialize()) for key, piece in _pieces(numbers.numbers)]
    header = json.dumps(_plain(asdict(version)), separators=(",", ":")).encode()
    prefixes = "\n".join(sorted(numbers.prefixes)).encode()
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for part in (
            *(MAGIC, _LENGTH.pack(len(header)), header, _LENGTH.pack(len(pieces))),
            *(_ENTRY.pack(key, len(piece)) for key, piece in pieces),
            *(piece for _, piece in pieces),
            *(_LONG.pack(len(prefixes)), prefixes),
        ):
            digest.update(part)
            file.write(part)
        file.write(digest.digest())
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def read_snapshot(path: Path, *, name: str, version: int, digest: str | None = None) -> Snapshot:
    """
    Read a file that should be this version of this register, with this digest if one is known.

    Raises RegisterDamaged: it is not that, or not whole. Raises OSError: it cannot be read.
    """
    data = memoryview(path.read_bytes())
    body, found = data[:-_DIGEST], hashlib.sha256(data[:-_DIGEST])
    if len(data) < len(MAGIC) + _DIGEST or data[: len(MAGIC)] != MAGIC:
        raise RegisterDamaged(f"{path}: not a register of this format")
    if found.digest() != data[-_DIGEST:]:
        raise RegisterDamaged(f"{path}: damaged or cut off: its checksum is wrong")
    if digest is not None and digest != found.hexdigest():
        raise RegisterDamaged(f"{path}: not the file that was put in force: its digest is another")
    try:
        snapshot = _unpacked(_Reader(body[len(MAGIC) :]), found.hexdigest())
    except (ValueError, TypeError, KeyError, struct.error, MemoryError) as failure:
        raise RegisterDamaged(f"{path}: its checksum is right, and yet it cannot be read: {failure!r}") from failure
    if (snapshot.version.name, snapshot.version.version) != (name, version):
        held = snapshot.version
        raise RegisterDamaged(f"{path}: it holds {held.name} version {held.version}, not {name} version {version}")
    return snapshot


def read_header(path: Path) -> RegisterVersion:
    """What a file says of itself, unchecked: to list it. Raises RegisterDamaged, OSError."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise RegisterDamaged(f"{path}: not a register of this format")
        try:
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            return _version(json.loads(file.read(min(length, os.fstat(file.fileno()).st_size))))
        except (ValueError, TypeError, KeyError, struct.error) as failure:
            raise RegisterDamaged(f"{path}: its header cannot be read: {failure!r}") from failure


class _Reader:
    """Bytes, from the first to the last."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> memoryview:
        if length > len(self._data) - self._at:
            raise ValueError("it ends too early")
        self._at += length
        return self._data[self._at - length : self._at]

    def unpack(self, form: struct.Struct) -> Any:
        return form.unpack(self.take(form.size))

    def rest(self) -> int:
        return len(self._data) - self._at


def _unpacked(reader: _Reader, digest: str) -> Snapshot:
    version = _version(json.loads(bytes(reader.take(*reader.unpack(_LENGTH)))))
    (count,) = reader.unpack(_LENGTH)
    index = [reader.unpack(_ENTRY) for _ in range(count)]
    # The library reads any buffer, without copying it; only its stubs ask for bytes.
    pieces = {key: BitMap64.deserialize(reader.take(length)) for key, length in index}  # type: ignore[arg-type]
    (length,) = reader.unpack(_LONG)
    prefixes = frozenset(bytes(reader.take(length)).decode("ascii").split())
    if reader.rest():
        raise ValueError("something stands behind its end")
    if version.numbers != sum(map(len, pieces.values())) or version.prefixes != len(prefixes):
        raise ValueError("it holds another count than it says")
    return Snapshot(version=version, digest=digest, pieces=pieces, prefixes=prefixes)


def _pieces(numbers: BitMap64) -> Iterator[tuple[int, BitMap64]]:
    """Cut up, in ascending order; each as small as it can be."""
    width = 1 << PIECE_BITS
    start = numbers.min() if numbers else None
    while start is not None:
        key = start >> PIECE_BITS
        piece = BitMap64()
        piece.add_range(key * width, (key + 1) * width)
        piece &= numbers
        piece.run_optimize()
        piece.shrink_to_fit()
        yield key, piece
        start = next(numbers.iter_equal_or_larger((key + 1) * width), None)


def joined(pieces: dict[int, BitMap64]) -> BitMap64:
    """All pieces as one."""
    numbers = BitMap64()
    for piece in pieces.values():
        numbers |= piece
    return numbers


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value


def _version(said: Any) -> RegisterVersion:
    coverage = (
        Covered(prefix=str(each["prefix"]), as_of=_instant(each["as_of"]), valid_until=_instant(each["valid_until"]))
        for each in said["coverage"]
    )
    version = RegisterVersion(
        **{**said, "built_at": _instant(said["built_at"])}
        | {"coverage": tuple(coverage), "sources": tuple(SourceFile(**each) for each in said["sources"])}
    )
    if not version.coverage:
        raise ValueError("it covers nothing")
    return version


def _instant(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return read.astimezone(UTC)
