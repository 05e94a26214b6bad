"""What calls tell of their life, and that nobody who listens can harm them."""

import asyncio
from datetime import timedelta

import pytest

from ari_app.calls.telling import CarefulWatch, NobodyWatches
from ari_app.policy.events import DialStatus
from tests.calls.test_sessions import suppression
from tests.fakes.world import CALLEE, Heard, World, settle

pytestmark = pytest.mark.looptime
JUDGED = ("judged", "permit", "chan-1", "PJSIP/101")


async def test_a_call_is_told_from_the_verdict_to_the_outcome_in_order(world: World) -> None:
    """Each step once, however often its events come, and the outcome once it is on record."""
    world.calls_in()
    await settle()
    assert world.watching.told == [JUDGED]
    world.dials("leg-1")
    for status in (DialStatus.RINGING, DialStatus.RINGING, DialStatus.ANSWER, DialStatus.ANSWER, DialStatus.RINGING):
        world.dials("leg-1", status)
    await settle()
    assert world.watching.told[1:] == [("ringing",), ("answered",)]
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.watching.told[3:] == [("ended", "answered")]
    assert len({call_id for call_id, _ in world.watching.steps}) == 1


async def test_a_refusal_is_told_and_has_no_end(world: World) -> None:
    """Its verdict is its outcome."""
    world.verdicts.put_suppression(CALLEE, suppression())
    world.calls_in()
    await settle()
    assert world.watching.told == [("judged", "deny", "chan-1", "PJSIP/101")]


async def test_a_deferral_and_a_database_that_is_down_are_told_as_well(world: World) -> None:
    """The operator sees why, also where nothing is on record."""
    world.calls_in()
    await settle()
    world.calls_in(channel="chan-2")
    await settle()
    world.verdicts.unavailable = True
    world.calls_in("+393330000002", channel="chan-3")
    await settle()
    assert [said[1] for said in world.watching.told] == ["permit", "defer", "deny"]
    assert world.watching.records[-1].degraded


async def test_the_answer_to_the_channel_comes_before_anybody_is_told(world: World) -> None:
    """Who watches may be slow: the verdict is not."""
    told_when: list[list[str]] = []
    world.watching.on_hearing = lambda: told_when.append(world.switch.allowed)
    world.calls_in()
    await settle()
    assert told_when == [["chan-1"]]


async def test_a_call_for_help_is_told_to_nobody(world: World) -> None:
    """An emergency number is exempt, and nobody's business, to its end."""
    world.calls_in("112")
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.RINGING)
    await settle()
    world.ends("chan-1")
    await settle()
    assert world.watching.told == []


async def test_a_second_trunk_is_the_same_call(world: World) -> None:
    """Its verdict is repeated; it rang before and rings on."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.RINGING)
    world.dials("leg-1", DialStatus.CONGESTION)
    world.ends("leg-1", 34)
    world.calls_in(entry="2")
    await settle()
    world.dials("leg-2")
    world.dials("leg-2", DialStatus.RINGING)
    await settle()
    assert world.watching.told == [JUDGED, ("ringing",), JUDGED]
    assert [record.repeated for record in world.watching.records] == [False, True]
    assert len({record.call_id for record in world.watching.records}) == 1


async def test_another_number_on_the_channel_ends_the_first_call_before_the_next_is_told(world: World) -> None:
    """The desk sees one call after the other."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.BUSY)
    world.ends("leg-1", 17)
    world.calls_in("+393330000002", entry="2")
    await settle()
    assert world.watching.told == [JUDGED, ("ended", "busy"), JUDGED]


async def test_a_watcher_at_fault_is_reported_and_harms_no_call(world: World) -> None:
    """Whatever it raises, at every step: the call goes its way, and its outcome is on record."""
    world.watching.at_fault = True
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.RINGING)
    world.dials("leg-1", DialStatus.ANSWER)
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["answered"]
    assert world.heard.names().count("watch.failed") == 4
    assert world.reactor.calls == 0


async def test_a_caller_who_left_at_once_is_told_and_ended(world: World) -> None:
    """The channel is gone when the permit arrives: nothing was dialled."""
    world.calls_in()
    world.switch.hang_up("chan-1")
    await settle()
    assert world.watching.told == [JUDGED, ("ended", "not_dialled")]


async def test_an_answer_that_fell_into_a_gap_is_told_when_it_is_known(world: World) -> None:
    """The connection was lost while it rang."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    world.switch.dial_statuses["chan-1"] = DialStatus.ANSWER
    await world.reactor.resync(await world.switch.channels())
    await settle()
    assert world.watching.told == [JUDGED, ("answered",)]


async def test_a_call_that_is_taken_up_after_a_restart_is_told_anew(world: World) -> None:
    """With the phone of its channel, and the answer that came meanwhile; so desks show it again."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    await world.reactor.close()
    world.watching.told.clear()
    world.switch.dial_statuses["chan-1"] = DialStatus.ANSWER
    world.reactor = world.new_reactor()
    await world.reactor.resync(await world.switch.channels())
    await settle()
    assert world.watching.told == [JUDGED, ("answered",)]
    world.ends("chan-1")
    await settle()
    assert world.watching.told[2:] == [("ended", "answered")]


async def test_a_call_that_still_rings_after_a_restart_is_told_without_an_answer(world: World) -> None:
    """Nobody says that it was answered."""
    world.calls_in()
    await settle()
    await world.reactor.close()
    world.reactor = world.new_reactor()
    await world.reactor.resync(await world.switch.channels())
    assert world.watching.told == [JUDGED, JUDGED]


async def test_a_call_that_ended_during_a_restart_is_told_as_ended(world: World) -> None:
    """A desk that remembers it lets it go."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    await world.reactor.close()
    world.switch.hang_up("chan-1")
    world.reactor = world.new_reactor()
    await world.reactor.resync(await world.switch.channels())
    assert world.watching.told == [JUDGED, ("ended", "unobserved")]


async def test_a_taken_up_call_whose_verdict_cannot_be_read_is_observed_all_the_same(world: World) -> None:
    """There is nothing to show of it; its outcome is recorded."""
    world.calls_in()
    await settle()
    await world.reactor.close()
    world.watching.told.clear()
    (held,) = world.verdicts.held.values()
    world.verdicts.unreadable.add(held.record.call_id)
    world.reactor = world.new_reactor()
    await world.reactor.resync(await world.switch.channels())
    assert world.watching.told == []
    world.ends("chan-1")
    await settle()
    assert held.ending is not None
    assert world.watching.told == [("ended", "unobserved")]


async def test_a_channel_that_asks_anew_while_it_is_taken_up_is_followed_once(world: World) -> None:
    """The question came first: its own call follows the permit that is repeated."""
    world.calls_in()
    await settle()
    await world.reactor.close()
    world.reactor = world.new_reactor()
    channels = await world.switch.channels()
    world.switch.slow = timedelta(milliseconds=50)
    taking = asyncio.create_task(world.reactor.resync(channels))
    await asyncio.sleep(0.06)
    world.calls_in(entry="2")
    await taking
    assert world.reactor.calls == 1
    world.ends("chan-1")
    await asyncio.sleep(1)
    assert world.reactor.channels == 0


async def test_what_another_gate_closed_is_told_with_its_outcome(world: World) -> None:
    """Two gates followed the permit: the desks of both see the one outcome."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    other = world.new_reactor()
    await other.resync(await world.switch.channels())
    world.dials("leg-1", DialStatus.BUSY)
    world.ends("leg-1", 17)
    world.ends("chan-1")
    await settle()
    world.watching.told.clear()
    world.switch.hang_up("chan-1")
    await other.sweep()
    await settle()
    assert world.watching.told == [("ended", "busy")]
    await other.close()


async def test_what_another_gate_follows_has_not_ended(world: World) -> None:
    """This one saw nothing dialled; the other did, and will close the call."""
    world.calls_in()
    await settle()
    (held,) = world.verdicts.held.values()
    held.state = "confirmed"
    world.ends("chan-1")
    await settle()
    assert world.watching.told == [JUDGED]


async def test_the_end_is_told_once_the_outcome_is_on_record(world: World) -> None:
    """The database is gone when the call ends."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.ANSWER)
    await settle()
    world.verdicts.unavailable = True
    world.ends("leg-1")
    world.ends("chan-1")
    await asyncio.sleep(10)
    assert world.watching.told == [JUDGED, ("answered",)]
    world.verdicts.unavailable = False
    await asyncio.sleep(6)
    assert world.watching.told[2:] == [("ended", "answered")]


async def test_nobody_need_watch(world: World) -> None:
    """The null watch hears everything and does nothing."""
    world.calls_in()
    await settle()
    heard = Heard()
    watch = CarefulWatch(NobodyWatches(), heard)
    watch.judged(world.watching.records[0], channel_id="chan-1", phone="")
    watch.ringing("1", world.clock.now())
    watch.answered("1", world.clock.now())
    watch.ended("1", "busy", world.clock.now())
    assert heard.events == []
