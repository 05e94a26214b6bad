"""Pictures for the manual are made small without being made others."""

import struct
import zlib

import pytest

from tests.web.palette import in_few_colours


def _png(width: int, lines: list[bytes], kind: tuple[int, int] = (8, 2)) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, len(lines), *kind, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def _shown(png: bytes) -> list[list[tuple[int, ...]]]:
    """The colours of a picture with a palette and no filter."""
    at, held = 8, {}
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        held[png[at + 4 : at + 8]] = png[at + 8 : at + 8 + size]
        at += 12 + size
    width, height = struct.unpack_from(">II", held[b"IHDR"])
    raw, colours = zlib.decompress(held[b"IDAT"]), held[b"PLTE"]
    lines = [raw[n * (width + 1) + 1 : (n + 1) * (width + 1)] for n in range(height)]
    return [[tuple(colours[place * 3 : place * 3 + 3]) for place in line] for line in lines]


def test_every_filter_is_undone() -> None:
    """One line each: none, left, above, their mean, and Paeth's guess."""
    lines = [
        bytes([0, 10, 20, 30, 40, 50, 60]),
        bytes([1, 1, 2, 3, 4, 5, 6]),
        bytes([2, 1, 1, 1, 250, 0, 0]),
        bytes([3, 1, 1, 1, 1, 1, 1]),
        bytes([4, 1, 1, 1, 1, 1, 1]),
    ]
    assert _shown(in_few_colours(_png(2, lines))) == [
        [(10, 20, 30), (40, 50, 60)],
        [(1, 2, 3), (5, 7, 9)],
        [(2, 3, 4), (255, 7, 9)],
        [(2, 2, 3), (129, 5, 7)],
        [(3, 3, 4), (130, 6, 8)],
    ]


def test_what_is_rare_takes_its_likeness() -> None:
    """Of more than 256 colours those that stand often are kept."""
    many = [(n % 256, n // 256, 0) for n in range(300)]
    line = b"\0" + bytes(value for colour in (*many, *many[:250]) for value in colour)
    (shown,) = _shown(in_few_colours(_png(550, [line])))
    assert shown[:250] == many[:250]
    assert len(set(shown)) == 256


def test_another_kind_of_picture_is_refused() -> None:
    """Rather than spoilt."""
    with pytest.raises(ValueError, match="another kind"):
        in_few_colours(_png(1, [b"\0\0\0\0\0"], (8, 6)))
