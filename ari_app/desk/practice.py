"""
Practice: a script walked against an invented callee. Nothing is dialled, and nothing of a person is recorded.

Nothing is kept here either. The page carries what was taken from one step to the next, and each time it is walked anew
from the beginning; what the callee says follows from the seed and from how far the walk has come.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ari_app.desk.personas import Persona
from ari_app.desk.refusals import Refused
from ari_app.policy.scripts import EXITS, Script, Step, StepKind, Walk, WalkError, begin, resume
from ari_app.policy.scripts.script import NEVER_AGAIN, NO_THANK_YOU
from ari_app.policy.scripts.walking import Taken

MOST_STEPS = 500
"""Of one practice: more is no talk, but a form that somebody made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the invented callee says to the step that is on the screen."""

    answer: str
    """Id of the answer that this is, or of an exit; empty: they listen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a practice came to."""

    made: tuple[str, ...]
    """Disclosures that were made, in the script's order."""
    skipped: tuple[str, ...]
    """Those that the script has and that were not made."""
    disposition: str
    """What the end suggests to note; empty: nothing."""
    misheard: tuple[str, ...]
    """Steps at which something else was taken than the callee had said."""
    ignored: bool
    """The callee wanted no more of it, and was talked to all the same."""


def walk_of(script: Script, persona: Persona, taken: Sequence[Taken]) -> Walk:
    """Where the steps that were taken lead. Raises Refused: `bad_walk`, they are not this script's."""
    if len(taken) > MOST_STEPS:
        raise Refused("bad_walk", f"a practice has at most {MOST_STEPS} steps")
    try:
        return resume(script, persona.situation, taken)
    except (WalkError, KeyError) as error:
        raise Refused("bad_walk", f"these steps are not those of script {script.id}: {error}") from error


def move(walk: Walk, choice: str) -> Walk:
    """One step on: an answer, an exit, or empty to go on; `back` to go back. Raises Refused: `bad_walk`."""
    try:
        moved = _moved(walk, choice)
    except WalkError as error:
        raise Refused("bad_walk", str(error)) from error
    if all(step.id != moved.at for step in walk.script.steps):
        raise Refused("no_way_on", f"step {walk.at} of script {walk.script.id} leads nowhere", step=walk.at)
    return moved


def _moved(walk: Walk, choice: str) -> Walk:
    if choice == "back":
        return walk.back()
    if choice in EXITS:
        return walk.leave(choice)
    return walk.answer(choice) if choice else walk.go_on()


def heard(walk: Walk, persona: Persona, seed: int) -> Heard:
    """What the callee says now; the same for the same seed and the same way here."""
    step = walk.step
    if walk.over:
        return Heard(answer="")
    position = len(walk.taken)
    if position and _drawn(seed, f"leave {position}", 100) < persona.leaves:
        return Heard(answer=NEVER_AGAIN if persona.never_again else NO_THANK_YOU)
    if step.kind is not StepKind.ASK or not step.answers:
        return Heard(answer="")
    wanted = _heading_for(walk.script, step, persona.heads_for)
    if wanted:
        return Heard(answer=wanted)
    likely = _likely(walk.script, step, persona)
    return Heard(answer=likely[_drawn(seed, f"{position} {step.id}", len(likely))])


def result(walk: Walk, persona: Persona, seed: int) -> Result:
    """What came of a walk that is over, or was broken off."""
    all_of_them = dict.fromkeys(item for step in walk.script.steps for item in step.discloses)
    misheard, ignored = [], False
    again = begin(walk.script, persona.situation)
    for each in walk.taken:
        said = heard(again, persona, seed).answer
        if said in EXITS and each.answer != said:
            ignored = True
        elif said and each.answer != said:
            misheard.append(each.step)
        again = move(again, each.answer)
    return Result(
        made=tuple(item for item in all_of_them if item in walk.disclosed),
        skipped=tuple(item for item in all_of_them if item not in walk.disclosed),
        disposition=walk.step.disposition if walk.over else "",
        misheard=tuple(dict.fromkeys(misheard)),
        ignored=ignored,
    )


def _likely(script: Script, step: Step, persona: Persona) -> list[str]:
    """The answers that they may give: twice those that go on talking, none that is not like them."""
    ends = {each.id: each.disposition for each in script.steps if each.kind is StepKind.CLOSE}
    like_them = [each for each in step.answers if ends.get(each.next, "") not in persona.steers_clear_of]
    answers = like_them or step.answers
    return [each.id for each in answers for _ in range(1 if each.next in ends else 2)]


def _heading_for(script: Script, step: Step, dispositions: Iterable[str]) -> str:
    """The answer that leads soonest to an end with the first of these that can be reached; empty: none can."""
    steps = {each.id: each for each in script.steps}
    for disposition in dispositions:
        far = {each.id: far for each in step.answers if (far := _far(steps, each.next, disposition)) is not None}
        if far:
            return min(far, key=lambda answer_id: far[answer_id])
    return ""


def _far(steps: Mapping[str, Step], start: str, disposition: str) -> int | None:
    """How many steps lie between this one and the nearest such end; None: there is no way."""
    reached, edge, far = {start}, [start], 0
    while edge:
        here = [steps[step_id] for step_id in edge if step_id in steps]
        if any(step.kind is StepKind.CLOSE and step.disposition == disposition for step in here):
            return far
        edge = [step_id for step in here for step_id in _after(step) if step_id not in reached]
        reached.update(edge)
        far += 1
    return None


def _after(step: Step) -> list[str]:
    ways = [*(each.next for each in step.answers), *(each.next for each in step.branches), step.next]
    return [way for way in ways if way]


def _drawn(seed: int, what: str, sides: int) -> int:
    """A die that falls the same way each time."""
    return int.from_bytes(hashlib.sha256(f"{seed} {what}".encode()).digest()[:8], "big") % sides
