"""
What whole registers cost: a text file made into one, opened and looked up; and the curve up to 250 million numbers.

`GARBO_BENCH_NUMBERS` is how many the text file has (default 30,000,000). The curve is made of bitmaps without a file:
numbers of one in twelve places, as in the US national registry. `make bench PART=registers` prints both.
"""

import multiprocessing
import os
import random
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyroaring import BitMap64
from rich.table import Table

from ari_app.lists.registers import LoadRequest, load_register
from ari_app.ports.register_files import Covered, RegisterNumbers, RegisterVersion
from ari_app.stores.registers.serving import HeldRegisters
from ari_app.stores.registers.shelf import RegisterFolder
from tests.fakes.world import Heard

NUMBERS = int(os.environ.get("GARBO_BENCH_NUMBERS", "30_000_000"))
CURVE = (1_000_000, 10_000_000, 30_000_000, 100_000_000, 250_000_000)
BATCHES, A_BATCH = 2_001, 50
RUNS = 3
_CHUNK = 1_000_000
_PIECE = 1 << 24
_NAME = "TPS"


@dataclass(frozen=True)
class Opened:
    """What a process of its own measured that did nothing else."""

    opened_s: float
    held: int
    """Bytes that it has more than before."""
    most: int
    """Bytes more that it had while it read."""
    look_up_us: float


def measured(folder: Path, first: int, last: int) -> Opened:
    """Open the register in another process, and look up numbers between these."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_open, (folder, first, last))


def _open(folder: Path, first: int, last: int) -> Opened:
    held = HeldRegisters(RegisterFolder(folder), Heard())
    choose = random.Random(5)  # noqa: S311
    names = frozenset({_NAME})
    batches = [[f"+{choose.randrange(first, last)}" for _ in range(A_BATCH)] for _ in range(BATCHES)]
    before = _resident()
    began = time.perf_counter()
    held.refresh()
    opened = time.perf_counter() - began
    grown, most = _resident() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    taken = []
    for batch in batches:
        began = time.perf_counter()
        for e164 in batch:
            held.answers(e164, names)
        taken.append((time.perf_counter() - began) / A_BATCH * 1e6)
    return Opened(opened, grown, most, statistics.median(taken))


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def from_text() -> Table:
    """A file of numbers, one a line, made into a register by the command's own code."""
    table = Table(title=f"A register of {NUMBERS:,} numbers from a text file (GARBO_BENCH_NUMBERS), medians of {RUNS}")
    for column in ("built", "its processors' time", "memory", "a number: disk", "memory", "opened", "look-up p50"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory(prefix="garbo-bench-") as folder:
        path = Path(folder) / "numbers.txt"
        _write(path)
        shelf = RegisterFolder(Path(folder) / "registers")
        built, worked = [], []
        for _ in range(RUNS):
            began, before = time.perf_counter(), _worked()
            report = load_register(shelf, LoadRequest(name=_NAME, files=(path,), now=datetime.now(UTC), keep=2))
            built.append(time.perf_counter() - began)
            worked.append(_worked() - before)
        version = report.version
        size = shelf.path(_NAME, version.version).stat().st_size
        runs = [measured(shelf.folder, 447_100_000_000, 447_999_999_999) for _ in range(RUNS)]
    most = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
    table.add_row(
        f"{statistics.median(built):.1f} s",
        f"{statistics.median(worked):.1f} s",
        f"{most} MB",
        f"{size / version.numbers:.2f} B",
        f"{statistics.median(run.held for run in runs) / version.numbers:.2f} B",
        f"{statistics.median(run.opened_s for run in runs):.2f} s",
        f"{statistics.median(run.look_up_us for run in runs):.2f} µs",
    )
    return table


def _worked() -> float:
    """Seconds of processor time, of this process and of those that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _write(path: Path) -> None:
    choose = random.Random(3)  # noqa: S311
    with path.open("w") as file:
        for start in range(0, NUMBERS, _CHUNK):
            count = min(_CHUNK, NUMBERS - start)
            file.write("".join(f"0{choose.randrange(7_100_000_000, 8_000_000_000)}\n" for _ in range(count)))


def curve() -> Table:
    """Registers of 1 to 250 million numbers, without a file behind them."""
    table = Table(title="Registers by size: one place in twelve is listed")
    for column in ("numbers", "disk, a number", "memory, a number", "while it opens", "opened", "look-up p50"):
        table.add_column(column, justify="right")
    for count in CURVE:
        with tempfile.TemporaryDirectory(prefix="garbo-bench-") as place:
            folder = RegisterFolder(Path(place))
            first, last, size = _keep(folder, count)
            runs = [measured(folder.folder, first, last) for _ in range(RUNS)]
        table.add_row(
            f"{count:,}",
            f"{size / count:.2f} B",
            f"{statistics.median(run.held for run in runs) / count:.2f} B",
            f"{statistics.median(run.most for run in runs) / 1e6:,.0f} MB",
            f"{statistics.median(run.opened_s for run in runs):.2f} s",
            f"{statistics.median(run.look_up_us for run in runs):.2f} µs",
        )
    return table


def _keep(folder: RegisterFolder, count: int) -> tuple[int, int, int]:
    """Keep a register of so many numbers; the first place, the one behind the last, and the file's size."""
    first = (44 * 10**10 // _PIECE + 1) * _PIECE
    choose = random.Random(4)  # noqa: S311
    piece = BitMap64(choose.sample(range(_PIECE), min(_PIECE // 12, count)))
    numbers, at = BitMap64(), first
    while len(numbers) < count:
        numbers |= piece.shift(at)
        at += _PIECE
    numbers.remove_range(numbers[count] if len(numbers) > count else at, at)
    now = datetime.now(UTC)
    version = RegisterVersion(
        name=_NAME,
        version=0,
        region="GB",
        coverage=(Covered(prefix="+4", as_of=now, valid_until=now + timedelta(days=28)),),
        built_at=now,
        sources=(),
        way="whole",
        dated_by="option",
        numbers=0,
        prefixes=0,
    )
    with folder.changing(_NAME):
        kept = folder.publish(version, RegisterNumbers(numbers=numbers, prefixes=frozenset()), keep=2)
    return first, at, folder.path(_NAME, kept.version).stat().st_size
