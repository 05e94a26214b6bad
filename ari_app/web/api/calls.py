"""What became of calls: one, page by page, and what programs say of them."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any

from ari_app.desk.dispositions import WordRefused
from ari_app.policy.numbers import Number, read_number
from ari_app.policy.record import VerdictRecord, iso
from ari_app.policy.request import Ask, Door
from ari_app.ports.call_pages import Asked
from ari_app.ports.dispositions import Word
from ari_app.ports.reservations import GivenBack
from ari_app.web.api.asked import CallsAsk, CallSearch, DispositionAsk
from ari_app.web.api.endpoints import Reply, Request, no_such_call
from ari_app.web.api.reading import refused
from ari_app.web.api.services import Services
from ari_app.web.api.verdicts import told_plainly, verdict_told
from ari_app.web.problems import ApiRefused, Fault

_ANY_REGION = "IT"
"""A number with its country is read alike in all of them."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_AT = {"past": "/callback_at", "far": "/callback_at", "not_then": "/callback_at", "unfit": ""}


class CallEndpoints:
    """Answers who asks about calls, or says something of one."""

    def __init__(self, services: Services) -> None:
        """Keeps nothing."""
        self._services = services

    async def show(self, request: Request) -> Reply:
        """One call, with its outcome and whose it is by now."""
        record = await self._call(request)
        told = await verdict_told(record, self._services.reservations)
        if told["operator"] is None and record.verdict == "permit":
            told["operator"] = min(await self._services.words.operators_of(record.call_id), default=None)
        return Reply(document=told)

    async def page(self, request: Request) -> Reply:
        """Calls, newest first; the next page goes on after the last of this one."""
        said: CallsAsk = request.said
        asked = Asked(
            since=said.since,
            until=said.until,
            e164=_e164(said),
            campaign=said.campaign,
            principal=request.principal,
            after=_place(said.cursor) if said.cursor else None,
        )
        found = await self._services.pages.page(asked, limit=said.limit + 1)
        shown = found[: said.limit]
        after = _cursor(shown[-1]) if len(found) > said.limit else None
        return Reply(document={"calls": [told_plainly(record) for record in shown], "next": after})

    async def give_back(self, request: Request) -> Reply:
        """A reserved call that will not be made counts no more."""
        record = await self._call(request)
        given = await self._services.reservations.give_back(record.call_id, at=self._services.clock.now())
        if given is GivenBack.NOT_HELD:
            raise ApiRefused(409, "this call is not held: it goes its way, or was never reserved")
        return Reply(document=None, status=204)

    async def note(self, request: Request) -> Reply:
        """The word on a call, effective for the very next verdict."""
        said: DispositionAsk = request.said
        record = await self._call(request)
        if said.operator is not None:
            await self._need_operator(said.operator)
        who = said.operator or record.operator
        word = Word(
            call_id=record.call_id,
            disposition=said.disposition,
            operator=who or "api",
            at=self._services.clock.now(),
            note=said.note.strip(),
            value=said.value,
            due_at=said.callback_at,
            callback_by=who if said.callback_at is not None else "",
            needs=tuple(said.needs),
        )
        try:
            noted = await self._services.noting.take_down(word)
        except WordRefused as refusal:
            raise _not_taken(refusal) from refusal
        return Reply(
            document={
                "call_id": record.call_id,
                "disposition": noted.disposition.value,
                "operator": noted.operator,
                "at": iso(noted.at),
                "note": noted.note,
                "suppression": noted.suppression,
                "flag": noted.flag,
                "callback": noted.callback,
            }
        )

    async def bind(self, request: Request) -> Reply:
        """Say whose a live call is that had nobody."""
        record = await self._call(request)
        operator = request.said.operator
        await self._need_operator(operator, campaign=record.campaign)
        if not await self._services.binding.bind(record.call_id, operator):
            raise ApiRefused(409, "this call is not live here, or somebody else is on it")
        return Reply(document={"call_id": record.call_id, "operator": operator})

    async def _call(self, request: Request) -> VerdictRecord:
        """Raises ApiRefused (404)."""
        record = await self._services.verdicts.show(request.path["call_id"])
        if record is None:
            raise no_such_call()
        request.need_theirs(record.principal)
        return record

    async def _need_operator(self, operator: str, *, campaign: str = "") -> None:
        """Raise ApiRefused: there is no such operator, or the campaign (if one is named) does not admit them."""
        ask = Ask(dialled="", door=Door.API, operator=operator, campaign=campaign)
        found = await self._services.verdicts.admission(ask, default_campaign="")
        if found.operator is None:
            raise refused([Fault(pointer="/operator", detail=f"there is no operator {operator}")])
        if campaign and found.campaign and found.campaign.operators and operator not in found.campaign.operators:
            raise refused([Fault(pointer="/operator", detail=f"{operator} does not call for campaign {campaign}")])


def _e164(said: CallsAsk) -> str | None:
    if not isinstance(said, CallSearch) or said.number is None:
        return None
    return e164_of(said.number)


def e164_of(number: str) -> str:
    """A number with its country, as it is kept. Raises ApiRefused (422)."""
    read = read_number(number, region=_ANY_REGION)
    if not isinstance(read, Number):
        raise refused([Fault(pointer="/number", detail=f"this is no number that can be called: {read.why}")])
    return read.e164


def _not_taken(refusal: WordRefused) -> ApiRefused:
    if refusal.code not in _AT:
        return ApiRefused(409, str(refusal))
    besides: dict[str, Any] = {}
    if refusal.reasons:
        besides = {
            "reasons": [reason.code for reason in refusal.reasons],
            "first_allowed": iso(refusal.first_allowed),
        }
    fault = Fault(pointer=_AT[refusal.code], detail=str(refusal))
    return ApiRefused(422, "the word was not taken", faults=[fault], besides=besides)


def _cursor(record: VerdictRecord) -> str:
    at = (record.decided_at - _FIRST) // _MICROSECOND
    return base64.urlsafe_b64encode(f"{at}/{record.call_id}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, str]:
    """Raises ApiRefused (422)."""
    try:
        said = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        at, _, call_id = said.partition("/")
        if not call_id.isalnum():
            raise ValueError("no call")
        return _FIRST + int(at) * _MICROSECOND, call_id
    except (binascii.Error, ValueError, OverflowError) as error:
        fault = Fault(parameter="cursor", detail="this is not the `next` of a page")
        raise refused([fault]) from error
