"""
What every verdict begins with, for one call and for a whole list: the number read, the packs and the script that bind.

Nothing is looked up in the database here.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ari_app.judging.exempt import exempt_number, is_exempt
from ari_app.judging.outside import OutsideFacts
from ari_app.judging.records import Bench, exempt_record, language_of, verdict_record
from ari_app.policy.decide import decide
from ari_app.policy.facts import Facts
from ari_app.policy.needs import Needs, needs
from ari_app.policy.numbers import Callee, NotANumber, Number, read_number
from ari_app.policy.outside import NOTHING, Outside, joined
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest, Campaign, Operator
from ari_app.policy.scripts import Scripts as AtHand
from ari_app.policy.scripts import scripts_of
from ari_app.policy.verdict import Verdict
from ari_app.ports.packs import Packs, Scripts
from ari_app.ports.verdicts import Admission, Redeemed


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
class Case:
    """A request with all that binds it; its `decide` is what the store calls inside the transaction."""

    request: CallRequest
    packs: tuple[Pack, ...]
    scripts: AtHand
    now: datetime
    language: str
    bench: Bench
    outside: Outside = NOTHING

    def needs(self) -> Needs:
        """What must be looked up and locked."""
        return needs(self.packs, self.request)

    def verdict(self, facts: Facts) -> Verdict:
        """The verdict on these facts, which hold what was looked up outside already."""
        return decide(self.request, facts, self.packs, now=self.now, scripts=self.scripts)

    def decide(self, facts: Facts) -> VerdictRecord:
        """The verdict on what the store holds, as a record."""
        facts = joined(facts, self.outside)
        return self.record(self.verdict(facts), facts)

    def redeemed(self, reserved_for: Operator | None) -> Redeemed:
        """The case as the reservation has it that it redeems: admitted by a token, for whoever it was reserved for."""
        request = replace(self.request, by_token=True)
        if reserved_for is not None and not request.operator_id:
            ask = replace(request.ask, operator=reserved_for.id)
            request = replace(request, ask=ask, operator_id=reserved_for.id, operator=reserved_for)
        return Redeemed(request=request, decide=replace(self, request=request).decide)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Makes a case of what a door was told."""

    settings: JudgeSettings
    packs: Packs
    scripts: Scripts
    outside: OutsideFacts

    def unread(self, ask: Ask, *, call_id: str, now: datetime) -> CallRequest:
        """The request as far as it is known before anything was looked up."""
        return CallRequest(
            call_id=call_id,
            ask=ask,
            callee=NotANumber("not_read"),
            campaign_id=ask.campaign,
            campaign=None,
            operator_id=ask.operator,
            operator=None,
            asked_at=now,
        )

    def callee(self, dialled: str, campaign: Campaign | None) -> Callee:
        """The number, read where the campaign is."""
        region = campaign.region if campaign else self.settings.region
        return read_number(dialled, region=region, strip_prefixes=self.settings.strip_prefixes)

    def admitted(self, request: CallRequest, admission: Admission) -> CallRequest:
        """The request with its campaign and operator, and the number read."""
        callee = self.callee(request.ask.dialled, admission.campaign)
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

    def case(self, request: CallRequest, now: datetime) -> Case:
        """The request with the packs that bind it, `core` first, and its scripts; `decide` sees what lacks."""
        campaign = request.campaign
        found = [self.packs.get(name) for name in dict.fromkeys((CORE, *(campaign.packs if campaign else ())))]
        return Case(
            request=request,
            packs=tuple(pack for pack in found if pack is not None),
            scripts={script.id: script for name in scripts_of(campaign) if (script := self.scripts.current(name))},
            now=now,
            language=language_of(request, self.settings.region),
            bench=self.settings.bench,
        )

    async def looked_up(self, case: Case) -> Case:
        """The case with what is known outside the database: asked first, before any lock is taken."""
        outside = await self.outside.of(case.request, case.needs())
        return case if outside is NOTHING else replace(case, outside=outside)

    def is_exempt(self, dialled: str) -> bool:
        """Whether what was dialled is never gated."""
        settings = self.settings
        return is_exempt(
            dialled,
            region=settings.region,
            strip_prefixes=settings.strip_prefixes,
            internal_patterns=settings.internal_patterns,
            exempt_numbers=settings.exempt_numbers,
        )

    def exempt(self, request: CallRequest, now: datetime) -> VerdictRecord:
        """The answer for what is never gated."""
        settings = self.settings
        number = exempt_number(request.ask.dialled, region=settings.region, strip_prefixes=settings.strip_prefixes)
        return exempt_record(request, number=number, trunk=settings.emergency_trunk, now=now, bench=settings.bench)
