"""
`make bench`: how fast the core decides and how fast a verdict is committed, medians over several runs.

Absolute figures are those of the machine; they are printed, never asserted.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ari_app.config import load_settings
from ari_app.main import upgrade_database
from ari_app.main.books import open_database, open_directory
from ari_app.main.courtroom import open_courtroom
from ari_app.policy.numbers import read_number
from ari_app.policy.request import Ask, Door
from tests.bench import deciding, history, listing
from tests.fakes.world import campaign

RUNS = 5
DECISIONS, VERDICTS = 2_000, 400


def rate(work: Callable[[], None], times: int) -> float:
    """Calls a second, median of several runs."""

    def once() -> float:
        started = time.perf_counter()
        for _ in range(times):
            work()
        return times / (time.perf_counter() - started)

    return statistics.median(once() for _ in range(RUNS))


def void(_: object) -> None:
    """Let a value go."""


async def verdicts(folder: Path) -> list[float]:
    """Milliseconds of whole verdicts, one after the other, on SQLite with `synchronous=FULL`; sorted."""
    (folder / "garbo.toml").write_text('[database]\nurl = "sqlite:///garbo.db"\n')
    (folder / "garbo.key").write_text("ab" * 32)  # a test secret
    settings = load_settings(folder / "garbo.toml", {})
    upgrade_database(settings)
    directory = open_directory(settings)
    directory.add_principal("lumina", name="Lumina (invented)", country="IT")
    directory.add_campaign(campaign())
    database = open_database(settings)
    try:
        room = open_courtroom(settings, database)
        room.scripts.refresh()
        taken = []
        for place in range(VERDICTS):
            ask = Ask(dialled=f"333{place:07d}", door=Door.STASIS, campaign="autumn", idempotency_key=str(place))
            started = time.perf_counter()
            record = await room.judge.judge(ask)
            taken.append((time.perf_counter() - started) * 1000)
            if record.verdict != "permit":
                raise RuntimeError(f"a verdict of the benchmark is {record.verdict}: {record.reasons}")
        return sorted(taken)
    finally:
        database.close()


def histories() -> Table:
    """What a verdict's facts cost over a long history, on both engines."""
    table = Table(title=f"Facts of core and it, {history.ATTEMPTS:,} attempts (GARBO_BENCH_ATTEMPTS)")
    for column in ("engine", "made in", "a number with ten: p50", "p99", f"with {history.BUSY}: p50", "p99"):
        table.add_column(column, justify="right")
    for found in history.measure():
        each = [taken[len(taken) * part // 100] for taken in (found.few, found.many) for part in (50, 99)]
        table.add_row(found.engine, f"{found.built_s:,.0f} s", *(f"{taken:.2f} ms" for taken in each))
    return table


def main() -> None:
    """Measure and print."""
    table = Table(title=f"Medians of {RUNS} runs on this machine")
    table.add_column("what")
    table.add_column("figure", justify="right")
    deciding.rows(table)
    table.add_row("read_number", f"{rate(lambda: void(read_number('333 0000001', region='IT')), DECISIONS):,.0f} /s")
    with tempfile.TemporaryDirectory(prefix="garbo-bench-") as folder:
        taken = asyncio.run(verdicts(Path(folder)))
    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    table.add_row("a whole verdict, committed, SQLite: p50", f"{p50:.2f} ms")
    table.add_row("a whole verdict, committed, SQLite: p99", f"{p99:.2f} ms")
    console = Console(width=100)
    console.print(table)
    console.print(f"Reading facts over {history.ATTEMPTS:,} attempts: making them takes a few minutes …")
    console.print(histories())
    console.print(f"Judging a list of {listing.CONTACTS:,} contacts: making them takes a minute or two …")
    console.print(listing.table())


if __name__ == "__main__":
    main()
