"""A day on the floor added up: against a plain count, call by call, and at the edges of a day."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ari_app.desk.floor import day_of
from ari_app.desk.floor_day import Nearness, SilentRate, by_hour, reasons, talks, verdicts
from ari_app.policy.attempts import Attempt, was_conversation
from ari_app.policy.disposition import Disposition
from ari_app.policy.outcome import NO_ATTEMPTS, Outcome
from ari_app.policy.request import Purpose
from ari_app.policy.silent_ceilings import SilentCeiling
from ari_app.ports.floor import Counted, HourCount, WordCount

HOUR = datetime(2026, 11, 22, 9, tzinfo=UTC)


def ended(outcome: str, number: int) -> HourCount:
    """So many calls that ended so."""
    return HourCount(hour=HOUR, campaign="c", what=Counted.ENDED, word=outcome, number=number)


def blocked(what: Counted, word: str, number: int, *, hour: datetime = HOUR) -> HourCount:
    """So many verdicts."""
    return HourCount(hour=hour, campaign="c", what=what, word=word, number=number)


@pytest.mark.parametrize("seed", range(20))
def test_conversations_are_those_that_the_rules_count(seed: int) -> None:
    """Whatever was noted of whatever ending: the same as `policy.attempts` says of each call."""
    choose = random.Random(seed)  # noqa: S311  no secret
    calls = [(choose.choice(list(Outcome)), choose.choice([None, *Disposition])) for _ in range(300)]
    told = talks(
        [ended(outcome, number) for outcome, number in Counter(outcome for outcome, _ in calls).items()],
        [
            WordCount(campaign="c", disposition=word, outcome=outcome, number=number)
            for (outcome, word), number in Counter(calls).items()
            if word is not None
        ],
    )
    attempts = [_attempt(outcome, word) for outcome, word in calls]
    assert told.conversations == sum(was_conversation(each) for each in attempts)
    assert told.attempts == sum(each.outcome not in NO_ATTEMPTS or was_conversation(each) for each in attempts)
    assert told.sold == sum(word is Disposition.SOLD for _, word in calls)
    assert 0 <= (told.contact_rate or 0) <= 1
    assert 0 <= (told.conversion_rate or 0) <= 1


def _attempt(outcome: Outcome, word: Disposition | None) -> Attempt:
    return Attempt(call_id="x", campaign="c", purpose=Purpose.ACQUISITION, at=HOUR, outcome=outcome, disposition=word)


def test_a_word_may_come_before_its_ending_is_counted() -> None:
    """Nothing goes below zero meanwhile, and no rate above one."""
    word = WordCount(campaign="c", disposition="sold", outcome="answered", number=1)
    under_way = WordCount(campaign="c", disposition="interested", outcome="", number=1)
    told = talks([], [word, under_way])
    assert (told.conversations, told.sold, told.interested) == (2, 1, 1)
    assert told.contact_rate == 1


def test_nothing_is_no_rate() -> None:
    """Not zero per cent: nobody knows."""
    assert talks([], []).contact_rate is None
    assert talks([ended("busy", 3)], []).conversion_rate is None


def test_reasons_and_verdicts() -> None:
    """Deferred and denied together by reason; what shadow mode let pass apart."""
    counts = [
        blocked(Counted.PERMIT, "", 7),
        blocked(Counted.DENY, "holiday", 2),
        blocked(Counted.DEFER, "holiday", 1),
        blocked(Counted.DENY, "already_customer", 3),
        blocked(Counted.WOULD_REFUSE, "holiday", 4),
    ]
    assert reasons(counts) == (("already_customer", 3), ("holiday", 3))
    assert reasons(counts, shadow=True) == (("holiday", 4),)
    assert (verdicts(counts).given, verdicts(counts).blocked, verdicts(counts).would_refuse) == (13, 6, 4)


@pytest.mark.parametrize(
    ("silent", "of", "nearness"),
    [(0, 0, "within"), (1, 0, "over"), (3, 100, "near"), (4, 100, "over"), (2, 100, "within"), (24, 1000, "near")],
)
def test_how_near_a_rate_is_to_its_ceiling(silent: int, of: int, nearness: str) -> None:
    """Exactly the ceiling passes, as the rule has it; silence and nothing beside it does not."""
    ceiling = SilentCeiling(rule="it/x", max_ratio=0.03, denominator="put_through", window=None)
    assert SilentRate(campaign="c", ceiling=ceiling, silent=silent, of=of).nearness is Nearness(nearness)


@pytest.fixture
def in_rome(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in Rome."""
    monkeypatch.setenv("TZ", "Europe/Rome")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_rome")
@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-11-22T23:30:00+01:00", 24), ("2026-10-25T12:00:00+01:00", 25), ("2026-03-29T00:10:00+01:00", 23)],
)
def test_a_day_is_the_machines_own(now: str, hours: int) -> None:
    """From midnight to midnight of its clock, and twice a year longer or shorter; every hour has a bar."""
    at = datetime.fromisoformat(now)
    began, ends = day_of(at.astimezone(UTC))
    assert began <= at < ends
    assert ends - began == timedelta(hours=hours)
    assert began.astimezone().hour == 0
    bars = by_hour([blocked(Counted.DENY, "x", 2, hour=began)], since=began, until=ends)
    assert len(bars) == hours
    assert bars[0].verdicts.denied == 2
