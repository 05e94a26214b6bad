"""CSV and other text as a source, gz too."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ari_app.lists.errors import InputError
from ari_app.lists.opening import FileLook, look_at, text_of
from ari_app.lists.records import Record, records
from ari_app.lists.source import Opened, Unit


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file; looked through once when it is made. Raises InputError: it is none, or cannot be read."""

    path: Path
    look: FileLook = field(init=False)
    unit: Unit = field(init=False, default="line")
    left_out: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        """Read it whole, for its digest and its encoding."""
        object.__setattr__(self, "look", look_at(self.path))

    @property
    def name(self) -> str:
        """Its name without its folder."""
        return self.path.name

    @property
    def sha256(self) -> str:
        """Of its bytes as stored."""
        return self.look.sha256

    @contextmanager
    def opened(self, *, short: bool = False) -> Iterator[Opened]:
        """As the protocol."""
        with text_of(self.path, self.look) as (text, stored):
            source = records(text, short=short)
            header = next(source)

            def rest(_places: Collection[int]) -> Iterator[Record]:
                return source

            def same() -> None:
                if stored.digest() != self.look.sha256:
                    raise InputError(f"{self.path}: the file was changed while it was read; nothing was imported")

            def progress() -> tuple[int, int]:
                return stored.count, self.look.size

            yield Opened(header=header, records=rest, progress=progress, same=same)
