"""
What holds for `decide` whatever the facts are.

Random facts rarely reach a permit, so each property has a clean, permitted call as an example of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from hypothesis import example, given
from hypothesis import strategies as st

from ari_app.policy.decide import decide
from ari_app.policy.facts import Facts, Unknown
from ari_app.policy.held import CustomerStatus, SuppressionPurpose
from ari_app.policy.outcome import Outcome
from ari_app.policy.pack import Finding, Pack, Rule
from ari_app.policy.request import MARKETING, CallRequest, Mode, Purpose
from ari_app.policy.verdict import Defer, Deny, Permit, Verdict
from tests.policy.examples import (
    CORE,
    IT,
    MONDAY_10,
    PROPERTY,
    attempt,
    call,
    campaign,
    facts,
    pack,
    rule,
    suppression,
)

CAP = pack(rule("cap", "frequency_cap", 'max_n = 2\nperiod = "P2D"'))
PACKS = (CORE, IT, CAP)
CLEAN = facts()

instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  aware
purposes = st.sampled_from(list(Purpose))
suppressions = st.builds(
    suppression,
    scope=st.sampled_from(["*", "principal:acme", "principal:other", "campaign:autunno", "campaign:other"]),
    purpose=st.sampled_from(list(SuppressionPurpose)),
    expires_at=st.none() | instants,
)
attempts = st.builds(attempt, instants, st.none() | st.sampled_from(list(Outcome)), purposes)
histories = st.builds(
    facts,
    suppressions=st.lists(suppressions, max_size=2),
    status=st.sampled_from(list(CustomerStatus)),
    until=st.none() | instants,
    attempts=st.lists(attempts, max_size=3),
)
requests = st.builds(
    lambda purpose, mode: call(campaign=campaign(purpose=purpose, packs=("it",), packs_mode=mode)),
    purposes,
    st.sampled_from(list(Mode)),
)
ACQUISITION = call(campaign=campaign(packs=("it",)))


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
    assert isinstance(decide(ACQUISITION, CLEAN, PACKS, now=MONDAY_10), Permit)


@PROPERTY
@given(requests, histories, instants)
@example(ACQUISITION, CLEAN, MONDAY_10)
@example(ACQUISITION, facts(suppressions=[suppression()]), MONDAY_10)
def test_a_suppressed_callee_is_never_permitted(request: CallRequest, history: Facts, now: datetime) -> None:
    """Neither permitted nor promised for later, whatever mode the packs are in."""
    verdict = decide(request, history, PACKS, now=now)
    assert request.campaign is not None
    assert not isinstance(history.suppressions, Unknown)
    bound = [
        entry
        for entry in history.suppressions.value
        if entry.scope in ("*", "principal:acme", "campaign:autunno")
        and (entry.expires_at is None or entry.expires_at > now)
        and (entry.purpose is SuppressionPurpose.ALL or request.campaign.purpose in MARKETING)
    ]
    suppressed = any(code.startswith("suppressed_") for code in codes(verdict))
    assert suppressed is bool(bound)
    if bound:
        assert isinstance(verdict, Deny)


@PROPERTY
@given(requests, histories, instants, st.sampled_from(Facts.__slots__))
@example(ACQUISITION, CLEAN, MONDAY_10, "suppressions")
@example(ACQUISITION, CLEAN, MONDAY_10, "customer")
@example(ACQUISITION, CLEAN, MONDAY_10, "attempts")
def test_an_unknown_fact_that_is_read_denies(request: CallRequest, history: Facts, now: datetime, name: str) -> None:
    """A hole in what is known is never filled with a guess."""
    acquisition = replace(request, campaign=ACQUISITION.campaign)
    blind: Facts = replace(history, **{name: Unknown("book", "gone")})
    verdict = decide(acquisition, blind, PACKS, now=now)
    assert isinstance(verdict, Deny)
    assert "facts_unavailable" in codes(verdict)


@PROPERTY
@given(requests, histories, instants, st.permutations(PACKS))
@example(ACQUISITION, CLEAN, MONDAY_10, [IT, CAP, CORE])
def test_the_order_of_packs_and_rules_is_irrelevant(
    request: CallRequest, history: Facts, now: datetime, packs: Sequence[Pack]
) -> None:
    """The same verdict, reasons and instant."""
    backwards = [replace(pack, rules=pack.rules[::-1]) for pack in packs]
    one, other = decide(request, history, PACKS, now=now), decide(request, history, backwards, now=now)
    assert (strictness(one), codes(one)) == (strictness(other), codes(other))


@PROPERTY
@given(histories, instants, st.sampled_from(["+39 333 1234567", "0039.333.1234567", "333-123-45-67", " 3331234567 "]))
@example(CLEAN, MONDAY_10, "+39 333 1234567")
def test_the_punctuation_of_the_number_is_irrelevant(history: Facts, now: datetime, dialled: str) -> None:
    """However the number is written, the verdict is the same to the letter."""
    italian = campaign(packs=("it",))
    plain = decide(call("3331234567", campaign=italian), history, PACKS, now=now)
    assert decide(call(dialled, campaign=italian), history, PACKS, now=now) == plain


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
@given(requests, histories, instants, st.timedeltas(timedelta(0), timedelta(days=60)), st.booleans())
@example(ACQUISITION, CLEAN, MONDAY_10, timedelta(0), False)
@example(ACQUISITION, CLEAN, MONDAY_10, timedelta(hours=1), False)
@example(ACQUISITION, CLEAN, MONDAY_10, timedelta(0), True)
def test_an_extra_rule_only_tightens(
    request: CallRequest, history: Facts, now: datetime, wait: timedelta, for_good: bool
) -> None:
    """Never a milder verdict, never an earlier instant, never a reason less."""
    model = CORE.rules[0]
    extra = Rule(
        id="extra",
        kind=UntilThen(until=now + wait, for_good=for_good),
        force="house",
        source=model.source,
        text=model.text,
        when=model.when,
    )
    before = decide(request, history, PACKS, now=now)
    for tighter in (
        (*PACKS, replace(CAP, id="more", rules=(extra,))),
        (replace(CORE, rules=(extra, *CORE.rules)), IT, CAP),
    ):
        after = decide(request, history, tighter, now=now)
        assert strictness(after) >= strictness(before)
        assert set(codes(before)) <= set(codes(after))


@PROPERTY
@given(requests, histories, instants)
@example(ACQUISITION, CLEAN, MONDAY_10)
@example(ACQUISITION, facts(attempts=[attempt(MONDAY_10)]), MONDAY_10)
def test_a_deferral_is_permitted_at_its_instant_and_not_before(
    request: CallRequest, history: Facts, now: datetime
) -> None:
    """Asked again then, with the same facts, the call may go out; a moment earlier it may not."""
    verdict = decide(request, history, PACKS, now=now)
    if isinstance(verdict, Defer):
        assert verdict.not_before > now
        assert isinstance(decide(request, history, PACKS, now=verdict.not_before), Permit)
        moment = verdict.not_before - timedelta(microseconds=1)
        assert isinstance(decide(request, history, PACKS, now=moment), Defer)


@PROPERTY
@given(requests, histories, instants, st.text(max_size=12))
@example(ACQUISITION, CLEAN, MONDAY_10, "3331234567")
def test_only_a_number_is_permitted(request: CallRequest, history: Facts, now: datetime, dialled: str) -> None:
    """Any text may be dialled; every objection has its texts and its name."""
    asked = replace(request, callee=call(dialled).callee)
    verdict = decide(asked, history, PACKS, now=now)
    if isinstance(verdict, Permit):
        assert hasattr(asked.callee, "e164")
        assert verdict.duties.caller_id
        return
    assert verdict.objections
    for objection in verdict.objections:
        assert "/" in objection.rule
        assert all(objection.text[language] for language in ("it", "en"))
