"""One rule asked about one call at one instant: it passes, objects, does not apply, is lifted, or could not say."""

from dataclasses import replace
from datetime import UTC, datetime

from ari_app.policy.admission import gate_objection
from ari_app.policy.applicability import callee_meets, ends_at, why_not_in_force
from ari_app.policy.docket import Judgement, Standing
from ari_app.policy.facts import Facts, FactUnknown, Unknown
from ari_app.policy.pack import Finding, Holding
from ari_app.policy.phrases import fill
from ari_app.policy.request import CallRequest
from ari_app.policy.verdict import Objection


def judged(standing: Standing, request: CallRequest, facts: Facts, now: datetime) -> Judgement:
    """
    Ask one rule; whatever goes wrong in it is an objection, never an exception.

    A fact it reads that is Unknown objects (`facts_unavailable`), even where a ground would have lifted the rule. A
    ground that is Unknown, or fails, lifts nothing.
    """
    try:
        if standing.dated and (idle := why_not_in_force(standing.rule, request, now)):
            return Judgement(None, standing.run("not_applicable", idle))
        if standing.by_callee and not callee_meets(standing.rule.when, request, facts):
            return standing.not_this_callee
        for name in standing.reads:
            fact = getattr(facts, name)
            if type(fact) is Unknown:
                return _unknown(standing, fact)
        findings = standing.judge(request, facts, now)
        return _contested(standing, findings, request, facts, now) if findings else standing.passed
    except FactUnknown as missing:
        return _unknown(standing, missing.fact)
    except Exception as error:  # noqa: BLE001  law 1: a rule that raises denies, whatever it raises
        run = standing.run("error", f"{type(error).__name__}: {error}")
        return Judgement(standing, run, (Finding(code="rule_error"),))


def objections(judgement: Judgement, request: CallRequest) -> tuple[Objection, ...]:
    """The findings with their rule's name, force, text and source."""
    standing = judgement.standing
    if standing is None:
        return ()
    rule, name = standing.rule, standing.name
    if judgement.run.said in ("unknown", "error"):
        return tuple(
            gate_objection(request, finding.code, rule=name, source=rule.source.cite) for finding in judgement.findings
        )
    return tuple(
        Objection(
            code=finding.code,
            rule=name,
            force=rule.force,
            text=fill(rule.text, finding.values, request, finding.not_before),
            source=rule.source.cite,
            not_before=finding.not_before,
        )
        for finding in judgement.findings
    )


def _contested(
    standing: Standing, findings: tuple[Finding, ...], request: CallRequest, facts: Facts, now: datetime
) -> Judgement:
    """A rule that found something: lifted by a ground, or an objection until the rule ends or a ground begins."""
    rule = standing.rule
    begins_at: datetime | None = None
    for ground_id, holding in _holdings(standing, request, facts, now):
        if holding.from_ <= now:
            detail = f"{ground_id} ({holding.evidence})" if holding.evidence else ground_id
            return Judgement(None, standing.run("lifted", detail), redeems=holding.redeems)
        begins_at = min(begins_at or holding.from_, holding.from_)
    codes = ", ".join(finding.code for finding in findings)
    ends = [instant for instant in (ends_at(rule, request), begins_at) if instant is not None]
    bounded = tuple(_until(finding, ends, now) for finding in findings)
    return Judgement(standing, standing.run("objected", codes), bounded)


def _unknown(standing: Standing, fact: Unknown) -> Judgement:
    run = standing.run("unknown", f"{fact.source}: {fact.cause}")
    return Judgement(standing, run, (Finding(code="facts_unavailable"),))


def _holdings(standing: Standing, request: CallRequest, facts: Facts, now: datetime) -> list[tuple[str, Holding]]:
    """The grounds that hold or will hold, in the order of the pack."""
    found = []
    for ground in standing.grounds:
        if any(isinstance(getattr(facts, name), Unknown) for name in ground.kind.reads):
            continue
        try:
            holding = ground.kind.holds(request, facts, now)
        except Exception:  # noqa: BLE001, S112  a ground that fails lifts nothing, so the objection stands
            continue
        if holding is not None:
            found.append((ground.id, holding))
    return found


def _until(finding: Finding, ends: list[datetime], now: datetime) -> Finding:
    """The finding, no longer than its rule is in force and nothing lifts it; a denial is not a matter of time."""
    if finding.not_before is None:
        return finding
    if finding.not_before <= now:
        raise ValueError(f"{finding.code} objects at {now} and says that it does not")
    return replace(finding, not_before=min((finding.not_before, *ends)).astimezone(UTC))
