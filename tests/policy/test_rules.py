"""Each kind of rule, ground and duty alone, at its edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ari_app.policy.attempts import Attempt
from ari_app.policy.calendar import DayClass, LocalDay, Span
from ari_app.policy.duties.caller_id import PresentCallerId
from ari_app.policy.duties_owed import Duties
from ari_app.policy.facts import Facts
from ari_app.policy.grounds.relationship import Relationship
from ari_app.policy.held import CustomerStatus, Suppression, SuppressionPurpose
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.pack import Finding
from ari_app.policy.request import Campaign, Purpose
from ari_app.policy.rules.calling_window import CallingWindowKept, read_windows
from ari_app.policy.rules.cool_down import CooledDown
from ari_app.policy.rules.existing_customer import NotACustomer
from ari_app.policy.rules.frequency_cap import AttemptsLeft
from ari_app.policy.rules.internal_suppression import NotSuppressed
from ari_app.policy.rules.valid_number import ValidNumber
from tests.policy.examples import CAMPAIGN, MONDAY_10, attempt, call, campaign, facts, suppression

CARE = campaign(purpose=Purpose.CARE)
DAY = timedelta(days=1)
CLEAN = facts()


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes of what was found."""
    return [finding.code for finding in findings]


def test_a_number_is_valid_and_anything_else_is_not() -> None:
    """`number_invalid`, for good, with what is wrong in words."""
    assert ValidNumber().judge(call(), CLEAN, MONDAY_10) == ()
    (finding,) = ValidNumber().judge(call("39"), CLEAN, MONDAY_10)
    assert (finding.code, finding.not_before) == ("number_invalid", None)
    assert dict(finding.values)["why"] == {"it": "ha troppo poche cifre", "en": "it has too few digits"}


@pytest.mark.parametrize(
    ("entry", "calling", "code"),
    [
        (suppression("*"), CAMPAIGN, "suppressed_global"),
        (suppression("principal:acme"), CAMPAIGN, "suppressed_principal"),
        (suppression("campaign:autunno"), CAMPAIGN, "suppressed_campaign"),
        (suppression("principal:other"), CAMPAIGN, None),
        (suppression("campaign:other"), CAMPAIGN, None),
        (suppression("*"), CARE, None),
        (suppression("*"), campaign(purpose=Purpose.RESEARCH), None),
        (suppression("*"), campaign(purpose=Purpose.CONSENT_RECOVERY), "suppressed_global"),
        (suppression("*", SuppressionPurpose.ALL), CARE, "suppressed_global"),
        (suppression("principal:acme", SuppressionPurpose.ALL), CARE, "suppressed_principal"),
        (suppression("*"), None, "suppressed_global"),
        (suppression("principal:acme"), None, None),
        (suppression("*", expires_at=MONDAY_10), CAMPAIGN, None),
        (suppression("*", expires_at=MONDAY_10 + timedelta(microseconds=1)), CAMPAIGN, "suppressed_global"),
    ],
)
def test_a_suppression_binds_its_own_scope_purpose_and_time(
    entry: Suppression, calling: Campaign | None, code: str | None
) -> None:
    """Marketing ones bind marketing; `all` binds all; from the instant of expiry it binds no longer."""
    findings = NotSuppressed().judge(call(campaign=calling), facts(suppressions=[entry]), MONDAY_10)
    assert codes(findings) == ([code] if code else [])
    assert all(finding.not_before is None for finding in findings)


def test_each_scope_that_applies_is_told_once() -> None:
    """Global, principal, campaign, in this order, however many entries there are."""
    entries = [suppression(scope) for scope in ("campaign:autunno", "*", "principal:acme", "*")]
    found = codes(NotSuppressed().judge(call(), facts(suppressions=entries), MONDAY_10))
    assert found == ["suppressed_global", "suppressed_principal", "suppressed_campaign"]


def test_a_suppression_is_told_with_whose_and_why_and_since_when() -> None:
    """The first entry of its scope, in the words of whoever made it."""
    entry = replace(suppression(), source="web_form")
    (finding,) = NotSuppressed().judge(call(), facts(suppressions=[entry, suppression()]), MONDAY_10)
    assert dict(finding.values) == {
        "scope": {"it": "da nessuno", "en": "by anybody"},
        "reason": "mai più",
        "source": "web_form",
        "since": entry.created_at,
    }


def test_a_scope_of_no_known_form_is_an_error() -> None:
    """An entry that nobody can read must not bind nobody."""
    with pytest.raises(ValueError, match="unknown scope"):
        NotSuppressed().judge(call(), facts(suppressions=[suppression("everybody")]), MONDAY_10)


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (CustomerStatus.CURRENT, ["already_customer"]),
        (CustomerStatus.ENDED, []),
        (CustomerStatus.NONE, []),
    ],
)
def test_only_a_current_customer_is_already_one(status: CustomerStatus, found: list[str]) -> None:
    """Whoever has left may be won again."""
    assert codes(NotACustomer().judge(call(), facts(status=status), MONDAY_10)) == found


@pytest.mark.parametrize(
    ("outcome", "pause"),
    [
        (Outcome.ANSWERED, timedelta(days=30)),
        (Outcome.ABANDONED, timedelta(days=30)),
        (Outcome.UNOBSERVED, timedelta(days=30)),
        (None, timedelta(days=30)),
        (Outcome.NO_ANSWER, timedelta(hours=4)),
        (Outcome.BUSY, timedelta(hours=4)),
        (Outcome.CANCELLED, timedelta(hours=4)),
        (Outcome.FAILED, None),
        (Outcome.DENIED, None),
        (Outcome.NOT_DIALLED, None),
    ],
)
def test_the_pause_depends_on_how_the_call_ended(outcome: Outcome | None, pause: timedelta | None) -> None:
    """A conversation, also an unseen one, asks for the long pause; a call that reached nobody's line for none."""
    kind = CooledDown(after_conversation=timedelta(days=30), after_no_answer=timedelta(hours=4))
    history = facts(attempts=[attempt(MONDAY_10, outcome)])
    if pause is None:
        assert kind.judge(call(), history, MONDAY_10) == ()
        return
    (finding,) = kind.judge(call(), history, MONDAY_10 + pause - timedelta(microseconds=1))
    assert (finding.code, finding.not_before) == ("contacted_recently", MONDAY_10 + pause)
    assert kind.judge(call(), history, MONDAY_10 + pause) == ()


def test_the_latest_of_all_pauses_counts() -> None:
    """An old conversation may ask for more than a new call that rang in vain."""
    kind = CooledDown(after_conversation=timedelta(days=30), after_no_answer=timedelta(hours=4))
    talk = attempt(MONDAY_10 - 2 * DAY, Outcome.ANSWERED)
    (finding,) = kind.judge(call(), facts(attempts=[attempt(MONDAY_10), talk]), MONDAY_10)
    assert finding.not_before == talk.at + timedelta(days=30)
    assert dict(finding.values)["last_at"] == talk.at


@pytest.mark.parametrize("purpose", [Purpose.CARE, Purpose.SERVICE, Purpose.RESEARCH, Purpose.OFFICE])
def test_calls_that_were_no_marketing_count_for_nothing(purpose: Purpose) -> None:
    """Neither for the pause nor for the cap."""
    history = facts(attempts=[attempt(MONDAY_10, Outcome.ANSWERED, purpose)])
    assert CooledDown(after_conversation=DAY).judge(call(), history, MONDAY_10) == ()
    assert AttemptsLeft(max_n=1, period=DAY).judge(call(), history, MONDAY_10) == ()


def test_a_pause_left_out_asks_for_nothing() -> None:
    """Only what the pack names counts; a rule that names nothing is refused."""
    history = facts(attempts=[attempt(MONDAY_10)])
    assert CooledDown(after_conversation=DAY).judge(call(), history, MONDAY_10) == ()
    with pytest.raises(ValueError, match="after_conversation"):
        CooledDown()


def test_a_cap_is_free_again_when_enough_calls_are_old() -> None:
    """The period rolls; exactly one period old counts no longer."""
    kind = AttemptsLeft(max_n=2, period=DAY)
    starts = [MONDAY_10 - timedelta(hours=hours) for hours in (1, 5, 20)]
    history = facts(attempts=[attempt(at) for at in starts])
    (finding,) = kind.judge(call(), history, MONDAY_10)
    assert (finding.code, finding.not_before) == ("attempts_exhausted", starts[1] + DAY)
    assert kind.judge(call(), history, starts[1] + DAY) == ()
    assert kind.judge(call(), history, starts[1] + DAY - timedelta(microseconds=1)) != ()


@pytest.mark.parametrize(
    ("outcomes", "counted"),
    [
        ([Outcome.NO_ANSWER, Outcome.BUSY], 0),
        ([Outcome.ANSWERED, None], 2),
        ([Outcome.FAILED, Outcome.UNOBSERVED], 1),
    ],
)
def test_a_cap_may_count_conversations_only(outcomes: list[Outcome | None], counted: int) -> None:
    """A call under way, or unseen, counts as one."""
    attempts: list[Attempt] = [attempt(MONDAY_10 - timedelta(hours=1), outcome) for outcome in outcomes]
    for max_n in (1, 2, 3):
        kind = AttemptsLeft(max_n=max_n, period=DAY, count="conversation")
        assert bool(kind.judge(call(), facts(attempts=attempts), MONDAY_10)) is (counted >= max_n)


def test_a_closed_window_defers_and_a_holiday_says_so() -> None:
    """Until the next opening; `holiday` where the callee has one."""
    windows = {"mon_fri": ["09:00-20:00"], "sat": [], "sun": [], "holiday": []}
    kind = CallingWindowKept(windows=read_windows(windows), holidays="IT")
    assert kind.judge(call(), CLEAN, MONDAY_10) == ()
    (night,) = kind.judge(call(), CLEAN, MONDAY_10 + timedelta(hours=12))
    assert (night.code, night.not_before) == ("outside_calling_window", datetime(2026, 11, 24, 8, tzinfo=UTC))
    (christmas,) = kind.judge(call(), CLEAN, datetime(2026, 12, 25, 12, tzinfo=UTC))
    assert (christmas.code, christmas.not_before) == ("holiday", datetime(2026, 12, 28, 8, tzinfo=UTC))
    (midnight,) = kind.judge(call(), CLEAN, datetime(2026, 12, 24, 23, 30, tzinfo=UTC))  # 00:30 in Rome
    assert midnight.code == "holiday"


def test_a_local_day_is_a_holiday_to_the_rule() -> None:
    """It closes, and says so, until the next day that is none."""
    windows = read_windows({"mon_sun": ["09:00-13:00", "13:00-20:00"], "holiday": []})
    kind = CallingWindowKept(windows=windows, holidays="IT", local_days=(LocalDay(12, 7),))
    (finding,) = kind.judge(call(), CLEAN, datetime(2026, 12, 7, 10, tzinfo=UTC))
    assert (finding.code, finding.not_before) == ("holiday", datetime(2026, 12, 9, 8, tzinfo=UTC))
    assert replace(kind, local_days=()).judge(call(), CLEAN, datetime(2026, 12, 7, 10, tzinfo=UTC)) == ()


def test_one_window_may_begin_where_another_ends() -> None:
    """Then the call may start in that very instant; written in whatever order."""
    assert read_windows({"mon_sun": ["13:00-20:00", "09:00-13:00"]})[DayClass.MON] == (Span(540, 780), Span(780, 1200))
    kind = CallingWindowKept(windows=read_windows({"mon_sun": ["13:00-20:00", "09:00-13:00"]}))
    assert kind.judge(call(), CLEAN, datetime(2026, 11, 23, 12, tzinfo=UTC)) == ()


def test_a_window_that_never_opens_denies() -> None:
    """No instant, so no deferral; also for a callee whose zone nobody knows."""
    never = CallingWindowKept(windows=read_windows({"mon_sun": []}))
    (finding,) = never.judge(call(), CLEAN, MONDAY_10)
    assert finding.not_before is None
    always = CallingWindowKept(windows=read_windows({"mon_sun": ["00:00-24:00"]}))
    nowhere = call("+80012345678")
    assert isinstance(nowhere.callee, Number)
    (finding,) = always.judge(nowhere, CLEAN, MONDAY_10)
    assert finding.not_before is None
    assert always.judge(call("39"), CLEAN, MONDAY_10) == ()


@pytest.mark.parametrize(
    ("ground", "status", "until", "holds"),
    [
        (Relationship(status="current"), CustomerStatus.CURRENT, None, True),
        (Relationship(status="current"), CustomerStatus.ENDED, MONDAY_10, False),
        (Relationship(status="current"), CustomerStatus.NONE, None, False),
        (Relationship(ended_within=DAY), CustomerStatus.CURRENT, None, False),
        (Relationship(ended_within=DAY), CustomerStatus.ENDED, MONDAY_10 - DAY, True),
        (Relationship(ended_within=DAY), CustomerStatus.ENDED, MONDAY_10 - DAY - timedelta(microseconds=1), False),
        (Relationship(ended_within=DAY), CustomerStatus.ENDED, None, False),
        (Relationship(status="current", ended_within=DAY), CustomerStatus.CURRENT, None, True),
    ],
)
def test_a_relationship_holds_while_current_or_just_ended(
    ground: Relationship, status: CustomerStatus, until: datetime | None, holds: bool
) -> None:
    """Exactly equal holds; an end without a date does not."""
    assert bool(ground.holds(call(), facts(status=status, until=until), MONDAY_10)) is holds


def test_a_relationship_that_could_never_hold_is_refused() -> None:
    """It must name a status or a time."""
    with pytest.raises(ValueError, match="ended_within"):
        Relationship()


def test_the_campaigns_caller_id_is_presented() -> None:
    """And nothing where there is no campaign."""
    hidden = Duties(caller_id="")
    assert PresentCallerId().bind(hidden) == Duties(caller_id="", caller_id_presented=True)


def test_kinds_read_only_facts_that_there_are() -> None:
    """Every name in `reads` is a field of Facts."""
    for kind in (ValidNumber, NotSuppressed, NotACustomer, CooledDown, AttemptsLeft, CallingWindowKept, Relationship):
        assert set(kind.reads) <= set(Facts.__slots__)
