"""A token of one principal and the calls of another: every endpoint there is, as the router has it."""

from typing import Any

from ari_app.web.api.room import endpoints
from tests.web.api.over import CAMPAIGN, MARIO, PAOLA, VERDICTS, Api

_NOBODYS = "01KB0000000000000000000009"
_SAID: dict[str, Any] = {
    "askVerdict": {"number": MARIO, "campaign": CAMPAIGN, "reserve": True},
    "askVerdicts": {"verdicts": [{"number": MARIO, "campaign": CAMPAIGN}]},
    "addSuppression": {"number": PAOLA, "scope": f"campaign:{CAMPAIGN}", "reason": "asked"},
    "listCalls": None,
    "searchCalls": {"number": MARIO},
    "showCall": None,
    "giveBack": None,
    "noteDisposition": {"disposition": "sold"},
    "bindOperator": {"operator": "anna"},
}
"""What is sent; a new endpoint has to be entered here."""


async def test_no_endpoint_tells_of_or_touches_anothers_call(api: Api) -> None:
    """Theirs is answered as what is not there, word for word; nothing of the call is told, and it stays as it is."""
    held = await api.verdict(reserve=True)
    call_id = held["call_id"]
    before = (await api.ask("GET", f"/api/v1/calls/{call_id}")).told
    for endpoint in endpoints(api.services, region="IT"):
        said = _SAID[endpoint.name]
        answers = [
            await api.ask(endpoint.method, endpoint.path.replace("{call_id}", each), said, token=api.theirs)
            for each in (call_id, _NOBODYS)
        ]
        theirs, nobodys = answers
        assert theirs.status == nobodys.status, endpoint.name
        if "{call_id}" in endpoint.path:
            assert theirs.status == 404, endpoint.name
            assert theirs.body == nobodys.body, endpoint.name
        assert call_id not in theirs.body.decode(), endpoint.name
        assert "fastnet" not in theirs.body.decode() or endpoint.name == "addSuppression", endpoint.name
    assert (await api.ask("GET", f"/api/v1/calls/{call_id}")).told == before
    assert await api.codes(PAOLA) == []


async def test_without_a_token_or_with_one_for_something_else_there_is_nothing(api: Api) -> None:
    """On every endpoint alike."""
    for endpoint in endpoints(api.services, region="IT"):
        for token in ("gbt_made_up", "x" * 300):
            answer = await api.ask(
                endpoint.method, endpoint.path.replace("{call_id}", _NOBODYS), _SAID[endpoint.name], token=token
            )
            assert answer.status == 401, endpoint.name
    assert (await api.ask("POST", VERDICTS, _SAID["askVerdict"], token="' OR 1=1 --")).status == 401
