"""What the API adds to the site: every endpoint once, for the router and for the description alike."""

import json

from aiohttp import web

from ari_app.policy.numbers import Number, read_number
from ari_app.web.api import asked, told
from ari_app.web.api.calls import CallEndpoints
from ari_app.web.api.description import description
from ari_app.web.api.door import Door
from ari_app.web.api.endpoints import ROOT, Endpoint
from ari_app.web.api.services import Services
from ari_app.web.api.suppressions import SuppressionEndpoints, about
from ari_app.web.api.verdicts import VerdictEndpoints
from ari_app.web.application import Room

DESCRIPTION = "/api/openapi.json"
_CALL = f"{ROOT}/calls/{{call_id}}"


def api_room(services: Services, *, region: str) -> Room:
    """`region` is where numbers without a country are read, to know of whom an answer is kept."""
    door = Door(services)
    every = endpoints(services, region=region)
    told_of = json.dumps(description(every), ensure_ascii=False).encode()

    async def describe(_: web.Request) -> web.Response:
        return web.Response(body=told_of, content_type="application/json", charset="utf-8")

    def room(app: web.Application) -> None:
        app.router.add_get(DESCRIPTION, describe)
        for endpoint in every:
            app.router.add_route(endpoint.method, endpoint.path, door.serve(endpoint))

    return room


def endpoints(services: Services, *, region: str) -> tuple[Endpoint, ...]:
    """Every endpoint, with who answers."""
    verdicts, calls = VerdictEndpoints(services), CallEndpoints(services)

    def dialled(said: asked.VerdictAsk) -> str | None:
        read = read_number(said.number, region=region)
        return read.e164 if isinstance(read, Number) else None

    return (
        Endpoint(
            method="POST",
            path=f"{ROOT}/verdicts",
            name="askVerdict",
            summary="The verdict on a call; with `reserve` it is counted, and a permit is held for its call",
            takes=asked.VerdictAsk,
            gives=told.Verdict,
            about=dialled,
            answer=verdicts.ask,
        ),
        Endpoint(
            method="POST",
            path=f"{ROOT}/verdicts/batch",
            name="askVerdicts",
            summary=f"Up to {asked.MOST_AT_ONCE} verdicts, each with its own document or problem",
            takes=asked.BatchAsk,
            gives=told.Batch,
            answer=verdicts.ask_all,
        ),
        Endpoint(
            method="POST",
            path=f"{ROOT}/suppressions",
            name="addSuppression",
            summary="Keep a number from being called, from the very next verdict on",
            takes=asked.SuppressionAsk,
            gives=told.SuppressionTold,
            about=about,
            answer=SuppressionEndpoints(services).add,
        ),
        Endpoint(
            method="GET",
            path=f"{ROOT}/calls",
            name="listCalls",
            summary="Past calls, newest first, page by page",
            query=asked.CallsAsk,
            gives=told.Calls,
            answer=calls.page,
        ),
        Endpoint(
            method="POST",
            path=f"{ROOT}/calls/search",
            name="searchCalls",
            summary="The same, and by number: no number belongs into an address",
            takes=asked.CallSearch,
            gives=told.Calls,
            answer=calls.page,
        ),
        Endpoint(
            method="GET",
            path=_CALL,
            name="showCall",
            summary="One call: its verdict, whose it is, its outcome once it has ended",
            gives=told.Verdict,
            refuses=(404,),
            answer=calls.show,
        ),
        Endpoint(
            method="DELETE",
            path=_CALL,
            name="giveBack",
            summary="Give a reservation back: the call will not be made, and counts no more",
            status=204,
            refuses=(404, 409),
            answer=calls.give_back,
        ),
        Endpoint(
            method="POST",
            path=f"{_CALL}/disposition",
            name="noteDisposition",
            summary="Note what was said in a call; a later word corrects an earlier one",
            takes=asked.DispositionAsk,
            gives=told.DispositionTold,
            refuses=(404, 409),
            answer=calls.note,
        ),
        Endpoint(
            method="POST",
            path=f"{_CALL}/operator",
            name="bindOperator",
            summary="Say which operator a live call was given to that had none",
            takes=asked.OperatorAsk,
            gives=told.Bound,
            refuses=(404, 409),
            answer=calls.bind,
        ),
    )
