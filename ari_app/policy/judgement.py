"""Rules asked about one call at one instant: each passes, objects, does not apply, is lifted, or could not say."""

from collections.abc import Iterable
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


def contested(
    asked: Iterable[tuple[int, Standing]], reads: Iterable[str], request: CallRequest, facts: Facts, now: datetime
) -> list[tuple[int, Judgement]]:
    """
    Ask each rule; what did not simply pass, with the rule's place. What goes wrong in a rule is an objection.

    `reads` names the facts that any of the rules reads.

    A fact it reads that is Unknown objects (`facts_unavailable`), even where a ground would have lifted the rule. A
    ground that is Unknown, or fails, lifts nothing.
    """
    # Every verdict runs through here for some thirty rules, twice if it is deferred, so the loop is kept in one piece.
    unknown, empty = _looked_at(reads, facts)
    found: list[tuple[int, Judgement]] = []
    for place, standing in asked:
        try:
            if standing.by_callee or (standing.dated and not standing.in_force[0] <= now < standing.in_force[1]):
                excused = _excused(standing, request, facts, now)
                if excused is not None:
                    found.append((place, excused))
                    continue
            if standing.moot_without in empty:
                continue
            if unknown and not unknown.isdisjoint(standing.reads):
                judgement = _blind(standing, facts)
            elif findings := standing.judge(request, facts, now):
                judgement = _weighed(standing, findings, request, facts, now)
            else:
                continue
        except FactUnknown as missing:
            judgement = _unknown(standing, missing.fact)
        except Exception as error:  # noqa: BLE001  law 1: a rule that raises denies, whatever it raises
            run = standing.run("error", f"{type(error).__name__}: {error}")
            judgement = Judgement(standing, run, (Finding(code="rule_error"),))
        found.append((place, judgement))
    return found


def _looked_at(reads: Iterable[str], facts: Facts) -> tuple[set[str], set[str]]:
    """Which of these facts are Unknown, and which hold nothing."""
    unknown, empty = set(), set()
    for name in reads:
        fact = getattr(facts, name)
        if type(fact) is Unknown:
            unknown.add(name)
        elif not fact.value:
            empty.add(name)
    return unknown, empty


def _excused(standing: Standing, request: CallRequest, facts: Facts, now: datetime) -> Judgement | None:
    """Why the rule has no say in this very call; None: it has one."""
    if standing.dated and (idle := why_not_in_force(standing.rule, request, now)):
        return Judgement(None, standing.run("not_applicable", idle))
    if standing.by_callee and not callee_meets(standing.rule.when, request, facts):
        return standing.not_this_callee
    return None


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


def _blind(standing: Standing, facts: Facts) -> Judgement:
    """The judgement of a rule of whose facts one is Unknown."""
    fact = next(fact for name in standing.reads if isinstance(fact := getattr(facts, name), Unknown))
    return _unknown(standing, fact)


def _weighed(
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
        except Exception:  # noqa: BLE001, S112  a ground that fails lifts nothing, so the objection stands  # nosec B112
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
