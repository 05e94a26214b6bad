"""Calls that a dialer makes: whether somebody was there for whoever answered decides what they were."""

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.calls.progress import Attendance, Progress
from ari_app.calls.telling import CarefulWatch
from ari_app.policy.events import DialStatus
from ari_app.policy.outcome import Outcome
from tests.fakes.world import START, Watching, World, settle

pytestmark = pytest.mark.looptime
Telling = Callable[[World, str], bool]
WAITS: Telling = lambda world, call_id: world.reactor.waits(call_id, world.clock.now())  # noqa: E731
ATTENDED: Telling = lambda world, call_id: world.reactor.attended(call_id, world.clock.now())  # noqa: E731
SILENT: Telling = lambda world, call_id: world.reactor.silent(call_id, world.clock.now())  # noqa: E731


async def answered(world: World, *, seen: bool = True) -> str:
    """The id of a call that was answered, or whose answer was not seen over ARI."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    if seen:
        world.dials("leg-1", DialStatus.ANSWER)
    await settle()
    return world.watching.records[0].call_id


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ((), "answered"),
        ((WAITS,), "abandoned"),
        ((WAITS, ATTENDED), "answered"),
        ((WAITS, SILENT), "abandoned"),
        ((WAITS, SILENT, ATTENDED), "abandoned"),
        ((SILENT, WAITS, ATTENDED), "abandoned"),
    ],
)
async def test_an_answer_without_an_operator_is_a_silent_call(
    world: World, told: tuple[Telling, ...], outcome: str
) -> None:
    """From the answer on, until somebody comes; once its time was over, for good."""
    call_id = await answered(world)
    assert all(tell(world, call_id) for tell in told)
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == [outcome]
    assert world.attempts() == ["confirmed"]


async def test_an_answer_that_only_ami_told_of_is_one(world: World) -> None:
    """Who watches is told of it as of any other."""
    call_id = await answered(world, seen=False)
    assert WAITS(world, call_id)
    await settle()
    assert ("answered",) in world.watching.told
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["abandoned"]


async def test_a_call_that_nobody_knows_is_not_told(world: World) -> None:
    """It is over, another gate's, or none."""
    call_id = await answered(world)
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert [tell(world, known) for tell in (WAITS, ATTENDED, SILENT) for known in (call_id, "other", "")] == [False] * 9
    assert world.outcomes() == ["answered"]


async def test_whoever_is_added_is_told_as_well_and_a_fault_of_one_reaches_nobody(world: World) -> None:
    """After those that came first."""
    first, faulty, last = Watching(), Watching(at_fault=True), Watching()
    watch = CarefulWatch(first, world.heard)
    watch.add(faulty)
    watch.add(last)
    watch.ringing("call", START)
    watch.ended("call", "answered", START)
    assert first.told == faulty.told == last.told == [("ringing",), ("ended", "answered")]
    assert world.heard.names() == ["watch.failed"] * 2


@given(st.permutations([each for each in Attendance if each is not Attendance.UNKNOWN]))
def test_a_silent_call_stays_one_in_any_order(order: list[Attendance]) -> None:
    """Whatever is told before and after."""
    progress = Progress()
    for attendance in order:
        progress = progress.with_attendance(attendance, START)
    assert progress.ending(START).outcome is Outcome.ABANDONED


def test_silence_is_the_strictest_of_all_that_can_be_seen_of_a_call() -> None:
    """Also of one of which something may have been missed: whoever heard nobody is left in peace the longest."""
    steps: tuple[Callable[[Progress], Progress], ...] = (
        lambda progress: progress.with_attendance(Attendance.SILENT, START),
        lambda progress: progress.with_gap(),
        lambda progress: progress.with_answer(START),
        lambda progress: progress.with_channel_gone(START, cause=17),
    )
    for order in permutations(steps):
        progress = Progress()
        for step in order:
            progress = step(progress)
        assert progress.ending(START).outcome is Outcome.ABANDONED
