"""Kinds that look back on earlier calls, and those of the hour, alone and at their edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from ari_app.policy.attempts import Attempt
from ari_app.policy.counting import CONVERSATION, SILENT, ended_as
from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.facts import Facts, FactUnknown, Unknown
from ari_app.policy.held import Flag
from ari_app.policy.outcome import Outcome
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest, Purpose
from ari_app.policy.rules.another_hour import AnotherHour
from ari_app.policy.rules.cool_down import CooledDown
from ari_app.policy.rules.cooldown_after_outcome import CooledAfter
from ari_app.policy.rules.frequency_cap import AttemptsLeft
from ari_app.policy.rules.wanted_hours import HoursWanted
from tests.policy.examples import MONDAY_10, attempt, call, campaign, facts

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
NOBODY_KNOWS_WHERE = call("+80012345678")


def earlier(at: datetime, outcome: Outcome | None = Outcome.NO_ANSWER, **more: object) -> Attempt:
    """An earlier call, with more said of it."""
    return replace(attempt(at, outcome), **more)  # type: ignore[arg-type]  # fields by name


def attended(request: CallRequest) -> CallRequest:
    """The same call, with an operator on the line before anybody is called."""
    return replace(request, ask=replace(request.ask, attended=True))


def utc(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def only(findings: tuple[Finding, ...]) -> tuple[str, datetime | None]:
    """Code and instant of the one finding."""
    (finding,) = findings
    return finding.code, finding.not_before


@pytest.mark.parametrize(
    ("key", "same_number", "subject", "counts"),
    [
        ("number+principal", True, "energy", True),
        ("number+principal", False, "fibre", False),
        ("person+principal", True, "energy", True),
        ("person+principal", False, "energy", True),
        ("number+principal+subject", True, "fibre", True),
        ("number+principal+subject", True, "energy", False),
        ("number+principal+subject", True, "", True),
        ("number+principal+subject", False, "fibre", False),
    ],
)
def test_a_key_says_which_calls_count(key: str, same_number: bool, subject: str, counts: bool) -> None:
    """For every kind that has one; a call of which nobody knows what it was about may have been about this."""
    request = call(campaign=campaign(product="fibre"))
    history = facts(attempts=[earlier(MONDAY_10 - HOUR, same_number=same_number, subject=subject)])
    for kind in (
        AttemptsLeft(max_n=1, period=DAY, counting_key=key),  # type: ignore[arg-type]  # a word of the parameters above
        CooledDown(after_no_answer=DAY, counting_key=key),  # type: ignore[arg-type]
        CooledAfter(outcome=("no_answer",), min_duration=DAY, counting_key=key),  # type: ignore[arg-type]
    ):
        assert kind.counts == key
        assert bool(kind.judge(request, history, MONDAY_10)) is counts


@pytest.mark.parametrize("purpose", [Purpose.CARE, Purpose.RESEARCH])
@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.NOT_DIALLED, Outcome.DENIED])
def test_what_disturbed_nobody_for_marketing_counts_for_nothing(purpose: Purpose, outcome: Outcome) -> None:
    """Other purposes, and calls that never reached the callee."""
    for history in (facts(attempts=[attempt(MONDAY_10, None, purpose)]), facts(attempts=[attempt(MONDAY_10, outcome)])):
        for kind in (
            AttemptsLeft(max_n=1, period=DAY),
            CooledDown(after_conversation=DAY, after_no_answer=DAY),
            CooledAfter(outcome=("conversation", "no_answer"), min_duration=DAY),
            AnotherHour(within=DAY, apart=HOUR),
        ):
            assert kind.judge(call(), history, MONDAY_10) == ()


def test_unknown_attempts_are_no_history() -> None:
    """They raise what `decide` makes `facts_unavailable` of."""
    blind = replace(Facts.nothing_held(MONDAY_10), attempts=Unknown("book", "gone"))
    with pytest.raises(FactUnknown):
        AttemptsLeft(max_n=1, period=DAY).judge(call(), blind, MONDAY_10)


@pytest.mark.parametrize(
    ("call_before", "word", "ended"),
    [
        (earlier(MONDAY_10, Outcome.ABANDONED), "silent", True),
        (earlier(MONDAY_10, Outcome.ABANDONED, disposition=Disposition.MACHINE), "silent", False),
        (earlier(MONDAY_10, Outcome.ABANDONED, disposition=Disposition.REFUSED), "silent", True),
        (earlier(MONDAY_10, Outcome.ANSWERED, attended=False), "silent", False),
        (earlier(MONDAY_10, Outcome.UNOBSERVED, attended=False), "silent", True),
        (earlier(MONDAY_10, None, attended=False), "silent", True),
        (earlier(MONDAY_10, None, attended=False, disposition=Disposition.SOLD), "silent", False),
        (earlier(MONDAY_10, Outcome.UNOBSERVED), "silent", False),
        (earlier(MONDAY_10, Outcome.ANSWERED, disposition=Disposition.REFUSED), "refused", True),
        (earlier(MONDAY_10, Outcome.BUSY), "busy", True),
        (earlier(MONDAY_10, Outcome.BUSY), "no_answer", False),
        (earlier(MONDAY_10, Outcome.UNOBSERVED), "answered", True),
        (earlier(MONDAY_10, Outcome.ANSWERED, disposition=Disposition.VOICEMAIL), "answered", True),
        (earlier(MONDAY_10, Outcome.ANSWERED, disposition=Disposition.VOICEMAIL), "conversation", False),
        (earlier(MONDAY_10, None), "conversation", True),
        (earlier(MONDAY_10, Outcome.ANSWERED, talked=timedelta(seconds=4)), "conversation", False),
        (earlier(MONDAY_10, Outcome.ANSWERED, talked=timedelta(seconds=5)), "conversation", True),
    ],
)
def test_a_call_ended_as_the_strictest_reading_has_it(call_before: Attempt, word: str, ended: bool) -> None:
    """What nobody saw may have been silent, unless an operator was there; a machine hears no silence."""
    assert ended_as(call_before, word, conversation_from=timedelta(seconds=5)) is ended


def test_a_calendar_cap_is_free_at_the_callees_midnight() -> None:
    """Today and the days before, whole; a rolling one counts the hours."""
    history = facts(attempts=[earlier(utc("2026-11-22 22:30"))])  # 23:30 on Sunday in Rome
    today = AttemptsLeft(max_n=1, period=DAY, calendar=True)
    assert only(today.judge(call(), history, utc("2026-11-22 22:59"))) == (
        "attempts_exhausted",
        utc("2026-11-22 23:00"),
    )
    assert today.judge(call(), history, utc("2026-11-22 23:00")) == ()
    two_days = AttemptsLeft(max_n=1, period=2 * DAY, calendar=True)
    assert only(two_days.judge(call(), history, utc("2026-11-22 23:00")))[1] == utc("2026-11-23 23:00")
    rolling = AttemptsLeft(max_n=1, period=DAY)
    assert only(rolling.judge(call(), history, utc("2026-11-22 23:00")))[1] == utc("2026-11-23 22:30")


@pytest.mark.parametrize(
    ("dialled", "at", "free_at"),
    [
        ("+393331234567", "2026-03-28 12:00", "2026-03-28 23:00"),
        ("+393331234567", "2026-03-29 12:00", "2026-03-29 22:00"),
        ("+393331234567", "2026-10-25 12:00", "2026-10-25 23:00"),
        ("+34612345678", "2026-11-23 12:00", "2026-11-24 00:00"),
        ("+20221234567", "2026-04-23 12:00", "2026-04-23 22:00"),
        ("+5371234567", "2026-11-01 12:00", "2026-11-02 05:00"),
        ("+80012345678", "2026-11-23 12:00", "2026-11-24 12:00"),
    ],
)
def test_a_local_day_ends_where_the_callee_is(dialled: str, at: str, free_at: str) -> None:
    """Over clock changes, also one at midnight; the last of several zones; without a zone, 24 hours."""
    for kind in (
        AttemptsLeft(max_n=1, period=DAY, calendar=True),
        CooledAfter(outcome=("no_answer",), min_duration=DAY, calendar=True),
    ):
        history = facts(attempts=[earlier(utc(at))])
        assert only(kind.judge(call(dialled), history, utc(at) + HOUR))[1] == utc(free_at)
        assert kind.judge(call(dialled), history, utc(free_at)) == ()


def test_a_cap_counts_what_it_says() -> None:
    """Answered by whatever, spoken to for some seconds, or anything but what is left out."""
    busy = earlier(MONDAY_10 - HOUR, Outcome.BUSY)
    voicemail = earlier(MONDAY_10 - HOUR, Outcome.ANSWERED, disposition=Disposition.VOICEMAIL)
    short = earlier(MONDAY_10 - HOUR, Outcome.ANSWERED, talked=timedelta(seconds=4))
    history = facts(attempts=[busy, voicemail, short])
    for kind, counted in (
        (AttemptsLeft(max_n=3, period=DAY), True),
        (AttemptsLeft(max_n=3, period=DAY, not_counted=("busy",)), False),
        (AttemptsLeft(max_n=2, period=DAY, not_counted=("voicemail",)), True),
        (AttemptsLeft(max_n=2, period=DAY, count="answered"), True),
        (AttemptsLeft(max_n=3, period=DAY, count="answered"), False),
        (AttemptsLeft(max_n=1, period=DAY, count="conversation"), True),
        (AttemptsLeft(max_n=1, period=DAY, count="conversation", conversation_from=timedelta(seconds=5)), False),
    ):
        assert bool(kind.judge(call(), history, MONDAY_10)) is counted


def test_a_pause_is_of_a_conversation_only_from_a_length() -> None:
    """A shorter call is one that nobody answered; exactly equal is a conversation."""
    kind = CooledDown(after_conversation=30 * DAY, after_no_answer=4 * HOUR, conversation_from=timedelta(seconds=5))
    for seconds, pause in ((4, 4 * HOUR), (5, 30 * DAY)):
        talked = earlier(MONDAY_10, Outcome.ANSWERED, talked=timedelta(seconds=seconds))
        assert only(kind.judge(call(), facts(attempts=[talked]), MONDAY_10))[1] == MONDAY_10 + pause


@pytest.mark.parametrize(
    ("outcome", "before", "code"),
    [
        (("silent",), earlier(MONDAY_10, Outcome.ABANDONED), "silent_call_cool_down"),
        (("answered", "silent"), earlier(MONDAY_10, Outcome.ABANDONED), "silent_call_cool_down"),
        (("answered",), earlier(MONDAY_10, Outcome.ABANDONED), "contacted_recently"),
        (("silent", "refused"), earlier(MONDAY_10, disposition=Disposition.REFUSED), "refused_recently"),
        (("conversation",), earlier(MONDAY_10, disposition=Disposition.REFUSED), "contacted_recently"),
        (("voicemail",), earlier(MONDAY_10, disposition=Disposition.VOICEMAIL), "contacted_recently"),
    ],
)
def test_a_pause_after_an_outcome_says_why(outcome: tuple[str, ...], before: Attempt, code: str) -> None:
    """Until it is over, exactly; with the call that asks for it."""
    kind = CooledAfter(outcome=outcome, min_duration=5 * DAY)
    (finding,) = kind.judge(call(), facts(attempts=[before]), MONDAY_10 + 5 * DAY - MOMENT)
    assert (finding.code, finding.not_before) == (code, MONDAY_10 + 5 * DAY)
    assert dict(finding.values) == {"last_at": MONDAY_10, "min_duration": 5 * DAY}
    assert kind.judge(call(), facts(attempts=[before]), MONDAY_10 + 5 * DAY) == ()
    assert kind.judge(call(), facts(attempts=[]), MONDAY_10) == ()


def test_an_operator_on_the_line_lifts_the_pause() -> None:
    """Where the pack says so, for a call that has one."""
    history = facts(attempts=[earlier(MONDAY_10, Outcome.ABANDONED)])
    kind = CooledAfter(outcome=("silent",), min_duration=3 * DAY, lifted_by="operator_guaranteed")
    assert kind.judge(attended(call()), history, MONDAY_10) == ()
    assert only(kind.judge(call(), history, MONDAY_10)) == ("silent_call_cool_down", MONDAY_10 + 3 * DAY)


def test_after_silence_an_operator_must_be_there_once() -> None:
    """Until a later call had one, a call without is denied, during the pause and after it; the pause binds all."""
    silent = earlier(MONDAY_10, Outcome.ABANDONED)
    kind = CooledAfter(outcome=("silent",), min_duration=5 * DAY, then="operator_guaranteed")
    for now in (MONDAY_10, MONDAY_10 + 400 * DAY):
        assert only(kind.judge(call(), facts(attempts=[silent]), now)) == ("silent_call_cool_down", None)
    assert only(kind.judge(attended(call()), facts(attempts=[silent]), MONDAY_10))[1] == MONDAY_10 + 5 * DAY
    assert kind.judge(attended(call()), facts(attempts=[silent]), MONDAY_10 + 5 * DAY) == ()
    for later, free in (
        (earlier(MONDAY_10 + 6 * DAY), True),
        (earlier(MONDAY_10 + 6 * DAY, attended=False), False),
        (earlier(MONDAY_10 + 6 * DAY, Outcome.FAILED), False),
        (earlier(MONDAY_10 - DAY), False),
    ):
        history = facts(attempts=[later, silent])
        assert (kind.judge(call(), history, MONDAY_10 + 7 * DAY) == ()) is free


@pytest.mark.parametrize(
    "make",
    [
        lambda: AttemptsLeft(max_n=1, period=DAY + HOUR, calendar=True),
        lambda: AttemptsLeft(max_n=1, period=1099 * DAY),
        lambda: AttemptsLeft(max_n=1, period=1098 * DAY, calendar=True),
        lambda: AttemptsLeft(max_n=1, period=DAY, conversation_from=HOUR),
        lambda: CooledAfter(outcome=("silent",), min_duration=HOUR, calendar=True),
        lambda: CooledAfter(outcome=("silent",), min_duration=DAY, conversation_from=HOUR),
        lambda: CooledDown(after_conversation=1099 * DAY),
        lambda: AnotherHour(within=DAY, apart=12 * HOUR),
        lambda: AnotherHour(within=1099 * DAY, apart=HOUR),
    ],
)
def test_parameters_without_a_meaning_are_refused(make: object) -> None:
    """A part of a calendar day, more than is looked up, a length of what is not counted."""
    assert callable(make)
    with pytest.raises(ValueError, match=r"write|looked up|needs|farther"):
        make()


@pytest.mark.parametrize(
    ("kind", "params", "said"),
    [
        (CooledAfter, {"outcome": ["silence"], "min_duration": "P1D"}, "no call ends as 'silence'"),
        (CooledAfter, {"outcome": [], "min_duration": "P1D"}, "at least 1 item"),
        (
            AttemptsLeft,
            {"max_n": 1, "period": "P1D", "not_counted": ["conversation"]},
            "no call ends as 'conversation'",
        ),
    ],
)
def test_a_word_that_no_call_ends_with_is_refused(kind: type, params: dict[str, object], said: str) -> None:
    """Nor may a cap leave out what is a reading of the unknown."""
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(kind).validate_python(params)


def wish(hours: str, since: datetime = MONDAY_10 - DAY) -> Flag:
    """Somebody's own hours."""
    return Flag(kind=FlagKind.HOURS, value=hours, since=since)


def test_whoever_named_hours_is_called_in_them() -> None:
    """Every day, by their own clock; start inside, end outside; without a wish at any hour."""
    kind, evening = HoursWanted(), facts(flags=(wish("17:00-20:00"),))
    assert only(kind.judge(call(), evening, MONDAY_10)) == ("outside_wanted_hours", utc("2026-11-23 16:00"))
    assert kind.judge(call(), evening, utc("2026-11-23 16:00")) == ()
    assert only(kind.judge(call(), evening, utc("2026-11-23 19:00")))[1] == utc("2026-11-24 16:00")
    assert only(kind.judge(call(), evening, utc("2026-12-25 19:00")))[1] == utc("2026-12-26 16:00")
    other = Flag(kind=FlagKind.LANGUAGE, value="de", since=MONDAY_10)
    assert kind.judge(call(), facts(flags=(other,)), MONDAY_10) == ()
    assert kind.judge(call("39"), evening, MONDAY_10) == ()
    assert only(kind.judge(call("+34612345678"), evening, MONDAY_10))[1] == utc("2026-11-23 17:00")


def test_the_newest_wish_counts_from_when_it_was_made() -> None:
    """Asked about the past, a later wish counts from its own instant on, also on the way to the first free one."""
    kind = HoursWanted()
    wishes = (wish("17:00-20:00"), wish("12:00-13:00", MONDAY_10 + HOUR), wish("00:00-24:00", MONDAY_10 - 2 * DAY))
    assert only(kind.judge(call(), facts(flags=wishes), MONDAY_10))[1] == utc("2026-11-23 11:00")
    assert kind.judge(call(), facts(flags=(wish("12:00-13:00", MONDAY_10 + HOUR),)), MONDAY_10) == ()
    nowhere = facts(flags=(wish("17:00-20:00"), wish("12:00-13:00", MONDAY_10 + HOUR)))
    assert only(kind.judge(NOBODY_KNOWS_WHERE, nowhere, MONDAY_10))[1] is None


@pytest.mark.parametrize("hours", ["evenings", "22:00-02:00", "17:00", "17:00-25:00", "20:00-17:00"])
def test_a_wish_that_nobody_can_read_is_an_error(hours: str) -> None:
    """Which denies: what was wished is not known."""
    with pytest.raises(ValueError, match=hours):
        HoursWanted().judge(call(), facts(flags=(wish(hours),)), MONDAY_10)


@pytest.mark.parametrize(
    ("outcome", "disposition", "counts"),
    [
        (Outcome.NO_ANSWER, None, True),
        (Outcome.BUSY, None, True),
        (Outcome.CANCELLED, None, True),
        (Outcome.ANSWERED, Disposition.VOICEMAIL, True),
        (Outcome.ABANDONED, Disposition.MACHINE, True),
        (Outcome.ANSWERED, None, False),
        (None, None, False),
    ],
)
def test_whoever_did_not_answer_is_tried_at_another_hour(
    outcome: Outcome, disposition: Disposition | None, counts: bool
) -> None:
    """Whatever nobody took counts; what was taken, or still rings, is not for this rule."""
    history = facts(attempts=[earlier(MONDAY_10, outcome, disposition=disposition)])
    assert bool(AnotherHour(within=3 * DAY, apart=3 * HOUR).judge(call(), history, MONDAY_10 + DAY)) is counts


def test_another_hour_lies_apart_either_way() -> None:
    """Exactly apart is another hour, before and after; once the call lies back far enough any hour is."""
    kind, history = AnotherHour(within=3 * DAY, apart=3 * HOUR), facts(attempts=[earlier(MONDAY_10)])
    for hours, free in ((2, None), (3, True), (21, True), (22, None), (26, None), (27, True)):
        found = kind.judge(call(), history, MONDAY_10 + hours * HOUR)
        assert (found == ()) is bool(free)
    assert kind.judge(call(), history, MONDAY_10 + 21 * HOUR + MOMENT) != ()
    assert only(kind.judge(call(), history, MONDAY_10))[1] == MONDAY_10 + 3 * HOUR
    assert only(kind.judge(call(), history, MONDAY_10 + 72 * HOUR - MOMENT))[1] == MONDAY_10 + 72 * HOUR
    assert kind.judge(call(), history, MONDAY_10 + 72 * HOUR) == ()


def test_another_hour_is_another_by_the_clock_on_the_wall() -> None:
    """After the clocks went back the same hour of the day comes an hour later; the newest call counts."""
    kind = AnotherHour(within=5 * DAY, apart=HOUR)
    saturday = earlier(utc("2026-10-24 10:00"))  # 12:00 in Rome
    history = facts(attempts=[saturday, earlier(utc("2026-10-23 15:00"))])
    assert kind.judge(call(), history, utc("2026-10-25 10:00")) == ()
    assert only(kind.judge(call(), history, utc("2026-10-25 11:00"))) == ("contacted_recently", utc("2026-10-25 12:00"))


def test_where_no_clock_is_known_no_hour_is_another() -> None:
    """Until the call lies back far enough."""
    history = facts(attempts=[earlier(MONDAY_10)])
    kind = AnotherHour(within=3 * DAY, apart=HOUR)
    assert only(kind.judge(NOBODY_KNOWS_WHERE, history, MONDAY_10 + 5 * HOUR))[1] == MONDAY_10 + 3 * DAY


def test_the_words_are_those_of_outcomes_and_dispositions() -> None:
    """Beside the two readings that are nobody's word."""
    assert SILENT not in [*Outcome, *Disposition]
    assert CONVERSATION not in [*Outcome, *Disposition]
