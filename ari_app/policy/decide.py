"""
The verdict: every rule is asked, every objection is kept, and the strictest wins.

Law 1 and 2 of the design. Facts, packs and the present come in as values; `judging` writes down what comes out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from ari_app.policy.admission import GATE, admission, customers_objection, gate_objection, missing_pack, unread_script
from ari_app.policy.applicability import callee_meets, why_not_in_force
from ari_app.policy.docket import Docket, Judgement, Standing, docket, owed
from ari_app.policy.duties_owed import Duties
from ari_app.policy.facts import Facts
from ari_app.policy.judgement import contested, objections
from ari_app.policy.numbers import Number
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.request import CallMode, CallRequest, Campaign
from ari_app.policy.scripts import Scripts, choose, situation_of
from ari_app.policy.verdict import Defer, Deny, Objection, Permit, RuleRun, Verdict

_MOST_STEPS = 800  # two packs whose windows alternate move on once a day each: 400 days, then they never agree


def decide(
    request: CallRequest, facts: Facts, packs: Sequence[Pack], *, now: datetime, scripts: Scripts | None = None
) -> Verdict:
    """
    Permit, defer or deny; total: whatever is wrong with a rule, a pack or a fact is a denial with its reason.

    `packs` are `core` and those of the campaign; one that the campaign names and that is not among them denies.
    Objections come in this order: the gate's own, then pack by pack and rule by rule as given. In a campaign with
    `packs_mode` shadow the objections of all packs but `core` are notes: they are kept with whatever verdict the rest
    gives, and move neither verdict nor instant. `scripts` are those at hand: what nobody objects to is routed to one of
    them, and denied if its operator has to read it first. None: a permit carries no script.

    A `Defer` holds the first instant at which no deferring rule objects, the facts being as they are; if there is
    none, or a rule that comes into force meanwhile denies at that very instant, the verdict is `Deny`. What will only
    have run out by then, a screening for instance, can be renewed: the trace tells it.
    """
    try:
        return _decided(request, facts, packs, now, scripts)
    except Exception as error:  # noqa: BLE001  no way out of here may be taken for a permit
        trace = (RuleRun(rule=f"{GATE}/rule_error", said="error", detail=f"{type(error).__name__}: {error}"),)
        return Deny(objections=(gate_objection(request, "rule_error"),), trace=trace)


def _decided(
    request: CallRequest, facts: Facts, packs: Sequence[Pack], now: datetime, scripts: Scripts | None
) -> Verdict:
    if now.tzinfo is None:
        raise ValueError("the present has no time zone")
    campaign = request.campaign
    bound = docket(packs, campaign)
    trace = list(bound.all_passed)
    redeems = ""
    judgements = contested(bound.asked, bound.reads, request, facts, now)
    for place, judgement in judgements:
        trace[place] = judgement.run
        redeems = redeems or judgement.redeems
    objecting = [judgement for _, judgement in judgements if judgement.standing is not None]
    first = (*admission(request), *customers_objection(request, facts, scripts), *_nothing_binds(request, bound))
    against, notes = _said(request, bound, objecting, first) if objecting or bound.missing else (first, ())
    against = (*against, *_no_number(request, against))
    if first:
        trace[:0] = [RuleRun(rule=objection.rule, said="objected") for objection in first]
    if campaign is None or any([objection.not_before is None for objection in against]):
        return Deny(objections=against, trace=tuple(trace), notes=notes)
    if against:
        return _deferred(against, bound, request, facts, now, tuple(trace), notes)
    choice = choose(request, situation_of(request, facts), scripts) if scripts is not None else None
    unread = unread_script(request, choice) if choice is not None else ()
    if unread:
        runs = [RuleRun(rule=objection.rule, said="objected") for objection in unread]
        return Deny(objections=unread, trace=(*runs, *trace), notes=notes)
    return Permit(
        duties=_duties(bound, request, campaign, facts, now),
        script=choice,
        notes=notes,
        trace=tuple(trace),
        redeems=redeems,
    )


def _said(
    request: CallRequest, bound: Docket, objecting: Iterable[Judgement], first: tuple[Objection, ...]
) -> tuple[tuple[Objection, ...], tuple[Objection, ...]]:
    """The objections that count, after `first`, and those of packs in shadow mode, which are only noted."""
    found = [
        (judgement.standing.pack.id, objection)
        for judgement in objecting
        if judgement.standing is not None
        for objection in objections(judgement, request)
    ]
    found += [(pack_id, missing_pack(request, pack_id)) for pack_id in bound.missing]
    if not bound.shadow:
        return (*first, *[objection for _, objection in found]), ()
    enforced = [objection for pack_id, objection in found if pack_id == CORE]
    return (*first, *enforced), tuple(objection for pack_id, objection in found if pack_id != CORE)


def _binding(bound: Docket) -> Sequence[tuple[int, Standing]]:
    """The rules that are enforced and can have a say, with their places."""
    return [each for each in bound.asked if each[1].pack.id == CORE] if bound.shadow else bound.asked


def _nothing_binds(request: CallRequest, bound: Docket) -> tuple[Objection, ...]:
    if bound.rules and (not bound.shadow or any(rule.pack.id == CORE for rule in bound.rules)):
        return ()
    return (gate_objection(request, "rule_error", rule=f"{GATE}/no_rules", text="no_rules"),)


def _no_number(request: CallRequest, objections: Iterable[Objection]) -> tuple[Objection, ...]:
    # The last word, whatever packs there are: only a number can be dialled.
    if isinstance(request.callee, Number) or any(objection.code == "number_invalid" for objection in objections):
        return ()
    return (gate_objection(request, "number_invalid"),)


def _deferred(
    against: tuple[Objection, ...],
    bound: Docket,
    request: CallRequest,
    facts: Facts,
    now: datetime,
    trace: tuple[RuleRun, ...],
    notes: tuple[Objection, ...],
) -> Defer | Deny:
    # Every rule moves the instant on to its own first free one, until none does. What is skipped on the way is barred
    # by some rule, so the instant is the first free one, not just a free one.
    rules = _binding(bound)
    at = max(objection.not_before for objection in against if objection.not_before is not None)
    for _ in range(_MOST_STEPS):
        again = [judgement for _, judgement in contested(rules, bound.reads, request, facts, at) if judgement.findings]
        barred_until = [
            finding.not_before
            for judgement in again
            for finding in judgement.findings
            if finding.not_before is not None
        ]
        if barred_until:
            at = max(barred_until)
            continue
        if again:
            told = ", ".join(f"{judgement.run.rule} ({judgement.run.detail})" for judgement in again)
            trace = (*trace, RuleRun(rule=f"{GATE}/first_open", said="objected", detail=f"{at.isoformat()}: {told}"))
        forbidden = [judgement for judgement in again if _begins_later(judgement, request, now)]
        if forbidden:
            later = [objection for judgement in forbidden for objection in objections(judgement, request)]
            return Deny(objections=(*against, *later), trace=trace, notes=notes)
        return Defer(objections=against, not_before=at, trace=trace, notes=notes)
    run = RuleRun(rule=f"{GATE}/first_open", said="objected", detail="no instant suits every rule")
    return Deny(objections=against, trace=(*trace, run), notes=notes)


def _begins_later(judgement: Judgement, request: CallRequest, now: datetime) -> bool:
    """
    Whether what denies then will do so whatever becomes known meanwhile: a rule that comes into force, or that broke.

    A screening or a consent that will have run out by then may have been renewed: it is told in the trace, no more.
    """
    standing = judgement.standing
    if standing is None or judgement.run.said != "objected":
        return True
    return standing.dated and bool(why_not_in_force(standing.rule, request, now))


def _duties(bound: Docket, request: CallRequest, campaign: Campaign, facts: Facts, now: datetime) -> Duties:
    places = [
        place
        for place, due in bound.conditional_duties
        if not (due.dated and why_not_in_force(due.duty, request, now))
        and (not due.by_callee or callee_meets(due.duty.when, request, facts))
    ]
    found = owed(bound, tuple(places), campaign.caller_id)
    if request.mode is CallMode.LIVE:
        return found
    # A machine is to speak, and whoever answers waits for nobody.
    return replace(found, operator_within_s=None, then="", message_fields=())
