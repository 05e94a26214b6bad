"""What a script must hold to be spoken: every path ends, nothing owed is skipped, nothing personal comes too early."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ari_app.policy.disposition import Disposition
from ari_app.policy.duties_owed import Disclosure
from ari_app.policy.request import MARKETING
from ari_app.policy.scripts.findings import Finding
from ari_app.policy.scripts.flow import Flow, Move, TooManyKinds, flows, way_to
from ari_app.policy.scripts.lint_words import words_faults
from ari_app.policy.scripts.script import EXITS, NO_VERDICT, Script, Step, StepKind

_TALKED_TO_THE_END = frozenset({"", Disposition.INTERESTED, Disposition.SOLD, Disposition.NOT_ELIGIBLE})
"""After any other word the talk broke off: by a no, by a promise, or since it was the wrong moment or person."""


_EVERY: Mapping[str, frozenset[str]] = {}


def lint(
    script: Script,
    *,
    required: Sequence[Disclosure] = (),
    before_offer: Sequence[Disclosure] = (),
    only_for: Mapping[str, frozenset[str]] = _EVERY,
) -> tuple[Finding, ...]:
    """
    Everything that is wrong with the script, in the order of its lines; empty: it may be spoken.

    `required` must be disclosed before an offer, and before a talk comes to its end; `before_offer` before an offer
    alone, where that takes a verdict of its own; `only_for` names the purposes for which an item is required, where
    that is not all (`owed.owed_by` makes all three of packs). Nothing is taken for granted of the callee: what holds,
    holds for whoever may be called.
    """
    found = list(_whole(script))
    if not found:
        try:
            ways = flows(script)
        except TooManyKinds:
            what = "its branches tell apart more kinds of callee than can be looked through; make two scripts of it"
            found.append(Finding(line=1, step="", fault="too_many_kinds", what=what))
        else:
            found += _reached(script, ways)
            found += _ends(script, ways)
            found += _disclosed(script, ways, _Items(required, before_offer, only_for))
            found += words_faults(script, ways)
    found += _offers(script)
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: (finding.line, finding.step, finding.fault)))


def _whole(script: Script) -> Iterator[Finding]:
    """A script file cannot be wrong in this way, a script that was made otherwise can."""
    ids = [step.id for step in script.steps]
    for end in EXITS:
        if end not in ids:
            yield Finding(line=1, step="", fault="no_exit", what=f"has no step {end}: it must be open from every step")
    for step in script.steps:
        led = [*(each.next for each in step.answers), *(each.next for each in step.branches), step.otherwise]
        if step.kind not in (StepKind.ASK, StepKind.CLOSE):
            led.append(step.next or "(none)")
        for name in dict.fromkeys(name for name in led if name and name not in ids):
            yield _at(script, step, "unknown_step", f"leads to {name}, and there is no such step")
        if step.kind is StepKind.ASK and not step.answers:
            yield _at(script, step, "no_answers", "asks something and has no answers")
        if ids.count(step.id) > 1:
            yield _at(script, step, "id_twice", "is there twice; every step has an id of its own")


def _reached(script: Script, ways: Sequence[Flow]) -> Iterator[Finding]:
    reached: set[str] = set()
    taken: set[tuple[str, int]] = set()
    for flow in ways:
        here = flow.reached()
        reached |= here.keys()
        taken |= {branch for branch in flow.taken if branch[0] in here}
    for step in script.steps:
        if step.id not in reached and step.id not in EXITS:
            yield _at(
                script, step, "unreachable_step", "no path leads here; lead to it by a next, or take it out", "id"
            )
        for place, _ in enumerate(step.branches):
            if step.id in reached and (step.id, place) not in taken:
                what = (
                    f"branch {place + 1} can fit nobody who comes here: the branches before it, here or on the way, "
                    "take them all; change its when, or take it out"
                )
                yield Finding(
                    line=script.line(step.id, "branch", str(place)), step=step.id, fault="unreachable_branch", what=what
                )


def _ends(script: Script, ways: Sequence[Flow]) -> Iterator[Finding]:
    circles: dict[str, tuple[str, ...]] = {}
    stuck: set[str] = set()
    for flow in ways:
        reached = flow.reached()
        circles = _circles(script, flow, reached) | circles
        stuck |= reached.keys() - _ending(script, flow)
    for step in script.steps:
        if step.id in circles:
            what = f"leads round in a circle that asks nothing: {' → '.join(circles[step.id])}"
            yield _at(script, step, "endless", what, "next")
        elif step.id in stuck:
            what = "no path from here comes to a step of kind close; lead one of them there"
            yield _at(script, step, "no_end", what)


def _ending(script: Script, flow: Flow) -> frozenset[str]:
    """Steps from which some path comes to a close."""
    ending = {step.id for step in script.steps if step.kind is StepKind.CLOSE}
    grown = True
    while grown:
        more = {step for step, moves in flow.moves.items() if any(move.to in ending for move in moves)} - ending
        ending |= more
        grown = bool(more)
    return frozenset(ending)


def _circles(script: Script, flow: Flow, reached: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Steps in a circle in which nobody is asked anything, each with such a circle."""
    asks = {step.id for step in script.steps if step.kind is StepKind.ASK}
    going_on = {
        step: [move.to for move in flow.moves[step] if move.to not in asks] for step in reached if step not in asks
    }
    shrunk = True
    while shrunk:  # what nothing leads to, or leads nowhere, is in no circle
        led_to = {to for on in going_on.values() for to in on}
        left = {step: on for step, on in going_on.items() if on and step in led_to}
        shrunk = len(left) < len(going_on)
        going_on = {step: [to for to in on if to in left] for step, on in left.items()}
    return {step: _circle_from(step, going_on) for step in going_on}


def _circle_from(step: str, going_on: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    way = [step]
    while (step := going_on[step][0]) not in way:
        way.append(step)
    return (*way[way.index(step) :], step)


@dataclass(frozen=True, slots=True)
class _Items:
    """What must be said."""

    required: Sequence[Disclosure]
    before_offer: Sequence[Disclosure]
    only_for: Mapping[str, frozenset[str]]

    @property
    def upsold(self) -> frozenset[str]:
        """Ids of what comes before an offer, whatever the call is for."""
        return frozenset(each.id for each in self.before_offer)

    def owed_in(self, flow: Flow, item: str) -> bool:
        """Whether a call that goes these ways may be for a purpose that asks for it."""
        if all(each.id != item for each in self.required):
            return False
        purposes = self.only_for.get(item)
        return purposes is None or any(
            "purpose" not in kind or not purposes.isdisjoint(kind["purpose"]) for kind in flow.kinds
        )


def _disclosed(script: Script, ways: Sequence[Flow], items: _Items) -> Iterator[Finding]:
    told = {item for step in script.steps for item in step.discloses}
    words = {each.id: each.text for each in (*items.before_offer, *items.required)}
    skipped: dict[str, dict[str, tuple[str, ...]]] = {}
    for item in words:
        for target, way in _skipping(script, ways, item, items):
            skipped.setdefault(target, {}).setdefault(item, way)
    for item in sorted({item for found in skipped.values() for item in found} - told):
        what = (
            f'nothing discloses {item} ("{words[item].get("en", "")}"); write discloses = ["{item}"] in the step whose '
            "words say it"
        )
        yield Finding(line=1, step="", fault="not_disclosed", what=what)
    for target, found in skipped.items():
        missing = [item for item in found if item in told]
        if missing:
            what = f"can be come to without {', '.join(missing)} having been said: {' → '.join(found[missing[0]])}"
            yield _at(script, script.step(target), "disclosure_skipped", what)


def _skipping(script: Script, ways: Sequence[Flow], item: str, items: _Items) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Steps that can be come to without this item, where it should have been said, each with such a way."""
    saying = {step.id for step in script.steps if item in step.discloses}

    def said(step: str, move: Move) -> bool:
        return step in saying and move.answer != NO_VERDICT

    offers = [step.id for step in script.steps if step.kind is StepKind.OFFER]
    whole_talks = [step.id for step in script.steps if _is_whole_talk(step)]
    for flow in ways:
        targets = [*offers, *whole_talks] if items.owed_in(flow, item) else offers if item in items.upsold else []
        before = flow.reached(said) if targets else {}
        for target in targets:
            if target in before:
                yield target, way_to(target, before)


def _is_whole_talk(step: Step) -> bool:
    return step.kind is StepKind.CLOSE and step.id not in EXITS and step.disposition in _TALKED_TO_THE_END


def _offers(script: Script) -> Iterator[Finding]:
    others = [purpose for purpose in script.purposes if purpose not in MARKETING]
    for step in script.steps:
        if others and step.kind is StepKind.OFFER and not step.needs_verdict:
            what = (
                f"offers something in a call for {' and '.join(others)}: write needs_verdict = true, so that a second "
                "verdict comes first, or take the offer out"
            )
            yield _at(script, step, "offer_in_care", what, "kind")


def _at(script: Script, step: Step, fault: str, what: str, *path: str) -> Finding:
    return Finding(line=script.line(step.id, *path), step=step.id, fault=fault, what=what)
