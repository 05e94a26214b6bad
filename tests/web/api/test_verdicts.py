"""Verdicts ahead of calls over HTTP: what is told, what counts, what is held, and what the call itself then gets."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ari_app.calls.call import Ports
from ari_app.calls.reactor import Reactor
from ari_app.policy.outcome import Outcome
from ari_app.policy.request import Ask, Door, passage_key
from ari_app.ports.verdicts import Ending
from ari_app.stores.tables import attempt
from tests.fakes.switch import FakeSwitch
from tests.web.api.over import CAMPAIGN, FOREIGN, MARIO, NAMED, PAOLA, STRICT, VERDICTS, Api

BATCH = f"{VERDICTS}/batch"


def channel(call_id: str, *, name: str = "1", number: str = MARIO, campaign: str = CAMPAIGN, **said: Any) -> Ask:
    """A dialer's Local channel that names a call."""
    given: dict[str, Any] = {
        "dialled": number,
        "door": Door.STASIS,
        "campaign": campaign,
        "channel_id": f"local-{name}",
        "idempotency_key": passage_key("pbx", f"local-{name}"),
        "call_id": call_id,
    }
    return Ask(**given | said)


async def ended(api: Api, call_id: str, outcome: Outcome = Outcome.ANSWERED) -> None:
    """Let a call end."""
    now = api.clock.now()
    await api.room.verdicts.close(call_id, Ending(outcome=outcome, ended_at=now, answered_at=now))


# To know.


async def test_a_verdict_is_told_whole(api: Api) -> None:
    """As `garbo check` tells it; a permit has its caller id, a denial its reasons; neither is on record."""
    told = await api.verdict()
    assert (told["verdict"], told["callee"], told["campaign"], told["principal"]) == (
        "permit",
        MARIO,
        CAMPAIGN,
        "lumina",
    )
    assert told["caller_id"] == "+390212345678"
    assert told["reserved_until"] is None
    assert (await api.ask("GET", f"/api/v1/calls/{told['call_id']}")).status == 404
    assert await api.codes("12") == ["number_invalid"]
    assert await api.codes(campaign="nowhere") == ["campaign_unknown"]
    assert await api.codes(operator="nobody") == ["operator_not_allowed"]
    assert (await api.verdict("112"))["verdict"] == "exempt"


async def test_an_instant_may_be_named(api: Api) -> None:
    """Past and future; the packs judge as of then."""
    assert "outside_calling_window" not in await api.codes(campaign=STRICT, at="2026-11-20T11:00:00+01:00")
    night = await api.verdict(campaign=STRICT, at="2026-11-24T03:00:00Z")
    assert "outside_calling_window" in [reason["code"] for reason in night["reasons"]]
    assert night["decided_at"] == "2026-11-24T03:00:00.000Z"


async def test_without_reserve_nothing_counts(api: Api) -> None:
    """However often it is asked."""
    for _ in range(5):
        assert (await api.verdict())["verdict"] == "permit"
    assert (await api.ask("GET", "/api/v1/calls")).told == {"calls": [], "next": None}


async def test_a_dialer_has_no_operator_yet(api: Api) -> None:
    """Its token admits the call where the campaign names operators; an operator whom it names must be one of them."""
    assert (await api.verdict(campaign=NAMED))["verdict"] == "permit"
    assert (await api.verdict(campaign=NAMED, operator="anna"))["verdict"] == "permit"
    assert await api.codes(campaign=NAMED, operator="bruno") == ["operator_not_allowed"]


# Whose it is.


async def test_a_token_knows_its_own_principal_alone(api: Api) -> None:
    """Another's campaign is answered word for word like one that does not exist, reserved or not."""
    assert (await api.verdict(campaign=FOREIGN, token=api.theirs))["verdict"] == "permit"
    for reserve in (False, True):
        theirs, none = [
            await api.verdict(campaign=name, token=api.theirs, reserve=reserve) for name in (CAMPAIGN, "nowhere")
        ]
        for told in (theirs, none):
            del told["call_id"], told["campaign"]
        assert theirs == none
        assert [reason["code"] for reason in theirs["reasons"]] == ["campaign_unknown"]
    assert (await api.ask("GET", "/api/v1/calls")).told["calls"] == []


# To reserve.


async def test_a_reservation_counts_and_is_held(api: Api) -> None:
    """On record at once; another call to the same callee meets it."""
    told = await api.verdict(reserve=True)
    assert (told["verdict"], told["reserved_until"]) == ("permit", "2026-11-23T10:01:00.000Z")
    shown = (await api.ask("GET", f"/api/v1/calls/{told['call_id']}")).told
    assert (shown["reserved_until"], shown["outcome"]) == ("2026-11-23T10:01:00.000Z", None)
    assert await api.codes(reserve=True) == ["contacted_recently"]
    assert await api.codes() == ["contacted_recently"]


async def test_its_channel_redeems_it(api: Api) -> None:
    """The call has the reserved id, its outcome is told under it, and it ends like every call."""
    call_id = (await api.verdict(reserve=True))["call_id"]
    record = await api.room.judge.judge(channel(call_id))
    assert (record.call_id, record.verdict) == (call_id, "permit")
    assert (await api.ask("GET", f"/api/v1/calls/{call_id}")).told["reserved_until"] is None
    await ended(api, call_id)
    assert (await api.ask("GET", f"/api/v1/calls/{call_id}")).told["outcome"] == "answered"
    await api.tidying.release_due()
    await api.tidying.forget_over()
    assert (await api.ask("GET", f"/api/v1/calls/{call_id}")).told["outcome"] == "answered"


@pytest.mark.parametrize("door", [Door.STASIS, Door.FASTAGI])
async def test_the_token_admits_its_call(api: Api, door: Door) -> None:
    """Where the campaign names operators; also for a second trunk; a channel that names no call is not admitted."""
    call_id = (await api.verdict(campaign=NAMED, reserve=True))["call_id"]
    without = await api.room.judge.judge(channel("", name="0", campaign=NAMED, door=door))
    assert "operator_not_allowed" in [reason.code for reason in without.reasons]
    for _ in range(2):
        record = await api.room.judge.judge(channel(call_id, campaign=NAMED, door=door))
        assert (record.call_id, record.verdict) == (call_id, "permit")
    bruno = channel(call_id, name="2", campaign=NAMED, door=door, operator="bruno")
    assert (await api.room.judge.judge(bruno)).verdict == "deny"


async def test_a_channel_of_somebody_else_uses_a_reservation_up(api: Api) -> None:
    """An operator whom the campaign does not admit is denied, and what was reserved is released."""
    call_id = (await api.verdict(campaign=NAMED, reserve=True))["call_id"]
    record = await api.room.judge.judge(channel(call_id, campaign=NAMED, operator="bruno"))
    assert (record.verdict, record.call_id == call_id) == ("deny", False)
    assert (await api.ask("GET", f"/api/v1/calls/{call_id}")).told["outcome"] == "not_dialled"


async def test_nobody_attends_what_was_reserved_for_nobody(api: Api) -> None:
    """On whatever channel it comes; what was reserved for an operator is theirs, though the channel says nothing."""
    call_id = (await api.verdict(reserve=True))["call_id"]
    record = await api.room.judge.judge(channel(call_id, attended=True))
    assert record.call_id == call_id
    assert not await attended(api, call_id)
    await ended(api, call_id)
    hers = (await api.verdict(PAOLA, operator="anna", campaign=NAMED, reserve=True))["call_id"]
    record = await api.room.judge.judge(channel(hers, name="2", number=PAOLA, campaign=NAMED))
    assert (record.call_id, record.operator) == (hers, "anna")
    assert await attended(api, hers)


async def attended(api: Api, call_id: str) -> bool:
    """Whether the attempt counts as one with an operator on the line."""
    query = select(attempt.c.attended).where(attempt.c.call_id == call_id)
    return bool(api.room.database.read(lambda connection: connection.scalar(query)))


async def test_a_suppression_that_came_meanwhile_denies(api: Api) -> None:
    """The call is decided again with the facts of now."""
    call_id = (await api.verdict(reserve=True))["call_id"]
    await api.ask("POST", "/api/v1/suppressions", {"number": MARIO, "reason": "opt_out"})
    record = await api.room.judge.judge(channel(call_id))
    assert [reason.code for reason in record.reasons] == ["suppressed_global"]
    assert record.call_id != call_id


async def test_what_is_not_redeemed_is_released(api: Api) -> None:
    """After its time, as never dialled, once; then it counts no more, and redeems nothing."""
    call_id = (await api.verdict(reserve=True))["call_id"]
    api.clock.pass_by(timedelta(seconds=59))
    await api.tidying.release_due()
    assert await api.codes() == ["contacted_recently"]
    api.clock.pass_by(timedelta(seconds=1))
    await api.tidying.release_due()
    await api.tidying.release_due()
    assert api.heard.names().count("reservation.released") == 1
    assert (await api.ask("GET", f"/api/v1/calls/{call_id}")).told["outcome"] == "not_dialled"
    assert (await api.room.judge.judge(channel(call_id))).call_id != call_id


async def test_a_reservation_is_given_back(api: Api) -> None:
    """Twice is harmless; a call that goes its way cannot be; another's is not there."""
    call_id = (await api.verdict(reserve=True))["call_id"]
    path = f"/api/v1/calls/{call_id}"
    assert (await api.ask("DELETE", path, token=api.theirs)).status == 404
    for _ in range(2):
        assert (await api.ask("DELETE", path)).status == 204
    again = (await api.verdict(reserve=True))["call_id"]
    await api.room.judge.judge(channel(again))
    assert (await api.ask("DELETE", f"/api/v1/calls/{again}")).status == 409


async def test_a_reserved_call_is_none_after_a_restart(api: Api) -> None:
    """The gate's next life does not take it for a call that ended unseen."""
    call_id = (await api.verdict(reserve=True))["call_id"]
    ports = Ports(
        switch=FakeSwitch(),
        judge=api.room.judge,
        verdicts=api.room.verdicts,
        observer=api.heard,
        clock=api.clock,
        signing=api.signing,
    )
    reactor = Reactor(ports, gate="garbo-a")
    await reactor.resync(())
    await reactor.close()
    assert (await api.ask("GET", f"/api/v1/calls/{call_id}")).told["outcome"] is None


# Many.


async def test_many_are_judged_each_by_itself(api: Api) -> None:
    """In their order, as one by one; what cannot be read has its problem, and spoils nothing."""
    await api.ask("POST", "/api/v1/suppressions", {"number": PAOLA, "reason": "opt_out"})
    asked = [
        {"number": MARIO, "campaign": CAMPAIGN},
        {"number": PAOLA, "campaign": CAMPAIGN},
        {"number": MARIO, "campaign": "nowhere"},
        {"number": MARIO, "campaign": STRICT, "at": "2026-11-24T03:00:00Z"},
        {"number": "12", "campaign": CAMPAIGN},
        {"number": "112", "campaign": CAMPAIGN},
        {"number": MARIO, "campaign": NAMED, "operator": "bruno"},
        {"number": "333 000 0004", "campaign": CAMPAIGN},
        {"number": MARIO, "campaign": NAMED},
    ]
    bad = [
        {"campaign": CAMPAIGN},
        7,
        {"number": MARIO, "campaign": CAMPAIGN, "reserve": True, "at": "2026-11-24T03:00Z"},
    ]
    said = await api.ask("POST", BATCH, {"verdicts": [*asked, *bad]})
    assert said.status == 200
    for question, told in zip(asked, said.told["verdicts"], strict=False):
        alone = (await api.ask("POST", VERDICTS, question)).told
        assert {**told, "call_id": ""} == {**alone, "call_id": ""}
    problems = said.told["verdicts"][len(asked) :]
    assert [problem["status"] for problem in problems] == [422, 422, 422]
    assert [problem["errors"][0]["pointer"] for problem in problems] == ["/number", "", "/at"]
    assert len({told["call_id"] for told in said.told["verdicts"][: len(asked)]}) == len(asked)


async def test_of_many_that_are_reserved_each_counts(api: Api) -> None:
    """One callee gets one permit, whatever the order of the answers."""
    asked = [{"number": number, "campaign": CAMPAIGN, "reserve": True} for number in (MARIO, PAOLA, MARIO, MARIO)]
    told = (await api.ask("POST", BATCH, {"verdicts": asked})).told["verdicts"]
    assert sorted(each["verdict"] for each in told) == ["defer", "defer", "permit", "permit"]
    assert told[1]["reserved_until"] == "2026-11-23T10:01:00.000Z"


@pytest.mark.parametrize("many", [0, 1_001])
async def test_how_many_there_may_be(api: Api, many: int) -> None:
    """At least one, and at most a thousand."""
    said = await api.ask("POST", BATCH, {"verdicts": [{"number": MARIO, "campaign": CAMPAIGN}] * many})
    assert (said.status, said.pointers) == (422, ["/verdicts"])


async def test_a_thousand_are_answered(api: Api) -> None:
    """Every one, in their order."""
    numbers = [f"+39333{place:07}" for place in range(1_000)]
    asked = [{"number": number, "campaign": CAMPAIGN} for number in numbers]
    told = (await api.ask("POST", BATCH, {"verdicts": asked})).told["verdicts"]
    assert [each["callee"] for each in told] == numbers


async def test_the_reserved_record_says_what_was_told(api: Api) -> None:
    """Its evidence names the API as its door, and no channel."""
    call_id = (await api.verdict(reserve=True))["call_id"]
    record = await api.room.verdicts.show(call_id)
    assert record is not None
    assert (record.evidence.door, record.evidence.channel_id, record.verdict) == ("api", "", "permit")
