"""
What is wrong with a pack file beyond its form: what is said twice, stops every call for ever, or lifts nothing.

`grammar` refuses what cannot be judged; here is what can be, and cannot be meant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from ari_app.policy.grammar import PackError, parse_pack
from ari_app.policy.pack import Pack, Rule
from ari_app.policy.rules.calling_window import CallingWindowKept
from ari_app.policy.source_text import Mistake, SourceText, read_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found in a pack file."""

    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...] = ()


def lint_pack(text: str, *, name: str, stem: str) -> Findings:
    """
    Every mistake, in the order of the lines; `stem` is the file's name without folder and ending.

    Warnings are of what may be meant: a pack that is not called like its file is found by no campaign.
    """
    try:
        pack = parse_pack(text, name=name)
    except PackError as error:
        return Findings(mistakes=error.mistakes)
    source = read_source(text, name=name, error_type=PackError)
    mistakes = (*_closed_for_ever(pack, source), *_said_twice(pack, source), *_grounds_unheard(pack, source))
    warnings: tuple[Mistake, ...] = ()
    if pack.id != stem:
        what = f"campaigns find a pack by its file: call the file {pack.id}.toml, or the pack {stem}"
        warnings = (source.mistake(("id",), what),)
    return Findings(mistakes=tuple(sorted(mistakes, key=lambda found: found.line)), warnings=warnings)


def _closed_for_ever(pack: Pack, source: SourceText) -> Iterator[Mistake]:
    for place, rule in enumerate(pack.rules):
        if isinstance(rule.kind, CallingWindowKept) and not any(rule.kind.windows.values()):
            what = "never opens, so no call of such a campaign could ever go out; give at least one day hours"
            yield source.mistake(("rule", place, "params", "windows"), what)


def _said_twice(pack: Pack, source: SourceText) -> Iterator[Mistake]:
    for (_, first), (place, second) in combinations(enumerate(pack.rules), 2):
        alike = first.kind == second.kind and first.when == second.when
        if alike and type(first.kind) is type(second.kind) and _overlap(first, second):
            what = f"{second.id} says what {first.id} says already: the same kind, when and params at the same time"
            yield source.mistake(("rule", place), what)


def _overlap(first: Rule, second: Rule) -> bool:
    starts = max(first.effective_from or date.min, second.effective_from or date.min)
    ends = min(first.effective_to or date.max, second.effective_to or date.max)
    return starts <= ends


def _grounds_unheard(pack: Pack, source: SourceText) -> Iterator[Mistake]:
    named = {ground for rule in pack.rules for ground in rule.unless}
    for place, ground in enumerate(pack.grounds):
        if ground.id not in named:
            yield source.mistake(("ground", place), f"no rule names {ground.id!r} in unless, so it lifts nothing")
