"""All files of one load, read one after the other into what they list together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ari_app.lists.errors import InputError
from ari_app.lists.opening import FileLook, look_at, text_of
from ari_app.lists.registers.block import Listed
from ari_app.lists.registers.blocks import LONGEST_LINE, blocks
from ari_app.lists.registers.forms import Form, form_of
from ari_app.lists.registers.workers import read_blocks
from ari_app.lists.rejects import Rejects
from ari_app.ports.register_files import SourceFile

Progress = Callable[[int, int, int], None]
"""Called now and then with the rows read, the bytes read and the size of all files."""
_PARALLEL_FROM = 8 << 20
"""Bytes: a smaller file is read before a second process would be up."""
_MANY_BAD = 10_000
_FIRST_LINES = 20
_HINT = "sep="
"""Excel's own first line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How files are to be read."""

    wanted: str
    """One of `forms.FORMATS`."""
    region: str
    changes: bool
    forced: bool
    """An empty file and one that holds hardly any number are taken as well."""


@dataclass(slots=True)
class Gathered:
    """What the files hold."""

    listed: Listed = field(default_factory=Listed)
    sources: list[SourceFile] = field(default_factory=list)
    rows: int = 0
    repeats: int = 0
    """Numbers that stood in the files before."""
    changed_at: datetime | None = None
    """When the oldest of the files was last changed, as its own date says."""


def gather(files: Sequence[Path], reading: Reading, rejects: Rejects, progress: Progress | None) -> Gathered:
    """
    Read the files; rows that hold no number go to `rejects`.

    Raises InputError: a file cannot be read, is laid out in none of the known forms, or, unless `reading.forced`, is
    empty or holds hardly any number.
    """
    gathered = Gathered()
    rejects.begin(["file", "row"])
    sizes = {path: _size(path) for path in files}
    total, done = sum(sizes.values()), 0
    for path in files:
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        gathered.changed_at = min(gathered.changed_at or at, at)
        if reading.forced and not sizes[path]:
            gathered.sources.append(SourceFile(name=path.name, sha256="", size=0))
            continue
        look = look_at(path)
        _read(path, look, reading, gathered, rejects, _told(progress, done, total))
        gathered.sources.append(SourceFile(name=path.name, sha256=look.sha256, size=look.size))
        done += look.size
    return gathered


def _read(
    path: Path,
    look: FileLook,
    reading: Reading,
    gathered: Gathered,
    rejects: Rejects,
    tell: Callable[[int, int], object],
) -> None:
    form, skip = _form(path, look, reading)
    with text_of(path, look) as (text, counted):
        for block, found in read_blocks(blocks(text, skip=skip), form, parallel=look.size >= _PARALLEL_FROM):
            gathered.repeats += found.repeats + gathered.listed.follow(found.listed)
            gathered.rows += found.rows
            for at, reason, line in found.rejects:
                rejects.add(block.line + at, reason, [path.name, line])
            if not reading.forced and rejects.count > max(_MANY_BAD, gathered.rows // 2):
                at, reason = rejects.first[0]
                raise InputError(f"{path}: hardly a row of it can be read as a number; line {at}: {reason}")
            tell(gathered.rows, counted.count)


def _told(progress: Progress | None, before: int, total: int) -> Callable[[int, int], None]:
    """Tells how much of all files was read, when so much of this one was."""
    return lambda rows, read: progress(rows, before + read, total) if progress is not None else None


def _form(path: Path, look: FileLook, reading: Reading) -> tuple[Form, int]:
    """The file's form, and how many lines stand before its first row."""
    with text_of(path, look) as (text, _):
        for before in range(_FIRST_LINES):
            line = text.readline(LONGEST_LINE)
            if line.strip() and not line.lower().startswith(_HINT):
                form = form_of(path, line.rstrip("\r\n"), reading.wanted, reading.region, changes=reading.changes)
                return form, before + form.header
    raise InputError(f"{path}: its first {_FIRST_LINES} lines are blank")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as failure:
        raise InputError(f"{path}: {failure.strerror}") from failure
