"""What a long load does to processes: figures every so often, how they grow, and a picture of them."""

import json
import os
import statistics
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.e2e.desk_load import quantile

_KB, _MB = 1024, 1024 * 1024
Lines: TypeAlias = "dict[str, list[tuple[float, float]]]"
"""Points by the name of what they show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process at one instant."""

    rss: int
    """Bytes in memory."""
    uss: int
    """Of these, those that are nobody else's."""
    files: int
    sockets: int
    threads: int

    @classmethod
    def seen(cls, pid: int) -> "Process":
        """As the kernel tells."""
        proc = Path(f"/proc/{pid}")
        memory: dict[str, int] = {}
        for line in (proc / "smaps_rollup").read_text().splitlines()[1:]:
            name, kilobytes, *_ = line.split()
            memory[name] = int(kilobytes) * _KB
        held = [_target(link) for link in (proc / "fd").iterdir()]
        return cls(
            rss=memory["Rss:"],
            uss=memory["Private_Clean:"] + memory["Private_Dirty:"],
            files=len(held),
            sockets=sum(target.startswith("socket:") for target in held),
            threads=len(list((proc / "task").iterdir())),
        )


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except FileNotFoundError:  # closed since it was listed
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Everything at one instant."""

    at_s: float
    """Since the load began."""
    gate: Process
    watch: Process
    tasks: int
    calls: int
    pages: int
    log_bytes: int
    """Of SQLite's write-ahead log."""
    database_bytes: int
    verdicts_ms: tuple[float, ...]
    """What verdicts took since the sample before, ascending."""


@dataclass
class Sampler:
    """Takes samples of a gate and a watch."""

    gate: int
    watch: int
    metrics_url: str
    log: Path
    database: Path
    _read: int = field(default=0)

    def sample(self, at_s: float) -> Sample:
        """As things are now."""
        told = self.metrics()
        write_ahead = self.database.with_name(self.database.name + "-wal")
        return Sample(
            at_s=at_s,
            gate=Process.seen(self.gate),
            watch=Process.seen(self.watch),
            tasks=int(told["garbo_tasks"]),
            calls=int(told["garbo_calls"]),
            pages=int(sum(value for name, value in told.items() if name.startswith("garbo_pages_connected"))),
            log_bytes=write_ahead.stat().st_size if write_ahead.exists() else 0,
            database_bytes=self.database.stat().st_size,
            verdicts_ms=self._verdicts(),
        )

    def metrics(self) -> dict[str, float]:
        """The gate's own figures, by name and labels."""
        with urllib.request.urlopen(self.metrics_url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def _verdicts(self) -> tuple[float, ...]:
        with self.log.open("rb") as log:
            log.seek(self._read)
            whole, newline, _ = log.read().rpartition(b"\n")
        self._read += len(whole) + len(newline)
        events = (json.loads(line) for line in whole.splitlines() if line.startswith(b"{"))
        return tuple(sorted(float(event["ms"]) for event in events if event["event"] == "call.permitted"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How a figure grew over the samples, by its regression line: what swings does not grow."""

    name: str
    mean: float
    grown: float
    allowed: float

    @property
    def is_flat(self) -> bool:
        """Whether it grew no more than is allowed."""
        return self.grown <= self.allowed


def growths(samples: Sequence[Sample], *, rate: float) -> list[Growth]:
    """
    Every figure that must be flat.

    A leak is so much a call. The smallest thing that one call could leave is an entry of a dictionary and its key, some
    200 bytes; a task is over a thousand. So memory may grow by 100 bytes a call, and by 2 MB whatever the time: that
    is what the allocator and SQLite's page caches still take after the warm-up. Files, sockets, threads and tasks are
    whole things: one a call, or one in a hundred calls, passes the few that come and go with the calls of the moment.
    """
    calls = (samples[-1].at_s - samples[0].at_s) * rate
    memory = 2 * _MB + 100 * calls
    wanted: tuple[tuple[str, Callable[[Sample], float], float], ...] = (
        ("gate rss", lambda sample: sample.gate.rss, memory),
        ("gate uss", lambda sample: sample.gate.uss, memory),
        ("gate files", lambda sample: sample.gate.files, 4),
        ("gate sockets", lambda sample: sample.gate.sockets, 4),
        ("gate threads", lambda sample: sample.gate.threads, 4),
        ("gate tasks", lambda sample: sample.tasks, 10),
        ("gate calls", lambda sample: sample.calls, 10),
        ("pages", lambda sample: sample.pages, 0),
        ("watch rss", lambda sample: sample.watch.rss, memory),
        ("watch uss", lambda sample: sample.watch.uss, memory),
        ("watch files", lambda sample: sample.watch.files, 4),
        ("watch threads", lambda sample: sample.watch.threads, 2),
    )
    return [_growth(name, [(each.at_s, of(each)) for each in samples], allowed) for name, of, allowed in wanted]


def _growth(name: str, points: Sequence[tuple[float, float]], allowed: float) -> Growth:
    at, values = zip(*points, strict=True)
    slope = statistics.linear_regression(at, values).slope
    return Growth(name=name, mean=statistics.fmean(values), grown=slope * (at[-1] - at[0]), allowed=allowed)


def told(growth: Growth) -> str:
    """In words."""
    if growth.allowed < _KB:
        return f"{growth.name} {growth.mean:.1f} ({growth.grown:+.1f})"
    return f"{growth.name} {growth.mean / _MB:.1f} MB ({growth.grown / _MB:+.2f})"


def lines(samples: Sequence[Sample]) -> tuple[Lines, Lines]:
    """Memory in megabytes, and what verdicts took in milliseconds, each by minutes."""
    memory = {
        "gate, MB": [(each.at_s / 60, each.gate.rss / _MB) for each in samples],
        "watch, MB": [(each.at_s / 60, each.watch.rss / _MB) for each in samples],
    }
    judged = [each for each in samples if each.verdicts_ms]
    taken = {
        f"p{share:.0%}, ms".replace("%", ""): [(each.at_s / 60, quantile(each.verdicts_ms, share)) for each in judged]
        for share in (0.99, 0.5)
    }
    return memory, taken
