"""
A whole list judged: the verdict that a call to each of its numbers would get, with nothing counted.

It is the very `decide` on the very facts of a call (`hearing`). What is saved is only doing the same twice: `decide` is
pure, so for one campaign, operator and instant its verdict on two numbers is one, if they are alike in all that the
rules may ask of a number (`policy/alike`) and the same is known of both. Facts with an id of their own, such as
an earlier call, are nobody else's, and are judged by themselves.
"""

import asyncio
from array import array
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from ari_app.judging.hearing import Case, Hearing
from ari_app.judging.records import told_of, word_of
from ari_app.policy.alike import alike
from ari_app.policy.facts import Facts
from ari_app.policy.needs import needs_of
from ari_app.policy.numbers import Callee, Number, dial_form
from ari_app.policy.outside import NOTHING, Outside, joined
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest, Campaign, Door
from ari_app.policy.verdict import Defer, Permit, Verdict
from ari_app.ports.bulk import Archive
from ari_app.ports.verdicts import Admission

MOST_KEPT = 20_000
"""Verdicts that are kept to be given again."""
LIVE_AT_ONCE = 16
"""Numbers about which a principal's own books are asked at a time."""


class Judged(NamedTuple):
    """What a list is told of one number."""

    verdict: str
    """`permit`, `defer`, `deny` or `exempt`."""
    objections: tuple[tuple[str, str], ...] = ()
    """Reason code and rule (`pack/rule`), each pair once; those of a permit are only notes."""
    not_before: datetime | None = None
    script: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes, each once."""
        return tuple(dict.fromkeys(code for code, _ in self.objections))


class Answer(NamedTuple):
    """What a list is told of some numbers, in their order."""

    judged: list[Judged]
    numbers: "array[int]"
    """E.164 of those that are numbers and gated, as integers."""


T = TypeVar("T")
EXEMPT = Judged("exempt")
_NOTHING_ON_RECORD = ()


class Reading(Protocol):
    """Where what reads the database is run."""

    async def __call__(self, work: Callable[[], Sequence[Hashable]]) -> Sequence[Hashable]:
        """Run it, and give what it gave."""
        ...


async def _here(work: Callable[[], Sequence[Hashable]]) -> Sequence[Hashable]:
    return work()


class ListJudge:
    """Judges numbers for one campaign at one instant."""

    def __init__(
        self,
        hearing: Hearing,
        archive: Archive,
        *,
        admission: Admission,
        campaign: Campaign,
        now: datetime,
        door: Door = Door.CHECK,
        reading: Reading = _here,
    ) -> None:
        """`campaign` is that of `admission`, which exists; `reading` is for who must not wait for the database here."""
        self._reading = reading
        self._door = door
        self._hearing = hearing
        self._admission = admission
        self._campaign = campaign
        self._now = now
        self._case = hearing.case(hearing.admitted(self._unread(""), admission), now)
        self._needs = needs_of(self._case.packs, campaign)
        self._records = archive.records(self._case.request, self._needs)
        self._live = asyncio.Semaphore(LIVE_AT_ONCE)
        self._given: dict[Hashable, Judged] = {}
        self._told: dict[Hashable, VerdictRecord] = {}

    async def judge(self, dialled: Sequence[str]) -> Answer:
        """
        The verdict on each, in their order.

        Raises StoreError: the facts could not be looked up.
        """
        callees = self._callees(dialled)
        judged = await self._each(dialled, callees, self._judged, self._given)
        numbers = [int(callee.e164) for callee in callees if isinstance(callee, Number)]
        return Answer([EXEMPT if each is None else each for each in judged], array("Q", numbers))

    async def records(self, dialled: Sequence[str]) -> list[VerdictRecord]:
        """
        The verdict on each as a record, in their order; none has a call's id, and their evidence is of one like it.

        Raises StoreError.
        """
        callees = self._callees(dialled)
        found = await self._each(dialled, callees, self._recorded, self._told)
        return [
            self._hearing.exempt(self._unread(text), self._now) if record is None else self._of(text, callee, record)
            for text, callee, record in zip(dialled, callees, found, strict=True)
        ]

    def _callees(self, dialled: Sequence[str]) -> list[Callee | None]:
        """Each number read; None: it is never gated."""
        hearing, campaign = self._hearing, self._campaign
        return [None if hearing.is_exempt(text) else hearing.callee(text, campaign) for text in dialled]

    async def _each(
        self,
        dialled: Sequence[str],
        callees: Sequence[Callee | None],
        judged: Callable[[str, Callee, Hashable, Outside], T],
        given: dict[Hashable, T],
    ) -> list[T | None]:
        """What is judged of each, in their order, and of like ones once; None: it is never gated."""
        numbers = [callee.e164 for callee in callees if isinstance(callee, Number)]
        records = await self._reading(lambda: self._records.of(numbers))
        known = zip(records, await self._outside(numbers), strict=True)
        told: list[T | None] = []
        for text, callee in zip(dialled, callees, strict=True):
            if callee is None:
                told.append(None)
                continue
            record, outside = next(known) if isinstance(callee, Number) else (_NOTHING_ON_RECORD, NOTHING)
            kind = alike(callee.e164) if isinstance(callee, Number) else callee
            key = (record, kind, outside)
            found = given.get(key)
            if found is None:
                found = judged(text, callee, record, outside)
                self._keep(given, key, record, found)
            told.append(found)
        return told

    @property
    def asks_live(self) -> bool:
        """Whether the principal's own books are asked, number by number: that takes as long as they take."""
        return self._hearing.outside.asks_live(self._campaign.principal)

    def _keep(self, given: dict[Hashable, T], key: Hashable, record: Hashable, judged: T) -> None:
        if record is not _NOTHING_ON_RECORD and not self._records.is_common(record):
            return
        if len(given) >= MOST_KEPT:
            given.clear()
        given[key] = judged

    def _judged(self, dialled: str, callee: Callee, record: Hashable, outside: Outside) -> Judged:
        """One verdict, as `Judge.preview` comes to it."""
        case, facts = self._case_of(dialled, callee, record, outside)
        return _told(case.verdict(facts))

    def _recorded(self, dialled: str, callee: Callee, record: Hashable, outside: Outside) -> VerdictRecord:
        case, facts = self._case_of(dialled, callee, record, outside)
        return case.record(case.verdict(facts), facts)

    def _case_of(self, dialled: str, callee: Callee, record: Hashable, outside: Outside) -> tuple[Case, Facts]:
        request = self._hearing.admitted(self._unread(dialled), self._admission)
        known = self._records.facts(record) if isinstance(callee, Number) else Facts.nothing_held(self._now)
        return replace(self._case, request=request), joined(known, outside)

    def _of(self, dialled: str, callee: Callee | None, record: VerdictRecord) -> VerdictRecord:
        """The record of one that is like it."""
        if not isinstance(callee, Number):
            return replace(record, dialled=dialled)
        number, campaign = None, self._campaign
        if record.verdict == "permit":
            number = dial_form(callee, campaign.number_format, region=campaign.region, dialled=dialled)
        return replace(record, callee=callee.e164, dialled=dialled, number=number)

    def _unread(self, dialled: str) -> CallRequest:
        ask = Ask(dialled=dialled, door=self._door, campaign=self._campaign.id, operator=self._admission.operator_id)
        return self._hearing.unread(ask, call_id="", now=self._now)

    async def _outside(self, numbers: Sequence[str]) -> list[Outside]:
        """What is known of each outside the database."""
        outside, principal = self._hearing.outside, self._campaign.principal
        if not self.asks_live:
            return [await outside.at(e164, principal, self._needs) for e164 in numbers]

        async def asked(e164: str) -> Outside:
            async with self._live:
                return await outside.at(e164, principal, self._needs)

        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(asked(e164)) for e164 in numbers]
        return [task.result() for task in asking]


def _told(verdict: Verdict) -> Judged:
    script = verdict.script if isinstance(verdict, Permit) else None
    return Judged(
        verdict=word_of(verdict),
        objections=tuple(dict.fromkeys((objection.code, objection.rule) for objection in told_of(verdict))),
        not_before=verdict.not_before if isinstance(verdict, Defer) else None,
        script=script.id if script else "",
    )
