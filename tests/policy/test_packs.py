"""The packs that are shipped: what their cases say comes out, and no rule is there that no case would miss."""

import re
from pathlib import Path

import pytest

from ari_app.policy.pack import Pack, Rule
from ari_app.policy.pack_cases import CASES_SUFFIX, case_result, case_verdict, cases_of, run_cases
from ari_app.policy.pack_lint import lint_pack
from ari_app.policy.pack_page import rules_page
from tests.policy.examples import CORE, HOME, shipped_pack

FOLDER = HOME / "packs"
PAGE = HOME.parent / "docs" / "rules.md"
COUNTRIES = sorted(file.stem for file in FOLDER.glob("*.toml") if file.stem not in ("core", "house"))
PACKS = {pack_id: shipped_pack(pack_id) for pack_id in ("core", *COUNTRIES, "house")}
RULES = [pytest.param(pack, rule, id=f"{pack.id}/{rule.id}") for pack in PACKS.values() for rule in pack.rules]


def cases_file(pack: Pack) -> Path:
    """Where the cases of a shipped pack lie."""
    return FOLDER / f"{pack.id}{CASES_SUFFIX}"


CASES = {
    pack.id: cases_of(cases_file(pack).read_text(encoding="utf-8"), name=cases_file(pack).name, pack=pack)
    for pack in PACKS.values()
}


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_every_case_comes_out_as_it_says_and_every_rule_has_its_cases(pack: Pack) -> None:
    """One in which it alone objects, one at its very edge, and every reason it can give."""
    file = cases_file(pack)
    report = run_cases(file.read_text(encoding="utf-8"), name=file.name, pack=pack, core=CORE)
    wrong = {result.says: result.problems for result in report.results if result.problems}
    assert (wrong, report.gaps) == ({}, ())
    assert report.passed


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_without_a_rule_its_own_cases_fail(pack: Pack, rule: Rule) -> None:
    """Each case in which it alone objects would be permitted if nobody had written it, but for what is no number."""
    alone = [case for case in CASES[pack.id] if case.alone == rule.id]
    assert alone
    for case in alone:
        result = case_result(case, pack=pack, core=CORE, without=[f"{pack.id}/{rule.id}"])
        assert result.problems, case.says
        assert not result.reasons or result.reasons == ("gate/number_invalid number_invalid",), case.says


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_nothing_is_left_unfilled_in_what_is_said(pack: Pack) -> None:
    """Neither in Italian nor in English does a placeholder remain in any case."""
    for case in CASES[pack.id]:
        verdict = case_verdict(case, pack=pack, core=CORE)
        for objection in getattr(verdict, "objections", ()):
            for language in ("it", "en"):
                assert not re.search(r"[{}]", objection.text[language]), (case.says, objection.text[language])


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_a_shipped_pack_is_clean_and_a_draft(pack: Pack) -> None:
    """`garbo packs lint` has nothing against it, and nobody claims that a lawyer has read it."""
    file = FOLDER / f"{pack.id}.toml"
    found = lint_pack(file.read_text(encoding="utf-8"), name=file.name, stem=file.stem)
    assert (found.mistakes, found.warnings) == ((), ())
    assert pack.status == "draft"


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_a_law_has_its_source(pack: Pack, rule: Rule) -> None:
    """Only the house's own rules, and open points, may rest on nothing that was found."""
    assert rule.source.cite
    if rule.force not in ("house", "best_practice") and not rule.optional:
        assert rule.source.evidence != "?"


def test_the_page_of_rules_is_not_stale() -> None:
    """`make rules` has been run since the packs were changed."""
    assert PAGE.read_text(encoding="utf-8") == rules_page(PACKS.values())
