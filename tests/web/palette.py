"""
A picture of a page in at most 256 colours: a third of the bytes, and nobody sees the difference in text.

`python -m tests.web.palette FOLDER` does it to each picture there that was not done before.
"""

import struct
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing import Pool
from pathlib import Path
from typing import TypeAlias

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST = 256
Colour: TypeAlias = "tuple[int, int, int]"
_RGB_8 = (8, 2, 0, 0, 0)
"""Depth, colour, compression, filter, interlace of what Chromium writes."""


def in_few_colours(png: bytes) -> bytes:
    """The same picture with a palette. Raises ValueError: it is not 8 bit RGB, not interlaced."""
    held = list(_chunks(png))
    width, height, *kind = struct.unpack(">IIBBBBB", dict(held)[b"IHDR"])
    if tuple(kind) != _RGB_8:
        raise ValueError(f"a PNG of another kind: {kind}")
    raw = zlib.decompress(b"".join(data for name, data in held if name == b"IDAT"))
    lines = [list(zip(line[::3], line[1::3], line[2::3], strict=True)) for line in _unfiltered(raw, width * 3)]
    counted = Counter(pixel for line in lines for pixel in line)
    place: dict[Colour, int] = {}
    palette: list[Colour] = []
    for colour, _ in counted.most_common():  # what there is much of is kept as it is, the rest takes its likeness
        if len(palette) < _MOST:
            place[colour] = len(palette)
            palette.append(colour)
        else:
            place[colour] = _nearest(palette, colour)
    data = b"".join(b"\0" + bytes(place[pixel] for pixel in line) for line in lines)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(value for colour in palette for value in colour)),
        (b"IDAT", zlib.compress(data, 9)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_chunk(*each) for each in chunks)


def _nearest(palette: Sequence[Colour], colour: Colour) -> int:
    return min(range(len(palette)), key=lambda n: sum((a - b) ** 2 for a, b in zip(palette[n], colour, strict=True)))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += 12 + size


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _unfiltered(raw: bytes, stride: int) -> Iterator[bytes]:
    """The lines, each filtered by what its first byte says (PNG specification, 9)."""
    above = bytes(stride)
    for start in range(0, len(raw), stride + 1):
        how, line = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        for at in range(stride) if how else ():
            left = line[at - 3] if at >= 3 else 0
            if how == 1:
                guess = left
            elif how == 2:
                guess = above[at]
            elif how == 3:
                guess = (left + above[at]) // 2
            else:
                guess = _paeth(left, above[at], above[at - 3] if at >= 3 else 0)
            line[at] = (line[at] + guess) & 255
        above = bytes(line)
        yield above


def _paeth(left: int, above: int, over: int) -> int:
    by_left, by_above, by_over = abs(above - over), abs(left - over), abs(left + above - 2 * over)
    if by_left <= by_above and by_left <= by_over:
        return left
    return above if by_above <= by_over else over


def _write(file: Path) -> None:
    png = file.read_bytes()
    if dict(_chunks(png))[b"IHDR"][9] == _RGB_8[1]:
        file.write_bytes(in_few_colours(png))


if __name__ == "__main__":
    with Pool() as pool:
        pool.map(_write, sorted(Path(sys.argv[1]).glob("*.png")))
