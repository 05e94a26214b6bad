"""
What rows come from, as imports see it: a header, records, how far it has come, and a digest.

`text_files`, `workbooks` and `queries` are such sources; `brought` finds the one that a file needs.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from ari_app.lists.records import Record

Unit: TypeAlias = Literal["line", "row"]
"""What records are counted by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A source that is being read. Each may raise InputError or SourceError."""

    header: Record
    """Names of columns; a file of numbers may have none, and this is its first number then."""
    records: Callable[[Collection[int]], Iterator[Record]]
    """Records after the header; a cell that cannot be taken as it stands is a fault in these columns only."""
    progress: Callable[[], tuple[int, int]]
    """How much is read, and of how much; 0: that is not known."""
    same: Callable[[], None]
    """To be called at the end. Raises InputError: it was changed while it was read."""


class Source(Protocol):
    """Something that can be read from its beginning, as often as one likes."""

    @property
    def name(self) -> str:
        """What reports call it: a file's name without its folder, or `sql`."""
        ...

    @property
    def sha256(self) -> str:
        """Of the file's bytes, or of the query's text."""
        ...

    @property
    def unit(self) -> Unit:
        """What its records are counted by."""
        ...

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sheets that hold something and are not read."""
        ...

    def opened(self, *, short: bool = False) -> AbstractContextManager[Opened]:
        """
        Begin to read; with `short`, cells that a line of text lacks at its end are empty.

        Raises InputError: there is not even a header. Raises SourceError.
        """
        ...
