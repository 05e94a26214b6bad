"""Calls that an operator asks Garbo to begin: verdict, own phone, the same gate, the callee."""

from collections.abc import AsyncIterator

import pytest

from ari_app.desk.dialling import Caller, Dialling, DiallingError
from ari_app.policy.events import CallAsked, DialStatus
from ari_app.ports.switch import Origination
from tests.calls.test_sessions import suppression
from tests.fakes.switch import FakeSwitch
from tests.fakes.world import CALLEE, CountedIds, World, settle

pytestmark = pytest.mark.looptime
ANNA = Caller(operator="anna", phone="PJSIP/101")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """With anna's phone on its hook."""
    made = World()
    made.switch.phones.add("PJSIP/101")
    yield made
    await made.reactor.close()
    await made.judge.close()


def dialling(world: World) -> Dialling:
    """Over the fakes, with links that name their call."""
    return Dialling(
        judge=world.judge,
        switch=world.switch,
        following=world.reactor,
        link=lambda call_id, _: f"https://garbo.example/s/{call_id}",
        clock=world.clock,
        ids=CountedIds(given=1000),
    )


def picks_up(world: World) -> None:
    """The operator answers: the channel comes to the gate as the dialplan sends it there."""
    (ring,) = world.switch.originated
    channel = ring.channel_id
    world.switch.add(channel)
    ask = world.ask(ring.number, channel=channel, campaign="autumn", operator="anna")
    world.reactor.handle(CallAsked(channel_id=channel, at=world.clock.now(), ask=ask, entry="1"))


async def test_the_own_phone_rings_once_the_verdict_is_there(world: World) -> None:
    """It is told which call this is, and where its script is; the callee's number is what it will dial."""
    record = await dialling(world).call(ANNA, e164=CALLEE, campaign="autumn")
    (ring,) = world.switch.originated
    assert (ring.endpoint, ring.number, record.verdict) == ("PJSIP/101", CALLEE, "permit")
    assert ring.variables == {"GARBO_CAMPAIGN": "autumn", "GARBO_OPERATOR": "anna"}
    assert ring.headers == {
        "X-Garbo-Call": record.call_id,
        "X-Garbo-Script-URL": f"https://garbo.example/s/{record.call_id}",
    }
    assert ring.channel_id in world.switch.watched
    assert world.watching.told == [("judged", "permit", ring.channel_id, "PJSIP/101")]


async def test_the_gate_gives_the_same_verdict_and_counts_once(world: World) -> None:
    """One call, one attempt, one outcome."""
    record = await dialling(world).call(ANNA, e164=CALLEE, campaign="autumn")
    picks_up(world)
    await settle()
    channel = world.switch.originated[0].channel_id
    assert world.switch.allowed == [channel]
    assert world.switch.told[-1].variables["GARBO_CALL_ID"] == record.call_id
    world.dials("leg-1", channel=channel)
    world.dials("leg-1", DialStatus.ANSWER, channel=channel)
    await settle()
    world.ends("leg-1")
    world.ends(channel)
    await settle()
    assert (world.outcomes(), world.attempts()) == (["answered"], ["confirmed"])


async def test_who_does_not_pick_up_has_called_nobody(world: World) -> None:
    """The reservation is released."""
    await dialling(world).call(ANNA, e164=CALLEE, campaign="autumn")
    world.ends(world.switch.originated[0].channel_id, cause=19)
    await settle()
    assert (world.outcomes(), world.attempts()) == (["not_dialled"], ["released"])
    assert world.reactor.calls == 0


async def test_a_refused_call_rings_nobody(world: World) -> None:
    """The verdict tells why."""
    world.verdicts.put_suppression(CALLEE, suppression())
    record = await dialling(world).call(ANNA, e164=CALLEE, campaign="autumn")
    assert (record.verdict, world.switch.originated, world.reactor.calls) == ("deny", [], 0)


async def test_an_opt_out_while_the_phone_rings_stops_the_call(world: World) -> None:
    """The verdict is asked anew when the operator picks up, and does not hold."""
    await dialling(world).call(ANNA, e164=CALLEE, campaign="autumn")
    world.verdicts.put_suppression(CALLEE, suppression())
    picks_up(world)
    await settle()
    assert (world.switch.allowed, len(world.switch.refused)) == ([], 1)


async def test_a_phone_that_is_not_there_is_told_and_counts_nothing(world: World) -> None:
    """So that the operator sees what to do, and the callee can be called in a minute."""
    world.switch.phones.clear()
    with pytest.raises(DiallingError, match="PJSIP/101"):
        await dialling(world).call(ANNA, e164=CALLEE, campaign="autumn")
    await settle()
    assert (world.outcomes(), world.attempts()) == (["not_dialled"], ["released"])


class HangsUp(FakeSwitch):
    """A switch whose phones are gone as soon as they have been rung."""

    async def originate(self, what: Origination) -> None:
        """And gone."""
        await FakeSwitch.originate(self, what)
        self.hang_up(what.channel_id)


async def test_a_phone_that_hung_up_at_once_is_no_call(world: World) -> None:
    """Its channel is gone before its events could be had."""
    world.switch = HangsUp(phones={"PJSIP/101"})
    world.reactor = world.new_reactor()
    await dialling(world).call(ANNA, e164=CALLEE, campaign="autumn")
    await settle()
    assert world.attempts() == ["released"]


@pytest.mark.parametrize("phone", ["", "PJSIP/101"])
async def test_without_phone_or_pbx_nothing_is_judged(world: World, phone: str) -> None:
    """The message says what to do."""
    world.switch.unavailable = True
    with pytest.raises(DiallingError, match="try again shortly" if phone else "choose the phone"):
        await dialling(world).call(Caller(operator="anna", phone=phone), e164=CALLEE, campaign="autumn")
    assert world.verdicts.held == {}
