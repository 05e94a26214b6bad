"""The way of every request: token, rate, body, key; the description that says so, and a thousand strange requests."""

import asyncio
import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest

from ari_app.ports.api_answers import Sent
from ari_app.ports.tokens import TokenScope
from ari_app.web.api.rates import MOST_BUCKETS, Rates
from tests.stores.databases import fresh
from tests.web.api.over import CAMPAIGN, MARIO, PAOLA, VERDICTS, Api, Ticks, api_over

ASKED = {"number": MARIO, "campaign": CAMPAIGN}


async def test_who_may_ask(api: Api) -> None:
    """A token for verdicts that holds; the answers are problems, and say which."""
    entry, revoked = api.tokens.create(TokenScope.VERDICTS, principal=None)
    api.tokens.revoke(entry.id)
    for authorization in ("", "Bearer garbo_x", f"Basic {api.token}", f"Bearer {revoked}"):
        said = await api.ask("POST", VERDICTS, ASKED, Authorization=authorization)
        assert (said.status, said.kind) == (401, "application/problem+json")
        assert said.headers["WWW-Authenticate"] == "Bearer"
    desk = api.tokens.create(TokenScope.DESK, principal=None)[1]
    assert (await api.ask("POST", VERDICTS, ASKED, token=desk)).status == 403


async def test_how_often(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Each token by itself; beyond it 429 says when again, and nothing is done."""
    async with api_over(fresh(request, tmp_path, "sqlite"), tmp_path, per_minute=2) as api:
        answers = [await api.ask("POST", VERDICTS, ASKED) for _ in range(3)]
        assert [said.status for said in answers] == [200, 200, 429]
        assert answers[0].headers["RateLimit"] == '"token";r=1;t=30'
        assert answers[0].headers["RateLimit-Policy"] == '"token";q=2;w=60'
        assert answers[2].headers["Retry-After"] == "30"
        assert (await api.ask("GET", "/api/v1/calls", token=api.theirs)).status == 200
        api.ticks.at += 30
        assert (await api.ask("POST", VERDICTS, ASKED)).status == 200


def test_buckets_are_bounded() -> None:
    """Whoever has been silent longest is forgotten first."""
    ticks = Ticks()
    rates = Rates(per_minute=1, monotonic=ticks)
    for place in range(MOST_BUCKETS + 10):
        assert rates.ask(str(place)).allowed
    assert len(rates) == MOST_BUCKETS
    assert not rates.ask(str(MOST_BUCKETS + 9)).allowed


@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        (b"", 422, [""]),
        (b"{", 422, [""]),
        (b"\xff{}", 422, [""]),
        (b"\xef\xbb\xbf{}", 422, [""]),
        (b"[" * 100_000, 422, [""]),
        (b'{"number": ' + b"[" * 40 + b"]" * 40 + b"}", 422, None),
        (b'{"number": "1", "number": "2", "campaign": "autumn"}', 422, ["/number"]),
        (b'{"number": NaN, "campaign": "autumn"}', 422, ["/number"]),
        (b'{"number": -Infinity, "campaign": 1e999}', 422, ["/number", "/campaign"]),
        (b'{"number": "1", "campaign": ' + b"9" * 5000 + b"}", 422, ["/campaign"]),
        (b'{"number": "\\ud800", "campaign": "autumn"}', 422, ["/number"]),
        (b'{"number": "1\\u0000", "campaign": "autumn"}', 422, ["/number"]),
        (b'{"number": "1", "campaign": "autumn", "a/b~c": 1}', 422, ["/a~1b~0c"]),
        (b'{"number": 333, "campaign": "autumn"}', 422, ["/number"]),
        (b'{"number": "1", "campaign": "autumn", "reserve": "yes"}', 422, ["/reserve"]),
        (b'{"number": "1", "campaign": "autumn", "at": 1790000000}', 422, ["/at"]),
        (b'{"number": "1", "campaign": "autumn", "at": "2026-11-23T10:00:00"}', 422, ["/at"]),
        (b'{"number": "1", "campaign": "autumn", "at": "0001-01-01T00:00:00Z"}', 422, ["/at"]),
        (b'{"number": "1", "campaign": "autumn", "reserve": true, "at": "2026-11-23T10:00:00Z"}', 422, ["/at"]),
        (b'{"number": "", "campaign": "autumn"}', 422, ["/number"]),
        (b'"' + b"a" * 1_100_000 + b'"', 413, []),
    ],
)
async def test_a_body_that_cannot_be_taken(api: Api, body: bytes, status: int, pointers: list[str] | None) -> None:
    """Is refused with each place at fault, and nothing of what was sent comes back."""
    said = await api.ask("POST", VERDICTS, body)
    assert (said.status, said.kind) == (status, "application/problem+json")
    assert pointers is None or said.pointers == pointers
    assert b"\\ud800" not in said.body


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
async def test_what_is_not_json(api: Api, kind: str) -> None:
    """Is refused before it is read; so is what is compressed."""
    assert (await api.ask("POST", VERDICTS, json.dumps(ASKED).encode(), Content_Type=kind)).status == 415
    packed = gzip.compress(json.dumps(ASKED).encode())
    assert (await api.ask("POST", VERDICTS, packed, Content_Encoding="gzip")).status == 415


async def test_a_key_is_answered_the_same(api: Api) -> None:
    """Status and body, for a day and by token, though the facts have changed; then it is asked anew."""
    asked = {**ASKED, "reserve": True}
    first = await api.ask("POST", VERDICTS, asked, Idempotency_Key="k-1")
    await api.ask("DELETE", f"/api/v1/calls/{first.told['call_id']}")
    again = await api.ask("POST", VERDICTS, asked, Idempotency_Key="k-1")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await api.ask("POST", VERDICTS, {**asked, "number": PAOLA}, Idempotency_Key="k-1")
    assert other.status == 422
    theirs = await api.ask("POST", VERDICTS, asked, token=api.theirs, Idempotency_Key="k-1")
    assert "Idempotency-Replayed" not in theirs.headers
    api.clock.pass_by(timedelta(hours=24, seconds=1))
    await api.tidying.forget_over()
    anew = await api.ask("POST", VERDICTS, asked, Idempotency_Key="k-1")
    assert anew.told["call_id"] != first.told["call_id"]


async def test_of_two_at_once_one_is_answered(api: Api) -> None:
    """The other is told that it is under way, or the same; one permit is reserved."""
    asked = {**ASKED, "reserve": True}
    answers = await asyncio.gather(*(api.ask("POST", VERDICTS, asked, Idempotency_Key="k") for _ in range(8)))
    assert {said.status for said in answers} <= {200, 409}
    assert len({said.told["call_id"] for said in answers if said.status == 200}) == 1
    assert all("Retry-After" in said.headers for said in answers if said.status == 409)


async def test_a_gate_that_was_killed_in_between(api: Api) -> None:
    """Leaves its request under way for a minute; then it is asked anew, and the reservation is the same one."""
    asked = {**ASKED, "reserve": True}
    body = json.dumps(asked).encode()
    token = next(each.id for each in api.tokens.all() if each.principal is None)
    sent = Sent(token=token, key="k", request=b"\n".join((b"POST", VERDICTS.encode(), body)), e164=MARIO)
    await api.services.answers.begin(sent, at=api.clock.now())
    assert (await api.ask("POST", VERDICTS, asked, Idempotency_Key="k")).status == 409
    api.clock.pass_by(timedelta(seconds=61))
    assert (await api.ask("POST", VERDICTS, asked, Idempotency_Key="k")).status == 200


async def test_what_is_refused_is_kept_as_well(api: Api) -> None:
    """Of a request that was understood."""
    path = "/api/v1/calls/01JNOSUCHCALL0000000000000/disposition"
    first = await api.ask("POST", path, {"disposition": "sold"}, Idempotency_Key="k")
    again = await api.ask("POST", path, {"disposition": "sold"}, Idempotency_Key="k")
    assert (first.status, again.status, first.body == again.body) == (404, 404, True)
    assert (await api.ask("POST", path, {"disposition": "sold"}, Idempotency_Key="à")).status == 400


async def test_the_log_tells_no_number(api: Api) -> None:
    """Nor anything else of what was sent."""
    await api.verdict(reserve=True)
    await api.ask("POST", "/api/v1/suppressions", {"number": MARIO, "reason": "opt_out"})
    assert "api.answered" in api.heard.names()
    assert MARIO[3:] not in repr(api.heard.events)


async def test_the_description_needs_no_token(api: Api) -> None:
    """It names every endpoint, and what it takes."""
    said = await api.ask("GET", "/api/openapi.json", Authorization="")
    assert (said.status, said.told["openapi"]) == (200, "3.1.0")
    assert "/api/v1/verdicts/batch" in said.told["paths"]
    ask = said.told["components"]["schemas"]["VerdictAsk"]
    assert ask["required"] == ["number", "campaign"]
    assert ask["additionalProperties"] is False
