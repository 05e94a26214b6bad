"""
`Judge.judge` and `Judge.preview`: from an `Ask` to a `VerdictRecord`, within a deadline, whatever breaks.

A verdict whose facts could not be had in time is a denial, `facts_unavailable`. A commit cannot be cancelled: if it
turns out, too late, to have been a permit, its reservation is released again.

While more is asked than can be judged in time, some are turned away unjudged (`turnstile`); an exempt number never is.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeAlias

from ari_app.judging.hearing import Case, Hearing, JudgeSettings
from ari_app.judging.outside import NOWHERE, OutsideFacts
from ari_app.judging.turnstile import Overloaded, Turnstile
from ari_app.policy.facts import Facts
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest
from ari_app.policy.verdict import Deny, Objection
from ari_app.ports.clock import CallIds, Clock
from ari_app.ports.observer import Observer
from ari_app.ports.packs import Packs, Scripts
from ari_app.ports.verdicts import StoreError, Verdicts

Supposing: TypeAlias = Callable[[Facts], Facts]
"""Facts as they are on record, to facts as they would be."""
_AT_ONCE = timedelta(0)


class Judge:
    """Judges asks of every door. `close` before the loop ends, so that late commits are settled."""

    def __init__(
        self,
        settings: JudgeSettings,
        *,
        verdicts: Verdicts,
        packs: Packs,
        scripts: Scripts,
        clock: Clock,
        call_ids: CallIds,
        observer: Observer,
        outside: OutsideFacts = NOWHERE,
    ) -> None:
        """Nothing is opened here; every port is given."""
        self._settings = settings
        self._verdicts = verdicts
        self._clock = clock
        self._call_ids = call_ids
        self._observer = observer
        self.hearing = Hearing(settings=settings, packs=packs, scripts=scripts, outside=outside)
        self.turnstile = Turnstile(settings.deadline)
        self._settling: set[asyncio.Task[None]] = set()

    async def judge(self, ask: Ask) -> VerdictRecord:
        """The verdict, committed; or a denial `facts_unavailable` that is on no record, when nothing could be had."""
        try:
            async with self.heard(ask) as record:
                return record
        except Overloaded as error:
            now = self._clock.now()
            return self._unavailable(self._unread(ask, now), now, error)

    @asynccontextmanager
    async def heard(self, ask: Ask, *, waited: timedelta = _AT_ONCE) -> AsyncIterator[VerdictRecord]:
        """
        The same, and a place inside the turnstile until the block ends: to tell a verdict is part of what it costs.

        `waited`: how much of the deadline is gone already. Raises Overloaded: it was turned away, and is on no record.
        """
        now = self._clock.now()
        request = self._unread(ask, now)
        if self.hearing.is_exempt(ask.dialled):
            yield self.hearing.exempt(request, now)
            return
        if not self.turnstile.admits(waited):
            under_way = self.turnstile.under_way
            self._observer.event("verdict.shed", door=ask.door.value, under_way=under_way)
            raise Overloaded(f"{under_way} verdicts are under way: this one would come too late")
        with self.turnstile.turn():
            yield await self._judged(request, now, self._settings.deadline - waited)

    async def _judged(self, request: CallRequest, now: datetime, within: timedelta) -> VerdictRecord:
        try:
            async with asyncio.timeout(within.total_seconds()):
                case = await self.hearing.looked_up(self.hearing.case(await self._read(request), now))
                return self._told(await self._committed(case))
        except (TimeoutError, StoreError) as error:
            self._observer.event("verdict.unavailable", call_id=request.call_id, cause=repr(error))
            return self._unavailable(request, now, error)

    async def preview(
        self, ask: Ask, *, at: datetime | None = None, supposing: Supposing | None = None
    ) -> VerdictRecord:
        """
        The verdict this call would get at `at` (default: now), changing nothing.

        `supposing`: what the facts would be by then, of what they are. Raises StoreError: they could not be looked up.
        """
        now = at or self._clock.now()
        request = self._unread(ask, now)
        if self.hearing.is_exempt(ask.dialled):
            return self.hearing.exempt(request, now)
        case = await self.hearing.looked_up(self.hearing.case(await self._read(request), now))
        decide = case.decide if supposing is None else lambda facts: case.decide(supposing(facts))
        return await self._verdicts.preview(case.request, needs=case.needs(), decide=decide)

    def _told(self, record: VerdictRecord) -> VerdictRecord:
        """The record; that its script is not the one it should have is an event."""
        if record.script is not None and record.script.instead_of and not record.repeated:
            self._observer.event(
                "script.missing",
                call_id=record.call_id,
                campaign=record.campaign,
                script=record.script.instead_of,
                shown=record.script.id,
            )
        return record

    async def close(self) -> None:
        """Wait until commits that came too late are settled."""
        await asyncio.gather(*self._settling)

    async def _committed(self, case: Case) -> VerdictRecord:
        """The store's verdict. Out of time, the commit goes on alone and is settled when it is through."""
        judging = asyncio.ensure_future(
            self._verdicts.judge(case.request, needs=case.needs(), decide=case.decide, redeeming=case.redeemed)
        )
        try:
            return await asyncio.shield(judging)
        except asyncio.CancelledError:
            task = asyncio.create_task(self._settle(judging))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)
            raise

    async def _settle(self, judging: asyncio.Future[VerdictRecord]) -> None:
        """A commit that came after its call was denied: a permit among them never dialled."""
        try:
            record = await judging
            if record.verdict == "permit" and not record.repeated:
                gate = self._settings.bench.gate
                await self._verdicts.release(record.call_id, gate=gate, at=self._clock.now())
        except StoreError as error:
            self._observer.event("verdict.unsettled", cause=repr(error))

    def _unread(self, ask: Ask, now: datetime) -> CallRequest:
        return self.hearing.unread(ask, call_id=self._call_ids.new(), now=now)

    async def _read(self, request: CallRequest) -> CallRequest:
        """Campaign and operator looked up, and the number read where the campaign is."""
        default = self._settings.default_campaign
        admission = await self._verdicts.admission(request.ask, default_campaign=default)
        return self.hearing.admitted(request, admission)

    def _unavailable(self, request: CallRequest, now: datetime, error: Exception) -> VerdictRecord:
        """The denial when the facts could not be had: the store is down, or slower than the deadline."""
        facts = Facts.unknown("store", str(error) or type(error).__name__)
        return self.hearing.case(request, now).record(Deny(objections=(_STORE_DOWN,)), facts, degraded=True)


_STORE_DOWN = Objection(
    code="facts_unavailable",
    rule="gate/facts_at_hand",
    force="house",
    text={
        "it": "I dati per il controllo non sono raggiungibili: la chiamata non parte. Riprovare tra poco.",
        "en": "What is needed to check this call cannot be reached, so it does not go out. Try again shortly.",
    },
    source="",
    not_before=None,
)
