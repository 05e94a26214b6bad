"""What a gate does after it was away: its own restart, a lost connection, an event that never came."""

import asyncio
from datetime import timedelta

import pytest

from ari_app.policy.events import DialStatus
from tests.fakes.world import World, settle

pytestmark = pytest.mark.looptime


async def test_a_restarted_gate_closes_what_ended_unseen(world: World) -> None:
    """Killed while a call was up, restarted after it ended: `unobserved`, which counts as a conversation."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    await world.reactor.close()
    world.switch.hang_up("chan-1")
    world.reactor = world.new_reactor()
    await world.reactor.resync(await world.switch.channels())
    await settle()
    assert (world.outcomes(), world.attempts()) == (["unobserved"], ["confirmed"])


async def test_a_restarted_gate_takes_up_a_call_that_still_lives(world: World) -> None:
    """It was answered meanwhile: DIALSTATUS says so, and the end is seen."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    await world.reactor.close()
    world.switch.dial_statuses["chan-1"] = DialStatus.ANSWER
    world.reactor = world.new_reactor()
    await world.reactor.resync(await world.switch.channels())
    assert world.reactor.calls == 1
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["answered"]


async def test_a_call_that_ended_while_the_connection_was_lost_is_closed(world: World) -> None:
    """Nobody saw how the ringing call ended: `unobserved`."""
    world.calls_in()
    await settle()
    world.dials("leg-1", DialStatus.DIALLED)
    world.dials("leg-1", DialStatus.RINGING)
    await settle()
    world.switch.hang_up("leg-1")
    world.switch.hang_up("chan-1")
    await world.reactor.resync(await world.switch.channels())
    await settle()
    assert world.outcomes() == ["unobserved"]


async def test_an_answered_call_stays_answered_over_a_lost_connection(world: World) -> None:
    """What was seen is not forgotten."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.ANSWER)
    await settle()
    await world.reactor.resync(await world.switch.channels())
    assert world.reactor.calls == 1
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["answered"]


async def test_the_sweep_closes_a_call_whose_end_was_told_by_no_event(world: World) -> None:
    """An event can be lost; a channel that is not there any more is gone."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.BUSY)
    await settle()
    world.switch.hang_up("chan-1")
    await world.reactor.sweep()
    await settle()
    assert world.outcomes() == ["busy"]


async def test_draining_answers_those_that_asked_and_leaves_the_rest_to_the_next_gate(world: World) -> None:
    """SIGTERM: verdicts under way are finished, new questions are not taken."""
    world.verdicts.slow = timedelta(milliseconds=50)
    world.calls_in(channel="chan-1")
    await asyncio.sleep(0.01)
    draining = asyncio.create_task(world.reactor.drain())
    await asyncio.sleep(0)
    world.calls_in("+393330000002", channel="chan-2")
    await draining
    assert world.switch.allowed == ["chan-1"]
    assert "call.left_to_next_gate" in world.heard.names()


async def test_an_unavailable_switch_leaves_the_call_to_the_dialplans_time_out(world: World) -> None:
    """The permit is on record, its fate unknown until the resync, which finds the channel gone."""
    world.switch.unavailable = True
    world.calls_in()
    await settle()
    assert world.switch.told == []
    world.switch.unavailable = False
    world.switch.hang_up("chan-1")
    await world.reactor.resync(await world.switch.channels())
    await settle()
    assert world.outcomes() == ["unobserved"]


async def test_an_answer_that_fell_into_a_gap_is_asked_for(world: World) -> None:
    """The connection was lost while it rang: DIALSTATUS says ANSWER, and that is the outcome."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.RINGING)
    await settle()
    world.switch.dial_statuses["chan-1"] = DialStatus.ANSWER
    await world.reactor.resync(await world.switch.channels())
    await settle()
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["answered"]


async def test_a_switch_that_is_lost_again_during_the_resync_leaves_a_gap(world: World) -> None:
    """Nothing could be asked: the call is unobserved, the strictest reading, once it is seen to be gone."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    channels = await world.switch.channels()
    world.switch.unavailable = True
    await world.reactor.resync(channels)
    await settle()
    world.switch.unavailable = False
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["unobserved"]


async def test_what_two_gates_followed_is_closed_once(world: World) -> None:
    """Another gate has closed the call: this one's outcome is not told again."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    other = world.new_reactor()
    await other.resync(await world.switch.channels())
    world.dials("leg-1", DialStatus.ANSWER)
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["answered"]
    assert world.heard.names().count("call.ended") == 1
    await other.close()


async def test_a_resync_leaves_a_call_alone_that_is_being_judged(world: World) -> None:
    """Its permit is on record a moment before its answer is out: it is nobody's leftover."""
    world.verdicts.slow_answer = timedelta(milliseconds=50)
    world.calls_in()
    await asyncio.sleep(0.02)
    assert world.outcomes() == [None]
    await world.reactor.resync(await world.switch.channels())
    await asyncio.sleep(0.1)
    world.verdicts.slow_answer = timedelta()
    world.dials("leg-1")
    await settle()
    world.dials("leg-1", DialStatus.BUSY)
    world.ends("leg-1", 17)
    world.ends("chan-1")
    await settle()
    assert world.reactor.calls == 0
    assert world.outcomes() in (["busy"], ["unobserved"])  # the connection was lost meanwhile: a gap may be assumed


async def test_a_resync_leaves_a_call_alone_whose_outcome_is_being_written(world: World) -> None:
    """The database is slow to take the outcome: what was seen stays."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    world.verdicts.slow = timedelta(milliseconds=50)
    world.dials("leg-1", DialStatus.BUSY)
    world.ends("leg-1", 17)
    world.ends("chan-1")
    await asyncio.sleep(0.01)
    await world.reactor.resync(())
    await asyncio.sleep(0.2)
    assert world.outcomes() == ["busy"]


async def test_a_gate_that_reconnects_without_its_database_goes_on(world: World) -> None:
    """Calls are taken, and denied; what is on record is caught up with when the database is back."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    await world.reactor.close()
    world.switch.hang_up("chan-1")
    world.reactor = world.new_reactor()
    world.verdicts.unavailable = True
    await world.reactor.resync(await world.switch.channels())
    world.calls_in("+393330000002", channel="chan-2")
    await settle()
    assert world.switch.refused == ["chan-2"]
    await asyncio.sleep(3)
    world.verdicts.unavailable = False
    await asyncio.sleep(2)
    assert world.outcomes() == ["unobserved"]
