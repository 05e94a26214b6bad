"""
What holds for `decide` whatever call, facts and packs are.

Random facts rarely reach a permit, so each property has a clean, permitted call as an example of its own.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ari_app.policy.decide import decide
from ari_app.policy.facts import FACT_NAMES, Facts, Known, Unknown
from ari_app.policy.held import SuppressionPurpose
from ari_app.policy.pack import Finding, Pack, Rule
from ari_app.policy.phrases import PLACEHOLDER
from ari_app.policy.request import MARKETING, CallRequest, Mode, Purpose
from ari_app.policy.verdict import Defer, Deny, Permit, Verdict
from tests.policy.examples import (
    CORE,
    MONDAY_10,
    PROPERTY,
    attempt,
    call,
    facts,
    pack,
    rule,
    suppression,
)
from tests.policy.strategies import SHIPPED, blind_to, cases, facts_at, instants

HOURS = pack(
    rule("hours", "calling_window", 'windows = { mon_fri = ["09:00-20:00"], sat_sun = [] }')
    + rule("cap", "frequency_cap", 'max_n = 2\nperiod = "P2D"')
)
PACKS = (CORE, HOURS)
ACQUISITION = call()
CLEAN = (ACQUISITION, facts(), PACKS, MONDAY_10)

Case = tuple[CallRequest, Facts, tuple[Pack, ...], datetime]


def judged(case: Case) -> Verdict:
    """The verdict on a case."""
    request, known, packs, now = case
    return decide(request, known, packs, now=now)


def strictness(verdict: Verdict) -> tuple[int, datetime]:
    """Permit, then Defer by its instant, then Deny."""
    match verdict:
        case Permit():
            return (0, MONDAY_10)
        case Defer():
            return (1, verdict.not_before)
        case Deny():
            return (2, MONDAY_10)


def codes(verdict: Verdict) -> list[str]:
    """All reasons, sorted."""
    return sorted(objection.code for objection in getattr(verdict, "objections", ()))


def test_the_clean_example_is_permitted() -> None:
    """The example that the properties below start from."""
    assert isinstance(judged(CLEAN), Permit)


@PROPERTY
@given(cases())
@example(CLEAN)
@example((ACQUISITION, facts(suppressions=[suppression()]), PACKS, MONDAY_10))
def test_a_suppressed_callee_is_never_permitted(case: Case) -> None:
    """Neither permitted nor promised for later, whatever packs are in force, in whatever mode."""
    request, known, _, now = case
    assert request.campaign is not None
    assert not isinstance(known.suppressions, Unknown)
    bound = [
        entry
        for entry in known.suppressions.value
        if entry.scope in ("*", "principal:acme", "campaign:autunno")
        and (entry.expires_at is None or entry.expires_at > now)
        and (entry.purpose is SuppressionPurpose.ALL or request.campaign.purpose in MARKETING)
    ]
    verdict = judged(case)
    assert any(code.startswith("suppressed_") for code in codes(verdict)) is bool(bound)
    if bound:
        assert isinstance(verdict, Deny)


@PROPERTY
@given(cases(), st.sampled_from(FACT_NAMES))
@example(CLEAN, "suppressions")
@example(CLEAN, "customer")
@example(CLEAN, "attempts")
def test_an_unknown_fact_that_is_read_denies(case: Case, name: str) -> None:
    """A hole in what is known is never filled with a guess, and makes no verdict milder."""
    request, known, packs, now = case
    verdict, blind = judged(case), decide(request, blind_to(known, name), packs, now=now)
    unknown = [run.rule for run in blind.trace if run.said == "unknown"]
    enforced = request.campaign is not None and request.campaign.packs_mode is Mode.ENFORCE
    if any(enforced or run.startswith("core/") for run in unknown):
        assert isinstance(blind, Deny)
        assert "facts_unavailable" in codes(blind)
    assert strictness(blind) >= strictness(verdict) or name == "contacts"  # a party not known: more rules, never fewer


@PROPERTY
@given(cases(), st.data())
def test_the_order_of_packs_and_rules_is_irrelevant(case: Case, data: st.DataObject) -> None:
    """The same verdict, reasons and instant."""
    request, known, packs, now = case
    turned = [replace(pack, rules=pack.rules[::-1]) for pack in data.draw(st.permutations(packs))]
    one, other = judged(case), decide(request, known, turned, now=now)
    assert (strictness(one), codes(one)) == (strictness(other), codes(other))


@PROPERTY
@given(
    instants.flatmap(lambda now: st.tuples(facts_at(now), st.just(now))),
    st.sampled_from(["+39 333 1234567", "0039.333.1234567", "333-123-45-67", " 3331234567 "]),
)
@example((facts(), MONDAY_10), "+39 333 1234567")
def test_the_punctuation_of_the_number_is_irrelevant(known: tuple[Facts, datetime], dialled: str) -> None:
    """However the number is written, the verdict is the same to the letter."""
    history, now = known
    packs = (CORE, SHIPPED["it"])
    plain, written = (decide(call(text), history, packs, now=now) for text in ("3331234567", dialled))
    assert strictness(plain) == strictness(written)
    assert plain.trace == written.trace


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilThen:
    """A rule that defers until an instant, or for good."""

    until: datetime
    for_good: bool
    reads: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[str] = ""

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  protocol
        """Object until then."""
        if self.for_good:
            return (Finding(code="sector_banned"),)
        return (Finding(code="holiday", not_before=self.until),) if now < self.until else ()


@PROPERTY
@given(cases(), st.timedeltas(timedelta(0), timedelta(days=60)), st.booleans())
@example(CLEAN, timedelta(0), False)
@example(CLEAN, timedelta(hours=1), False)
@example(CLEAN, timedelta(0), True)
def test_an_extra_rule_only_tightens(case: Case, wait: timedelta, for_good: bool) -> None:
    """Never a milder verdict, never an earlier instant, never a reason less."""
    request, known, packs, now = case
    extra = Rule(
        id="extra",
        kind=UntilThen(until=now + wait, for_good=for_good),
        force="house",
        source=CORE.rules[0].source,
        text=CORE.rules[0].text,
        when=CORE.rules[0].when,
    )
    before = judged(case)
    for tighter in (
        (*packs, replace(HOURS, id="more", rules=(extra,))),
        (replace(packs[0], rules=(extra, *packs[0].rules)), *packs[1:]),
    ):
        after = decide(request, known, tighter, now=now)
        assert strictness(after) >= strictness(before)
        assert set(codes(before)) <= set(codes(after))


@PROPERTY
@given(cases(), st.sampled_from(sorted(SHIPPED)))
@example(CLEAN, "house")
def test_another_pack_only_tightens(case: Case, added: str) -> None:
    """Grounds lift rules of their own pack alone: whatever the other packs lift, this one's rules stand."""
    request, known, packs, now = case
    if added in {pack.id for pack in packs}:
        return
    assert strictness(decide(request, known, (*packs, SHIPPED[added]), now=now)) >= strictness(judged(case))


@PROPERTY
@given(cases(), st.floats(0, 1, exclude_max=True))
@example(CLEAN, 0)
@example((ACQUISITION, facts(attempts=[attempt(MONDAY_10)]), PACKS, MONDAY_10), 0.5)
def test_a_deferral_ends_at_its_instant_and_not_before(case: Case, part: float) -> None:
    """Asked again then, with the same facts, no rule defers any more; at no moment on the way there may the call go."""
    request, known, packs, now = case
    verdict = judged(case)
    if isinstance(verdict, Defer):
        assert verdict.not_before > now
        then = decide(request, known, packs, now=verdict.not_before)
        assert [objection for objection in getattr(then, "objections", ()) if objection.not_before] == []
        aged = {"facts_unavailable", "consent_missing", "consent_expired", "screening_expired", "screening_missing"}
        aged |= {"operator_registration_expired", "register_listed", "number_provenance_missing"}
        assert isinstance(then, Permit) or set(codes(then)) <= aged, "what denies then may have been renewed by then"
        on_the_way = now + (verdict.not_before - now) * part
        for moment in (verdict.not_before - timedelta(microseconds=1), on_the_way):
            assert not isinstance(decide(request, known, packs, now=moment), Permit)


@PROPERTY
@given(cases())
@example(CLEAN)
def test_shadow_mode_notes_what_it_would_have_said(case: Case) -> None:
    """The verdict is that of `core` alone; every other objection is a note, and none is lost."""
    request, known, packs, now = case
    assert request.campaign is not None
    shadow, enforced = (
        replace(request, campaign=replace(request.campaign, packs_mode=mode)) for mode in (Mode.SHADOW, Mode.ENFORCE)
    )
    verdict, strict = (decide(asked, known, packs, now=now) for asked in (shadow, enforced))
    assert strictness(verdict) == strictness(decide(shadow, known, (CORE,), now=now))
    told = {*(note.rule for note in verdict.notes), *(o.rule for o in getattr(verdict, "objections", ()))}
    assert told >= {
        run.rule for run in strict.trace if run.said in ("objected", "unknown", "error") and "gate/" not in run.rule
    }


@PROPERTY
@given(cases(), st.text(max_size=12))
@example(CLEAN, "3331234567")
def test_only_a_number_is_permitted(case: Case, dialled: str) -> None:
    """Any text may be dialled; every objection has its name and its texts, with every gap filled."""
    request, known, packs, now = case
    asked = replace(request, callee=call(dialled).callee)
    verdict = decide(asked, known, packs, now=now)
    if isinstance(verdict, Permit):
        assert hasattr(asked.callee, "e164")
        assert verdict.duties.caller_id
        return
    assert verdict.objections
    for objection in verdict.objections:
        assert "/" in objection.rule
        for language in ("it", "en"):
            assert objection.text[language]
            assert not PLACEHOLDER.search(objection.text[language])


@PROPERTY
@given(cases())
@example(CLEAN)
def test_every_rule_has_its_line_in_the_trace(case: Case) -> None:
    """Whatever the verdict, nothing was skipped, and no rule broke."""
    _, _, packs, _ = case
    runs = judged(case).trace
    names = {run.rule for run in runs}
    assert {f"{pack.id}/{rule.id}" for pack in packs for rule in pack.rules} <= names
    assert [run for run in runs if run.said == "error"] == []


@PROPERTY
@given(cases())
def test_a_rule_that_is_moot_finds_nothing(case: Case) -> None:
    """Without entries of the fact that it names it passes, so that not asking it changes nothing."""
    request, known, packs, now = case
    for kind in [each.kind for bound in packs for each in bound.rules]:
        named = getattr(kind, "moot_without", "")
        if named:
            hole: dict[str, Any] = {named: Known((), now)}
            assert kind.judge(request, replace(known, **hole), now) == ()


@PROPERTY
@given(cases())
def test_service_calls_are_not_held_up_like_marketing(case: Case) -> None:
    """No rule of a country that says marketing objects to a technician's call."""
    request, known, packs, now = case
    assert request.campaign is not None
    service = replace(request, campaign=replace(request.campaign, purpose=Purpose.SERVICE))
    verdict = decide(service, known, packs, now=now)
    marketing_only = {
        f"{pack.id}/{rule.id}"
        for pack in packs
        for rule in pack.rules
        if rule.when.purposes and rule.when.purposes <= MARKETING
    }
    assert not marketing_only & {objection.rule for objection in getattr(verdict, "objections", ())}


def test_random_cases_reach_every_verdict() -> None:
    """The properties would say little of verdicts that never come up."""
    seen = Counter[str]()

    @settings(PROPERTY, max_examples=400)
    @given(cases())
    def look(case: Case) -> None:
        seen[type(judged(case)).__name__] += 1

    look()
    assert all(seen[word] for word in ("Permit", "Defer", "Deny")), seen
