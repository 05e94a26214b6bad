"""
`make bench`: how fast the core decides, a verdict is committed and lists come in; medians over several runs.

`make bench PART=NAME` runs one part alone; parts that need long say in their module how their size is set. Absolute
figures are those of the machine; they are printed, never asserted.
"""

import sys
from collections.abc import Callable, Iterable, Mapping

from rich.console import Console
from rich.table import Table

from tests.bench import core, desks, floor, history, importing, lines, listing, registers

PARTS: Mapping[str, Callable[[], Iterable[Table]]] = {
    "core": core.tables,
    "desks": desks.tables,
    "floor": floor.tables,
    "history": history.tables,
    "importing": importing.tables,
    "registers": lambda: (part() for part in (registers.from_text, registers.curve)),
    "lines": lines.tables,
    "listing": lambda: [listing.table()],
}
"""Each part by its name: what it measures, as tables that are printed as they come."""


def main(names: list[str]) -> None:
    """Measure and print these parts; none named: all."""
    if unknown := [name for name in names if name not in PARTS]:
        sys.exit(f"{unknown[0]}: parts are {', '.join(PARTS)}")
    console = Console(width=100)
    for name in names or PARTS:
        console.print(f"{name} …")
        for table in PARTS[name]():
            console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
