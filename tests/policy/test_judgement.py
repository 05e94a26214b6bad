"""What a rule's judgement tells: what it found and by what law, what lifted it, and what broke."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ari_app.policy.decide import decide
from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Facts, Unknown
from ari_app.policy.held import Consent, ConsentForm, Flag
from ari_app.policy.phrases import GATE_TEXTS
from ari_app.policy.request import CallRequest
from ari_app.policy.verdict import Defer, Deny, Objection, Permit, RuleRun, Verdict
from tests.policy.examples import MONDAY_10, call, facts, pack, rule

MINOR, DISPUTE = (Flag(kind=kind, value="", since=MONDAY_10) for kind in (FlagKind.MINOR, FlagKind.DISPUTE))
PROTECTED = 'flags = ["minor", "dispute"]'
GROUNDS = """\
[[ground]]
id = "promised"
kind = "callback_due"
params = { late = "PT1H" }
[[ground]]
id = "agreed"
kind = "consent"
[[ground]]
id = "waits"
kind = "operator_on_the_line"
"""
YES = Consent(
    id="c1", purpose="marketing", form=ConsentForm.EXPRESS, given_at=MONDAY_10, text_version="1", evidence="form 12"
)
WAITING = replace(call(), ask=replace(call().ask, attended=True))


def judged(kind: str, params: str, held: Facts, request: CallRequest | None = None, unless: str = "") -> Verdict:
    """The verdict where there is one rule."""
    grounds = f"unless = [{unless}]" if unless else ""
    house = pack(rule("r", kind, params, grounds) + GROUNDS)
    return decide(request or call(), held, (house,), now=MONDAY_10)


def told(verdict: Verdict) -> RuleRun:
    """The rule's own line of the trace."""
    return next(run for run in verdict.trace if run.rule == "house/r")


def objections(verdict: Verdict) -> list[Objection]:
    """The rule's own."""
    assert not isinstance(verdict, Permit)
    return [objection for objection in verdict.objections if objection.rule == "house/r"]


def test_an_objection_tells_its_force_and_source_and_the_trace_every_code() -> None:
    """As the pack has them."""
    verdict = judged("flags_respected", PROTECTED, facts(flags=(MINOR, DISPUTE)))
    assert [(each.code, each.force, each.source) for each in objections(verdict)] == [
        ("person_protected", "house", "test"),
        ("complaint_open", "house", "test"),
    ]
    assert (told(verdict).said, told(verdict).detail) == ("objected", "person_protected, complaint_open")


def test_a_lifted_rule_tells_the_ground_and_what_shows_it() -> None:
    """Where anything does."""
    held = facts(flags=(MINOR,), consents=(YES,))
    agreed = judged("flags_respected", PROTECTED, held, unless='"agreed"')
    assert isinstance(agreed, Permit)
    assert (told(agreed).said, told(agreed).detail) == ("lifted", "agreed (c1)")
    waits = judged("flags_respected", PROTECTED, held, WAITING, unless='"waits"')
    assert (told(waits).said, told(waits).detail) == ("lifted", "waits")


@pytest.mark.parametrize(
    "held",
    [
        replace(facts(flags=(MINOR,)), callbacks=Unknown("book", "gone")),
        facts(flags=(MINOR,), consents=(replace(YES, given_at=datetime(2026, 11, 1)),)),  # noqa: DTZ001  breaks it
        facts(flags=(MINOR,)),
    ],
)
def test_a_ground_that_cannot_say_is_not_in_the_way_of_another(held: Facts) -> None:
    """Unknown, failing or not given: the next one lifts the rule."""
    verdict = judged("flags_respected", PROTECTED, held, WAITING, unless='"promised", "agreed", "waits"')
    assert isinstance(verdict, Permit)
    assert told(verdict).detail == "waits"


def test_what_broke_is_told_in_the_gates_words_with_the_rules_source() -> None:
    """Nobody can say what the rule would have found; the trace keeps the error."""
    verdict = judged("wanted_hours", "", facts(flags=(Flag(kind=FlagKind.HOURS, value="late", since=MONDAY_10),)))
    (objection,) = objections(verdict)
    assert (objection.code, objection.force, objection.source) == ("rule_error", "house", "test")
    assert objection.text["en"] != "No."
    assert told(verdict).said == "error"
    assert told(verdict).detail.startswith("ValueError: 'late'")


def test_what_is_unknown_is_told_in_the_gates_words_with_the_rules_source() -> None:
    """And by whom it is not known, and why."""
    verdict = judged("flags_respected", PROTECTED, replace(facts(), flags=Unknown("book", "gone")))
    found = objections(verdict)
    assert [(each.code, each.source) for each in found] == [("facts_unavailable", "test")]
    assert found[0].text["en"] != "No."
    assert (told(verdict).said, told(verdict).detail) == ("unknown", "book: gone")


def test_the_first_free_instant_is_in_utc() -> None:
    """Wherever the gate's own clock is."""
    verdict = judged("calling_window", 'windows = { mon_sun = ["18:00-20:00"] }', facts())
    assert isinstance(verdict, Defer)
    assert verdict.not_before == MONDAY_10 + timedelta(hours=8)
    assert verdict.not_before.tzinfo is UTC
    assert [each.not_before.tzinfo for each in objections(verdict) if each.not_before] == [UTC]


def test_a_fact_that_is_read_must_be_known_whether_or_not_it_would_matter() -> None:
    """With an operator on the line nobody counts silent calls, but that they are not known denies."""
    blind = replace(facts(), silent_calls=Unknown("book", "gone"))
    verdict = judged("abandoned_rate_ceiling", 'max_ratio = 0.03\ndenominator = "answered"', blind, WAITING)
    assert [each.code for each in objections(verdict)] == ["facts_unavailable"]


def test_where_nothing_binds_the_denial_says_so() -> None:
    """In the gate's own words."""
    verdict = decide(call(), facts(), (), now=MONDAY_10)
    assert isinstance(verdict, Deny)
    (objection,) = verdict.objections
    assert (objection.code, objection.rule) == ("rule_error", "gate/no_rules")
    assert objection.text["en"] == GATE_TEXTS["no_rules"]["en"]


def test_a_rule_that_has_no_say_is_not_told_as_passed() -> None:
    """Also where it could have found nothing anyway: the trace tells a rule that was asked from one that was not."""
    for when, said in (('when = { line = "fixed" }', "not_applicable"), ('when = { line = "mobile" }', "passed")):
        verdict = decide(call(), facts(), (pack(rule("r", "flags_respected", PROTECTED, when)),), now=MONDAY_10)
        assert [run.said for run in verdict.trace] == [said]
