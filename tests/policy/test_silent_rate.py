"""The share of silent calls, alone and at its edges."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from ari_app.policy.grammar import PackError
from ari_app.policy.held import SilentCalls
from ari_app.policy.rules.abandoned_rate_ceiling import SilentRateBelow
from tests.policy.examples import MONDAY_10, call, facts, pack, rule

DAY = timedelta(days=1)


def counted(put_through: int, silent: int, window: timedelta | None = None) -> SilentCalls:
    """What became of the campaign's calls."""
    return SilentCalls(window=window, put_through=put_through, silent=silent)


@pytest.mark.parametrize(
    ("denominator", "put_through", "silent", "passes"),
    [
        ("put_through", 100, 3, True),
        ("put_through", 99, 3, False),
        ("answered", 97, 3, True),
        ("answered", 96, 3, False),
        ("put_through", 0, 0, True),
        ("put_through", 0, 1, False),
        ("answered", 0, 1, False),
    ],
)
def test_silent_calls_are_few(
    denominator: Literal["put_through", "answered"], put_through: int, silent: int, passes: bool
) -> None:
    """Exactly the share passes, of those put through or of those and the silent ones; with nothing to compare none."""
    kind = SilentRateBelow(max_ratio=0.03, denominator=denominator)
    findings = kind.judge(call(), facts(silent_calls=(counted(put_through, silent),)), MONDAY_10)
    assert (findings == ()) is passes
    of = put_through + silent if denominator == "answered" else put_through
    for finding in findings:
        assert (finding.code, finding.not_before) == ("silent_rate_exceeded", None)
        assert dict(finding.values) == {"silent": silent, "of": of, "max_percent": "3.0%"}


def test_each_rule_looks_at_its_own_window() -> None:
    """One that was not counted is an error, which denies; with an operator on the line nothing is asked."""
    held = facts(silent_calls=(counted(100, 50, DAY), counted(100, 0)))
    of_a_day = SilentRateBelow(max_ratio=0.03, denominator="answered", window=DAY)
    assert of_a_day.judge(call(), held, MONDAY_10) != ()
    assert replace(of_a_day, window=None).judge(call(), held, MONDAY_10) == ()
    of_two_days = replace(of_a_day, window=2 * DAY)
    with pytest.raises(LookupError, match="within 2 days"):
        of_two_days.judge(call(), held, MONDAY_10)
    waiting = replace(call(), ask=replace(call().ask, attended=True))
    assert of_two_days.judge(waiting, held, MONDAY_10) == of_a_day.judge(waiting, held, MONDAY_10) == ()


@pytest.mark.parametrize(
    ("window", "read"),
    [("PT1H", DAY / 24), ("PT3H", DAY / 8), ("P400D", 400 * DAY), ("PT1H30M", None), ("P401D", None)],
)
def test_a_window_is_in_whole_hours_and_not_too_long(window: str, read: timedelta | None) -> None:
    """400 days are not; else the mistake names what is right."""
    params = f'max_ratio = 0.03\ndenominator = "answered"\nwindow = "{window}"'
    if read is not None:
        kind = pack(rule("r", "abandoned_rate_ceiling", params)).rules[0].kind
        assert kind == SilentRateBelow(max_ratio=0.03, denominator="answered", window=read)
        return
    with pytest.raises(PackError) as refused:
        pack(rule("r", "abandoned_rate_ceiling", params))
    (mistake,) = refused.value.mistakes
    assert mistake.key == "rule.r.params"
    assert "whole hours, at most P400D" in mistake.what
