"""Kinds that look back, and those of the hour: where two calls, two words, two wishes or two instants meet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ari_app.policy.attempts import LOOK_BACK, Attempt
from ari_app.policy.disposition import FlagKind
from ari_app.policy.held import Flag
from ari_app.policy.outcome import Outcome
from ari_app.policy.pack import Finding
from ari_app.policy.rules.another_hour import AnotherHour
from ari_app.policy.rules.cool_down import CooledDown
from ari_app.policy.rules.cooldown_after_outcome import CooledAfter
from ari_app.policy.rules.frequency_cap import AttemptsLeft
from ari_app.policy.rules.wanted_hours import HoursWanted
from tests.policy.examples import MONDAY_10, attempt, call, facts

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def talk(at: datetime, seconds: int) -> Attempt:
    """An answered call of some length."""
    return replace(attempt(at, Outcome.ANSWERED), talked=seconds * SECOND)


def only(findings: tuple[Finding, ...]) -> tuple[str, datetime | None]:
    """Code and instant of the one finding."""
    (finding,) = findings
    return finding.code, finding.not_before


def test_of_several_calls_the_last_asks_for_the_pause() -> None:
    """In whatever order they come."""
    kind = CooledAfter(outcome=("busy", "no_answer"), min_duration=5 * DAY)
    calls = [attempt(MONDAY_10 - DAY), attempt(MONDAY_10 - 3 * DAY, Outcome.BUSY)]
    for attempts in (calls, calls[::-1]):
        (finding,) = kind.judge(call(), facts(attempts=attempts), MONDAY_10)
        assert finding.not_before == MONDAY_10 + 4 * DAY
        assert dict(finding.values)["last_at"] == MONDAY_10 - DAY


def test_a_pause_after_a_conversation_is_after_one_that_was_long_enough() -> None:
    """Exactly equal is; without a length any answered call is one."""
    for length, seconds, pauses in ((5, 4, False), (5, 5, True), (None, 4, True)):
        kind = CooledAfter(
            outcome=("conversation",), min_duration=DAY, conversation_from=length * SECOND if length else None
        )
        history = facts(attempts=[talk(MONDAY_10, seconds)])
        assert bool(kind.judge(call(), history, MONDAY_10 + HOUR)) is pauses


def test_only_silence_is_told_as_silence() -> None:
    """A call that rang in vain is none, where the pause is after either."""
    kind = CooledAfter(outcome=("silent", "no_answer"), min_duration=DAY)
    assert only(kind.judge(call(), facts(attempts=[attempt(MONDAY_10)]), MONDAY_10))[0] == "contacted_recently"


def test_a_local_day_may_last_longer_than_a_day() -> None:
    """25 hours, where the clocks go back: a call just after midnight counts until the next."""
    history = facts(attempts=[attempt(datetime(2026, 10, 24, 22, 10, tzinfo=UTC))])  # 00:10 in Rome
    midnight = datetime(2026, 10, 25, 23, tzinfo=UTC)
    for kind in (
        CooledAfter(outcome=("no_answer",), min_duration=DAY, calendar=True),
        AttemptsLeft(max_n=1, period=DAY, calendar=True),
    ):
        assert only(kind.judge(call(), history, midnight - SECOND))[1] == midnight
        assert kind.judge(call(), history, midnight) == ()


def test_a_pause_may_be_as_long_as_calls_are_looked_up() -> None:
    """By the calendar a day less; a part of a day names what is right."""
    CooledDown(after_conversation=LOOK_BACK)
    AnotherHour(within=LOOK_BACK, apart=12 * HOUR - SECOND)
    AttemptsLeft(max_n=1, period=LOOK_BACK - DAY, calendar=True)
    with pytest.raises(ValueError, match=f"{LOOK_BACK.days} days back"):
        AttemptsLeft(max_n=1, period=LOOK_BACK, calendar=True)
    with pytest.raises(ValueError, match="whole days, as P1D"):
        AttemptsLeft(max_n=1, period=HOUR, calendar=True)


def test_for_what_is_no_number_no_hour_is_another() -> None:
    """There is no clock to ask; whatever else is wrong with it is another rule's word."""
    kind, history = AnotherHour(within=DAY, apart=HOUR), facts(attempts=[attempt(MONDAY_10)])
    assert only(kind.judge(call("39"), history, MONDAY_10 + 5 * HOUR)) == ("contacted_recently", MONDAY_10 + DAY)


def wish(hours: str, since: datetime) -> Flag:
    """Somebody's own hours."""
    return Flag(kind=FlagKind.HOURS, value=hours, since=since)


def test_a_wish_counts_from_its_very_instant() -> None:
    """Made now it binds; made when the old hours would have begun it takes their place."""
    kind = HoursWanted()
    assert only(kind.judge(call(), facts(flags=(wish("17:00-20:00", MONDAY_10),)), MONDAY_10)) == (
        "outside_wanted_hours",
        datetime(2026, 11, 23, 16, tzinfo=UTC),
    )
    begins = datetime(2026, 11, 23, 16, tzinfo=UTC)  # 17:00 in Rome
    wishes = (wish("17:00-20:00", MONDAY_10 - DAY), wish("12:00-13:00", begins))
    assert only(kind.judge(call(), facts(flags=wishes), MONDAY_10))[1] == datetime(2026, 11, 24, 11, tzinfo=UTC)
