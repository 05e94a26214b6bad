"""
How many verdicts a second the core decides in one process, with `core` and the complete Italian pack.

Asked are the cases of the pack itself, by what comes of them: permits, denials, and deferrals to their exact instant.
Machines change their pace while one measures, so the best of the runs is printed beside the median.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources

from rich.table import Table

from ari_app.policy.case_file import Case, read_cases
from ari_app.policy.decide import decide
from ari_app.policy.pack import Pack
from ari_app.policy.scripts import Script
from tests.fakes.world import BuiltIn

RUNS = 15
AT_LEAST = 600
"""Verdicts in one run."""


def rows(table: Table) -> None:
    """Add what was measured."""
    built_in = BuiltIn()
    packs = (built_in.packs["core"], built_in.packs["it"])
    scripts = built_in.scripts
    text = (resources.files("ari_app") / "packs" / "it.cases.json").read_text("utf-8")
    cases = read_cases(text, name="it.cases.json", packs=("it",))
    table.add_row("one turn of an empty loop, to compare machines", f"{loop_ns():.0f} ns")
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[type(decided(case, packs, scripts)).__name__.lower()].append(case)
    for word, some in (("permit", groups["permit"]), ("deny", groups["deny"]), ("defer", groups["defer"])):
        table.add_row(f"decide, core and it ({rules(packs)} rules), {word}", told(rates(some, packs, scripts)))
    table.add_row(
        f"decide, core and it, all {len(cases)} cases of the pack in turn", told(rates(cases, packs, scripts))
    )


def decided(case: Case, packs: Sequence[Pack], scripts: Mapping[str, Script]) -> object:
    """The verdict on a case."""
    return decide(case.request, case.facts, packs, now=case.at, scripts=scripts)


def rules(packs: Sequence[Pack]) -> int:
    """How many they hold together."""
    return sum(len(pack.rules) for pack in packs)


def rates(cases: Sequence[Case], packs: Sequence[Pack], scripts: Mapping[str, Script]) -> list[float]:
    """Verdicts a second, run by run."""
    turns = -(-AT_LEAST // len(cases))
    found = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for _ in range(turns):
            for case in cases:
                decide(case.request, case.facts, packs, now=case.at, scripts=scripts)
        found.append(turns * len(cases) / (time.perf_counter() - started))
    return found


def told(found: Sequence[float]) -> str:
    """Median and best."""
    return f"{statistics.median(found):,.0f} /s (best {max(found):,.0f})"


def loop_ns() -> float:
    """Nanoseconds of one turn, the best of several runs."""

    def once() -> float:
        started = time.perf_counter()
        for _ in range(200_000):
            pass
        return (time.perf_counter() - started) / 200_000 * 1e9

    return min(once() for _ in range(RUNS))
