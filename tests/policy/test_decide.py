"""The verdict: admission, laws 1 and 2, shadow mode, and what a permit carries."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import pytest

from ari_app.policy.decide import decide
from ari_app.policy.duties_owed import Duties
from ari_app.policy.facts import Facts, FactUnknown, Unknown
from ari_app.policy.held import CustomerStatus, Screening
from ari_app.policy.needs import needs
from ari_app.policy.outcome import Outcome
from ari_app.policy.pack import Duty, Finding, Ground, Holding, Pack, Rule, RuleKind, When
from ari_app.policy.request import CallRequest, Campaign, Mode, Purpose
from ari_app.policy.verdict import Defer, Deny, Permit, Verdict
from tests.policy.examples import (
    CAMPAIGN,
    CORE,
    COURTESY,
    IT,
    MONDAY_10,
    OPERATOR,
    attempt,
    call,
    campaign,
    facts,
    pack,
    rule,
    suppression,
)

ITALIAN = campaign(packs=("it",))
SHADOW = campaign(packs=("it",), packs_mode=Mode.SHADOW)
NIGHT = MONDAY_10 + timedelta(hours=12)
SUPPRESSED = facts(suppressions=[suppression()])
MISSING = Unknown("book", "gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """A kind of rule that says what a test tells it to."""

    findings: tuple[Finding, ...] = ()
    raises: Exception | None = None
    until: datetime | None = None
    reads: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[str] = ""

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  protocol
        """Raise, or find."""
        if self.raises:
            raise self.raises
        return self.findings if self.until is None or now < self.until else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsNoSuchFact(Scripted):
    """A kind that asks for a fact that there is not."""

    reads: ClassVar[tuple[str, ...]] = ("horoscope",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedGround:
    """A ground that holds, fails, or meets an Unknown."""

    raises: Exception | None = None
    reads: ClassVar[tuple[str, ...]] = ("customer",)

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> Holding | None:  # noqa: ARG002  protocol
        """Raise, or hold."""
        if self.raises:
            raise self.raises
        return Holding(from_=now)


@dataclass(frozen=True, slots=True)
class ScriptedDuty:
    """A duty that asks for a caller id of its own."""

    caller_id: str

    def bind(self, duties: Duties) -> Duties:
        """That caller id; without one it fails."""
        if not self.caller_id:
            raise RuntimeError("no caller id")
        return replace(duties, caller_id=self.caller_id)


def with_kind(kind: RuleKind, **changes: Any) -> Pack:
    """A pack of one rule of this kind."""
    model = CORE.rules[0]
    only = Rule(id="only", kind=kind, force="house", source=model.source, text=model.text, when=model.when)
    changed = replace(only, **changes)
    return replace(CORE, id="house", rules=(changed,), duties=())


def codes(verdict: Verdict) -> list[str]:
    """The codes of a verdict's objections."""
    return [] if isinstance(verdict, Permit) else [objection.code for objection in verdict.objections]


def said(verdict: Verdict) -> dict[str, str]:
    """What each rule said."""
    return {run.rule: run.said for run in verdict.trace}


def test_a_clean_call_is_permitted_with_script_and_caller_id() -> None:
    """Every rule is in the trace."""
    verdict = decide(call(campaign=ITALIAN), facts(), (CORE, IT), now=MONDAY_10, scripts={"courtesy": COURTESY})
    assert isinstance(verdict, Permit)
    assert verdict.duties.caller_id == "+390212345678"
    assert verdict.script is not None
    assert (verdict.script.id, verdict.script.variant, verdict.script.language) == ("courtesy", "prospect", "it")
    everything = {f"{pack.id}/{rule.id}": "passed" for pack in (CORE, IT) for rule in pack.rules}
    assert said(verdict) == everything | {"core/office_use": "not_applicable"}


def test_without_a_script_a_permit_carries_none() -> None:
    """A script is no condition of a call."""
    verdict = decide(call(), facts(), (CORE,), now=MONDAY_10)
    assert isinstance(verdict, Permit)
    assert verdict.script is None


@pytest.mark.parametrize(
    ("calling", "operator_id", "expected"),
    [
        (None, "anna", ["campaign_unknown"]),
        (campaign(closed=True), "anna", ["campaign_closed"]),
        (campaign(operators=frozenset({"anna"})), "anna", []),
        (campaign(operators=frozenset({"bruno"})), "anna", ["operator_not_allowed"]),
        (campaign(closed=True, operators=frozenset({"bruno"})), "anna", ["campaign_closed", "operator_not_allowed"]),
    ],
)
def test_admission_is_asked_first(calling: Campaign | None, operator_id: str, expected: list[str]) -> None:
    """No campaign, a closed one, or somebody else's: denied, in Italian and English."""
    verdict = decide(call(campaign=calling, operator_id=operator_id), facts(), (CORE,), now=MONDAY_10)
    assert codes(verdict) == expected
    if isinstance(verdict, Deny):
        assert [objection.rule for objection in verdict.objections] == [f"gate/{code}" for code in expected]
        assert all(set(objection.text) == {"it", "en"} for objection in verdict.objections)


def test_an_operator_who_does_not_exist_is_not_admitted() -> None:
    """A named operator must be one; an unnamed phone is admitted where the campaign names nobody."""
    ghost = call(operator=None, operator_id="ghost")
    assert codes(decide(ghost, facts(), (CORE,), now=MONDAY_10)) == ["operator_not_allowed"]
    assert isinstance(decide(call(operator=None), facts(), (CORE,), now=MONDAY_10), Permit)
    named = campaign(operators=frozenset({"anna"}))
    assert codes(decide(call(campaign=named, operator=None), facts(), (CORE,), now=MONDAY_10)) == [
        "operator_not_allowed"
    ]


def test_every_objection_is_kept_in_pack_order() -> None:
    """Admission, then pack by pack, rule by rule; one denial makes it a denial."""
    history = facts(
        suppressions=[suppression(), suppression("principal:acme")],
        status=CustomerStatus.CURRENT,
        attempts=[attempt(MONDAY_10)],
    )
    verdict = decide(call(campaign=replace(ITALIAN, closed=True)), history, (CORE, IT), now=NIGHT)
    assert isinstance(verdict, Deny)
    assert codes(verdict) == [
        "campaign_closed",
        "suppressed_global",
        "suppressed_principal",
        "already_customer",
        "outside_calling_window",
    ]
    assert codes(decide(call(campaign=ITALIAN), history, (IT, CORE), now=NIGHT))[0] == "outside_calling_window"


def test_texts_tell_what_was_found() -> None:
    """Placeholders are filled in each language, instants by the callee's clock."""
    history = facts(attempts=[attempt(MONDAY_10 - timedelta(days=1), Outcome.ANSWERED)])
    verdict = decide(call(), history, (CORE,), now=MONDAY_10)
    assert isinstance(verdict, Defer)
    (objection,) = verdict.objections
    assert "22/11/2026, ore 10:00" in objection.text["it"]
    assert "22/12/2026, ore 10:00" in objection.text["it"]
    assert "from 22 Dec 2026, 10:00" in objection.text["en"]
    assert "acme" in objection.text["en"]


@pytest.mark.parametrize("name", ["suppressions", "customer", "attempts", "flags"])
def test_an_unknown_fact_denies(name: str) -> None:
    """Each rule that reads it objects with `facts_unavailable`; the trace tells the source."""
    holes = {field: MISSING if field == name else getattr(facts(), field) for field in Facts.__slots__}
    verdict = decide(call(), Facts(**holes), (CORE,), now=MONDAY_10)
    assert isinstance(verdict, Deny)
    assert set(codes(verdict)) == {"facts_unavailable"}
    assert {run.detail for run in verdict.trace if run.said == "unknown"} == {"book: gone"}


def test_a_fact_that_no_rule_reads_may_be_unknown() -> None:
    """A care call reads no customer facts, so their absence does not hold it up."""
    partly = replace(facts(), customer=MISSING, attempts=MISSING)
    care = campaign(purpose=Purpose.CARE)
    assert isinstance(decide(call(campaign=care), partly, (CORE,), now=MONDAY_10), Permit)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Scripted(raises=RuntimeError("boom")), "rule_error"),
        (Scripted(raises=FactUnknown(MISSING)), "facts_unavailable"),
        (Scripted(findings=(Finding(code="holiday", not_before=MONDAY_10),)), "rule_error"),
        (Scripted(findings=(Finding(code="holiday", not_before=datetime(2027, 1, 1)),)), "rule_error"),  # noqa: DTZ001
    ],
)
def test_a_rule_that_breaks_denies(kind: RuleKind, code: str) -> None:
    """It raises, reads what is not there, or names an instant that has passed: denied, never skipped."""
    verdict = decide(call(), facts(), (CORE, with_kind(kind)), now=MONDAY_10)
    assert isinstance(verdict, Deny)
    assert codes(verdict) == [code]
    assert said(verdict)["house/only"] in ("error", "unknown")


def test_no_rules_deny() -> None:
    """No pack, an empty one, or only packs in shadow mode: nothing would have been asked."""
    assert codes(decide(call(), facts(), (), now=MONDAY_10)) == ["rule_error"]
    assert codes(decide(call(), facts(), (replace(CORE, rules=()),), now=MONDAY_10)) == ["rule_error"]
    assert codes(decide(call(campaign=SHADOW), facts(), (IT,), now=MONDAY_10)) == ["rule_error"]


def test_a_pack_that_the_campaign_names_must_be_at_hand() -> None:
    """Its rules could not be asked: denied; in shadow mode noted."""
    verdict = decide(call(campaign=ITALIAN), facts(), (CORE,), now=MONDAY_10)
    assert isinstance(verdict, Deny)
    assert [(o.code, o.rule) for o in verdict.objections] == [("rule_error", "it/*")]
    shadow = decide(call(campaign=SHADOW), facts(), (CORE,), now=MONDAY_10)
    assert isinstance(shadow, Permit)
    assert [note.rule for note in shadow.notes] == ["it/*"]


def test_only_a_number_is_ever_permitted() -> None:
    """Whatever the packs say of it, and also where none says anything."""
    silent = with_kind(Scripted())
    assert codes(decide(call("39"), facts(), (silent,), now=MONDAY_10)) == ["number_invalid"]
    assert codes(decide(call("39"), facts(), (CORE,), now=MONDAY_10)) == ["number_invalid"]


def test_an_error_outside_any_rule_denies() -> None:
    """A duty that fails, for instance: there is no way round to a permit."""
    duties = (Duty(id="a", kind=ScriptedDuty(""), when=When()),)
    verdict = decide(call(), facts(), (replace(CORE, duties=duties),), now=MONDAY_10)
    assert isinstance(verdict, Deny)
    assert codes(verdict) == ["rule_error"]
    assert "no caller id" in verdict.trace[0].detail


def test_an_instant_without_a_zone_denies() -> None:
    """A present that could be any hour of the day permits nothing."""
    verdict = decide(call(campaign=ITALIAN), facts(), (CORE, IT), now=datetime(2026, 11, 23, 10))  # noqa: DTZ001
    assert isinstance(verdict, Deny)


@pytest.mark.parametrize(
    ("when", "calling", "dialled", "applies"),
    [
        ('when = { purpose = "marketing" }', CAMPAIGN, "3331234567", True),
        ('when = { purpose = "care" }', CAMPAIGN, "3331234567", False),
        ('when = { purpose = ["care", "acquisition"] }', CAMPAIGN, "3331234567", True),
        ('when = { purpose = "care" }', None, "3331234567", True),
        ('when = { sector = "telecom" }', CAMPAIGN, "3331234567", True),
        ('when = { sector = ["gas"] }', CAMPAIGN, "3331234567", False),
        ('when = { line = "mobile" }', CAMPAIGN, "3331234567", True),
        ('when = { line = "fixed" }', CAMPAIGN, "3331234567", False),
        ('when = { line = "fixed" }', CAMPAIGN, "+12125550123", True),
        ('when = { line = "fixed" }', CAMPAIGN, "39", True),
        ('when = { region = "IT" }', CAMPAIGN, "3331234567", True),
        ('when = { region = "GB" }', CAMPAIGN, "3331234567", False),
        ('when = { region = "GB" }', CAMPAIGN, "39", True),
        ('when = { mode = "live" }', CAMPAIGN, "3331234567", True),
        ('when = { mode = "automated" }', CAMPAIGN, "3331234567", False),
        ('when = { party = "business" }', CAMPAIGN, "3331234567", True),
        ('when = { list_origin = "directory_listed" }', CAMPAIGN, "3331234567", True),
        ('when = { purpose = "marketing", line = "fixed" }', CAMPAIGN, "3331234567", False),
    ],
)
def test_a_rule_applies_when_it_says_or_when_nobody_knows(
    when: str, calling: Campaign | None, dialled: str, applies: bool
) -> None:
    """All conditions must be met; what is not known meets any."""
    house = pack(rule("r", "existing_customer", more=when))
    verdict = decide(call(dialled, campaign=calling), facts(), (house,), now=MONDAY_10)
    assert said(verdict)["house/r"] == ("passed" if applies else "not_applicable")


@pytest.mark.parametrize(
    ("at", "objects"),
    [
        ("2026-11-22T22:59:59+00:00", False),
        ("2026-11-22T23:00:00+00:00", True),
        ("2026-11-24T22:59:59+00:00", True),
        ("2026-11-24T23:00:00+00:00", False),
    ],
)
def test_a_rule_is_in_force_on_its_days_where_the_callee_is(at: str, objects: bool) -> None:
    """From midnight of the first day to the end of the last, by the callee's clock."""
    days = {"effective_from": date(2026, 11, 23), "effective_to": date(2026, 11, 24)}
    house = with_kind(Scripted(findings=(Finding(code="sector_banned"),)), **days)
    verdict = decide(call(), facts(), (house,), now=datetime.fromisoformat(at))
    assert isinstance(verdict, Deny) is objects
    assert said(verdict)["house/only"] == ("objected" if objects else "not_applicable")


def test_a_deferral_ends_when_its_rule_does() -> None:
    """A window that closes for a month, in a rule that ends tomorrow, defers until tomorrow."""
    house = with_kind(
        Scripted(findings=(Finding(code="holiday", not_before=datetime(2027, 1, 1, tzinfo=UTC)),)),
        effective_to=date(2026, 11, 23),
    )
    verdict = decide(call(), facts(), (house,), now=MONDAY_10)
    assert isinstance(verdict, Defer)
    assert verdict.not_before == datetime(2026, 11, 23, 23, tzinfo=UTC)


def lifted_by(ground: ScriptedGround) -> Pack:
    """A pack whose one rule denies unless this ground holds."""
    house = with_kind(Scripted(findings=(Finding(code="sector_banned"),)), unless=("excused",))
    others = Ground(id="other", kind=ScriptedGround())
    return replace(house, grounds=(others, Ground(id="excused", kind=ground)))


def test_a_ground_lifts_the_rule_that_names_it() -> None:
    """The trace says which."""
    verdict = decide(call(), facts(), (lifted_by(ScriptedGround()),), now=MONDAY_10)
    assert isinstance(verdict, Permit)
    assert [(run.said, run.detail) for run in verdict.trace] == [("lifted", "excused")]


@pytest.mark.parametrize("fault", [RuntimeError("boom"), FactUnknown(MISSING)])
def test_a_ground_that_fails_lifts_nothing(fault: Exception) -> None:
    """The objection stands."""
    verdict = decide(call(), facts(), (lifted_by(ScriptedGround(raises=fault)),), now=MONDAY_10)
    assert codes(verdict) == ["sector_banned"]


def test_an_unknown_ground_lifts_nothing() -> None:
    """Nobody knows whether it is given, so it is not."""
    blind = replace(facts(), customer=MISSING)
    assert codes(decide(call(), blind, (lifted_by(ScriptedGround()),), now=MONDAY_10)) == ["sector_banned"]


def test_shadow_mode_notes_what_packs_object_and_calls() -> None:
    """All packs but core are only noted, with text and instant; core binds as ever."""
    verdict = decide(call(campaign=SHADOW), facts(), (CORE, IT), now=NIGHT)
    assert isinstance(verdict, Permit)
    assert [(note.code, note.not_before) for note in verdict.notes] == [
        ("outside_calling_window", datetime(2026, 11, 24, 8, tzinfo=UTC))
    ]
    assert said(verdict)["it/calling_hours"] == "objected"
    denied = decide(call(campaign=SHADOW), SUPPRESSED, (CORE, IT), now=NIGHT)
    assert isinstance(denied, Deny)
    assert codes(denied) == ["suppressed_global"]
    assert [note.code for note in denied.notes] == ["outside_calling_window"]
    deferred = decide(call(campaign=SHADOW), facts(attempts=[attempt(NIGHT)]), (CORE, IT), now=NIGHT)
    assert isinstance(deferred, Defer)
    assert deferred.not_before == NIGHT + timedelta(hours=4)
    assert [note.code for note in deferred.notes] == ["outside_calling_window"]


def test_a_pack_in_shadow_mode_adds_no_duty() -> None:
    """Its caller id is not presented."""
    other = replace(IT, duties=(Duty(id="a", kind=ScriptedDuty("+391"), when=When()),))
    verdict = decide(call(campaign=SHADOW), facts(), (CORE, other), now=MONDAY_10)
    assert isinstance(verdict, Permit)
    assert verdict.duties.caller_id == CAMPAIGN.caller_id


def test_without_a_duty_the_campaigns_caller_id_is_shown() -> None:
    """A permit always has one."""
    verdict = decide(call(), facts(), (replace(CORE, duties=()),), now=MONDAY_10)
    assert isinstance(verdict, Permit)
    assert verdict.duties.caller_id == CAMPAIGN.caller_id


def test_a_deferral_waits_for_rules_that_only_object_later() -> None:
    """The pause ends at 21:00, when the window is closed: the next morning it is."""
    history = facts(attempts=[attempt(datetime(2026, 11, 23, 16, tzinfo=UTC))])
    verdict = decide(call(campaign=ITALIAN), history, (CORE, IT), now=datetime(2026, 11, 23, 17, tzinfo=UTC))
    assert isinstance(verdict, Defer)
    assert codes(verdict) == ["contacted_recently"]
    assert verdict.not_before == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_waiting_for_a_day_on_which_it_is_forbidden_is_a_denial() -> None:
    """The window opens tomorrow, and from tomorrow a ban is in force."""
    ban = with_kind(Scripted(findings=(Finding(code="sector_banned"),)), effective_from=date(2026, 11, 24))
    verdict = decide(call(campaign=ITALIAN), facts(), (CORE, IT, ban), now=NIGHT)
    assert isinstance(verdict, Deny)
    assert codes(verdict) == ["outside_calling_window", "sector_banned"]
    assert verdict.trace[-1].rule == "gate/first_open"


def test_what_will_have_run_out_by_then_can_be_renewed() -> None:
    """A screening that is valid now and not tomorrow morning: the call waits for the morning, and the trace says so."""
    screened = pack(rule("screened", "registry_screening", 'registry = "RPO"\nmax_age = "P15D"'), pack_id="screened")
    answer = Screening(
        register="RPO",
        answer="clear",
        answered_at=NIGHT - timedelta(days=14, hours=23),
        valid_until=NIGHT + timedelta(days=30),
    )
    verdict = decide(call(campaign=ITALIAN), facts(screenings=(answer,)), (CORE, IT, screened), now=NIGHT)
    assert isinstance(verdict, Defer)
    assert codes(verdict) == ["outside_calling_window"]
    assert verdict.trace[-1].rule == "gate/first_open"
    assert "screened/screened (screening_expired)" in verdict.trace[-1].detail


def test_a_rule_that_reads_what_there_is_not_denies() -> None:
    """A kind with a slip in its declaration judges nobody, and no other rule stands in for it."""
    verdict = decide(call(), facts(), (CORE, with_kind(ReadsNoSuchFact())), now=MONDAY_10)
    assert isinstance(verdict, Deny)
    assert codes(verdict) == ["rule_error"]
    assert "horoscope" in verdict.trace[0].detail


def test_a_rule_that_will_break_by_then_is_a_denial() -> None:
    """What nobody can say will be said later."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class BreaksLater(Scripted):
        def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  protocol
            if now > NIGHT:
                raise RuntimeError("later")
            return ()

    verdict = decide(call(campaign=ITALIAN), facts(), (CORE, IT, with_kind(BreaksLater())), now=NIGHT)
    assert isinstance(verdict, Deny)
    assert codes(verdict) == ["outside_calling_window", "rule_error"]


def test_packs_that_never_agree_deny() -> None:
    """Mornings here, evenings there: there is no instant to wait for."""
    mornings = pack(rule("w", "calling_window", 'windows = { mon_sun = ["09:00-10:00"] }'), pack_id="mornings")
    evenings = pack(rule("w", "calling_window", 'windows = { mon_sun = ["18:00-19:00"] }'), pack_id="evenings")
    verdict = decide(call(), facts(), (CORE, mornings, evenings), now=NIGHT)
    assert isinstance(verdict, Deny)
    assert verdict.trace[-1].detail == "no instant suits every rule"


def test_a_verdict_is_locked_on_what_its_rules_count() -> None:
    """One key for number and principal, however many rules count it; none where no permit can come of it."""
    cap = pack(rule("cap", "frequency_cap", 'max_n = 1\nperiod = "P1D"'))
    assert needs((CORE, cap), call()).locks == ("attempts:acme:+393331234567",)
    assert needs((IT,), call()).locks == ()
    assert needs((CORE,), call("39")).locks == ()
    assert needs((CORE,), call(campaign=None)).locks == ()


def test_a_kind_that_counts_something_new_must_say_how_it_is_locked() -> None:
    """Counting without a lock would let two gates both give the last call."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class CountsMoons(Scripted):
        counts: ClassVar[str] = "moons"

    with pytest.raises(ValueError, match="moons"):
        needs((with_kind(CountsMoons()),), call())


def test_the_operators_language_is_the_scripts() -> None:
    """Else the region's, else English."""
    english = replace(OPERATOR, language="en")
    french = replace(OPERATOR, language="fr")
    told = []
    for calling, operator in ((CAMPAIGN, english), (CAMPAIGN, french), (campaign(region="FR"), french)):
        verdict = decide(
            call("+393331234567", campaign=calling, operator=operator),
            facts(),
            (CORE,),
            now=MONDAY_10,
            scripts={"courtesy": COURTESY},
        )
        assert isinstance(verdict, Permit)
        assert verdict.script is not None
        told.append(verdict.script.language)
    assert told == ["en", "it", "en"]
