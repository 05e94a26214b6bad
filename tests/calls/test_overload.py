"""More calls than can be judged, in virtual time: a book that commits a hundred verdicts a second, one at a time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ari_app.policy.events import CallAsked
from ari_app.policy.request import Door
from tests.calls.test_agi import asks, door_of
from tests.fakes.world import START, World, settle

pytestmark = pytest.mark.looptime

EACH = timedelta(milliseconds=10)
CAPACITY = 100
DEADLINE = timedelta(milliseconds=300)
LASTS_S = 5


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Of such a book."""
    world = World()
    world.verdicts.commit_takes = EACH
    yield world
    await world.reactor.close()
    await world.judge.close()


async def placed(world: World, rate: int, *, seconds: float = LASTS_S, first: int = 0) -> None:
    """Calls at that rate, a number each."""
    for place in range(first, first + round(rate * seconds)):
        world.calls_in(f"+39333{place:07d}", channel=f"chan-{place}")
        await asyncio.sleep(1 / rate)
    await asyncio.sleep(1)


@pytest.mark.parametrize("rate", [20, 50, 90])
async def test_below_capacity_nobody_is_turned_away(world: World, rate: int) -> None:
    """Every call gets its verdict."""
    await placed(world, rate)
    assert len(world.switch.allowed) == rate * LASTS_S
    assert "verdict.shed" not in world.heard.names()


@pytest.mark.parametrize("rate", [200, 400])
async def test_above_capacity_as_many_as_can_be_are_judged_in_time(world: World, rate: int) -> None:
    """Nine tenths of capacity at least; the rest are passed on at once, counted, and on no record; none is late."""
    await placed(world, rate)
    allowed, passed_on = (
        [told.channel_id for told in world.switch.told if told.label == label] for label in ("allow", "pass on")
    )
    assert len(allowed) >= CAPACITY * LASTS_S * 0.9
    assert len(allowed) + len(passed_on) == rate * LASTS_S
    assert world.heard.names().count("verdict.shed") == len(passed_on)
    assert "verdict.unavailable" not in world.heard.names()
    assert len(world.verdicts.held) == len(allowed)
    assert world.reactor.calls == len(allowed)


async def test_the_time_that_a_verdict_takes_is_flat_and_within_the_deadline(world: World) -> None:
    """Four times as many as can be judged, for ten seconds: the last seconds are like the first ones."""
    waits: list[float] = []
    world.verdicts.on_commit = lambda record: waits.append((world.clock.now() - record.decided_at) / DEADLINE)
    await placed(world, CAPACITY * 4, seconds=10)
    first, last = waits[100:300], waits[-200:]
    assert max(waits) < 1
    assert sum(last) / len(last) == pytest.approx(sum(first) / len(first), rel=0.1)


async def test_it_is_over_when_the_crowd_is(world: World) -> None:
    """Half a second later every call is judged again, in the time of one."""
    await placed(world, CAPACITY * 4)
    shed = world.heard.names().count("verdict.shed")
    waits: list[timedelta] = []
    world.verdicts.on_commit = lambda record: waits.append(world.clock.now() - record.decided_at)
    await placed(world, 20, first=100_000)
    assert world.heard.names().count("verdict.shed") == shed
    assert len(waits) == 20 * LASTS_S
    assert max(waits) <= EACH * 1.5


async def test_a_helpline_is_let_through_whatever_the_crowd(world: World) -> None:
    """An exempt number is judged by nobody, so it waits for nobody."""
    crowd = asyncio.create_task(placed(world, CAPACITY * 4, seconds=1))
    await asyncio.sleep(0.9)
    world.calls_in("112", channel="helpline")
    await settle()
    assert "helpline" in world.switch.allowed
    await crowd


async def test_what_asterisk_was_slow_to_tell_is_part_of_the_deadline(world: World) -> None:
    """A question that waited 250 ms of its 300 has 50 left: nobody waits at the dialplan's side any longer."""
    world.verdicts.slow = timedelta(seconds=1)
    world.switch.add("chan-1")
    asked = CallAsked(channel_id="chan-1", at=START, ask=world.ask(), entry="1", waited=timedelta(milliseconds=250))
    world.reactor.handle(asked)
    await asyncio.sleep(0.06)
    assert world.switch.refused == ["chan-1"]


async def test_the_other_doors_turn_away_as_well(world: World) -> None:
    """FastAGI: unavailable, so that the next gate is tried; a program: denied, on no record, and told why."""
    crowd = asyncio.create_task(placed(world, CAPACITY * 4, seconds=1))
    await asyncio.sleep(0.9)
    held = len(world.verdicts.held)
    said = (await asks(door_of(world), number="+393339999998")).said
    assert said == {"GARBO_REASON": "facts_unavailable", "GARBO_VERDICT": "unavailable"}
    record = await world.judge.judge(world.ask("+393339999997", door=Door.API, idempotency_key="program"))
    assert (record.verdict, record.degraded, record.reasons[0].code) == ("deny", True, "facts_unavailable")
    assert len(world.verdicts.held) == held
    assert [values["door"] for name, values in world.heard.events if name == "verdict.shed"][-2:] == ["fastagi", "api"]
    await crowd
