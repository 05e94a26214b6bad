"""Verdicts ahead of calls: one, or up to a thousand at a time."""

import json
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from ari_app.judging.ahead import Asker, Question
from ari_app.policy.record import VerdictRecord, iso
from ari_app.ports.reservations import Reservations
from ari_app.ports.verdicts import StoreError
from ari_app.web.api.asked import BatchAsk, VerdictAsk
from ari_app.web.api.endpoints import Reply, Request
from ari_app.web.api.reading import faults_of, refused
from ari_app.web.api.services import Services
from ari_app.web.problems import problem_document


class VerdictEndpoints:
    """Answers who asks for verdicts."""

    def __init__(self, services: Services) -> None:
        """Keeps nothing."""
        self._services = services

    async def ask(self, request: Request) -> Reply:
        """One verdict, whatever it says."""
        question = replace(_question(request.said), key=request.key)
        record = await self._services.asking.ask(question, _asker(request))
        return Reply(document=await self._told(question, record), kept=not record.degraded)

    async def ask_all(self, request: Request) -> Reply:
        """Each one's verdict, or why there is none; one that cannot be read does not spoil the others."""
        said: BatchAsk = request.said
        told: list[Any] = [None] * len(said.verdicts)
        questions: dict[int, Question] = {}
        for place, each in enumerate(said.verdicts):
            if isinstance(each, VerdictAsk):
                questions[place] = replace(_question(each), key=f"{request.key}#{place}" if request.key else "")
            else:
                told[place] = _unreadable(each)
        answers = await self._services.asking.ask_all(list(questions.values()), _asker(request))
        for (place, question), record in zip(questions.items(), answers, strict=True):
            if isinstance(record, StoreError):
                told[place] = problem_document(503, "the database does not answer; ask again")
            else:
                told[place] = await self._told(question, record)
        kept = not any(isinstance(record, StoreError) or record.degraded for record in answers)
        return Reply(document={"verdicts": told}, kept=kept)

    async def _told(self, question: Question, record: VerdictRecord) -> dict[str, Any]:
        if not question.reserve or record.verdict != "permit":
            return told_plainly(record)
        if record.repeated:
            return await verdict_told(record, self._services.reservations)
        return told_plainly(record) | {"reserved_until": iso(self._services.asking.held_until(record))}


async def verdict_told(record: VerdictRecord, reservations: Reservations) -> dict[str, Any]:
    """A verdict as programs are told, with how long its permit is held."""
    return told_plainly(record) | {"reserved_until": iso(await reservations.held_until(record.call_id))}


def told_plainly(record: VerdictRecord) -> dict[str, Any]:
    """A verdict of which nothing is held."""
    return record.document() | {"reserved_until": None}


def _question(said: VerdictAsk) -> Question:
    return Question(
        dialled=said.number,
        campaign=said.campaign,
        operator=said.operator or "",
        at=said.at,
        reserve=said.reserve,
    )


def _asker(request: Request) -> Asker:
    return Asker(token=request.grant.token_id, principal=request.principal or "")


def _unreadable(said: Any) -> dict[str, Any]:
    """Why one of many is no question, with pointers into it."""
    try:
        VerdictAsk.model_validate_json(json.dumps(said), strict=True)
    except ValidationError as error:
        return refused(faults_of(error)).document()
    raise AssertionError("the model took it when it was by itself")
