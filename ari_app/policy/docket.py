"""
The rules of a campaign's packs, laid out once for all its calls.

Whatever depends on packs and campaign alone is settled here: which rules can have a say, which grounds lift them, what
is written in the trace when they pass. A verdict then only asks what depends on the callee and the hour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ari_app.policy.applicability import CampaignKind, campaign_meets, surely_in_force
from ari_app.policy.duties_owed import Duties
from ari_app.policy.facts import FACT_NAMES, Facts
from ari_app.policy.pack import CORE, Duty, Finding, Ground, Pack, Rule, When
from ari_app.policy.request import CallRequest, Campaign, Mode
from ari_app.policy.verdict import RuleRun


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A rule in its pack."""

    pack: Pack
    rule: Rule
    name: str
    """`pack/rule`."""
    reads: tuple[str, ...]
    moot_without: str
    """A fact without whose entries it passes; empty: there is none."""
    judge: Callable[[CallRequest, Facts, datetime], tuple[Finding, ...]]
    """Its kind's; kept here with `reads`, since every verdict asks for them."""
    grounds: tuple[Ground, ...]
    """Those that may lift it."""
    dated: bool
    """It is in force from, or until, a certain day."""
    in_force: tuple[datetime, datetime]
    """From when until when it surely is, wherever the callee is."""
    by_callee: bool
    """Its `when` asks something of the callee."""
    passed: "Judgement"
    not_this_callee: "Judgement"
    idle: "Judgement | None"
    """Set: it has no say in any call of this campaign."""

    def run(self, said: str, detail: str = "") -> RuleRun:
        """A line of the trace."""
        return RuleRun(rule=self.name, said=said, detail=detail, reads=self.reads)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What one rule said, and what it found."""

    standing: Standing | None
    run: RuleRun
    findings: tuple[Finding, ...] = ()
    redeems: str = ""
    """Id of the one-off permit that lifted it."""


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """A duty of a pack that is enforced."""

    duty: Duty
    dated: bool
    by_callee: bool

    @property
    def conditional(self) -> bool:
        """Whether it binds may hang on the day or on the callee."""
        return self.dated or self.by_callee


@dataclass(frozen=True, slots=True, eq=False)
class Docket:
    """Everything that binds the calls of campaigns of one kind."""

    rules: tuple[Standing, ...]
    asked: tuple[tuple[int, Standing], ...]
    """The rules that can have a say, each with its place among `rules`."""
    reads: frozenset[str]
    """Names of the facts that these read."""
    all_passed: tuple[RuleRun, ...]
    """The trace of a call to which no rule objects."""
    shadow: bool
    """Objections of all packs but `core` are only noted."""
    duties: tuple[Due, ...]
    """In the packs' order."""
    conditional_duties: tuple[tuple[int, Due], ...]
    """Those of them that do not bind every call, with their places."""
    missing: tuple[str, ...]
    """Packs that the campaign names and that are not at hand."""


def docket(packs: Sequence[Pack], campaign: Campaign | None) -> Docket:
    """The docket of a campaign (None: of a call without one, which every condition on a campaign fits)."""
    if campaign is None:
        return _docket(tuple(packs), None, (), Mode.ENFORCE)
    kind = CampaignKind(campaign.purpose, campaign.sector, campaign.call_mode)
    return _docket(tuple(packs), kind, campaign.packs, campaign.packs_mode)


@lru_cache(maxsize=256)
def _docket(packs: tuple[Pack, ...], campaign: CampaignKind | None, named: tuple[str, ...], mode: Mode) -> Docket:
    at_hand = {CORE, *(pack.id for pack in packs)}
    rules = tuple(_standing(pack, rule, campaign) for pack in packs for rule in pack.rules)
    duties = tuple(
        Due(duty, dated=_is_dated(duty), by_callee=_is_by_callee(duty.when))
        for pack in packs
        for duty in pack.duties
        if campaign_meets(duty.when, campaign) and (mode is Mode.ENFORCE or pack.id == CORE)
    )
    return Docket(
        rules=rules,
        asked=tuple((place, rule) for place, rule in enumerate(rules) if rule.idle is None),
        reads=frozenset(name for rule in rules if rule.idle is None for name in rule.reads),
        all_passed=tuple((rule.idle or rule.passed).run for rule in rules),
        shadow=mode is Mode.SHADOW,
        duties=duties,
        conditional_duties=tuple((place, due) for place, due in enumerate(duties) if due.conditional),
        missing=tuple(pack_id for pack_id in dict.fromkeys(named) if pack_id not in at_hand),
    )


def _standing(pack: Pack, rule: Rule, campaign: CampaignKind | None) -> Standing:
    name = f"{pack.id}/{rule.id}"
    dated, by_callee = _is_dated(rule), _is_by_callee(rule.when)
    idle = ""
    if not rule.switched_on:
        idle = "an open point that is not switched on"
    elif not campaign_meets(rule.when, campaign):
        idle = "not for campaigns like this"
    reads = rule.kind.reads
    unheard = set(reads) - set(FACT_NAMES)
    if unheard:
        raise ValueError(f"{name} reads {', '.join(sorted(unheard))}, and there are no such facts")
    return Standing(
        pack=pack,
        rule=rule,
        name=name,
        reads=reads,
        moot_without=getattr(rule.kind, "moot_without", ""),
        judge=rule.kind.judge,
        grounds=tuple(ground for ground in pack.grounds if ground.id in rule.unless and ground.switched_on),
        dated=dated,
        by_callee=by_callee,
        in_force=surely_in_force(rule),
        passed=Judgement(None, RuleRun(rule=name, said="passed", reads=reads)),
        not_this_callee=Judgement(
            None, RuleRun(rule=name, said="not_applicable", detail="not for this callee", reads=reads)
        ),
        idle=Judgement(None, RuleRun(rule=name, said="not_applicable", detail=idle, reads=reads)) if idle else None,
    )


def _is_dated(entry: Rule | Duty) -> bool:
    return entry.effective_from is not None or entry.effective_to is not None


def _is_by_callee(when: When) -> bool:
    return bool(when.lines or when.regions or when.parties or when.list_origins)


@lru_cache(maxsize=1024)
def owed(bound: Docket, places: tuple[int, ...], caller_id: str) -> Duties:
    """What the duties that bind every call, and those at these places, ask for together."""
    duties = Duties(caller_id=caller_id)
    for place, due in enumerate(bound.duties):
        if not due.conditional or place in places:
            duties = due.duty.kind.bind(duties)
    return duties
