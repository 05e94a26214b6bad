"""The FastAGI door: the Stasis door's verdict, the token last, one outcome, nothing counted that reached nobody."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from ari_app.calls.agi import AgiDoor, AgiPorts
from ari_app.calls.agi_ending import read_ending
from ari_app.calls.reactor import followed
from ari_app.calls.variables import Signing
from ari_app.policy.request import Ahead, Ask, Door
from ari_app.ports.agi import AgiEnded, AgiError, AgiLost, AgiRequest
from tests.fakes.world import CALLEE, World, settle

pytestmark = pytest.mark.looptime


@dataclass
class Waiting:
    """Implements ports.agi.AgiChannel: a channel that stands at passage 1."""

    entry: str = "1"
    breaks_at: str = ""
    breaks_with: Callable[[], AgiError] = AgiEnded
    said: dict[str, str] = field(default_factory=dict)

    async def get(self, name: str) -> str:
        """As the port."""
        return self.entry if name == "garbo_entry" else ""

    async def set(self, name: str, value: str) -> None:
        """As the port."""
        if name == self.breaks_at:
            raise self.breaks_with()
        self.said[name] = value


def door_of(world: World) -> AgiDoor:
    """The door over the world's book."""
    signing = Signing(
        keyring=world.keyring,
        permit_valid=timedelta(hours=4),
        link_valid=timedelta(hours=4),
        public_url="http://127.0.0.1:8090",
    )
    return AgiDoor(
        AgiPorts(
            judge=world.judge,
            verdicts=world.verdicts,
            observer=world.heard,
            clock=world.clock,
            signing=signing,
            watch=world.watching,
        ),
        gate="garbo-a",
    )


async def asks(
    door: AgiDoor,
    channel: Waiting | None = None,
    *,
    number: str = CALLEE,
    before: str = "",
    uniqueid: str = "chan-1",
    named: str = "",
) -> Waiting:
    """Operator anna's phone asks; `named` is the reserved call that it names."""
    channel = channel or Waiting()
    arguments = (number, "1", "", "", named, "pbx", before)
    await door.answer(
        AgiRequest(script="verdict", arguments=arguments, channel_id=uniqueid, channel_name="PJSIP/101-00000001"),
        channel,
    )
    return channel


async def tells(door: AgiDoor, told: str) -> str:
    """The dialplan tells how a call went; gives what it hears."""
    channel = Waiting()
    await door.answer(
        AgiRequest(script="ended", arguments=(told,), channel_id="chan-9", channel_name="Local/x@garbo-ended-1;2"),
        channel,
    )
    return channel.said["GARBO_TOLD"]


async def test_a_permit_sets_its_token_last_and_for_this_channel_passage_and_number(world: World) -> None:
    """Whatever is cut off before it dials nothing."""
    said = (await asks(door_of(world))).said
    assert list(said)[-2:] == ["GARBO_VERDICT", "GARBO_TOKEN"]
    assert said["GARBO_TOKEN"] == f"chan-1/1/{CALLEE}/{CALLEE}"
    assert world.attempts() == ["reserved"]


async def test_both_doors_say_the_same_of_the_same_call(world: World) -> None:
    """One key: what Stasis permitted is repeated over AGI with the same variables, and counts once."""
    world.calls_in()
    await settle()
    first = world.switch.told[0].variables
    said = (await asks(door_of(world))).said
    assert {name: said[name] for name in first if not name.startswith("__")} == {
        name: value for name, value in first.items() if not name.startswith("__")
    }
    assert world.attempts() == ["reserved"]


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ("ANSWER.12.15.16", "answered"),
        ("BUSY..3.17", "busy"),
        ("NOANSWER..20.19", "no_answer"),
        ("CANCEL..4.0", "cancelled"),
        ("CHANUNAVAIL..0.20", "failed"),
        ("...0", "not_dialled"),
        ("DNC...0", "not_dialled"),
        ("WHATEVER...0", "unobserved"),
    ],
)
async def test_the_outcome_is_what_is_told(world: World, told: str, outcome: str) -> None:
    """Each word of Dial has its own; one that it never says is read most strictly. Told again it changes nothing."""
    door = door_of(world)
    live = (await asks(door)).said["garbo_live"]
    assert await tells(door, f"{live}.{told}") == "yes"
    assert await tells(door, f"{live}.ANSWER.1.1.16") == "yes"
    assert world.outcomes() == [outcome]


async def test_a_busy_first_trunk_is_not_hidden_by_a_dead_second(world: World) -> None:
    """The call's outcome is the strictest that any trunk came to."""
    door = door_of(world)
    live = (await asks(door)).said["garbo_live"]
    again = (await asks(door, before=f"{live}.BUSY..3.17")).said["garbo_live"]
    assert world.outcomes() == [None]
    await tells(door, f"{again}.CHANUNAVAIL..0.20")
    assert world.outcomes() == ["busy"]


async def test_an_end_that_nobody_of_ours_tells_is_not_believed(world: World) -> None:
    """Whoever reaches the port cannot give an attempt back."""
    door = door_of(world)
    live = (await asks(door)).said["garbo_live"]
    call_id = live.split(".")[0]
    assert await tells(door, f"{call_id}.{'0' * 16}....0") == "no"
    assert await tells(door, "nonsense") == "no"
    assert world.attempts() == ["reserved"]


@pytest.mark.parametrize(
    ("at", "error", "state"),
    [
        ("GARBO_CALL_ID", AgiLost, "released"),
        ("GARBO_TOKEN", AgiEnded, "released"),
        ("GARBO_TOKEN", AgiLost, "reserved"),
    ],
)
async def test_a_permit_that_surely_reached_nobody_is_given_back(
    world: World, at: str, error: Callable[[], AgiError], state: str
) -> None:
    """Once the token was sent and nobody knows whether it came, it counts until its end is told."""
    await asks(door_of(world), Waiting(breaks_at=at, breaks_with=error))
    assert world.attempts() == [state]


async def test_a_channel_that_has_gone_on_is_not_judged(world: World) -> None:
    """The backlog of a gate that was frozen counts nothing, and is told that there is no verdict."""
    channel = await asks(door_of(world), Waiting(entry="2"))
    assert channel.said["GARBO_VERDICT"] == "unavailable"
    assert world.verdicts.held == {}


async def test_an_unknown_script_is_answered_all_the_same(world: World) -> None:
    """Never an empty reply."""
    channel = Waiting()
    request = AgiRequest(script="", arguments=(), channel_id="chan-1", channel_name="PJSIP/101-00000001")
    await door_of(world).answer(request, channel)
    assert channel.said["GARBO_VERDICT"] == "unavailable"


async def test_an_end_that_is_never_told_is_unobserved_once_its_permit_has_expired(world: World) -> None:
    """And the reactor, which cannot see such calls, leaves them alone until then."""
    import asyncio

    door = door_of(world)
    await asks(door)
    assert followed(await world.verdicts.open_calls(gate="garbo-a")) == ()
    await door.sweep()
    assert world.outcomes() == [None]
    await asyncio.sleep(4 * 3600 + 1)
    await door.sweep()
    assert world.outcomes() == ["unobserved"]
    assert next(iter(world.verdicts.held.values())).record.evidence.door == Door.FASTAGI


async def test_a_reserved_call_is_redeemed_and_followed_here(world: World) -> None:
    """It is the call that was reserved, counts once, and its end is told here: the reactor leaves it alone."""
    import asyncio

    ahead = Ahead(token="test-token", held_for=timedelta(minutes=1))
    reserved = await world.judge.judge(Ask(dialled=CALLEE, door=Door.API, operator="anna", ahead=ahead))
    door = door_of(world)
    said = (await asks(door, named=reserved.call_id)).said
    assert (said["GARBO_VERDICT"], said["GARBO_CALL_ID"]) == ("permit", reserved.call_id)
    assert world.attempts() == ["reserved"]
    (held,) = await world.verdicts.open_calls(gate="garbo-a")
    assert (held.call_id, held.channel_id) == (reserved.call_id, "chan-1")
    assert followed(await world.verdicts.open_calls(gate="garbo-a")) == ()
    await asyncio.sleep(4 * 3600 + 1)
    await door.sweep()
    assert world.outcomes() == ["unobserved"]


def test_what_is_no_ending_is_none() -> None:
    """Read whole or not at all."""
    assert read_ending("01TEST.00.x.ANSWER.1.1.16") is None
    assert read_ending("") is None
