"""Whose desk shows which call, and who is woken when."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ari_app.desk.bells import Bells
from ari_app.desk.live import MOST_CALLS, STALE
from ari_app.ports.live_calls import Phase
from tests.desk.floor import Gate, Tables

pytestmark = pytest.mark.looptime


@pytest.fixture
def gate() -> Gate:
    """The only gate."""
    return Gate(Tables())


async def looks(changes: AsyncIterator[str]) -> int:
    """How often it wakes, until it waits."""
    seen = 0
    while True:
        try:
            async with asyncio.timeout(0.001):
                await anext(changes)
        except TimeoutError:
            return seen
        seen += 1


def newest(gate: Gate, operator: str = "anna") -> tuple[str, Phase] | None:
    """What the operator's desk shows."""
    call = gate.desks.of(operator)
    return (call.call_id, call.phase) if call is not None else None


async def test_a_call_goes_from_the_verdict_to_its_end_on_one_desk(gate: Gate) -> None:
    """And stays there until it is done with."""
    gate.judged("1")
    assert newest(gate) == ("1", Phase.DIALLED)
    gate.desks.ringing("1", gate.clock.now())
    assert newest(gate) == ("1", Phase.RINGING)
    gate.desks.answered("1", gate.clock.now())
    assert newest(gate) == ("1", Phase.ANSWERED)
    assert not gate.desks.done("anna", "1"), "it is under way"
    gate.ended("1")
    assert newest(gate) == ("1", Phase.ENDED)
    assert gate.desks.done("anna", "1")
    assert newest(gate) is None
    assert gate.desks.live() == ()
    assert not gate.desks.done("anna", "1")


async def test_no_operator_sees_or_touches_anothers_call(gate: Gate) -> None:
    """Neither by looking, nor by putting it away, nor by being woken."""
    anna, bruno = gate.desks.changes("anna"), gate.desks.changes("bruno")
    assert (await looks(anna), await looks(bruno)) == (1, 1)
    gate.judged("1", "anna", verdict="deny")
    assert (await looks(anna), await looks(bruno)) == (1, 0)
    assert newest(gate, "bruno") is None
    assert not gate.desks.done("bruno", "1")
    assert newest(gate) == ("1", Phase.REFUSED)


async def test_many_changes_are_one_look_and_none_is_lost(gate: Gate) -> None:
    """Who is busy is not waited for, and looks once afterwards."""
    anna = gate.desks.changes("anna")
    floor = gate.desks.floor_changes()
    assert (await looks(anna), await looks(floor)) == (1, 1)
    gate.judged("1")
    gate.answered("1")
    gate.ended("1")
    assert (await looks(anna), await looks(floor)) == (1, 1)
    assert (await looks(anna), await looks(floor)) == (0, 0)


async def test_that_it_rings_changes_nothing_on_a_desk(gate: Gate) -> None:
    """It shows the same from the verdict to the answer; the floor is told."""
    anna, floor = gate.desks.changes("anna"), gate.desks.floor_changes()
    gate.judged("1")
    assert (await looks(anna), await looks(floor)) == (1, 1)
    gate.desks.ringing("1", gate.clock.now())
    assert (await looks(anna), await looks(floor)) == (0, 1)
    gate.answered("1")
    assert (await looks(anna), await looks(floor)) == (1, 1)


async def test_a_mark_tells_what_a_look_has_seen(gate: Gate) -> None:
    """Who looked after a change has its mark; another operator's changes do not move it; another gate has others."""
    anna = gate.desks.changes("anna")
    first = await anext(anna)
    assert first == gate.desks.mark("anna")
    gate.judged("1")
    seen = await anext(anna)
    gate.judged("2", "bruno")
    gate.answered("2")
    assert gate.desks.mark("anna") == seen
    (life, before), (same, after) = first.split("."), seen.split(".")
    assert life == same
    assert int(after) > int(before)
    assert Bells().mark("anna").split(".")[0] != life


async def test_who_let_go_of_it_listens_no_more(gate: Gate) -> None:
    """Nothing stays of a browser that left."""
    anna = gate.desks.changes("anna")
    await anext(anna)
    assert gate.bells.heard_by("anna")
    del anna
    gc.collect()
    assert not gate.bells.heard_by("anna")
    gate.judged("1")
    assert gate.bells._by_operator == {}


async def test_a_denied_call_is_shown_until_it_is_read_or_the_next_comes(gate: Gate) -> None:
    """With its verdict, also where nothing of it is on record."""
    gate.judged("1", verdict="deny", degraded=True)
    assert newest(gate) == ("1", Phase.REFUSED)
    record = gate.desks.record("1")
    assert record is not None
    assert record.degraded
    await asyncio.sleep(1)
    gate.judged("2", verdict="defer")
    assert newest(gate) == ("2", Phase.REFUSED)
    assert gate.desks.record("1") is None
    assert gate.desks.done("anna", "2")
    await gate.written()
    assert set(gate.tables.calls.held) == {"2"}, "what is on no record has no row"


async def test_a_refusal_beside_a_call_gives_way_to_it_again(gate: Gate) -> None:
    """On another line, in the middle of a conversation."""
    gate.judged("1")
    gate.answered("1")
    await asyncio.sleep(1)
    gate.judged("2", verdict="deny")
    assert newest(gate) == ("2", Phase.REFUSED)
    assert gate.desks.busy("anna")
    gate.desks.done("anna", "2")
    assert newest(gate) == ("1", Phase.ANSWERED)


async def test_an_older_call_that_ends_is_put_away_behind_the_newer_one(gate: Gate) -> None:
    """Its operator has gone on."""
    gate.judged("1")
    await asyncio.sleep(1)
    gate.judged("2")
    gate.ended("1")
    assert newest(gate) == ("2", Phase.DIALLED)
    assert [call.call_id for call in gate.desks.live()] == ["2"]


async def test_the_next_call_puts_the_last_one_away(gate: Gate) -> None:
    """After-call work ends with it."""
    gate.judged("1")
    gate.ended("1")
    await asyncio.sleep(1)
    gate.judged("2")
    assert [call.call_id for call in gate.desks.live()] == ["2"]
    await gate.written()
    assert gate.tables.calls.held["1"].done_at is not None


async def test_a_repeat_changes_nothing_about_how_far_a_call_has_come(gate: Gate) -> None:
    """A second trunk asks: it rang before."""
    gate.judged("1")
    gate.answered("1")
    gate.judged("1", repeated=True)
    assert newest(gate) == ("1", Phase.ANSWERED)
    gate.desks.ringing("1", gate.clock.now())
    assert newest(gate) == ("1", Phase.ANSWERED)


async def test_a_refusal_that_is_asked_for_again_is_shown_again(gate: Gate) -> None:
    """The operator dialled on: they see why it does not go out."""
    gate.judged("1", verdict="deny")
    gate.desks.done("anna", "1")
    gate.judged("1", verdict="deny", repeated=True)
    assert newest(gate) == ("1", Phase.REFUSED)
    gate.judged("1", verdict="deny", repeated=True)
    assert newest(gate) == ("1", Phase.REFUSED)


async def test_nothing_is_left_to_note_of_a_call_that_was_never_dialled(gate: Gate) -> None:
    """It leaves the desk by itself."""
    gate.judged("1")
    gate.ended("1", "not_dialled")
    assert newest(gate) is None


async def test_a_dialers_call_is_the_floors_until_it_is_put_through(gate: Gate) -> None:
    """Then the pop comes, as far as the call has come."""
    floor, anna = gate.desks.floor_changes(), gate.desks.changes("anna")
    assert (await looks(anna), await looks(floor)) == (1, 1)
    gate.judged("1", "")
    gate.answered("1")
    assert (await looks(anna), await looks(floor)) == (0, 1)
    assert gate.desks.of("") is None
    assert not gate.desks.bind("1", "")
    assert gate.desks.bind("1", "anna")
    assert await looks(anna) == 1
    assert newest(gate) == ("1", Phase.ANSWERED)
    assert gate.desks.bind("1", "anna")
    assert not gate.desks.bind("1", "bruno"), "it is anna's"
    assert not gate.desks.bind("nothing", "anna")
    gate.ended("1")
    assert newest(gate) == ("1", Phase.ENDED)


async def test_what_is_nobodys_leaves_nothing_on_any_desk(gate: Gate) -> None:
    """A dialer's call that was refused, or ended without an operator."""
    gate.judged("1", "", verdict="deny")
    gate.judged("2", "")
    gate.answered("2")
    gate.ended("2", "abandoned")
    assert gate.desks.live() == ()
    await gate.written()
    assert all(call.done_at is not None for call in gate.tables.calls.held.values())


async def test_a_shared_phone_keeps_the_call_with_whom_its_verdict_names(gate: Gate) -> None:
    """Bruno sits down at anna's phone: her call stays hers, the next is his."""
    gate.judged("1", "anna")
    gate.answered("1")
    gate.judged("2", "bruno")
    gate.desks.answered("2", gate.clock.now())
    assert (newest(gate), newest(gate, "bruno")) == (("1", Phase.ANSWERED), ("2", Phase.ANSWERED))
    gate.judged("1", "anna", repeated=True)
    assert newest(gate) == ("1", Phase.ANSWERED)


async def test_steps_of_a_call_that_nobody_knows_are_nothing(gate: Gate) -> None:
    """And none comes after the end."""
    gate.answered("1")
    gate.ended("1")
    assert gate.desks.live() == ()
    gate.judged("1")
    gate.ended("1")
    gate.answered("1")
    gate.ended("1", "busy")
    assert newest(gate) == ("1", Phase.ENDED)


async def test_memory_is_bounded(gate: Gate) -> None:
    """The oldest are let go, and that is told."""
    for place in range(MOST_CALLS + 2):
        gate.judged(str(place), f"operator {place}")
    live = gate.desks.live()
    assert (len(live), live[0].call_id) == (MOST_CALLS, "2")
    assert gate.heard.names() == ["desk.crowded", "desk.crowded"]
    assert (len(gate.desks._by_operator), len(gate.desks._records)) == (MOST_CALLS, MOST_CALLS)


async def test_a_call_of_which_nothing_is_heard_for_half_a_day_is_let_go(gate: Gate) -> None:
    """Its gate is no more; the other is still young."""
    gate.judged("1")
    await asyncio.sleep(60)
    gate.judged("2", "bruno")
    await asyncio.sleep(STALE.total_seconds() - 30)
    anna = gate.desks.changes("anna")
    await anext(anna)
    gate.desks.let_go_of_stale()
    assert [call.call_id for call in gate.desks.live()] == ["2"]
    await anext(anna)


async def test_how_long_an_answer_takes_to_a_desk_is_measured_once(gate: Gate) -> None:
    """From Asterisk's instant to the waking of the first desk; without a desk there is nothing to measure."""
    gate.judged("1")
    gate.desks.answered("1", gate.clock.now())
    one, other = gate.desks.changes("bruno"), gate.desks.changes("bruno")
    await looks(one)
    await looks(other)
    gate.judged("2", "bruno")
    gate.desks.answered("2", gate.clock.now() - timedelta(milliseconds=20))
    await looks(one)
    await looks(other)
    measured = [values["value"] for name, values in gate.heard.events if name == "desk_told_ms"]
    assert measured == [pytest.approx(20.0, abs=5)]


async def test_who_follows_and_fails_does_not_keep_the_screen_dark(gate: Gate) -> None:
    """The desk was woken before."""

    def fail(_: str) -> None:
        raise RuntimeError("made so by the test")

    anna = gate.desks.changes("anna")
    await anext(anna)
    gate.desks.follow(fail)
    with pytest.raises(RuntimeError):
        gate.judged("1")
    await anext(anna)
    assert newest(gate) == ("1", Phase.DIALLED)
