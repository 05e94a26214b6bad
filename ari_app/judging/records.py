"""A verdict made into a record: one language, one number format, everything that proof needs beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from ari_app.policy.facts import Facts
from ari_app.policy.numbers import Number, dial_form
from ari_app.policy.pack import Pack
from ari_app.policy.record import Evidence, PackRef, Reason, VerdictRecord
from ari_app.policy.request import CallRequest, Mode
from ari_app.policy.verdict import Defer, Deny, Objection, Permit, Verdict

_FALLBACK_LANGUAGE = "en"
_LANGUAGE_OF_REGION = {"IT": "it"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Who judges, for the record."""

    gate: str
    libraries: dict[str, str]
    """Names and versions of what takes part in the judgement."""


def language_of(request: CallRequest, region: str) -> str:
    """The operator's language; for a phone without an operator, the country's if the product speaks it."""
    if request.operator is not None:
        return request.operator.language
    return _LANGUAGE_OF_REGION.get(request.campaign.region if request.campaign else region, _FALLBACK_LANGUAGE)


def verdict_record(
    request: CallRequest,
    verdict: Verdict,
    *,
    packs: Sequence[Pack],
    facts: Facts,
    now: datetime,
    language: str,
    bench: Bench,
    degraded: bool = False,
) -> VerdictRecord:
    """The record of `verdict`; `degraded` when the facts could not be looked up at all."""
    campaign, number = request.campaign, request.callee
    permit = verdict if isinstance(verdict, Permit) else None
    return VerdictRecord(
        call_id=request.call_id,
        verdict=word_of(verdict),
        callee=number.e164 if isinstance(number, Number) else None,
        campaign=request.campaign_id,
        principal=campaign.principal if campaign else None,
        operator=request.operator_id,
        decided_at=now,
        reasons=tuple(_reason(objection, language) for objection in told_of(verdict)),
        not_before=verdict.not_before if isinstance(verdict, Defer) else None,
        script=permit.script if permit else None,
        caller_id=permit.duties.caller_id if permit else None,
        packs=tuple(PackRef(id=p.id, version=p.version, sha256=p.sha256, status=p.status) for p in packs),
        mode=campaign.packs_mode if campaign else Mode.ENFORCE,
        degraded=degraded,
        dialled=request.ask.dialled,
        number=dial_form(number, campaign.number_format, region=campaign.region, dialled=request.ask.dialled)
        if permit and campaign and isinstance(number, Number)
        else None,
        trunk=campaign.trunk if permit and campaign else None,
        language=language,
        purpose=campaign.purpose if campaign else None,
        evidence=_evidence(request, verdict, facts, bench),
        sector=campaign.sector if campaign else "",
        product=campaign.product if campaign else "",
        redeems=permit.redeems if permit else "",
        duties=permit.duties.document() if permit else None,
    )


def exempt_record(request: CallRequest, *, number: str, trunk: str, now: datetime, bench: Bench) -> VerdictRecord:
    """
    The answer for a number that is never gated: no campaign, no rules, nothing stored.

    It is not written down anywhere: who calls a helpline is nobody's business.
    """
    return VerdictRecord(
        call_id=request.call_id,
        verdict="exempt",
        callee=None,
        campaign="",
        principal=None,
        operator=request.operator_id,
        decided_at=now,
        reasons=(),
        not_before=None,
        script=None,
        caller_id=None,
        packs=(),
        mode=Mode.ENFORCE,
        degraded=False,
        dialled=request.ask.dialled,
        number=number,
        trunk=trunk,
        language=_FALLBACK_LANGUAGE,
        purpose=None,
        evidence=_evidence(request, Deny(objections=()), Facts.unknown("gate", "never gated"), bench),
    )


def word_of(verdict: Verdict) -> str:
    """The verdict in a word, as it is told."""
    match verdict:
        case Permit():
            return "permit"
        case Defer():
            return "defer"
        case Deny():
            return "deny"


def told_of(verdict: Verdict) -> tuple[Objection, ...]:
    """The objections that are told as reasons: of a permit, those that are only noted."""
    return verdict.notes if isinstance(verdict, Permit) else verdict.objections


def _reason(objection: Objection, language: str) -> Reason:
    return Reason(
        code=objection.code,
        rule=objection.rule,
        force=objection.force,
        text=objection.text.get(language, objection.text[_FALLBACK_LANGUAGE]),
        source=objection.source,
        not_before=objection.not_before,
    )


def _evidence(request: CallRequest, verdict: Verdict, facts: Facts, bench: Bench) -> Evidence:
    ask = request.ask
    return Evidence(
        facts=msgspec.to_builtins(facts),
        trace=tuple(
            {"rule": run.rule, "said": run.said, "detail": run.detail, "reads": " ".join(run.reads)}
            for run in verdict.trace
        ),
        libraries=bench.libraries,
        gate=bench.gate,
        asterisk_id=ask.asterisk_id,
        channel_id=ask.channel_id,
        door=ask.door,
        direction=request.direction,
    )
