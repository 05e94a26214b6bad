"""A text as blocks of whole lines, in bounded memory whatever the file holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

BLOCK = 4 << 20
"""Characters; with two of them read at once, and as many waiting, some 50 MB."""
LONGEST_LINE = 1 << 16
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, each ended by a line feed except for the file's last."""

    line: int
    """The number of its first line."""
    text: str


def blocks(text: IO[str], *, skip: int = 0, size: int = BLOCK) -> Iterator[Block]:
    """
    The text in blocks, without its first `skip` lines; line ends of every kind become line feeds.

    A line longer than `LONGEST_LINE` is told by its beginning and a mark that no number has.
    """
    for _ in range(skip):
        text.readline()
    line, rest = skip + 1, ""
    while chunk := text.read(size):
        if "\r" in chunk:
            if chunk.endswith("\r"):
                chunk += text.read(1)
            chunk = chunk.replace("\r\n", "\n").replace("\r", "\n")
        whole, feed, tail = chunk.rpartition("\n")
        if not feed:
            rest = _short(rest + tail)
            continue
        held = rest + whole + feed
        rest = _short(tail)
        yield Block(line, held)
        line += held.count("\n")
    if rest:
        yield Block(line, rest)


def _short(line: str) -> str:
    """The line, or of one that is no number's its beginning."""
    return line if len(line) <= LONGEST_LINE else f"{line[:_SHOWN]} … (a line of more than {LONGEST_LINE:,} signs)"
