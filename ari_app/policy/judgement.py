"""One rule asked about one call at one instant: it passes, objects, does not apply, is lifted, or could not say."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ari_app.policy.admission import gate_objection
from ari_app.policy.applicability import applies, ends_at, starts_at
from ari_app.policy.facts import Facts, FactUnknown, Unknown
from ari_app.policy.pack import Finding, Pack, Rule
from ari_app.policy.phrases import fill
from ari_app.policy.request import CallRequest
from ari_app.policy.verdict import Objection, RuleRun


@dataclass(frozen=True, slots=True)
class Binding:
    """A rule in the pack that holds it."""

    pack: Pack
    rule: Rule

    @property
    def name(self) -> str:
        """`pack/rule`."""
        return f"{self.pack.id}/{self.rule.id}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rule said, and what it found."""

    binding: Binding
    run: RuleRun
    findings: tuple[Finding, ...] = ()

    def objections(self, request: CallRequest) -> tuple[Objection, ...]:
        """The findings with the rule's name, force, text and source."""
        rule, name = self.binding.rule, self.binding.name
        if self.run.said in ("unknown", "error"):
            return tuple(
                gate_objection(request, finding.code, rule=name, source=rule.source.cite) for finding in self.findings
            )
        return tuple(
            Objection(
                code=finding.code,
                rule=name,
                force=rule.force,
                text=fill(rule.text, dict(finding.values), request, finding.not_before),
                source=rule.source.cite,
                not_before=finding.not_before,
            )
            for finding in self.findings
        )


def judged(binding: Binding, request: CallRequest, facts: Facts, now: datetime) -> Judgement:
    """
    Ask one rule; whatever goes wrong in it is an objection, never an exception.

    A fact it reads that is Unknown objects (`facts_unavailable`), even where a ground would have lifted the rule. A
    ground that is Unknown, or fails, lifts nothing.
    """
    try:
        return _asked(binding, request, facts, now)
    except FactUnknown as missing:
        return _unknown(binding, missing.fact)
    except Exception as error:  # noqa: BLE001  law 1: a rule that raises denies, whatever it raises
        run = RuleRun(rule=binding.name, said="error", detail=f"{type(error).__name__}: {error}")
        return Judgement(binding, run, (Finding(code="rule_error"),))


def _asked(binding: Binding, request: CallRequest, facts: Facts, now: datetime) -> Judgement:
    rule = binding.rule
    idle = _why_not_in_force(rule, request, now)
    if idle or not applies(rule.when, request):
        return Judgement(binding, RuleRun(rule=binding.name, said="not_applicable", detail=idle))
    for name in rule.kind.reads:
        fact = getattr(facts, name)
        if isinstance(fact, Unknown):
            return _unknown(binding, fact)
    findings = rule.kind.judge(request, facts, now)
    if not findings:
        return Judgement(binding, RuleRun(rule=binding.name, said="passed"))
    ground = _lifting_ground(binding, request, facts, now)
    if ground:
        return Judgement(binding, RuleRun(rule=binding.name, said="lifted", detail=ground))
    codes = ", ".join(finding.code for finding in findings)
    run = RuleRun(rule=binding.name, said="objected", detail=codes)
    return Judgement(binding, run, tuple(_until_rule_ends(finding, rule, request, now) for finding in findings))


def _why_not_in_force(rule: Rule, request: CallRequest, now: datetime) -> str:
    if rule.effective_from and (start := starts_at(rule, request)) and now < start:
        return f"in force from {rule.effective_from}"
    if rule.effective_to and (end := ends_at(rule, request)) and now >= end:
        return f"in force until {rule.effective_to}"
    return ""


def _unknown(binding: Binding, fact: Unknown) -> Judgement:
    run = RuleRun(rule=binding.name, said="unknown", detail=f"{fact.source}: {fact.cause}")
    return Judgement(binding, run, (Finding(code="facts_unavailable"),))


def _lifting_ground(binding: Binding, request: CallRequest, facts: Facts, now: datetime) -> str:
    for ground in binding.pack.grounds:
        if ground.id not in binding.rule.unless:
            continue
        if any(isinstance(getattr(facts, name), Unknown) for name in ground.kind.reads):
            continue
        try:
            if ground.kind.holds(request, facts, now):
                return ground.id
        except Exception:  # noqa: BLE001, S112  a ground that fails lifts nothing, so the objection stands
            continue
    return ""


def _until_rule_ends(finding: Finding, rule: Rule, request: CallRequest, now: datetime) -> Finding:
    if finding.not_before is None:
        return finding
    if finding.not_before <= now:
        raise ValueError(f"{finding.code} objects at {now} and says that it does not")
    end = ends_at(rule, request)
    free_at = min(finding.not_before, end) if end else finding.not_before
    return replace(finding, not_before=free_at.astimezone(UTC))
