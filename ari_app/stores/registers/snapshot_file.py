"""
One version of a register as a file that either is whole or is refused.

    magic, 17 bytes
    length of the header, 4 bytes; the header, JSON
    the pieces: roaring bitmaps, portable format, each of the numbers with one `number >> 24`
    the prefixes, one a line
    for each piece its key and its length, 8 bytes each
    number of pieces, 4 bytes; length of the prefixes, 8 bytes
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
_LENGTH, _ENTRY, _END = struct.Struct(">I"), struct.Struct(">QQ"), struct.Struct(">IQ")
_CHUNK = 1 << 20


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
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for part in _parts(version, numbers):
            digest.update(part)
            file.write(part)
        file.write(digest.digest())
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _parts(version: RegisterVersion, numbers: RegisterNumbers) -> Iterator[bytes]:
    """All but the checksum, piece by piece: the whole of it would be in memory a second time."""
    header = json.dumps(_plain(asdict(version)), separators=(",", ":")).encode()
    yield from (MAGIC, _LENGTH.pack(len(header)), header)
    index = []
    for key, piece in _pieces(numbers.numbers):
        packed = piece.serialize()
        index.append(_ENTRY.pack(key, len(packed)))
        yield packed
    prefixes = "\n".join(sorted(numbers.prefixes)).encode()
    yield from (prefixes, b"".join(index), _END.pack(len(index), len(prefixes)))


def digest_of(path: Path) -> str:
    """The digest of a file as it is on the disk now, whatever it holds. Raises OSError."""
    digest, left = hashlib.sha256(), path.stat().st_size - _DIGEST
    with path.open("rb") as file:
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            digest.update(chunk)
            left -= len(chunk)
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
    """Bytes, taken from the front and from the back until none is left."""

    def __init__(self, data: memoryview) -> None:
        self.left = data

    def front(self, length: int) -> memoryview:
        taken, self.left = self.left[:length], self.left[length:]
        return self._whole(taken, length)

    def back(self, length: int) -> memoryview:
        start = max(len(self.left) - length, 0)
        self.left, taken = self.left[:start], self.left[start:]
        return self._whole(taken, length)

    def _whole(self, taken: memoryview, length: int) -> memoryview:
        if len(taken) != length:
            raise ValueError("it ends too early")
        return taken


def _unpacked(reader: _Reader, digest: str) -> Snapshot:
    (length,) = _LENGTH.unpack(reader.front(_LENGTH.size))
    version = _version(json.loads(bytes(reader.front(length))))
    count, length = _END.unpack(reader.back(_END.size))
    index = list(_ENTRY.iter_unpack(reader.back(count * _ENTRY.size)))
    prefixes = frozenset(bytes(reader.back(length)).decode("ascii").split())
    # The library reads any buffer, without copying it; only its stubs ask for bytes.
    pieces = {key: BitMap64.deserialize(reader.front(length)) for key, length in index}  # type: ignore[arg-type]
    if reader.left:
        raise ValueError("it holds more than it says")
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
