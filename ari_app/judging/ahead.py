"""
Verdicts asked ahead of calls, by programs: one or many, only to know or to be reserved.

Who only wants to know gets what the call would get, and nothing is counted. Many of one campaign are judged as a list
is (`bulk`). A campaign that does not exist, or of which the asker does not know, is denied and never on record: nobody
shall fill another's books.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ari_app.judging.bulk import ListJudge, Reading
from ari_app.judging.judge import Judge
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ahead, Ask, Door
from ari_app.ports.bulk import Archive
from ari_app.ports.clock import CallIds, Clock
from ari_app.ports.verdicts import StoreError, Verdicts

_JUDGED_AT_ONCE = 50
"""To judge them must not hold up the calls of everybody else."""
_RESERVED_AT_ONCE = 16
"""The same for the database, which commits what waits together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a program asks."""

    dialled: str
    campaign: str
    operator: str = ""
    at: datetime | None = None
    """None: now. What is reserved is so now."""
    reserve: bool = False
    key: str = ""
    """Asked again under it, a reservation that still holds is the same one. Empty: it is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks."""

    token: str
    principal: str
    """Of whose campaigns alone they know; empty: of all."""


class _Group(NamedTuple):
    campaign: str
    operator: str
    at: datetime


class Asking:
    """Answers programs. Raises StoreError."""

    def __init__(
        self,
        *,
        judge: Judge,
        verdicts: Verdicts,
        archive: Archive,
        reading: Reading,
        held_for: timedelta,
        clock: Clock,
        ids: CallIds,
    ) -> None:
        """What is reserved is held for `held_for`."""
        self._judge = judge
        self._verdicts = verdicts
        self._archive = archive
        self._reading = reading
        self._held_for = held_for
        self._clock = clock
        self._ids = ids

    async def ask(self, question: Question, asker: Asker) -> VerdictRecord:
        """The verdict: as the call would get it; or committed, and a permit held for its call."""
        ask = self._ask(question, asker)
        if not question.reserve:
            return await self._judge.preview(ask, at=question.at)
        return await (self._judge.judge(ask) if await self._is_known(ask) else self._judge.preview(ask))

    async def _is_known(self, ask: Ask) -> bool:
        return (await self._verdicts.admission(ask, default_campaign="")).campaign is not None

    def held_until(self, record: VerdictRecord) -> datetime:
        """Until when a permit is held that was given just now."""
        return record.decided_at + self._held_for

    async def ask_all(self, questions: Sequence[Question], asker: Asker) -> list[VerdictRecord | StoreError]:
        """The same for each, in their order; where the facts could not be had: why."""
        now = self._clock.now()
        groups: dict[_Group, list[int]] = {}
        for place, question in enumerate(questions):
            if not question.reserve:
                group = _Group(question.campaign, question.operator, question.at or now)
                groups.setdefault(group, []).append(place)
        answers: dict[int, VerdictRecord | StoreError] = {}
        for group, places in groups.items():
            answers |= await self._judged(group, places, questions, asker)
        answers |= await self._all_reserved({p: each for p, each in enumerate(questions) if each.reserve}, asker)
        return [answers[place] for place in range(len(questions))]

    async def _all_reserved(
        self, questions: Mapping[int, Question], asker: Asker
    ) -> dict[int, VerdictRecord | StoreError]:
        """Several at a time: what waits for the database together is committed together."""
        turn = asyncio.Semaphore(_RESERVED_AT_ONCE)
        known: dict[str, bool] = {}
        answers: dict[int, VerdictRecord | StoreError] = {}

        async def reserve(place: int, ask: Ask) -> None:
            async with turn:
                try:
                    if ask.campaign not in known:
                        known[ask.campaign] = await self._is_known(ask)
                    answers[place] = await (self._judge.judge(ask) if known[ask.campaign] else self._judge.preview(ask))
                except StoreError as failure:
                    answers[place] = failure

        async with asyncio.TaskGroup() as tasks:
            for place, question in questions.items():
                tasks.create_task(reserve(place, self._ask(question, asker)))
        return answers

    async def _judged(
        self, group: _Group, places: Sequence[int], questions: Sequence[Question], asker: Asker
    ) -> dict[int, VerdictRecord | StoreError]:
        answers: dict[int, VerdictRecord | StoreError] = {}
        ask = self._ask(questions[places[0]], asker)
        try:
            admission = await self._verdicts.admission(ask, default_campaign="")
            if admission.campaign is None:
                for place in places:
                    answers[place] = await self.ask(questions[place], asker)
                return answers
            judge = ListJudge(
                self._judge.hearing,
                self._archive,
                admission=admission,
                campaign=admission.campaign,
                now=group.at,
                door=Door.API,
                reading=self._reading,
            )
            for first in range(0, len(places), _JUDGED_AT_ONCE):
                some = places[first : first + _JUDGED_AT_ONCE]
                records = await judge.records([questions[place].dialled for place in some])
                for place, record in zip(some, records, strict=True):
                    answers[place] = replace(record, call_id=self._ids.new())
                await asyncio.sleep(0)  # calls that came meanwhile go first
        except StoreError as failure:
            return {place: answers.get(place, failure) for place in places}
        return answers

    def _ask(self, question: Question, asker: Asker) -> Ask:
        ahead = Ahead(token=asker.token, held_for=self._held_for) if question.reserve else None
        return Ask(
            dialled=question.dialled,
            door=Door.API,
            campaign=question.campaign,
            operator=question.operator,
            principal=asker.principal,
            idempotency_key=f"api/{asker.token}/{question.key}" if question.key else "",
            ahead=ahead,
        )
