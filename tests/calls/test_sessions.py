"""Whole calls, from the question to the outcome, on fakes in virtual time."""

import asyncio
from datetime import timedelta

import pytest

from ari_app.policy.events import DialStatus, LeftGate
from ari_app.policy.held import Suppression, SuppressionPurpose
from ari_app.ports.switch import LiveChannel
from tests.fakes.world import CALLEE, START, World, settle

pytestmark = pytest.mark.looptime


async def test_a_permitted_call_is_watched_then_allowed_then_observed_to_its_end(world: World) -> None:
    """The permit is committed before the channel goes on, and the outcome is that of the answered leg."""
    committed: list[list[str]] = []
    world.verdicts.on_commit = lambda record: committed.append([*world.switch.allowed, record.verdict])
    world.calls_in()
    await settle()
    assert committed == [["permit"]], "nothing was allowed before the commit"
    told = world.switch.told[0]
    assert (told.label, told.variables["GARBO_VERDICT"], told.variables["GARBO_NUMBER"]) == ("allow", "permit", CALLEE)
    assert told.variables["GARBO_ENTRY"] == "1"
    assert world.attempts() == ["reserved"]
    world.reactor.handle(LeftGate(channel_id="chan-1", at=world.clock.now()))
    world.dials("leg-1")
    await settle()
    assert world.attempts() == ["confirmed"]
    world.dials("leg-1", DialStatus.RINGING)
    world.dials("leg-1", DialStatus.ANSWER)
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["answered"]
    assert world.reactor.calls == 0


async def test_a_denied_call_is_refused_and_counts_nothing(world: World) -> None:
    """The channel goes to `refuse` with its reasons; no attempt is made."""
    world.verdicts.put_suppression(CALLEE, suppression())
    world.calls_in()
    await settle()
    told = world.switch.told[0]
    assert (told.label, told.variables["GARBO_VERDICT"]) == ("refuse", "deny")
    assert told.variables["GARBO_REASONS"] == "suppressed_global"
    assert "GARBO_NUMBER" not in told.variables
    assert "__GARBO_PERMIT" not in told.variables
    assert world.attempts() == [None]
    assert world.reactor.calls == 0


async def test_a_permit_is_signed_for_its_callee_alone(world: World) -> None:
    """What every leg inherits is worthless for another number, and after its time."""
    world.calls_in()
    await settle()
    permit = world.switch.told[0].variables["__GARBO_PERMIT"]
    now = world.clock.now()
    assert world.keyring.permit_holds(permit, CALLEE, now)
    assert not world.keyring.permit_holds(permit, "+393330000002", now)
    assert not world.keyring.permit_holds(permit, CALLEE, now + timedelta(hours=5))


async def test_a_permit_that_never_dialled_is_no_attempt(world: World) -> None:
    """The operator left, or the dialplan gave up: `not_dialled`, and the next call is permitted."""
    world.calls_in()
    await settle()
    world.ends("chan-1")
    await settle()
    assert (world.outcomes(), world.attempts()) == (["not_dialled"], ["released"])
    world.calls_in(channel="chan-2")
    await settle()
    assert world.switch.allowed == ["chan-1", "chan-2"]


async def test_a_caller_who_left_before_the_answer_counts_nothing(world: World) -> None:
    """The channel is gone when the permit arrives: released at once."""
    world.calls_in()
    world.switch.hang_up("chan-1")
    await settle()
    assert (world.outcomes(), world.attempts()) == (["not_dialled"], ["released"])
    assert world.reactor.calls == 0


async def test_a_channel_that_went_on_without_the_permit_is_observed_to_its_end(world: World) -> None:
    """409: the dialplan gave up and asked another gate, which may have dialled on the same permit."""
    world.calls_in()
    world.switch.live["chan-1"] = LiveChannel(channel_id="chan-1", name="PJSIP/101-1", state="Ring", in_gate=False)
    await settle()
    assert world.outcomes() == [None]
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.ANSWER)
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["answered"]


@pytest.mark.parametrize(
    ("statuses", "leg_cause", "outcome"),
    [
        ((DialStatus.RINGING, DialStatus.BUSY), 17, "busy"),
        ((DialStatus.RINGING, DialStatus.NOANSWER), 19, "no_answer"),
        ((DialStatus.RINGING, DialStatus.CANCEL), 0, "cancelled"),
        ((DialStatus.CONGESTION,), 34, "failed"),
        ((DialStatus.CHANUNAVAIL,), 20, "failed"),
        ((DialStatus.RINGING, DialStatus.ANSWER), 16, "answered"),
    ],
)
async def test_the_outcome_is_what_the_leg_says(
    world: World, statuses: tuple[DialStatus, ...], leg_cause: int, outcome: str
) -> None:
    """Each way in which a leg can end has its word."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    for status in statuses:
        world.dials("leg-1", status)
    world.ends("leg-1", leg_cause)
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == [outcome]


async def test_a_failover_trunk_is_one_call_with_the_answered_legs_outcome(world: World) -> None:
    """The first trunk fails, the second is answered: one verdict, one attempt, answered."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.CONGESTION)
    world.ends("leg-1", 34)
    world.calls_in("0039 333 0000001", entry="2")  # the second trunk is given another spelling
    await settle()
    assert [told.variables["GARBO_ENTRY"] for told in world.switch.told] == ["1", "2"]
    assert len({told.variables["GARBO_CALL_ID"] for told in world.switch.told}) == 1
    world.dials("leg-2")
    world.dials("leg-2", DialStatus.ANSWER)
    world.ends("leg-2")
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == ["answered"]


async def test_a_local_channel_that_ends_early_does_not_end_the_call(world: World) -> None:
    """Without `/n` the gated channel is gone a moment after the answer; the conversation is the leg's."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    world.dials("leg-1", DialStatus.ANSWER)
    world.ends("chan-1")
    await settle()
    assert world.outcomes() == [None]
    world.ends("leg-1")
    await settle()
    assert world.outcomes() == ["answered"]


async def test_another_number_on_the_same_channel_is_another_call(world: World) -> None:
    """A transfer or a second dial is judged anew, and the first call ends as it stood."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.BUSY)
    world.ends("leg-1", 17)
    world.calls_in("+393330000002", entry="2")
    await settle()
    assert len(world.verdicts.held) == 2
    assert world.outcomes() == ["busy", None]


async def test_a_late_question_is_never_judged(world: World) -> None:
    """The backlog of a gate that was frozen: no verdict, nothing sent to the switch."""
    world.calls_in(late=True)
    await settle()
    assert world.verdicts.held == {}
    assert world.switch.told == []
    assert world.heard.names() == ["call.dropped_late"]


async def test_a_second_call_for_one_callee_is_deferred_while_the_first_lasts(world: World) -> None:
    """Twenty at once: one permit, nineteen refusals."""
    for place in range(20):
        world.calls_in(channel=f"chan-{place}")
    await settle()
    assert len(world.switch.allowed) == 1
    assert len(world.switch.refused) == 19


async def test_a_database_that_is_down_denies_within_the_deadline(world: World) -> None:
    """`facts_unavailable`; nothing is on record and nothing dials."""
    world.verdicts.unavailable = True
    world.calls_in()
    await settle()
    told = world.switch.told[0]
    assert (told.label, told.variables["GARBO_REASON"]) == ("refuse", "facts_unavailable")


async def test_a_slow_database_denies_at_the_deadline_and_a_late_permit_is_released(world: World) -> None:
    """The commit goes through after the call was denied: it never counts as an attempt."""
    world.verdicts.slow_answer = timedelta(seconds=1)
    world.calls_in()
    await asyncio.sleep(0.35)
    assert world.switch.refused == ["chan-1"]
    await asyncio.sleep(3)
    assert (world.outcomes(), world.attempts()) == (["not_dialled"], ["released"])


async def test_an_outcome_waits_for_the_database(world: World) -> None:
    """The database is gone when the call ends: the outcome is written when it is back."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.ANSWER)
    await settle()
    world.verdicts.unavailable = True
    world.ends("leg-1")
    world.ends("chan-1")
    await asyncio.sleep(60)
    assert world.outcomes() == [None]
    world.verdicts.unavailable = False
    await asyncio.sleep(6)
    assert world.outcomes() == ["answered"]


async def test_an_emergency_number_is_let_on_and_written_down_nowhere(world: World) -> None:
    """Should one reach the gate all the same, it is exempt: dialled as it was, on the emergency trunk."""
    world.calls_in("112")
    await settle()
    told = world.switch.told[0]
    assert (told.label, told.variables["GARBO_VERDICT"], told.variables["GARBO_NUMBER"]) == ("allow", "exempt", "112")
    assert told.variables["GARBO_TRUNK"] == "trunk"
    assert world.verdicts.held == {}
    assert world.reactor.calls == 0


def suppression() -> Suppression:
    """Somebody said: never again, for nobody."""
    return Suppression(
        id="1",
        scope="*",
        purpose=SuppressionPurpose.MARKETING,
        reason="asked",
        source="call",
        created_at=START - timedelta(days=3),
    )


async def test_a_database_that_is_down_when_a_leg_is_dialled_is_made_up_for_at_the_end(world: World) -> None:
    """The attempt stays reserved, which counts as well, and the outcome confirms it."""
    world.calls_in()
    await settle()
    world.verdicts.unavailable = True
    world.dials("leg-1")
    await settle()
    assert world.attempts() == ["reserved"]
    world.verdicts.unavailable = False
    world.dials("leg-1", DialStatus.ANSWER)
    world.ends("leg-1")
    world.ends("chan-1")
    await settle()
    assert (world.outcomes(), world.attempts()) == (["answered"], ["confirmed"])
    assert "call.unconfirmed" in world.heard.names()


async def test_a_leg_that_is_gone_before_it_can_be_watched_does_not_hold_the_call(world: World) -> None:
    """Dialled and gone within a millisecond: the call ends with its channel."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.switch.hang_up("leg-1")
    await settle()
    world.dials("leg-1", DialStatus.CHANUNAVAIL)
    world.ends("chan-1", 20)
    await settle()
    assert world.outcomes() == ["failed"]


async def test_a_leg_that_vanishes_without_a_word_is_cancelled_by_an_operator_who_left(world: World) -> None:
    """No final status: the operator's own leaving explains it."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.RINGING)
    await settle()
    world.ends("chan-1")
    world.ends("leg-1")
    await settle()
    assert world.outcomes() == ["cancelled"]


@pytest.mark.parametrize(("cause", "outcome"), [(17, "busy"), (21, "busy"), (19, "no_answer"), (38, "failed")])
async def test_a_leg_without_a_final_status_is_read_from_its_cause(world: World, cause: int, outcome: str) -> None:
    """The Q.850 cause is Asterisk's second word."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.ends("leg-1", cause)
    await settle()
    world.switch.hang_up("chan-1")
    await world.reactor.sweep()
    await settle()
    assert world.outcomes() == [outcome]


async def test_events_of_strangers_are_nobodys_business(world: World) -> None:
    """A channel that never asked, a leg of nobody: nothing happens."""
    world.dials("leg-9", channel="stranger")
    world.ends("stranger")
    await settle()
    assert world.reactor.calls == 0
    assert world.heard.events == []


async def test_a_leg_of_an_earlier_passage_does_not_end_the_next_one(world: World) -> None:
    """Two numbers on one channel: the first one's leg goes while the second is dialled."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    await settle()
    world.calls_in("+393330000002", entry="2")
    await settle()
    world.ends("leg-1", 16)
    world.dials("leg-2")
    world.dials("leg-2", DialStatus.ANSWER)
    world.ends("leg-2")
    world.ends("chan-1")
    await settle()
    assert world.outcomes()[-1] == "answered"


async def test_a_fault_in_one_call_is_reported_and_harms_no_other(world: World) -> None:
    """Nothing is permitted by it; the same channel may ask again."""

    class Broken(Exception):  # noqa: N818  a fault of the program
        pass

    def fail(_: object) -> None:
        raise Broken

    world.verdicts.on_commit = fail
    world.calls_in()
    await settle()
    assert world.switch.told == []
    assert "call.broken" in world.heard.names()
    world.verdicts.on_commit = None
    world.calls_in("+393330000002", channel="chan-2")
    await settle()
    assert world.switch.allowed == ["chan-2"]
    await world.reactor.drain()


async def test_a_dead_calls_channels_are_forgotten(world: World) -> None:
    """Hundreds of calls leave nothing behind in the reactor."""
    for place in range(300):
        world.calls_in(f"+39333{place:07d}", channel=f"chan-{place}")
        await settle()
        world.dials(f"leg-{place}", channel=f"chan-{place}")
        await settle()
        world.dials(f"leg-{place}", DialStatus.ANSWER, channel=f"chan-{place}")
        world.ends(f"leg-{place}")
        world.ends(f"chan-{place}")
    await settle()
    assert world.reactor.calls == 0
    assert world.reactor.channels == 0


async def test_an_answered_call_is_over_for_the_next_question_on_its_channel(world: World) -> None:
    """A channel that stays up and dials the same person again: the second call meets the first one's conversation."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.ANSWER)
    world.ends("leg-1")
    world.calls_in(entry="2")
    await settle()
    assert world.outcomes()[0] == "answered"
    assert [held.record.verdict for held in world.verdicts.held.values()] == ["permit", "defer"]
    assert world.switch.refused == ["chan-1"]


async def test_an_opt_out_between_two_passages_refuses_the_second(world: World) -> None:
    """The first trunk failed; meanwhile the person opted out: the second trunk is not dialled."""
    world.calls_in()
    await settle()
    world.dials("leg-1")
    world.dials("leg-1", DialStatus.CONGESTION)
    world.ends("leg-1", 34)
    world.verdicts.put_suppression(CALLEE, suppression())
    world.calls_in(entry="2")
    await settle()
    assert world.switch.refused == ["chan-1"]
