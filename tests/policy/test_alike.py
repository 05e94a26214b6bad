"""Numbers that are alike are alike in everything that the rules can ask of a number."""

import ast
import random
from dataclasses import fields, replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from phonenumbers import timezone

from ari_app.policy.alike import NEVER_ASKED, alike
from ari_app.policy.case_file import Case, read_cases
from ari_app.policy.decide import decide
from ari_app.policy.facts import Facts, Known
from ari_app.policy.held import Suppression, SuppressionPurpose
from ari_app.policy.numbers import Number, countries_of, line_of, read_in_full, region_of, zones
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.pack_cases import CASES_SUFFIX
from ari_app.policy.regions import STATES, lies_in, state_of
from ari_app.policy.request import CallRequest
from ari_app.policy.verdict import Defer, Permit
from tests.fakes.world import BuiltIn
from tests.policy.test_sure_numbers import ALL, WITH_PACKS, spellings

BUILT_IN = BuiltIn()


def valid_numbers(region: str, choose: random.Random, count: int) -> list[str]:
    """E.164 of valid numbers, mostly of the region."""
    read = (read_in_full(text, region) for text in spellings(region, choose, count))
    return [each.e164 for each in read if isinstance(each, Number)]


def asked_in_full(e164: str) -> tuple[object, ...]:
    """What libphonenumber says of this very number."""
    parsed = phonenumbers.parse(e164, None)
    found = timezone.time_zones_for_number(parsed)
    return (
        phonenumbers.region_code_for_number(parsed),
        phonenumbers.number_type(parsed) in (0, 1) and phonenumbers.number_type(parsed),
        tuple(found),
    )


def told(e164: str) -> tuple[object, ...]:
    """What the policy knows of a number."""
    number = Number(e164)
    places = tuple(lies_in(number, (place,)) for place in (*WITH_PACKS, *STATES))
    return zones(number), region_of(number), countries_of(number), line_of(number), state_of(number), places


def test_alike_is_what_libphonenumber_says_alike() -> None:
    """In every country: one zone, one region, one kind of line for all that are alike."""
    choose = random.Random(11)  # noqa: S311  which numbers are tried
    said: dict[object, tuple[object, ...]] = {}
    shared = 0
    for region in (*WITH_PACKS * 8, *ALL):
        for e164 in valid_numbers(region, choose, 120):
            kind, full = alike(e164), asked_in_full(e164)
            shared += kind in said and kind.code != e164
            assert said.setdefault(kind, full) == full, (e164, kind)
    assert shared > 3_000


def test_what_the_policy_is_told_is_of_the_range() -> None:
    """Looked up for the first of a range, and for another one afresh: the same."""
    choose = random.Random(12)  # noqa: S311
    for region in (*WITH_PACKS * 3, *ALL):
        for e164 in valid_numbers(region, choose, 20):
            number, first = Number(e164), Number(alike(e164).example)
            parsed = phonenumbers.parse(e164, None)
            assert region_of(number) == (phonenumbers.region_code_for_number(parsed) or "")
            assert (line_of(number) == "mobile") == (phonenumbers.number_type(parsed) == 1)
            assert (line_of(number) == "fixed") == (phonenumbers.number_type(parsed) == 0)
            assert told(number.e164) == told(first.e164)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+393330000001", "+393471234567", True),  # mobiles of Italy
        ("+393330000001", "+390212345678", False),  # a mobile and Milan
        ("+12125550100", "+12125550199", True),  # one area code
        ("+12125550100", "+13055550100", False),  # New York, Florida
        ("+442079460000", "+447700900000", False),  # fixed and mobile
        ("+390669812345", "+390669812346", False),  # in Italy's code, of the Vatican: like no other
        ("+80012345678", "+80012345679", False),  # of no country
    ],
)
def test_ranges(one: str, other: str, same: bool) -> None:
    """Those that the packs tell apart are apart."""
    assert (alike(one) == alike(other)) is same


@pytest.mark.parametrize("text", ["", "+", "+39", "333", "+39333000000x", "+٣٩3330000001", "+999123", "+1"])
def test_other_text_is_like_nothing_else(text: str) -> None:
    """Whatever is no sure number stands for itself alone."""
    assert (alike(text).code, alike(text).line) == (text, "")


PACKS = sorted(BUILT_IN.packs)


def cases_of(pack_id: str) -> list[Case]:
    """The cases that lie beside a built-in pack."""
    text = (resources.files("ari_app") / "packs" / f"{pack_id}{CASES_SUFFIX}").read_text("utf-8")
    return list(read_cases(text, name=pack_id, packs=() if pack_id == CORE else (pack_id,)))


def said_of(case: Case, request: CallRequest, facts: Facts, packs: tuple[Pack, ...]) -> tuple[object, ...]:
    """What a list is told of a verdict, and the words that are never told differently."""
    verdict = decide(request, facts, packs, now=case.at, scripts=BUILT_IN.scripts)
    objections = () if isinstance(verdict, Permit) else verdict.objections
    return (
        type(verdict),
        [(each.code, each.rule, each.not_before) for each in (*objections, *verdict.notes)],
        verdict.not_before if isinstance(verdict, Defer) else None,
        verdict.script if isinstance(verdict, Permit) else None,
    )


@pytest.mark.parametrize("pack_id", PACKS)
def test_a_verdict_turns_on_nothing_else_of_a_number(pack_id: str) -> None:
    """Every case of every pack, judged for another number that is alike: the same verdict."""
    packs = tuple(BUILT_IN.packs[name] for name in dict.fromkeys((CORE, pack_id)))
    choose, changed = random.Random(13), 0  # noqa: S311
    for case in cases_of(pack_id):
        callee = case.request.callee
        if not isinstance(callee, Number):
            continue
        for _ in range(40):
            other = callee.e164[:-4] + f"{choose.randrange(10_000):04}"
            if other != callee.e164 and alike(other) == alike(callee.e164):
                swapped = replace(case.request, callee=Number(other), call_id="another", asked_at=case.at)
                swapped = replace(swapped, ask=replace(swapped.ask, dialled=other), idempotency_key="another")
                assert said_of(case, swapped, case.facts, packs) == said_of(case, case.request, case.facts, packs)
                changed += 1
                break
    assert changed > 5


class Asked(Exception):  # noqa: N818
    """A rule has asked for what it never asks for."""


def sealed(row: Any, field: str) -> Any:
    """The same row, but whoever reads this field fails."""

    def read(self: Any, name: str) -> Any:
        if name == field:
            raise Asked(f"{type(row).__name__}.{field}")
        return object.__getattribute__(self, name)

    kind = type(f"Sealed{type(row).__name__}", (type(row),), {"__slots__": (), "__getattribute__": read})
    made: Any = object.__new__(kind)
    for each in fields(row):
        object.__setattr__(made, each.name, getattr(row, each.name))
    return made


@pytest.mark.parametrize("pack_id", PACKS)
def test_no_rule_goes_by_what_is_never_asked(pack_id: str) -> None:
    """Every case of every pack, with these fields sealed: nobody breaks the seal, and the verdict is the same."""
    packs = tuple(BUILT_IN.packs[name] for name in dict.fromkeys((CORE, pack_id)))
    for case in cases_of(pack_id):
        facts = case.facts
        for name, field in NEVER_ASKED.items():
            fact = getattr(facts, name)
            if isinstance(fact, Known):
                many = isinstance(fact.value, tuple)
                rows = tuple(sealed(row, field) for row in (fact.value if many else (fact.value,)))
                facts = replace(facts, **{name: replace(fact, value=rows if many else rows[0])})
        assert said_of(case, case.request, facts, packs) == said_of(case, case.request, case.facts, packs)


def test_a_broken_seal_is_noticed() -> None:
    """What the test before relies on: reading the field fails."""
    row = Suppression(
        id="s",
        scope="*",
        purpose=SuppressionPurpose.ALL,
        reason="",
        source="",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    shut = sealed(row, "id")
    assert isinstance(shut, Suppression)
    assert shut.scope == "*"
    with pytest.raises(Asked):
        _ = shut.id


def test_only_these_modules_look_at_a_number_itself() -> None:
    """All others ask for what is alike: zones, country, state, line. What was dialled already is read by no rule."""
    root = Path(str(resources.files("ari_app"))) / "policy"
    reading = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("e164", "masked", "dialled")
    }
    assert reading == {"numbers.py", "regions.py", "needs.py", "reading_legs.py"}
