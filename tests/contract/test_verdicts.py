"""One suite for every book of verdicts: the fake in memory, SQLite and PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ari_app.policy.attempts import LOOK_BACK, MOST_ATTEMPTS
from ari_app.policy.facts import Facts, Unknown, known
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.policy.numbers import NotANumber, Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Campaign, Door
from ari_app.ports.verdicts import Ending, OpenCall, StoreConflict, Verdicts
from tests.contract.worlds import RIVAL, WINTER, World, facts_of
from tests.stores.samples import ANNA, AUTUMN, NOW, call, once, record, say, wanted


def ending(outcome: Outcome) -> Ending:
    """A call that ended a minute after its verdict."""
    return Ending(outcome=outcome, ended_at=NOW + timedelta(minutes=1), cause=16, dialled_at=NOW, legs=1)


async def attempts_seen(book: Verdicts) -> list[tuple[str, Outcome | None]]:
    """Earlier attempts on the sample callee, as the next call sees them."""
    facts = await facts_of(book, call(at=NOW + timedelta(hours=1)))
    return [(each.call_id, each.outcome) for each in known(facts.attempts)]


# Admission.


async def test_admission_finds_the_operator_by_phone(world: World, book: Verdicts) -> None:
    """The operator at the calling endpoint calls for their only campaign, with packs in order and operators named."""
    world.operator(replace(ANNA, campaigns=("adsl-autunno",)))
    found = await book.admission(Ask(dialled="1", door=Door.STASIS, endpoint="PJSIP/101"), default_campaign="rivale")
    assert found.operator == replace(ANNA, campaigns=("adsl-autunno",))
    assert found.campaign == replace(AUTUMN, operators=frozenset({"anna"}))
    assert (found.campaign_id, found.operator_id) == ("adsl-autunno", "anna")


async def test_admission_asks_who_sits_there_first(world: World, book: Verdicts) -> None:
    """Whoever sat down at the phone, not whose own it is; who is named goes before both."""
    world.operator(ANNA)
    world.operator(replace(ANNA, id="bruno", endpoint="PJSIP/102"))
    world.sit("bruno", "PJSIP/101")
    for said, who in (("", "bruno"), ("anna", "anna")):
        ask = Ask(dialled="1", door=Door.STASIS, endpoint="PJSIP/101", operator=said)
        assert (await book.admission(ask, default_campaign="")).operator_id == who


async def test_admission_of_what_does_not_exist_is_none(world: World, book: Verdicts) -> None:
    """A named operator or campaign that does not exist is not replaced by phone or default."""
    world.operator(ANNA)
    ask = Ask(dialled="1", door=Door.STASIS, endpoint="PJSIP/101", operator="bruno", campaign="nowhere")
    found = await book.admission(ask, default_campaign="rivale")
    assert (found.operator, found.operator_id) == (None, "bruno")
    assert (found.campaign, found.campaign_id) == (None, "nowhere")


@pytest.mark.parametrize(("default", "campaign"), [("rivale", RIVAL), ("", None)])
async def test_admission_falls_back_to_the_default(
    world: World, book: Verdicts, default: str, campaign: Campaign | None
) -> None:
    """An operator of two campaigns, or a strange phone, calls for the default campaign, if there is one."""
    world.operator(replace(ANNA, campaigns=("adsl-autunno", "adsl-inverno")))
    for endpoint in ("PJSIP/101", "PJSIP/999", ""):
        ask = Ask(dialled="1", door=Door.STASIS, endpoint=endpoint)
        found = await book.admission(ask, default_campaign=default)
        assert (found.campaign_id, found.campaign) == (default, campaign)


# Facts.


async def test_nothing_held_is_known(book: Verdicts) -> None:
    """On a number nobody knows, everything is Known, and nothing is there."""
    assert await facts_of(book, call()) == Facts.nothing_held(NOW)


async def test_what_is_no_number_has_no_facts(world: World, book: Verdicts) -> None:
    """Nothing is looked up for what is no number, and its denial is recorded all the same."""
    request = call(callee=NotANumber("too_short"))
    assert await facts_of(book, request) == Facts.nothing_held(NOW)
    await book.judge(request, needs=wanted(request, locked=False), decide=say(request, "deny"))
    shown = await book.show(request.call_id)
    assert shown is not None
    assert (shown.callee, shown.dialled, shown.outcome) == (None, "333 1234567", "denied")


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ("*", True),
        ("principal:fastnet", True),
        ("campaign:adsl-autunno", True),
        ("principal:telnet", False),
        ("campaign:adsl-inverno", False),
    ],
)
async def test_suppressions_bind_their_scope(world: World, book: Verdicts, scope: str, seen: bool) -> None:
    """A suppression is seen by the calls of its scope, and by no other."""
    world.suppress(scope)
    found = known((await facts_of(book, call())).suppressions)
    assert [each.scope for each in found] == ([scope] if seen else [])


async def test_global_suppression_is_seen_without_a_campaign(world: World, book: Verdicts) -> None:
    """A call whose campaign does not exist still meets a global suppression, and has no history."""
    world.suppress("*")
    facts = await facts_of(book, call(campaign=None))
    assert len(known(facts.suppressions)) == 1
    assert known(facts.attempts) == ()


async def test_customer_is_the_principal_s_word(world: World, book: Verdicts) -> None:
    """What a principal says of a customer is seen by its own campaigns, whole, and by no other's."""
    customer = Customer(status=CustomerStatus.CURRENT, products=("adsl", "tv"), since=NOW, until=None, person="p-1")
    world.customer(customer)
    assert known((await facts_of(book, call())).customer) == customer
    assert known((await facts_of(book, call(campaign=RIVAL))).customer).status is CustomerStatus.NONE


async def test_attempts_of_all_campaigns_newest_first(book: Verdicts) -> None:
    """Earlier calls for the principal count over all its campaigns, newest first, but not the rival's."""
    first = call(at=NOW - timedelta(days=2))
    second = call(campaign=WINTER, at=NOW - timedelta(days=1))
    rival = call(campaign=RIVAL, at=NOW - timedelta(days=1))
    too_old = call(at=NOW - LOOK_BACK - timedelta(days=1))
    for request in (first, second, rival, too_old):
        await book.judge(request, needs=wanted(request), decide=say(request))
    found = known((await facts_of(book, call())).attempts)
    assert [each.call_id for each in found] == [second.call_id, first.call_id]
    assert (found[0].campaign, found[0].operator, found[0].at) == ("adsl-inverno", "anna", second.asked_at)


async def test_a_history_that_is_too_long_is_unknown(book: Verdicts) -> None:
    """More attempts than are read: the fact is Unknown, which denies, and never a part that looks like the whole."""
    for _ in range(MOST_ATTEMPTS):
        request = call(at=NOW - timedelta(days=2))
        await book.judge(request, needs=wanted(request, locked=False), decide=say(request))
    assert len(known((await facts_of(book, call())).attempts)) == MOST_ATTEMPTS
    request = call(at=NOW - timedelta(days=2))
    await book.judge(request, needs=wanted(request, locked=False), decide=say(request))
    assert isinstance((await facts_of(book, call())).attempts, Unknown)


async def test_a_call_never_counts_against_itself(book: Verdicts) -> None:
    """A reservation that is judged again does not meet its own attempt."""
    request = call()
    await book.judge(request, needs=wanted(request), decide=say(request))
    assert known((await facts_of(book, request)).attempts) == ()


# Judging.


@pytest.mark.parametrize("verdict", ["permit", "defer", "deny"])
async def test_a_verdict_comes_back_equal(book: Verdicts, verdict: str) -> None:
    """What was recorded is shown again, field by field; who was not let through has the outcome `denied`."""
    request = call()
    given = await book.judge(request, needs=wanted(request), decide=say(request, verdict))
    shown = await book.show(request.call_id)
    assert given == record(request, verdict)
    assert shown == (given if verdict == "permit" else given.with_outcome("denied"))


async def test_preview_writes_nothing(book: Verdicts) -> None:
    """A preview leaves neither verdict nor attempt."""
    request = call()
    assert await book.preview(request, needs=wanted(request), decide=say(request)) == record(request)
    assert await book.show(request.call_id) is None
    assert await attempts_seen(book) == []


async def test_only_a_permit_reserves(book: Verdicts) -> None:
    """Denied and deferred calls are no attempts."""
    for verdict in ("deny", "defer", "permit"):
        request = call()
        await book.judge(request, needs=wanted(request), decide=say(request, verdict))
    assert await attempts_seen(book) == [(request.call_id, None)]


async def test_one_idempotency_key_one_verdict(book: Verdicts) -> None:
    """A second ask with the same key gets the first verdict, marked as repeated, and counts nothing."""
    first, second = call(key="k"), call(key="k")
    await book.judge(first, needs=wanted(first), decide=say(first))
    again = await book.judge(second, needs=wanted(second), decide=say(second))
    assert again == record(first)
    assert again.repeated
    assert await book.show(second.call_id) is None
    assert await attempts_seen(book) == [(first.call_id, None)]


async def test_a_repeated_ask_does_not_meet_its_own_attempt(book: Verdicts) -> None:
    """The second trunk of a call is judged on the facts of now, but for the call itself."""
    first, second = call(key="k"), call(key="k")
    await book.judge(first, needs=wanted(first), decide=once(first))
    assert (await book.judge(second, needs=wanted(second), decide=once(second))).repeated


async def test_a_permit_that_would_not_be_given_now_is_not_repeated(book: Verdicts) -> None:
    """An opt-out between two passages of one channel: the second is a denial of its own."""
    first, second, third = call(key="k"), call(key="k"), call(key="k")
    await book.judge(first, needs=wanted(first), decide=say(first))
    denied = await book.judge(second, needs=wanted(second), decide=say(second, "deny"))
    assert (denied.verdict, denied.repeated, denied.call_id) == ("deny", False, second.call_id)
    again = await book.judge(third, needs=wanted(third), decide=say(third, "deny"))
    assert (again.call_id, again.repeated) == (second.call_id, True)


async def test_a_permit_whose_call_has_ended_is_not_repeated(book: Verdicts) -> None:
    """A channel id that is used again, or a channel that dials the same person twice, is a call of its own."""
    first, second = call(key="k"), call(key="k")
    await book.judge(first, needs=wanted(first), decide=say(first))
    await book.close(first.call_id, ending(Outcome.ANSWERED))
    given = await book.judge(second, needs=wanted(second), decide=once(second))
    assert (given.verdict, given.repeated) == ("deny", False)


async def test_who_repeats_a_permit_follows_its_call(world: World) -> None:
    """Two gates: what the first gave and the second repeated, the first can no longer release."""
    book = world.gate()
    first, second = call(key="k"), call(key="k")
    await book.judge(first, needs=wanted(first), decide=say(first))
    other = await book.judge(second, needs=wanted(second), decide=lambda _: record(second, gate="garbo-b"))
    assert other.repeated
    assert not await book.release(first.call_id, gate="garbo-a", at=NOW)
    assert [each.call_id for each in await book.open_calls(gate="garbo-b")] == [first.call_id]
    assert await book.open_calls(gate="garbo-a") == ()
    assert await book.release(first.call_id, gate="garbo-b", at=NOW)
    assert await attempts_seen(book) == []


@pytest.mark.parametrize("locked", [True, False])
async def test_racing_asks_with_one_key_get_one_verdict(world: World, locked: bool) -> None:
    """Ten asks at once with one key, at two gates and even without a common lock, are one call."""
    gates = (world.gate(), world.gate())
    asks = [call(key="k") for _ in range(10)]
    given = await asyncio.gather(
        *(gates[n % 2].judge(ask, needs=wanted(ask, locked=locked), decide=say(ask)) for n, ask in enumerate(asks))
    )
    assert len({each.call_id for each in given}) == 1
    assert sum(not each.repeated for each in given) == 1
    assert len(await attempts_seen(gates[0])) == 1


@pytest.mark.parametrize("how_many", [1, 2])
async def test_racing_calls_under_a_cap_of_one_get_one_permit(world: World, how_many: int) -> None:
    """Twenty calls at once to one callee, at one gate or at two: exactly one goes out."""
    gates = [world.gate() for _ in range(how_many)]
    calls = [call() for _ in range(20)]
    given = await asyncio.gather(
        *(
            gates[n % how_many].judge(each, needs=wanted(each), decide=once(each, gate=f"garbo-{n % how_many}"))
            for n, each in enumerate(calls)
        )
    )
    assert [each.verdict for each in given].count("permit") == 1
    assert [each.verdict for each in given].count("deny") == 19


async def test_what_decide_raises_leaves_nothing(book: Verdicts) -> None:
    """When deciding fails, its error comes out as it is and nothing is on record."""

    def fail(_facts: Facts) -> VerdictRecord:
        raise ZeroDivisionError

    request = call()
    with pytest.raises(ZeroDivisionError):
        await book.judge(request, needs=wanted(request), decide=fail)
    assert await book.show(request.call_id) is None


async def test_a_call_has_one_verdict(book: Verdicts) -> None:
    """A call id that has a verdict gets no second one."""
    request = call()
    await book.judge(request, needs=wanted(request), decide=say(request, "deny"))
    with pytest.raises(StoreConflict):
        await book.judge(request, needs=wanted(request), decide=say(request))


# Outcomes.


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [(each, each not in (Outcome.NOT_DIALLED, Outcome.DENIED)) for each in Outcome],
)
async def test_closing_settles_the_attempt(book: Verdicts, outcome: Outcome, counts: bool) -> None:
    """A call that was never dialled gives its reservation back; any other outcome stays with the attempt."""
    request = call()
    await book.judge(request, needs=wanted(request), decide=say(request))
    assert await book.close(request.call_id, ending(outcome))
    assert await attempts_seen(book) == ([(request.call_id, outcome)] if counts else [])


async def test_a_leg_that_was_seen_cannot_be_unseen(book: Verdicts) -> None:
    """Two gates follow one permit: that one of them saw nothing dialled does not release what the other confirmed."""
    request = call()
    await book.judge(request, needs=wanted(request), decide=say(request))
    await book.confirm(request.call_id, at=NOW)
    assert not await book.close(request.call_id, ending(Outcome.NOT_DIALLED))
    assert await attempts_seen(book) == [(request.call_id, None)]
    assert await book.close(request.call_id, ending(Outcome.ANSWERED))


async def test_the_first_outcome_stays(book: Verdicts) -> None:
    """A call has exactly one outcome: a second is refused, and the record shows the first."""
    request = call()
    await book.judge(request, needs=wanted(request), decide=say(request))
    closed = await asyncio.gather(*(book.close(request.call_id, ending(Outcome.BUSY)) for _ in range(4)))
    assert sorted(closed) == [False, False, False, True]
    assert not await book.close(request.call_id, ending(Outcome.NOT_DIALLED))
    shown = await book.show(request.call_id)
    assert shown is not None
    assert shown.outcome == "busy"
    assert await attempts_seen(book) == [(request.call_id, Outcome.BUSY)]


async def test_a_denied_call_is_closed_already(book: Verdicts) -> None:
    """A denied call has its outcome from the start."""
    request = call()
    await book.judge(request, needs=wanted(request), decide=say(request, "deny"))
    assert not await book.close(request.call_id, ending(Outcome.DENIED))


async def test_an_unknown_call_cannot_be_closed(book: Verdicts) -> None:
    """No verdict, no outcome."""
    with pytest.raises(StoreConflict, match="no verdict"):
        await book.close("01JNOBODY", ending(Outcome.BUSY))


async def test_open_calls_are_this_gate_s(book: Verdicts) -> None:
    """A gate finds its own permits without an outcome, oldest first, and which of them were dialled."""
    older, newer = call(at=NOW - timedelta(minutes=1)), call()
    other, denied, closed = call(), call(), call()
    for request, verdict, gate in (
        (newer, "permit", "garbo-a"),
        (older, "permit", "garbo-a"),
        (other, "permit", "garbo-b"),
        (denied, "deny", "garbo-a"),
        (closed, "permit", "garbo-a"),
    ):
        await book.judge(request, needs=wanted(request), decide=say(request, verdict, gate=gate))
    await book.close(closed.call_id, ending(Outcome.BUSY))
    for _ in range(2):
        await book.confirm(older.call_id, at=NOW)
    channel = "PJSIP/101-00000001"
    assert await book.open_calls(gate="garbo-a") == (
        OpenCall(call_id=older.call_id, channel_id=channel, decided_at=older.asked_at, dialled=True, door=Door.STASIS),
        OpenCall(call_id=newer.call_id, channel_id=channel, decided_at=newer.asked_at, dialled=False, door=Door.STASIS),
    )


async def test_a_leg_that_is_seen_brings_a_released_attempt_back(book: Verdicts) -> None:
    """Closed too early as never dialled: it counts all the same, and as nobody knows how it went, as unseen."""
    request = call()
    await book.judge(request, needs=wanted(request), decide=say(request))
    await book.close(request.call_id, ending(Outcome.NOT_DIALLED))
    await book.confirm(request.call_id, at=NOW)
    assert await attempts_seen(book) == [(request.call_id, None)]


async def test_another_number_has_no_part_in_it(book: Verdicts) -> None:
    """Attempts belong to their number."""
    request = call(callee=Number("+393330000000"))
    await book.judge(request, needs=wanted(request), decide=say(request))
    assert await attempts_seen(book) == []
