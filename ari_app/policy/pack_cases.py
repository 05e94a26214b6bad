"""
The cases of a pack, judged: does each come out as it says, and is each rule shown where it objects and where it yields.

Judged with `core` beside the pack, and with all optional rules and grounds of the pack on unless a case says which.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ari_app.policy.case_file import Case, read_cases
from ari_app.policy.decide import decide
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.record import iso
from ari_app.policy.rule_codes import codes_of
from ari_app.policy.verdict import Defer, Permit, Verdict

CASES_SUFFIX = ".cases.json"
"""`it.toml` has its cases in `it.cases.json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """How one case came out."""

    says: str
    verdict: str
    reasons: tuple[str, ...]
    not_before: datetime | None
    problems: tuple[str, ...]
    """What is not as the case says; empty: all is."""
    alone: str = ""
    boundary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """How all cases of a pack came out."""

    pack: str
    results: tuple[CaseResult, ...]
    gaps: tuple[str, ...]
    """Rules and reasons that no case shows."""

    @property
    def passed(self) -> bool:
        """Every case is as it says, and nothing is left unshown."""
        return not self.gaps and not any(result.problems for result in self.results)


def run_cases(text: str, *, name: str, pack: Pack, core: Pack) -> CaseReport:
    """
    Judge the cases of `pack`; `text` is its case file, `name` that file's name.

    Raises CaseError: the file cannot be read.
    """
    cases = cases_of(text, name=name, pack=pack)
    results = tuple(case_result(case, pack=pack, core=core) for case in cases)
    return CaseReport(pack=pack.id, results=results, gaps=tuple(_gaps(pack, cases, results)))


def cases_of(text: str, *, name: str, pack: Pack) -> tuple[Case, ...]:
    """The cases in `text`, for campaigns that name `pack`. Raises CaseError."""
    return read_cases(text, name=name, packs=() if pack.id == CORE else (pack.id,))


def case_verdict(case: Case, *, pack: Pack, core: Pack, without: Collection[str] = ()) -> Verdict:
    """The verdict on a case; `without` leaves more rules (`pack/rule`) out than the case does."""
    left_out = case.without | frozenset(without)
    bound = [_as_asked(each, case, left_out, of_case=each.id == pack.id) for each in _packs(pack, core)]
    return decide(case.request, case.facts, bound, now=case.at)


def case_result(case: Case, *, pack: Pack, core: Pack, without: Collection[str] = ()) -> CaseResult:
    """How a case comes out; one that passes `without` a rule does not show that rule."""
    verdict = case_verdict(case, pack=pack, core=core, without=without)
    problems = (*_unheard(case, _packs(pack, core), pack), *_differences(case, verdict), *_marks(case, verdict, pack))
    return CaseResult(
        says=case.says,
        verdict=_word(verdict),
        reasons=_reasons(verdict),
        not_before=verdict.not_before if isinstance(verdict, Defer) else None,
        problems=problems,
        alone=case.alone,
        boundary=case.boundary,
    )


def _packs(pack: Pack, core: Pack) -> tuple[Pack, ...]:
    return (core,) if pack.id == CORE else (core, pack)


def _as_asked(pack: Pack, case: Case, left_out: frozenset[str], *, of_case: bool) -> Pack:
    """The pack with the optional entries on that the case asks for, and without the rules that are left out."""

    def is_on(entry_id: str, *, optional: bool) -> bool:
        return not optional or (of_case and (case.switched_on is None or _is_named(entry_id, pack, case.switched_on)))

    return replace(
        pack,
        rules=tuple(
            replace(rule, switched_on=is_on(rule.id, optional=rule.optional))
            for rule in pack.rules
            if f"{pack.id}/{rule.id}" not in left_out
        ),
        grounds=tuple(
            replace(ground, switched_on=is_on(ground.id, optional=ground.optional)) for ground in pack.grounds
        ),
    )


def _is_named(entry_id: str, pack: Pack, names: frozenset[str]) -> bool:
    return entry_id in names or f"{pack.id}/{entry_id}" in names


def _unheard(case: Case, packs: Iterable[Pack], pack: Pack) -> list[str]:
    """Names in a case that nothing goes by."""
    rules = {rule.id for rule in pack.rules}
    full = {f"{each.id}/{rule.id}" for each in packs for rule in each.rules}
    optional = {rule.id for rule in pack.rules if rule.optional}
    optional |= {ground.id for ground in pack.grounds if ground.optional}
    optional |= {f"{pack.id}/{entry_id}" for entry_id in optional}
    switched_on = sorted((case.switched_on or set()) - optional)
    return [
        *(f"alone: {pack.id} has no rule {case.alone!r}" for _ in range(bool(case.alone) and case.alone not in rules)),
        *(f"boundary: {pack.id} has no rule {rule!r}" for rule in case.boundary if rule not in rules),
        *(f"without: there is no rule {rule!r}; write pack/rule" for rule in sorted(case.without - full)),
        *(f"switched_on: {pack.id} has no optional {name!r}" for name in switched_on),
    ]


def _differences(case: Case, verdict: Verdict) -> list[str]:
    expected, problems = case.expected, []
    if _word(verdict) != expected.verdict:
        problems.append(f"expected {expected.verdict}, got {_word(verdict)}")
    if sorted(_reasons(verdict)) != sorted(expected.reasons):
        problems.append(f"expected the reasons {_listed(expected.reasons)}, got {_listed(_reasons(verdict))}")
    if expected.not_before is not None:
        got = verdict.not_before if isinstance(verdict, Defer) else None
        if got != expected.not_before:
            problems.append(f"expected not_before {iso(expected.not_before)}, got {iso(got)}")
    lifted = {run.rule: run.detail.partition(" (")[0] for run in verdict.trace if run.said == "lifted"}
    for rule, ground in expected.lifted.items():
        if lifted.get(rule) != ground:
            problems.append(f"expected {rule} to be lifted by {ground}, it was by {lifted.get(rule, 'nothing')}")
    if expected.redeems is not None:
        got_permit = verdict.redeems if isinstance(verdict, Permit) else ""
        if got_permit != expected.redeems:
            problems.append(f"expected the one-off permit {expected.redeems!r} to be used up, got {got_permit!r}")
    return problems + _duty_differences(case, verdict)


def _duty_differences(case: Case, verdict: Verdict) -> list[str]:
    if not case.expected.duties:
        return []
    if not isinstance(verdict, Permit):
        return ["expected duties, but only a permit has any"]
    owed: dict[str, Any] = {"caller_id": verdict.duties.caller_id, **verdict.duties.document()}
    return [
        f"expected the duty {key} = {value!r}, got {owed.get(key, 'no such duty')!r}"
        for key, value in case.expected.duties.items()
        if key not in owed or owed[key] != value
    ]


def _marks(case: Case, verdict: Verdict, pack: Pack) -> list[str]:
    """Whether a case shows the rules that it is marked with."""
    problems = []
    if case.alone:
        others = sorted({reason.split(" ")[0] for reason in _reasons(verdict)} - {f"{pack.id}/{case.alone}"})
        if others or isinstance(verdict, Permit):
            problems.append(f"marked alone for {case.alone}, but {_listed(others)} object" if others else "it is no no")
    said = {run.rule: run for run in verdict.trace}
    for rule in case.boundary:
        run = said.get(f"{pack.id}/{rule}")
        if not isinstance(verdict, Permit):
            problems.append(f"marked as the boundary of {rule}, but it is no permit")
        elif run is not None and run.said not in ("passed", "lifted"):
            problems.append(f"marked as the boundary of {rule}, which said {run.said} ({run.detail})")
    return problems


def _gaps(pack: Pack, cases: Iterable[Case], results: Iterable[CaseResult]) -> Iterable[str]:
    cases = tuple(cases)
    alone = {case.alone for case in cases}
    boundary = {rule for case in cases for rule in case.boundary}
    given = {reason for result in results for reason in result.reasons}
    codes = {code for reason in given for rule, _, code in [reason.partition(" ")] if rule.startswith(f"{pack.id}/")}
    for rule in pack.rules:
        if rule.id not in alone:
            yield f'rule {rule.id}: no case in which it alone objects ("alone": "{rule.id}")'
        if rule.id not in boundary:
            yield f'rule {rule.id}: no case that is permitted at its very edge ("boundary": "{rule.id}")'
        for code in codes_of(rule.kind):
            if code not in codes:
                yield f"rule {rule.id}: no case in which a rule of the pack objects with {code}"


def _word(verdict: Verdict) -> str:
    return type(verdict).__name__.lower()


def _reasons(verdict: Verdict) -> tuple[str, ...]:
    objections = () if isinstance(verdict, Permit) else verdict.objections
    return tuple(f"{objection.rule} {objection.code}" for objection in objections)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"
