"""
`make fuzz`: each door fed with 100,000 inputs, a crash, a leak or a permit that no rule gave ends it with status 1.

`make fuzz DOOR=strings INPUTS=1000 SEED=7` feeds one door; the seed of a run is printed and makes the same run again.
"""

import argparse
import asyncio
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.fuzz.feeding import DOORS, Fed, feed_all

_INPUTS = 100_000


def main() -> int:
    """Feed the doors that were asked for."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--door", default="", choices=["", *DOORS], help="one door; default: all")
    parser.add_argument("--inputs", type=int, default=_INPUTS)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    console = Console(width=110)
    wrong = 0
    for name in [given.door] if given.door else DOORS:
        fed = _one(console, name, inputs=given.inputs, seed=given.seed)
        console.print(fed.line())
        wrong += bool(fed.faults)
    return 1 if wrong else 0


def _one(console: Console, name: str, *, inputs: int, seed: int) -> Fed:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{name}, seed {seed}", total=inputs)
        return asyncio.run(feed_all(name, inputs=inputs, seed=seed, after=lambda: progress.advance(task)))


if __name__ == "__main__":
    sys.exit(main())
