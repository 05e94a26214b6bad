"""What became of calls over HTTP, what programs say of them, and numbers that are not to be called any more."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ari_app.policy.record import VerdictRecord
from ari_app.stores.tables import attempt
from tests.web.api.over import CAMPAIGN, FOREIGN, MARIO, NAMED, PAOLA, Api
from tests.web.api.test_verdicts import channel, ended

CALLS, SUPPRESSIONS = "/api/v1/calls", "/api/v1/suppressions"


async def made(api: Api, number: str = MARIO, campaign: str = CAMPAIGN) -> str:
    """A call that was reserved, redeemed and answered; nothing was said of it yet."""
    call_id: str = (await api.verdict(number, campaign=campaign, reserve=True))["call_id"]
    await api.room.judge.judge(channel(call_id, name=call_id, number=number, campaign=campaign))
    await ended(api, call_id)
    return call_id


async def live(api: Api, campaign: str = CAMPAIGN) -> VerdictRecord:
    """A dialer's call that goes on, with nobody on it."""
    call_id = (await api.verdict(campaign=campaign, reserve=True))["call_id"]
    record = await api.room.judge.judge(channel(call_id, campaign=campaign))
    api.site.watch.judged(record, channel_id="local-1", phone="Local/1@garbo-outbound")
    return record


async def test_another_principal_s_call_is_not_there(api: Api) -> None:
    """For every question about it, like one that never was."""
    call_id = await made(api)
    asked = [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/disposition", {"disposition": "refused"}),
        ("POST", "/operator", {"operator": "anna"}),
    ]
    for method, path, body in asked:
        theirs = await api.ask(method, f"{CALLS}/{call_id}{path}", body, token=api.theirs)
        none = await api.ask(method, f"{CALLS}/01JNOSUCHCALL0000000000000{path}", body)
        assert (theirs.status, theirs.told) == (404, none.told)


async def test_calls_come_page_by_page(api: Api) -> None:
    """Newest first, each once, whatever comes meanwhile; of one instant by their ids."""
    ids = [await made(api, f"+3933300001{place:02}") for place in range(5)]
    api.clock.pass_by(timedelta(seconds=1))
    ids.append(await made(api, "+393330000199"))
    seen, cursor = [], ""
    while True:
        page = (await api.ask("GET", f"{CALLS}?limit=2{cursor}")).told
        seen += [each["call_id"] for each in page["calls"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        await made(api, f"+3933300002{len(seen):02}")
    assert seen == ids[::-1]


async def test_calls_are_those_that_were_asked_for(api: Api) -> None:
    """By campaign, by time, by number; and the principal's own."""
    first = await made(api)
    api.clock.pass_by(timedelta(minutes=1))
    second = await made(api, PAOLA, NAMED)
    theirs = (await api.verdict(campaign=FOREIGN, reserve=True))["call_id"]

    async def found(query: str, token: str = "") -> list[str]:
        page = await api.ask("GET", f"{CALLS}?{query}", token=token)
        return sorted(each["call_id"] for each in page.told["calls"])

    assert await found("") == sorted([first, second, theirs])
    assert await found(f"campaign={NAMED}") == [second]
    assert await found("since=2026-11-23T10:01:00Z&campaign=autumn") == []
    assert await found("until=2026-11-23T10:01:00Z") == [first]
    assert await found("", token=api.theirs) == [theirs]
    assert await found(f"campaign={CAMPAIGN}", token=api.theirs) == []
    searched = await api.ask("POST", f"{CALLS}/search", {"number": PAOLA})
    assert [each["call_id"] for each in searched.told["calls"]] == [second]
    assert (await api.ask("POST", f"{CALLS}/search", {"number": PAOLA}, token=api.theirs)).told["calls"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=ten", "limit"),
        ("since=yesterday", "since"),
        ("since=2026-11-23T10:00:00", "since"),
        ("cursor=abc", "cursor"),
        ("cursor=LTk5OTk5OTk5OTk5OTk5OTk5OTk5L0E", "cursor"),
        ("number=333", "number"),
        ("limit=1&limit=2", "limit"),
    ],
)
async def test_a_query_that_cannot_be_read(api: Api, query: str, parameter: str) -> None:
    """Is refused with the parameter at fault."""
    said = await api.ask("GET", f"{CALLS}?{query}")
    assert (said.status, said.pointers) == (422, [parameter])


async def test_a_word_binds_the_next_verdict(api: Api) -> None:
    """Before the answer comes; the same word twice is one."""
    call_id = await made(api)
    for _ in range(2):
        said = await api.ask("POST", f"{CALLS}/{call_id}/disposition", {"disposition": "never_again"})
        assert said.status == 200
        assert said.told["suppression"]
    assert "suppressed_principal" in await api.codes()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"disposition": "callback"}, "/callback_at"),
        ({"disposition": "callback", "callback_at": "2026-11-22T10:00:00Z"}, "/callback_at"),
        ({"disposition": "callback", "callback_at": "2029-11-22T10:00:00Z"}, "/callback_at"),
        ({"disposition": "language"}, "/value"),
        ({"disposition": "sold", "value": "x"}, "/value"),
        ({"disposition": "thanks"}, "/disposition"),
        ({"disposition": "sold", "operator": "nobody"}, "/operator"),
        ({"disposition": "sold", "note": "a\0b"}, "/note"),
    ],
)
async def test_a_word_that_cannot_be_taken(api: Api, body: dict[str, str], pointer: str) -> None:
    """Is refused with the place at fault, and nothing is written."""
    call_id = await made(api)
    said = await api.ask("POST", f"{CALLS}/{call_id}/disposition", body)
    assert (said.status, said.pointers) == (422, [pointer])


async def test_a_word_on_a_call_that_was_refused(api: Api) -> None:
    """Contradicts the record."""
    await made(api)
    refused = (await api.verdict(reserve=True))["call_id"]
    assert (await api.ask("POST", f"{CALLS}/{refused}/disposition", {"disposition": "sold"})).status == 409


async def test_an_operator_is_bound_to_a_live_call(api: Api) -> None:
    """Once the legs are bridged: their desk shows it, and it is theirs; nobody takes it from them."""
    record = await live(api, NAMED)
    path = f"{CALLS}/{record.call_id}/operator"
    assert api.site.desk.desks.of("anna") is None
    for _ in range(2):
        assert (await api.ask("POST", path, {"operator": "anna"})).status == 200
    held = api.site.desk.desks.of("anna")
    assert held is not None
    assert held.call_id == record.call_id
    said = await api.ask("POST", path, {"operator": "bruno"})
    assert (said.status, said.pointers) == (422, ["/operator"])
    await api.site.flush()
    assert (await api.ask("GET", f"{CALLS}/{record.call_id}")).told["operator"] == "anna"


async def test_the_attempt_names_who_was_bound(api: Api) -> None:
    """Whoever looks back at it finds who spoke, as if they had called themselves."""
    record = await live(api, NAMED)
    await api.ask("POST", f"{CALLS}/{record.call_id}/operator", {"operator": "anna"})
    named = select(attempt.c.operator).where(attempt.c.call_id == record.call_id)
    assert api.room.database.read(lambda connection: connection.scalar(named)) == "anna"


async def test_who_cannot_be_bound(api: Api) -> None:
    """Nobody whom we do not know, to no call that is not live, and to none that is another's."""
    record = await live(api)
    path = f"{CALLS}/{record.call_id}/operator"
    assert (await api.ask("POST", path, {"operator": "nobody"})).pointers == ["/operator"]
    assert (await api.ask("POST", path, {"operator": "anna"})).status == 200
    assert (await api.ask("POST", path, {"operator": "bruno"})).status == 409
    over = await made(api, PAOLA)
    assert (await api.ask("POST", f"{CALLS}/{over}/operator", {"operator": "anna"})).status == 409


async def test_a_suppression_reaches_as_far_as_the_token(api: Api) -> None:
    """A principal's token suppresses for it and its campaigns; what is another's does not exist."""
    body = {"number": MARIO, "reason": "opt_out"}
    own = await api.ask("POST", SUPPRESSIONS, body, token=api.theirs)
    assert (own.status, own.told["scope"], own.told["number"]) == (200, "principal:rival", MARIO)
    assert await api.codes() == []
    assert await api.codes(campaign=FOREIGN) == ["suppressed_principal"]
    assert (await api.ask("POST", SUPPRESSIONS, {**body, "scope": "global"}, token=api.theirs)).status == 403
    for scope in ("principal:lumina", f"campaign:{CAMPAIGN}", "campaign:nowhere"):
        said = await api.ask("POST", SUPPRESSIONS, {**body, "scope": scope}, token=api.theirs)
        assert (said.status, said.pointers) == (422, ["/scope"])
    all_of_them = await api.ask("POST", SUPPRESSIONS, body)
    again = await api.ask("POST", SUPPRESSIONS, body)
    assert (all_of_them.told["scope"], all_of_them.told["id"]) == ("global", again.told["id"])
    assert await api.codes() == ["suppressed_global"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"number": "3330000001"}, "/number"),
        ({"number": "+999999999999"}, "/number"),
        ({"scope": "campaign:nowhere"}, "/scope"),
        ({"scope": "everybody"}, "/scope"),
        ({"reason": ""}, "/reason"),
        ({"reason": "a\0"}, "/reason"),
        ({"expires": "2026-11-01T00:00:00Z"}, "/expires"),
        ({"expires": 1790000000}, "/expires"),
        ({"until": "2026-11-01"}, "/until"),
    ],
)
async def test_a_suppression_that_cannot_be_taken(api: Api, change: dict[str, str], pointer: str) -> None:
    """Is refused with the place at fault."""
    said = await api.ask("POST", SUPPRESSIONS, {"number": MARIO, "reason": "opt_out", **change})
    assert (said.status, said.pointers) == (422, [pointer])
