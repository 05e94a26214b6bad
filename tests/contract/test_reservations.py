"""One suite for every book, in memory and on both engines: permits asked for ahead, redeemed once, else released."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ari_app.policy.facts import Facts, known
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ahead, CallRequest, Campaign, Door, Operator
from ari_app.ports.reservations import GivenBack
from ari_app.ports.verdicts import Decide, Ending, Redeemed, Verdicts
from tests.contract.worlds import WINTER, World
from tests.stores.samples import ANNA, AUTUMN, NOW, call, record, wanted

HELD = timedelta(seconds=60)
SOON = NOW + timedelta(seconds=5)


def capped(request: CallRequest, *, gate: str = "garbo-b") -> Decide:
    """Permit if nobody has been called before and nothing is suppressed; by the door it was asked at."""

    def decide(facts: Facts) -> VerdictRecord:
        stands = [*known(facts.attempts), *(entry.id for entry in known(facts.suppressions))]
        said = "deny" if stands else "permit"
        made = record(request, said, gate=gate)
        return replace(made, evidence=replace(made.evidence, door=request.ask.door.value))

    return decide


def ahead(world: World, *, operator: Operator | None = None) -> CallRequest:
    """What a dialer asks before it calls."""
    asked = call()
    ask = replace(
        asked.ask, door=Door.API, channel_id="", ahead=Ahead(token=world.token(), held_for=HELD), attended=False
    )
    return replace(asked, ask=ask, operator_id=operator.id if operator else "", operator=operator)


def channel(
    named: str,
    *,
    at: datetime = SOON,
    campaign: Campaign = AUTUMN,
    number: str = "+393331234567",
    operator: Operator | None = None,
    key: str = "",
) -> CallRequest:
    """What comes to the gate on a dialer's channel that names a reserved call."""
    asked = call(at=at, campaign=campaign, callee=Number(number), key=key)
    ask = replace(asked.ask, call_id=named, channel_id=f"Local/1@x-{asked.call_id[-4:]};1")
    return replace(asked, ask=ask, operator_id=operator.id if operator else "", operator=operator)


async def judged(book: Verdicts, request: CallRequest) -> VerdictRecord:
    """The verdict; who redeems is told whom it was reserved for."""

    def redeeming(reserved_for: Operator | None) -> Redeemed:
        who = request.operator or reserved_for
        mine = replace(request, by_token=True, operator=who, operator_id=who.id if who else "")
        return Redeemed(request=mine, decide=capped(mine))

    return await book.judge(request, needs=wanted(request), decide=capped(request), redeeming=redeeming)


async def reserved(world: World, book: Verdicts, *, operator: Operator | None = None) -> str:
    """The id of a call that is reserved."""
    made = await judged(book, ahead(world, operator=operator))
    assert made.verdict == "permit"
    return made.call_id


async def outcome_of(book: Verdicts, call_id: str) -> str | None:
    """How a call ended."""
    shown = await book.show(call_id)
    assert shown is not None
    return shown.outcome


async def test_a_reservation_counts(world: World, book: Verdicts) -> None:
    """Against everybody else, while it is held."""
    call_id = await reserved(world, book)
    assert await world.reservations().held_until(call_id) == NOW + HELD
    assert (await judged(book, channel(""))).verdict == "deny"


async def test_its_own_channel_redeems_it(world: World, book: Verdicts) -> None:
    """It does not count against itself, and is that very call; its channel is told the same for a second trunk."""
    call_id = await reserved(world, book)
    first = channel(call_id, key="chan-1")
    got = await judged(book, first)
    assert (got.call_id, got.verdict, got.repeated) == (call_id, "permit", False)
    assert await world.reservations().held_until(call_id) is None
    again = await judged(book, replace(channel(call_id, key="chan-1"), ask=first.ask))
    assert (again.call_id, again.verdict, again.repeated) == (call_id, "permit", True)


async def test_it_is_redeemed_once(world: World, book: Verdicts) -> None:
    """Another channel that names it later is judged as if it had named none."""
    call_id = await reserved(world, book)
    await judged(book, channel(call_id, key="chan-1"))
    late = await judged(book, channel(call_id, key="chan-2"))
    assert (late.verdict, late.call_id == call_id) == ("deny", False)


async def test_of_two_channels_that_race_one_redeems(world: World) -> None:
    """Whichever comes first, at whichever gate."""
    gates = [world.gate() for _ in range(4)]
    call_id = await reserved(world, gates[0])
    got = await asyncio.gather(
        *(judged(gate, channel(call_id, key=f"chan-{place}")) for place, gate in enumerate(gates * 3))
    )
    assert [each.verdict for each in got].count("permit") == 1
    assert [each.call_id for each in got if each.verdict == "permit"] == [call_id]


@pytest.mark.parametrize(
    "wrong",
    [
        channel("01JNOSUCHCALL0000000000000"),
        channel("' OR 1=1 --"),
        channel("{}", number="+393331234568"),
        channel("{}", campaign=WINTER),
    ],
    ids=("nobody's", "no id", "another number", "another campaign"),
)
async def test_what_does_not_fit_changes_nothing(world: World, book: Verdicts, wrong: CallRequest) -> None:
    """It is judged as if it named nothing, and the reservation stays."""
    call_id = await reserved(world, book)
    named = replace(wrong, ask=replace(wrong.ask, call_id=wrong.ask.call_id.replace("{}", call_id)))
    alone = await judged(book, replace(named, call_id=f"{named.call_id}X", ask=replace(named.ask, call_id="")))
    await world.reservations().give_back(alone.call_id, at=SOON)
    await book.release(alone.call_id, gate="garbo-b", at=SOON)
    assert (await judged(book, named)).verdict == alone.verdict
    assert await world.reservations().held_until(call_id) == NOW + HELD


async def test_one_that_is_held_no_longer_is_released(world: World, book: Verdicts) -> None:
    """At the instant itself already; the call is judged anew, and the old permit does not count against it."""
    call_id = await reserved(world, book)
    late = await judged(book, channel(call_id, at=NOW + HELD))
    assert (late.verdict, late.call_id == call_id) == ("permit", False)
    assert await outcome_of(book, call_id) == Outcome.NOT_DIALLED


async def test_what_came_meanwhile_binds(world: World, book: Verdicts) -> None:
    """A suppression denies the call, and the reservation is used up."""
    call_id = await reserved(world, book)
    world.suppress("*")
    denied = await judged(book, channel(call_id))
    assert (denied.verdict, denied.call_id == call_id) == ("deny", False)
    assert await outcome_of(book, call_id) == Outcome.NOT_DIALLED
    assert await world.reservations().held_until(call_id) is None


async def test_whoever_calls_is_on_record(world: World, book: Verdicts) -> None:
    """The operator of the channel; else the one it was reserved for."""
    world.operator(ANNA)
    call_id = await reserved(world, book)
    assert (await judged(book, channel(call_id, operator=ANNA))).operator == "anna"
    await book.close(call_id, Ending(outcome=Outcome.NOT_DIALLED, ended_at=SOON))
    hers = await reserved(world, book, operator=ANNA)
    assert (await judged(book, channel(hers))).operator == "anna"


async def test_a_gate_takes_up_what_was_redeemed_alone(world: World, book: Verdicts) -> None:
    """What is reserved is no call: after a restart it must not be taken for one that ended unseen."""
    call_id = await reserved(world, book)
    assert await book.open_calls(gate="garbo-b") == ()
    asked = channel(call_id)
    await judged(book, asked)
    (found,) = await book.open_calls(gate="garbo-b")
    assert (found.call_id, found.channel_id, found.door) == (call_id, asked.ask.channel_id, Door.STASIS)


async def test_a_call_is_followed_by_the_door_that_redeemed_it(world: World, book: Verdicts) -> None:
    """Its record says for ever that it was asked for over the API; its end is told where its channel asked."""
    call_id = await reserved(world, book)
    asked = channel(call_id)
    await judged(book, replace(asked, ask=replace(asked.ask, door=Door.FASTAGI)))
    (found,) = await book.open_calls(gate="garbo-b")
    assert (found.call_id, found.door) == (call_id, Door.FASTAGI)


async def test_what_is_not_wanted_is_given_back(world: World, book: Verdicts) -> None:
    """And counts no more; again is harmless; what goes its way cannot be given back."""
    call_id = await reserved(world, book)
    held = world.reservations()
    assert await held.give_back(call_id, at=SOON) is GivenBack.RELEASED
    assert await held.give_back(call_id, at=SOON) is GivenBack.RELEASED
    assert await outcome_of(book, call_id) == Outcome.NOT_DIALLED
    other = await judged(book, channel(call_id))
    assert (other.verdict, other.call_id == call_id) == ("permit", False)
    assert await held.give_back(other.call_id, at=SOON) is GivenBack.NOT_HELD
    assert await held.give_back("01JNOSUCHCALL0000000000000", at=SOON) is GivenBack.NOT_HELD


async def test_what_is_not_redeemed_in_time_is_released(world: World, book: Verdicts) -> None:
    """As never dialled, and not before its time."""
    call_id = await reserved(world, book)
    held = world.reservations()
    assert list(await held.release_due(at=NOW + HELD - timedelta(seconds=1), limit=10)) == []
    assert list(await held.release_due(at=NOW + HELD, limit=10)) == [call_id]
    assert list(await held.release_due(at=NOW + HELD, limit=10)) == []
    assert await outcome_of(book, call_id) == Outcome.NOT_DIALLED
    assert (await judged(book, channel(""))).verdict == "permit"


async def test_a_redeemed_call_ends_as_calls_do(world: World, book: Verdicts) -> None:
    """It is not released in time, and once it has ended nothing is kept of how it was reserved."""
    call_id = await reserved(world, book)
    await judged(book, channel(call_id))
    held = world.reservations()
    assert list(await held.release_due(at=NOW + 2 * HELD, limit=10)) == []
    assert await book.close(call_id, Ending(outcome=Outcome.ANSWERED, ended_at=SOON, answered_at=SOON))
    await held.forget_over(limit=10)
    assert await outcome_of(book, call_id) == Outcome.ANSWERED


async def test_a_denial_is_no_reservation(world: World, book: Verdicts) -> None:
    """Nothing is held by it."""
    world.suppress("*")
    asked = ahead(world)
    assert (await judged(book, asked)).verdict == "deny"
    assert await world.reservations().held_until(asked.call_id) is None
