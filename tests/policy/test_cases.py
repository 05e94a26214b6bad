"""Cases as data: facts in, verdict and reasons out, with the packs as they are shipped."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ari_app.policy.decide import decide
from ari_app.policy.facts import Facts
from ari_app.policy.held import CustomerStatus, SuppressionPurpose
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import iso
from ari_app.policy.request import Mode, Purpose
from ari_app.policy.verdict import Defer, Objection, Permit, Verdict
from tests.policy.examples import CORE, COURTESY, IT, MOBILE, attempt, call, campaign, facts, suppression

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['says']}")
    for path in sorted((Path(__file__).parent / "cases").glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
]


def facts_of(case: dict[str, Any]) -> Facts:
    """The facts a case describes; what it leaves out is known to be nothing."""
    if case.get("unknown"):
        return Facts.unknown("database", "no answer")
    return facts(
        suppressions=[
            suppression(entry["scope"], SuppressionPurpose(entry.get("purpose", "marketing")))
            for entry in case.get("suppressions", ())
        ],
        status=CustomerStatus(case.get("status", "none")),
        attempts=[
            attempt(datetime.fromisoformat(entry["at"]), Outcome(entry["outcome"]))
            for entry in case.get("attempts", ())
        ],
    )


def named(objections: tuple[Objection, ...]) -> list[str]:
    """Rule and code of each."""
    return [f"{objection.rule} {objection.code}" for objection in objections]


def outline(verdict: Verdict) -> dict[str, Any]:
    """A verdict in the words of the cases."""
    told: dict[str, Any] = {"verdict": type(verdict).__name__.lower()}
    if isinstance(verdict, Permit):
        told["script"] = verdict.script.variant if verdict.script else None
    else:
        told["reasons"] = named(verdict.objections)
    if isinstance(verdict, Defer):
        told["not_before"] = iso(verdict.not_before)
    return told | ({"notes": named(verdict.notes)} if verdict.notes else {})


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    """The verdict and its reasons are exactly those of the case."""
    packs = [pack for pack in (CORE, IT) if pack.id in case.get("packs", ("core", "it"))]
    calling = campaign(
        purpose=Purpose(case.get("purpose", "acquisition")),
        packs=tuple(pack.id for pack in packs if pack.id != "core"),
        packs_mode=Mode(case.get("mode", "enforce")),
    )
    verdict = decide(
        call(case.get("number", MOBILE), campaign=calling),
        facts_of(case),
        packs,
        now=datetime.fromisoformat(case["at"]),
        scripts={"courtesy": COURTESY},
    )
    assert outline(verdict) == case["expect"]
