"""
The matrix: every fault, what is claimed of it, and how long it took to recover, as `docs/failures.md` tells it.

`make faults` runs each row `ROUNDS` times, keeps the figures in `measured.json` beside this file, and writes the page.
"""

import json
import os
import statistics
import sys
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path

MEASURED = Path(__file__).with_name("measured.json")
KEPT_AS = "GARBO_FAULTS_MEASURED"
"""Names the file of figures; without it they are only printed."""
SECTIONS = {
    "test_gate": "The gate",
    "test_overload": "Too many calls",
}
"""Modules of this package that have rows, and what they are about; each has a tuple `ROWS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault."""

    name: str
    fault: str
    """What breaks."""
    new_calls: str
    """What happens to calls that are dialled meanwhile."""
    live_calls: str
    """What happens to calls in progress."""
    recovery: str
    """From when to when the recovery is measured."""


@dataclass
class Recoveries:
    """Where the rows of one module put how long it took."""

    figures: list[str]
    rows: tuple[Row, ...]

    def took(self, name: str, recovery: timedelta | None, said: str = "") -> None:
        """A row went well; `recovery` as the row says, `said`: what else was counted. None is a fault of the row."""
        row = next(row for row in self.rows if row.name == name)
        assert recovery is not None, f"{row.name}: it never recovered"
        seconds = round(recovery.total_seconds(), 3)
        self.figures.append(f"fault {row.name}: recovered in {seconds:.2f} s {said}".rstrip())
        if os.environ.get(KEPT_AS):
            with Path(os.environ[KEPT_AS]).open("a") as file:
                file.write(json.dumps({"row": row.name, "seconds": seconds}) + "\n")


_HEAD = """\
# What breaks, and what happens then

Every row is a test in `tests/e2e/faults/`, on a real Asterisk with SIPp phones and a SIPp carrier, while twenty calls a
second are placed. For each it is seen that no number reached the carrier without a permit on record, that no number was
judged twice, that every permit has one outcome, and that the gate came back by itself. `make faults` runs each row ten
times and writes this page; `make test` runs each once.

The times are seconds on two cores on which the phones, the carrier, Asterisk, the database and the gate all ran. They
are measured from where the last column says, and are no promise for another machine.
"""


def sections() -> dict[str, tuple[Row, ...]]:
    """Every row, by the title of its section."""
    return {title: import_module(f"tests.e2e.faults.{name}").ROWS for name, title in SECTIONS.items()}


def page() -> str:
    """`docs/failures.md`, from the rows and the figures that were kept."""
    kept: dict[str, list[float]] = json.loads(MEASURED.read_text())
    parts = [_HEAD]
    for title, rows in sections().items():
        parts.append(f"\n## {title}\n")
        parts.append("| what breaks | new calls | calls in progress | runs | median s | worst s | measured |")
        parts.append("|---|---|---|--:|--:|--:|---|")
        parts += [_line(row, kept.get(row.name, [])) for row in rows]
    return "\n".join(parts) + "\n"


def _line(row: Row, took: list[float]) -> str:
    figures = (str(len(took)), f"{statistics.median(took):.2f}", f"{max(took):.2f}") if took else ("0", "–", "–")
    return "| " + " | ".join((row.fault, row.new_calls, row.live_calls, *figures, row.recovery)) + " |"


def keep(raw: Path) -> None:
    """Put the figures of a run in place of those kept; rows that were not run keep theirs."""
    kept: dict[str, list[float]] = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    new: dict[str, list[float]] = {}
    for line in raw.read_text().splitlines():
        figure = json.loads(line)
        new.setdefault(figure["row"], []).append(figure["seconds"])
    names = {row.name for rows in sections().values() for row in rows}
    merged = {name: took for name, took in {**kept, **new}.items() if name in names}
    MEASURED.write_text(json.dumps(dict(sorted(merged.items())), indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:]:
        keep(Path(sys.argv[1]))
    sys.stdout.write(page())
