"""
`Judge.judge` and `Judge.preview`: from an `Ask` to a `VerdictRecord`, within a deadline, whatever breaks.

A verdict whose facts could not be had in time is a denial, `facts_unavailable`. A commit cannot be cancelled: if it
turns out, too late, to have been a permit, its reservation is released again.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ari_app.judging.exempt import exempt_number, is_exempt
from ari_app.judging.outside import NOWHERE, OutsideFacts
from ari_app.judging.records import Bench, exempt_record, language_of, verdict_record
from ari_app.policy.decide import decide
from ari_app.policy.facts import Facts
from ari_app.policy.needs import Needs, needs
from ari_app.policy.numbers import NotANumber, Number, read_number
from ari_app.policy.outside import NOTHING, Outside, joined
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest
from ari_app.policy.scripts import Script
from ari_app.policy.verdict import Deny, Objection, Verdict
from ari_app.ports.clock import CallIds, Clock
from ari_app.ports.observer import Observer
from ari_app.ports.packs import Packs, Scripts
from ari_app.ports.verdicts import StoreError, Verdicts

DEFAULT_SCRIPT = "courtesy"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """What the judge needs of the configuration."""

    region: str
    strip_prefixes: tuple[str, ...]
    default_campaign: str
    internal_patterns: tuple[str, ...]
    exempt_numbers: tuple[str, ...]
    emergency_trunk: str
    deadline: timedelta
    bench: Bench


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A request with all that binds it; its `decide` is what the store calls inside the transaction."""

    request: CallRequest
    packs: tuple[Pack, ...]
    script: Script | None
    now: datetime
    language: str
    bench: Bench
    outside: Outside = NOTHING

    def needs(self) -> Needs:
        """What must be looked up and locked."""
        return needs(self.packs, self.request)

    def decide(self, facts: Facts) -> VerdictRecord:
        """The verdict on these facts, as a record."""
        facts = joined(facts, self.outside)
        return self.record(decide(self.request, facts, self.packs, now=self.now, script=self.script), facts)

    def record(self, verdict: Verdict, facts: Facts, *, degraded: bool = False) -> VerdictRecord:
        """`verdict` as a record of this case."""
        return verdict_record(
            self.request,
            verdict,
            packs=self.packs,
            facts=facts,
            now=self.now,
            language=self.language,
            bench=self.bench,
            degraded=degraded,
        )


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
        self._packs = packs
        self._scripts = scripts
        self._clock = clock
        self._call_ids = call_ids
        self._observer = observer
        self._outside = outside
        self._settling: set[asyncio.Task[None]] = set()

    async def judge(self, ask: Ask) -> VerdictRecord:
        """The verdict, committed; or a denial `facts_unavailable` that is on no record, when nothing could be had."""
        now = self._clock.now()
        request = self._unread(ask, now)
        if self._is_exempt(ask):
            return self._exempt(request, now)
        try:
            async with asyncio.timeout(self._settings.deadline.total_seconds()):
                case = await self._looked_up(self._case(await self._read(request), now))
                return await self._committed(case)
        except (TimeoutError, StoreError) as error:
            self._observer.event("verdict.unavailable", call_id=request.call_id, cause=repr(error))
            return self._unavailable(request, now, error)

    async def preview(self, ask: Ask, *, at: datetime | None = None) -> VerdictRecord:
        """
        The verdict this call would get at `at` (default: now), changing nothing.

        Raises StoreError: the facts could not be looked up.
        """
        now = at or self._clock.now()
        request = self._unread(ask, now)
        if self._is_exempt(ask):
            return self._exempt(request, now)
        case = await self._looked_up(self._case(await self._read(request), now))
        return await self._verdicts.preview(case.request, needs=case.needs(), decide=case.decide)

    async def close(self) -> None:
        """Wait until commits that came too late are settled."""
        await asyncio.gather(*self._settling)

    async def _committed(self, case: _Case) -> VerdictRecord:
        """The store's verdict. Out of time, the commit goes on alone and is settled when it is through."""
        judging = asyncio.ensure_future(self._verdicts.judge(case.request, needs=case.needs(), decide=case.decide))
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
        """The request as far as it is known before anything was looked up."""
        return CallRequest(
            call_id=self._call_ids.new(),
            ask=ask,
            callee=NotANumber("not_read"),
            campaign_id=ask.campaign,
            campaign=None,
            operator_id=ask.operator,
            operator=None,
            asked_at=now,
        )

    async def _read(self, request: CallRequest) -> CallRequest:
        """Campaign and operator looked up, and the number read where the campaign is."""
        settings = self._settings
        admission = await self._verdicts.admission(request.ask, default_campaign=settings.default_campaign)
        region = admission.campaign.region if admission.campaign else settings.region
        callee = read_number(request.ask.dialled, region=region, strip_prefixes=settings.strip_prefixes)
        number = callee.e164 if isinstance(callee, Number) else request.ask.dialled
        key = request.ask.idempotency_key
        return replace(
            request,
            callee=callee,
            idempotency_key=f"{key}/{number}/{admission.campaign_id}" if key else "",
            campaign_id=admission.campaign_id,
            campaign=admission.campaign,
            operator_id=admission.operator_id,
            operator=admission.operator,
        )

    def _case(self, request: CallRequest, now: datetime) -> _Case:
        """The request with the packs that bind it, `core` first, and the script; `decide` sees what lacks."""
        campaign = request.campaign
        found = [self._packs.get(name) for name in dict.fromkeys((CORE, *(campaign.packs if campaign else ())))]
        return _Case(
            request=request,
            packs=tuple(pack for pack in found if pack is not None),
            script=self._scripts.current((campaign.script if campaign else None) or DEFAULT_SCRIPT),
            now=now,
            language=language_of(request, self._settings.region),
            bench=self._settings.bench,
        )

    async def _looked_up(self, case: _Case) -> _Case:
        """The case with what is known outside the database: asked first, before any lock is taken."""
        outside = await self._outside.of(case.request, case.needs())
        return case if outside is NOTHING else replace(case, outside=outside)

    def _is_exempt(self, ask: Ask) -> bool:
        settings = self._settings
        return is_exempt(
            ask.dialled,
            region=settings.region,
            strip_prefixes=settings.strip_prefixes,
            internal_patterns=settings.internal_patterns,
            exempt_numbers=settings.exempt_numbers,
        )

    def _exempt(self, request: CallRequest, now: datetime) -> VerdictRecord:
        settings = self._settings
        number = exempt_number(request.ask.dialled, region=settings.region, strip_prefixes=settings.strip_prefixes)
        return exempt_record(request, number=number, trunk=settings.emergency_trunk, now=now, bench=settings.bench)

    def _unavailable(self, request: CallRequest, now: datetime, error: Exception) -> VerdictRecord:
        """The denial when the facts could not be had: the store is down, or slower than the deadline."""
        facts = Facts.unknown("store", str(error) or type(error).__name__)
        return self._case(request, now).record(Deny(objections=(_STORE_DOWN,)), facts, degraded=True)


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
