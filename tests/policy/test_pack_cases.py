"""The runner of a pack's cases: what it reads, what it refuses, and what it finds wanting."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from ari_app.policy.attempts import Attempt
from ari_app.policy.case_file import read_cases
from ari_app.policy.case_values import CaseError
from ari_app.policy.facts import Known, Unknown
from ari_app.policy.grammar import parse_pack
from ari_app.policy.pack import Pack
from ari_app.policy.pack_cases import CaseReport, run_cases
from ari_app.policy.rule_codes import CODES, codes_of
from ari_app.policy.rules import RULE_KINDS
from tests.policy.examples import CORE, HOME, pack, rule

AT = "2026-11-23T10:00:00+01:00"
BASE = {
    "number": "+393331234567",
    "at": AT,
    "campaign": {"purpose": "acquisition", "sector": "telecom", "region": "IT", "caller_id": "+390212345678"},
    "operator": {"language": "it"},
}
HOURS = pack(
    rule("hours", "calling_window", 'windows = { mon_fri = ["09:00-20:00"], sat_sun = [] }')
    + rule("once", "frequency_cap", 'max_n = 1\nperiod = "P60D"', "optional = true")
)
SUNDAY = {"says": "Sunday", "at": "-P1D", "alone": "hours", "expect": {"verdict": "defer", "reasons": []}}


def file(*cases: dict[str, Any], base: Any = BASE) -> str:
    """A case file."""
    return json.dumps({"base": base, "cases": list(cases)}, indent=1)


def report(*cases: dict[str, Any], of: Pack = HOURS) -> CaseReport:
    """How the cases come out."""
    return run_cases(file(*cases), name="house.cases.json", pack=of, core=CORE)


def problems(case: dict[str, Any], of: Pack = HOURS) -> str:
    """What is wrong with one case."""
    return "; ".join(report(case, of=of).results[1].problems)


def mistakes(text: str) -> str:
    """What is wrong with a file."""
    with pytest.raises(CaseError) as caught:
        read_cases(text, name="house.cases.json", packs=("house",))
    return str(caught.value)


def permit(**over: Any) -> dict[str, Any]:
    """A case that is to be permitted."""
    return {"says": "a case", "expect": {"verdict": "permit"}, **over}


def test_a_whole_file_passes() -> None:
    """Each rule alone and at its edge, each reason given: nothing is missing."""
    done = report(
        {
            **SUNDAY,
            "expect": {
                "verdict": "defer",
                "reasons": ["house/hours outside_calling_window"],
                "not_before": "2026-11-23T09:00:00+01:00",
            },
        },
        {"says": "nine", "at": "-PT1H", "boundary": "hours", "expect": {"verdict": "permit"}},
        {
            "says": "again",
            "facts": {"attempts": [{"at": "-P39D", "outcome": "busy"}]},
            "alone": "once",
            "expect": {"verdict": "defer", "reasons": ["house/once attempts_exhausted"], "not_before": "+P21D"},
        },
        permit(says="long ago", boundary=["once"], facts={"attempts": [{"at": "-P60D", "outcome": "busy"}]}),
    )
    assert (done.passed, done.gaps) == (True, ())
    assert [result.says for result in done.results] == ["base", "Sunday", "nine", "again", "long ago"]


def test_what_no_case_shows_is_told_by_name() -> None:
    """Rules without a case of either kind, and reasons that never come up."""
    done = report()
    assert not done.passed
    assert [gap.partition(":")[0] for gap in done.gaps] == ["rule hours"] * 3 + ["rule once"] * 3
    assert '"alone": "hours"' in done.gaps[0]
    assert '"boundary": "hours"' in done.gaps[1]
    assert "outside_calling_window" in done.gaps[2]


def test_a_base_that_is_not_permitted_is_a_failure() -> None:
    """Every other case differs from it in what it says, and in nothing else."""
    text = file(base={**BASE, "at": "2026-11-22T10:00:00+01:00"})
    done = run_cases(text, name="house.cases.json", pack=HOURS, core=CORE)
    assert done.results[0].says == "base"
    assert "expected permit, got defer" in done.results[0].problems


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"expect": {"verdict": "deny"}}, "expected deny, got permit"),
        ({"expect": {"verdict": "permit", "reasons": ["house/hours holiday"]}}, "got none"),
        ({"expect": {"verdict": "permit", "not_before": "+P1D"}}, "expected not_before 2026-11-24T09:00:00.000Z"),
        ({"expect": {"verdict": "permit", "lifted": {"house/hours": "x"}}}, "lifted by x, it was by nothing"),
        ({"expect": {"verdict": "permit", "redeems": "p1"}}, "permit 'p1' to be used up, got ''"),
        ({"expect": {"verdict": "permit", "duties": {"then": "hang_up"}}}, "then = 'hang_up', got None"),
        ({"expect": {"verdict": "permit", "duties": {"thn": 1}}}, "no such duty"),
        ({**SUNDAY, "expect": {"verdict": "defer", "duties": {"then": None}}}, "only a permit has any"),
        ({"alone": "hours"}, "no no"),
        ({"alone": "hour"}, "house has no rule 'hour'"),
        ({"boundary": "hour"}, "house has no rule 'hour'"),
        ({"boundary": "once", "switched_on": []}, "boundary of once, which said not_applicable"),
        ({**SUNDAY, "alone": "once"}, "marked alone for once, but house/hours object"),
        ({"at": "-P1D", "boundary": "hours"}, "boundary of hours, but it is no permit"),
        ({"without": ["hours"]}, "there is no rule 'hours'; write pack/rule"),
        ({"switched_on": ["hours"]}, "house has no optional 'hours'"),
    ],
)
def test_what_is_not_as_a_case_says_is_told(case: dict[str, Any], said: str) -> None:
    """Verdict, reasons, instant, grounds, duties, and the rules it claims to show."""
    assert said in problems(permit(**case))


def test_optional_rules_are_on_unless_a_case_says_which() -> None:
    """By their id, alone or with the pack's."""
    tried = {"attempts": [{"at": "-P40D", "outcome": "busy"}]}
    for switched_on in ([], ["once"], ["house/once"], None):
        chosen = {} if switched_on is None else {"switched_on": switched_on}
        verdict = report(permit(facts=tried, **chosen)).results[1].verdict
        assert verdict == ("permit" if switched_on == [] else "defer")


def test_a_rule_that_is_left_out_hides_nothing() -> None:
    """`without` names rules of `core` as well."""
    spoken = {"attempts": [{"at": "-P10D", "outcome": "answered"}]}
    done = report(
        permit(facts=spoken, without=["core/cooled_down"], alone="once", expect={"verdict": "defer"}),
    )
    assert done.results[1].reasons == ("house/once attempts_exhausted",)


def test_the_core_is_judged_alone() -> None:
    """Its own cases name no other pack."""
    assert report(permit(at="-P1D"), of=CORE).results[1].verdict == "permit"


def test_instants_are_absolute_or_told_from_the_case() -> None:
    """A case's own instant may be told from that of the base, and what lies in it from the case's."""
    rows = [{"at": "now", "outcome": "busy"}, {"at": "-P1DT2H-PT1S"}, {"at": "2026-11-24T11:00:00+02:00"}]
    _, case = read_cases(file(permit(at="+P1D", facts={"attempts": rows})), name="x")
    attempts = case.facts.attempts
    assert isinstance(attempts, Known)
    assert [case.at - attempt.at for attempt in attempts.value] == [
        timedelta(),
        timedelta(),
        timedelta(days=1, hours=2, seconds=1),
    ]
    assert case.at.isoformat() == "2026-11-24T09:00:00+00:00"


def test_objects_are_merged_and_lists_replaced() -> None:
    """What a case leaves out is as in the base."""
    base = {**BASE, "facts": {"attempts": [{"at": "-P40D"}], "customer": {"status": "ended"}}}
    case = permit(campaign={"product": "fibre"}, facts={"attempts": [], "customer": {"until": "-P1D"}})
    first, second = read_cases(file(case, base=base), name="x", packs=("house",))
    assert isinstance(first.facts.attempts, Known)
    assert isinstance(second.facts.attempts, Known)
    assert isinstance(second.facts.customer, Known)
    assert (len(first.facts.attempts.value), second.facts.attempts.value) == (1, ())
    assert (second.facts.customer.value.status, second.facts.customer.value.until) == (
        "ended",
        second.at - timedelta(1),
    )
    assert second.request.campaign is not None
    assert (second.request.campaign.product, second.request.campaign.packs) == ("fibre", ("house",))


def test_every_fact_can_be_told_and_every_fact_can_be_unknown() -> None:
    """One by one, or all of them at once."""
    told = {
        "suppressions": [{"scope": "*"}],
        "attempts": [{"at": "-P1D", "outcome": "busy", "talked": "PT5S"}],
        "consents": [{"given_at": "-P1D"}],
        "screenings": [{"register": "RPO", "answer": "clear", "answered_at": "-P1D"}],
        "contacts": [{"list_source": "form"}],
        "one_off_permits": [{"source": "web_form", "granted_at": "now"}],
        "callbacks": [{"promised_at": "-P1D", "due_at": "now"}],
        "flags": [{"kind": "minor"}],
        "caller_ids": [{"owner": "brand"}],
        "silent_calls": [{"window": "PT24H", "put_through": 1, "silent": 0}],
        "office_numbers": 3,
        "customer": {"status": "current", "products": ["fibre"]},
    }
    _, known, partly, unknown = read_cases(
        file(
            permit(says="known", facts=told),
            permit(says="partly", facts={"customer": "unknown"}),
            permit(says="unknown", facts="unknown"),
        ),
        name="x",
    )
    for name in told:
        assert isinstance(getattr(known.facts, name), Known)
        assert isinstance(getattr(unknown.facts, name), Unknown)
    assert isinstance(known.facts.attempts, Known)
    assert isinstance(known.facts.attempts.value[0], Attempt)
    assert isinstance(partly.facts.customer, Unknown)
    assert isinstance(partly.facts.attempts, Known)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (permit(fact={}), "'a case': fact: unknown key; known here: says, number"),
        (permit(facts={"attempt": []}), "'a case': facts.attempt: unknown key; known here: suppressions"),
        (permit(facts={"attempts": [{"att": "now"}]}), "'a case': facts.attempts.0.att: unknown key"),
        (permit(facts={"attempts": [{"at": "yesterday"}]}), "facts.attempts.0.at: 'yesterday' is no instant"),
        (permit(facts={"attempts": [{"at": "2026-11-23T10:00:00"}]}), "is no instant; write 2026-11-23T10:00:00+01:00"),
        (permit(facts={"attempts": [{"at": "-P1Y"}]}), "'-P1Y' is no instant"),
        (
            permit(facts={"attempts": [{"at": "now", "outcome": "engaged"}]}),
            "facts.attempts.0.outcome: Input should be",
        ),
        (permit(facts={"attempts": {}}), 'facts.attempts: write a list, or "unknown"'),
        (permit(facts={"flags": ["minor"]}), "facts.flags.0: write an object"),
        (permit(facts={"office_numbers": True}), "facts.office_numbers: write how many"),
        (permit(facts={"contacts": [{}]}), "facts.contacts.0.list_source"),
        (permit(campaign={"packs": ["it"]}), "campaign.packs: the campaign of a case names the pack"),
        (permit(campaign={"purpose": "sales"}), "campaign.purpose: Input should be"),
        (permit(campaign={"registrations": [{"registre": "ROC"}]}), "campaign.registrations.0.registre: unknown key"),
        (permit(number=393331234567), "number: write the number in quotes"),
        (permit(door="window"), "door: there are stasis, fastagi, check, api"),
        (permit(attended="yes"), "attended: write true or false"),
        (permit(operator="anna"), "operator: write an object"),
        (permit(expect={"verdict": "allow"}), "expect.verdict: write permit, defer or deny"),
        (permit(expect={"verdict": "permit", "reason": "x"}), "expect.reason: unknown key"),
        (permit(expect={"verdict": "permit", "reasons": "x"}), "expect.reasons: write a list of words"),
        (permit(expect={"verdict": "permit", "lifted": ["x"]}), "expect.lifted: write an object"),
        (permit(says=""), "case 1: says: every case says"),
        (permit(says="base"), "says: every case says"),
        (permit(without="core/cooled_down"), "without: write a list of words"),
    ],
)
def test_a_mistake_is_told_with_file_case_and_key(case: dict[str, Any], said: str) -> None:
    """And with the line on which the case says what it shows."""
    told = mistakes(file(case))
    assert told.startswith("house.cases.json:")
    assert said in told


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    """Each with the line of its own case."""
    told = mistakes(file(permit(says="one", x=1), permit(says="two"), permit(says="thrée", y=1)))
    lines = file(permit(says="one", x=1), permit(says="two"), permit(says="thrée", y=1)).split("\n")
    one, three = (place for place, line in enumerate(lines, start=1) if '"one"' in line or "thr" in line)
    assert told.startswith(f"house.cases.json:{one}: 'one': x:")
    assert f"\nhouse.cases.json:{three}: 'thrée': y:" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "house.cases.json:1: this is no JSON"),
        ('{"base": {}, "base": {}, "cases": []}', "the key 'base' is given twice"),
        ("[]", "write an object"),
        ('{"base": {}, "cases": [], "more": 1}', "more: unknown key"),
        ('{"cases": []}', "base: is missing"),
        (json.dumps({"base": BASE}), "cases: is missing"),
        (file(base={**BASE, "at": "-P1D"}), "base: at: '-P1D' is no instant"),
        (file(base={"at": AT}), "base: number: is missing"),
        (file(base={**BASE, "expect": {}}), "base: expect: unknown key"),
        (json.dumps({"base": BASE, "cases": ["x"]}), "case 1: write an object"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, said: str) -> None:
    """Nothing is read past it."""
    assert said in mistakes(text)


def test_the_codes_of_a_rule_follow_from_its_parameters() -> None:
    """A reason that it cannot give is asked of no case."""
    rules = pack(
        rule("a", "cooldown_after_outcome", 'outcome = ["silent", "refused", "busy"]\nmin_duration = "P1D"')
        + rule("b", "consent_required", 'max_age = "P1D"')
        + rule("c", "caller_id_policy", 'must_present = false\nregistered_in = ["ROC"]')
        + rule("d", "flags_respected", 'flags = ["minor", "dispute", "wrong_number"]')
    ).rules
    assert [codes_of(rule.kind) for rule in (*rules, CORE.rules[0])] == [
        ("silent_call_cool_down", "refused_recently", "contacted_recently"),
        ("consent_missing", "consent_expired"),
        ("caller_id_not_registered",),
        ("complaint_open", "person_protected", "wrong_number"),
        ("number_invalid",),
    ]


def test_no_kind_of_rule_is_without_codes() -> None:
    """A kind whose reasons nobody has listed would be one that no case has to show."""
    assert set(CODES) == set(RULE_KINDS)


def test_the_pack_and_the_cases_of_the_manual_are_whole() -> None:
    """What docs/packs.md shows is what it says: valid, and with nothing missing."""
    manual = (HOME.parent / "docs" / "packs.md").read_text(encoding="utf-8")
    shown = parse_pack(re.findall(r"```toml\n(id = .*?)```", manual, re.DOTALL)[0], name="acme.toml")
    (cases,) = re.findall(r"```json\n(.*?)```", manual, re.DOTALL)
    done = run_cases(cases, name="acme.cases.json", pack=shown, core=CORE)
    assert [result.problems for result in done.results if result.problems] == []
    assert done.gaps == ()


def test_half_a_character_is_told_with_file_case_and_key() -> None:
    """JSON can spell what UTF-8 cannot hold: wherever it stands, it is told in words that can be printed."""
    half = "\ud800"
    for case, told in (
        ({**SUNDAY, "number": half}, "house.cases.json:16: 'Sunday': number: holds half a character"),
        ({**SUNDAY, "says": half}, "case 1: says: holds half a character"),
        ({**SUNDAY, "facts": {"flags": [{half: "x"}]}}, r"'Sunday': facts.flags.0.\ud800: holds half a character"),
    ):
        said = mistakes(file(case))
        said.encode()
        assert told.partition(": ")[2] in said
        assert said.startswith("house.cases.json:")
    assert "base: number: holds half" in mistakes(file(base={**BASE, "number": half}))
    whole = mistakes(json.dumps({"base": BASE, "cases": [], half: 1}))
    assert whole.encode()
    assert r"\ud800: holds half" in whole


def test_a_case_file_may_begin_with_a_byte_order_mark() -> None:
    """Some editors write one."""
    assert len(read_cases("\ufeff" + file(), name="house.cases.json")) == 1
