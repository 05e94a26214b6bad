"""Rules on what registers and the callee have said: screenings and consents, at their edges."""

from datetime import datetime, timedelta

import pytest

from ari_app.policy.grammar import PackError
from ari_app.policy.held import Consent, ConsentForm, Screening
from ari_app.policy.pack import Finding, RuleKind
from ari_app.policy.rules.consent_required import ConsentGiven
from ari_app.policy.rules.registry_screening import Screened
from tests.policy.examples import MONDAY_10, call, campaign, facts, pack, rule

NOW = MONDAY_10
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
LONG = timedelta(days=3000)
RPO = Screened(registry="RPO", max_age=15 * DAY)


def screening(
    answer: str = "clear",
    answered_at: datetime = NOW - DAY,
    *,
    valid_until: datetime = NOW + LONG,
    register: str = "RPO",
    per_controller: bool = True,
) -> Screening:
    """A register's answer."""
    return Screening(
        register=register,
        answer="listed" if answer == "listed" else "clear",
        answered_at=answered_at,
        valid_until=valid_until,
        per_controller=per_controller,
    )


def consent(
    given_at: datetime = NOW - DAY,
    *,
    consent_id: str = "c1",
    purpose: str = "marketing",
    form: ConsentForm = ConsentForm.EXPRESS,
    text_version: str = "2026-01",
    evidence: str = "form 12",
    withdrawn_at: datetime | None = None,
) -> Consent:
    """A consent with its proof."""
    return Consent(
        id=consent_id,
        purpose=purpose,
        form=form,
        given_at=given_at,
        text_version=text_version,
        evidence=evidence,
        withdrawn_at=withdrawn_at,
    )


def screened(kind: Screened, *answers: Screening, at: datetime = NOW) -> tuple[Finding, ...]:
    """What the rule finds with these answers."""
    return kind.judge(call(), facts(screenings=answers), at)


def consented(kind: ConsentGiven, *consents: Consent, at: datetime = NOW) -> tuple[Finding, ...]:
    """What the rule finds with these consents."""
    return kind.judge(call(), facts(consents=consents), at)


def code(findings: tuple[Finding, ...]) -> str:
    """The only code; empty: it passes."""
    return findings[0].code if findings else ""


def set_up(kind: str, params: str) -> RuleKind:
    """The kind as a pack sets it up."""
    return pack(rule("r", kind, params)).rules[0].kind


def test_a_number_that_was_never_screened_is_not_called() -> None:
    """`screening_missing`, for good; other registers' answers, and later ones, are no screening."""
    (finding,) = screened(RPO)
    assert (finding.code, finding.not_before) == ("screening_missing", None)
    assert dict(finding.values)["answered_at"] == {"it": "mai", "en": "never"}
    assert code(screened(RPO, screening(register="TPS"))) == "screening_missing"
    assert code(screened(RPO, screening(answered_at=NOW + TICK))) == "screening_missing"
    assert code(screened(RPO, screening(answered_at=NOW))) == ""


def test_the_newest_answer_decides() -> None:
    """Whoever left the register may be called, whoever joined may not; at the same instant `listed` wins."""
    old, new = NOW - 2 * DAY, NOW - DAY
    assert code(screened(RPO, screening("listed", new), screening("clear", old))) == "register_listed"
    assert code(screened(RPO, screening("listed", old), screening("clear", new))) == ""
    assert code(screened(RPO, screening("listed", new), screening("clear", new))) == "register_listed"
    assert code(screened(RPO, screening("clear", new), screening("listed", new))) == "register_listed"
    assert code(screened(RPO, screening("clear", new), screening("listed", NOW + TICK))) == ""


def test_of_two_clear_answers_at_one_instant_the_shorter_counts() -> None:
    """In whatever order they come."""
    short, long = screening(valid_until=NOW), screening(valid_until=NOW + DAY)
    assert code(screened(RPO, short, long)) == code(screened(RPO, long, short)) == "screening_expired"


def test_that_somebody_is_listed_does_not_expire() -> None:
    """Only a newer answer ends it."""
    assert code(screened(RPO, screening("listed", NOW - LONG, valid_until=NOW - DAY))) == "register_listed"


@pytest.mark.parametrize(
    ("kind", "valid_until", "expires_at"),
    [
        (RPO, NOW + LONG, NOW + 15 * DAY),
        (RPO, NOW + DAY, NOW + DAY),
        (Screened(registry="RPO"), NOW + 40 * DAY, NOW + 40 * DAY),
    ],
)
def test_an_answer_holds_until_it_is_too_old_or_ends(
    kind: Screened, valid_until: datetime, expires_at: datetime
) -> None:
    """Whichever comes first; at that very instant it holds no longer."""
    answer = screening(answered_at=NOW, valid_until=valid_until)
    assert screened(kind, answer, at=expires_at - TICK) == ()
    (finding,) = screened(kind, answer, at=expires_at)
    assert (finding.code, finding.not_before) == ("screening_expired", None)
    assert dict(finding.values)["answered_at"] == NOW
    assert dict(finding.values)["valid_until"] == expires_at
    assert dict(finding.values)["register"] == "RPO"


def test_a_copy_that_everybody_holds_is_no_screening_of_ones_own() -> None:
    """Neither clears nor lists, unless the pack takes it."""
    answers = (screening("clear", NOW - DAY), screening("listed", NOW, per_controller=False))
    assert code(screened(RPO, *answers)) == ""
    assert code(screened(RPO, answers[1])) == "screening_missing"
    assert code(screened(Screened(registry="RPO", per_controller=False), *answers)) == "register_listed"


@pytest.mark.parametrize(
    ("opened_at", "found"),
    [
        (NOW - DAY, ""),
        (NOW - DAY + TICK, "screening_expired"),
        (NOW + DAY, "screening_expired"),
        (None, "screening_missing"),
    ],
)
def test_a_screening_may_have_to_be_of_this_campaign(opened_at: datetime | None, found: str) -> None:
    """Exactly as old as the campaign passes; a campaign of unknown age has none."""
    kind = Screened(registry="RPO", refresh_before_campaign=True)
    request = call(campaign=campaign(opened_at=opened_at))
    assert code(kind.judge(request, facts(screenings=(screening(),)), NOW)) == found
    listed = facts(screenings=(screening("listed"),))
    assert code(kind.judge(request, listed, NOW)) == "register_listed"


def test_a_screening_for_no_campaign_is_missing() -> None:
    """It cannot have been made for it."""
    kind = Screened(registry="RPO", refresh_before_campaign=True)
    assert code(kind.judge(call(campaign=None), facts(screenings=(screening(),)), NOW)) == "screening_missing"


def test_nobody_is_called_without_consent() -> None:
    """`consent_missing`, for good; a consent that is given later does not count yet."""
    (finding,) = consented(ConsentGiven())
    assert (finding.code, finding.not_before) == ("consent_missing", None)
    assert dict(finding.values)["purpose"] == "marketing"
    assert code(consented(ConsentGiven(), consent(NOW + TICK))) == "consent_missing"
    assert code(consented(ConsentGiven(), consent(NOW))) == ""


@pytest.mark.parametrize(
    ("withdrawn_at", "found"),
    [(NOW - TICK, "consent_missing"), (NOW, "consent_missing"), (NOW + TICK, "")],
)
def test_a_consent_counts_until_it_is_withdrawn(withdrawn_at: datetime, found: str) -> None:
    """At that very instant no longer; a withdrawal to come does not count yet."""
    assert code(consented(ConsentGiven(), consent(withdrawn_at=withdrawn_at))) == found


def test_a_withdrawal_ends_all_consents_to_the_purpose() -> None:
    """Given by then, whichever record tells of it; not what was given afterwards, nor for another purpose."""
    withdrawn = consent(NOW - 5 * DAY, consent_id="c1", withdrawn_at=NOW - 3 * DAY)
    earlier, equal, later = (consent(NOW - days * DAY, consent_id="c2") for days in (9, 3, 2))
    assert code(consented(ConsentGiven(), withdrawn, earlier)) == "consent_missing"
    assert code(consented(ConsentGiven(), equal, withdrawn)) == "consent_missing"
    assert code(consented(ConsentGiven(), withdrawn, later)) == ""
    other = consent(NOW - 5 * DAY, purpose="profiling", withdrawn_at=NOW - DAY)
    assert code(consented(ConsentGiven(), other, earlier)) == ""


def test_no_purpose_stands_for_another() -> None:
    """A yes to profiling is none to marketing, a yes to marketing none to energy."""
    assert code(consented(ConsentGiven(), consent(purpose="profiling"))) == "consent_missing"
    assert code(consented(ConsentGiven(purpose="energy"), consent())) == "consent_missing"
    assert code(consented(ConsentGiven(purpose="energy"), consent(purpose="energy"))) == ""


@pytest.mark.parametrize("asked", ConsentForm)
@pytest.mark.parametrize("given", ConsentForm)
def test_a_stronger_form_will_do(asked: ConsentForm, given: ConsentForm) -> None:
    """Presumed, express, written: the weakest first."""
    order = list(ConsentForm)
    passes = order.index(given) >= order.index(asked)
    assert (consented(ConsentGiven(form=asked), consent(form=given)) == ()) is passes


def test_a_consent_grows_too_old() -> None:
    """Exactly at that age; a younger one that fits makes up for it, one that does not fit does not."""
    kind = ConsentGiven(max_age=10 * DAY)
    given = consent(NOW)
    assert consented(kind, given, at=NOW + 10 * DAY - TICK) == ()
    (finding,) = consented(kind, given, at=NOW + 10 * DAY)
    assert (finding.code, finding.not_before) == ("consent_expired", None)
    assert dict(finding.values)["given_at"] == NOW
    younger = consent(NOW + DAY, consent_id="c2")
    assert consented(kind, given, younger, at=NOW + 10 * DAY) == ()
    weaker = consent(NOW + DAY, consent_id="c3", form=ConsentForm.PRESUMED)
    assert code(consented(kind, given, weaker, at=NOW + 10 * DAY)) == "consent_expired"


def test_a_consent_without_its_proof_is_none() -> None:
    """Both fields unless the pack asks for fewer; blanks are empty."""
    assert code(consented(ConsentGiven(), consent(evidence=" "))) == "consent_missing"
    assert code(consented(ConsentGiven(), consent(text_version=""))) == "consent_missing"
    assert code(consented(ConsentGiven(evidence_fields=("evidence",)), consent(text_version=""))) == ""
    assert code(consented(ConsentGiven(evidence_fields=()), consent(text_version="", evidence=""))) == ""


def test_a_consent_may_have_to_follow_the_register() -> None:
    """Later than the answer that first dropped the number; whoever was never listed needs no later one."""
    kind = ConsentGiven(must_postdate="RPO")
    assert kind.reads == ("consents", "screenings")
    assert ConsentGiven().reads == ("consents",)
    listed = (screening("listed", NOW - 5 * DAY), screening("listed", NOW - 3 * DAY, per_controller=False))
    ignored = (screening("listed", NOW + TICK), screening("clear"), screening("listed", register="TPS"))
    for given_at, found in ((NOW - 5 * DAY, "consent_missing"), (NOW - 5 * DAY + TICK, "")):
        held = facts(consents=(consent(given_at),), screenings=(*listed, *ignored))
        assert code(kind.judge(call(), held, NOW)) == found
    never_listed = facts(consents=(consent(NOW - LONG),), screenings=ignored)
    assert code(kind.judge(call(), never_listed, NOW)) == ""


@pytest.mark.parametrize(
    ("given", "found"),
    [(10, "consent_missing"), (7, "consent_missing"), (5, "consent_missing"), (4, "consent_missing"), (3, "")],
)
def test_who_was_listed_anew_must_have_consented_anew(given: int, found: str) -> None:
    """Each enrolment revokes what was given before; leaving the register gives none of it back."""
    kind = ConsentGiven(must_postdate="RPO")
    anew = [("listed", 9), ("clear", 6), ("listed", 4), ("clear", 1)]
    answers = tuple(screening(answer, NOW - days * DAY) for answer, days in reversed(anew))
    held = facts(consents=(consent(NOW - given * DAY),), screenings=answers)
    assert code(kind.judge(call(), held, NOW)) == found


def test_packs_set_these_rules_up() -> None:
    """One word may stand for a list, and durations are read."""
    assert set_up("registry_screening", 'registry = "RPO"\nmax_age = "P15D"\nchannel = "phone"') == RPO
    terms = 'purpose = "energy"\nform = "written"\nmax_age = "P1D"\nevidence_fields = "evidence"\nmust_postdate = "RPO"'
    assert set_up("consent_required", terms) == ConsentGiven(
        purpose="energy",
        form=ConsentForm.WRITTEN,
        max_age=DAY,
        evidence_fields=("evidence",),
        must_postdate="RPO",
    )


@pytest.mark.parametrize(
    ("kind", "params", "key", "words"),
    [
        ("registry_screening", "", "params.registry", "is missing"),
        ("registry_screening", 'registry = " "', "params.registry", "at least 1"),
        ("registry_screening", 'registry = "RPO"\nchannel = "post"', "params.channel", "'phone'"),
        ("registry_screening", 'registry = "RPO"\nmissing = "pass"', "params.missing", "'block'"),
        ("registry_screening", 'registry = "RPO"\nmax_age = "15 days"', "params.max_age", "write P30D"),
        ("registry_screening", 'registry = "RPO"\nage = 1', "params.age", "known here: channel, max_age"),
        ("consent_required", 'form = "oral"', "params.form", "'written'"),
        ("consent_required", 'purpose = ""', "params.purpose", "at least 1"),
        ("consent_required", 'evidence_fields = ["photo"]', "params.evidence_fields.#1", "'text_version'"),
        ("consent_required", 'max_age = "P2Y"', "params.max_age", "no duration"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(kind: str, params: str, key: str, words: str) -> None:
    """With the key at fault, and what would be right."""
    with pytest.raises(PackError) as refused:
        set_up(kind, params)
    (mistake,) = refused.value.mistakes
    assert mistake.key == f"rule.r.{key}"
    assert words in mistake.what
