"""Who is let in while verdicts are slow, and how quickly the pace is learned."""

from contextlib import suppress
from datetime import timedelta

import pytest

from ari_app.judging.turnstile import Pace, Turnstile

DEADLINE = timedelta(milliseconds=300)
AT_ONCE = timedelta(0)


def ms(milliseconds: float) -> timedelta:
    """So many."""
    return timedelta(milliseconds=milliseconds)


def pace(each_ms: float) -> Pace:
    """One at which each verdict lets the next one wait so long."""
    return Pace(deadline=DEADLINE, each=ms(each_ms))


@pytest.mark.parametrize(
    ("each_ms", "inside"),
    [(1, 150), (5, 30), (10, 15), (30, 5), (37, 4), (300, 4), (10_000, 4)],
)
def test_as_many_are_let_in_as_half_of_the_deadline_has_room_for(each_ms: float, inside: int) -> None:
    """One more is turned away; four are let in at any pace, or nobody would learn of a better one."""
    assert pace(each_ms).admits(under_way=inside - 1, waited=AT_ONCE)
    assert not pace(each_ms).admits(under_way=inside, waited=AT_ONCE)


@pytest.mark.parametrize(("waited_ms", "admitted"), [(0, True), (200, True), (201, False), (299, False)])
def test_who_waited_must_still_come_in_time(waited_ms: float, admitted: bool) -> None:
    """Nine are inside and take ten milliseconds each: the tenth needs a hundred of its three hundred."""
    assert pace(10).admits(under_way=9, waited=ms(waited_ms)) is admitted


def test_one_slow_verdict_shuts_nobody_out() -> None:
    """A second in which the disk stood still counts as the deadline, and some ten quick verdicts make up for it."""
    before = pace(7)
    stalled = before.after(ms(1000), under_way=0)
    assert stalled.each == pytest.approx(ms(43.625), abs=ms(0.001))
    for _ in range(16):
        stalled = stalled.after(ms(7), under_way=0)
    assert stalled.each < ms(12)


def test_what_is_done_together_is_not_told_as_slow() -> None:
    """Twenty in one commit of forty milliseconds: the twentieth let nobody wait longer than two."""
    assert pace(2).after(ms(40), under_way=19).each == ms(2)


@pytest.mark.looptime
async def test_whoever_leaves_by_a_fault_is_not_inside_any_more() -> None:
    """And counts for the pace like any other."""
    turnstile = Turnstile(DEADLINE)
    with suppress(ValueError), turnstile.turn():
        assert turnstile.under_way == 1
        raise ValueError("of the test")
    assert turnstile.under_way == 0
    assert turnstile.admits(AT_ONCE)
