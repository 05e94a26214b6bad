"""
A walk through a script: values only. `begin`, then `go_on`, `answer` or `leave`, until it stands at a `close`.

What was taken is recorded elsewhere, and `resume` leads to where it had come: by the script's own version of then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ari_app.policy.scripts.script import EXITS, NO_VERDICT, Script, Step, StepKind
from ari_app.policy.scripts.situation import Situation, fits


class WalkError(Exception):
    """A move that the script does not have; the message says what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was left, and by which answer; empty: by going on. For the exits their ids stand as answers."""

    step: str
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Where a call stands in its script, and how it came there."""

    script: Script
    situation: Situation
    at: str
    """Id of the step that is on the screen."""
    taken: tuple[Taken, ...] = ()

    @property
    def step(self) -> Step:
        """The step that is on the screen."""
        return self.script.step(self.at)

    @property
    def over(self) -> bool:
        """It stands at a close: there is nothing more to say."""
        return self.step.kind is StepKind.CLOSE

    @property
    def disclosed(self) -> frozenset[str]:
        """What has been disclosed by the steps that were left; one that was left by an exit was not said to its end."""
        unsaid = (*EXITS, NO_VERDICT)
        return frozenset(
            item
            for taken in self.taken
            if taken.answer not in unsaid
            for item in self.script.step(taken.step).discloses
        )

    def go_on(self) -> "Walk":
        """Raises WalkError: an answer is needed first, or it is over."""
        step = self.step
        if step.kind is StepKind.ASK:
            raise WalkError(f"step {step.id} asks something: choose one of {', '.join(a.id for a in step.answers)}")
        if self.over:
            raise WalkError(f"step {step.id} is the end of the script")
        return self._left("", next((each.next for each in step.branches if fits(each.when, self.situation)), step.next))

    def answer(self, answer_id: str) -> "Walk":
        """Raises WalkError: the step has no such answer."""
        step = self.step
        for each in step.answers:
            if each.id == answer_id:
                return self._left(answer_id, each.next)
        raise WalkError(f"step {step.id} has no answer {answer_id}: {', '.join(a.id for a in step.answers) or 'none'}")

    def leave(self, exit_id: str) -> "Walk":
        """To one of the two exits, from wherever it stands; from one exit to the other as well. Raises WalkError."""
        if exit_id not in EXITS:
            raise WalkError(f"{exit_id} is no exit; the exits are {' and '.join(EXITS)}")
        return self if exit_id == self.at else self._left(exit_id, exit_id)

    def without_verdict(self) -> "Walk":
        """Past an offer for which there was no permit, unsaid. Raises WalkError: this step asks for no verdict."""
        if not self.step.needs_verdict:
            raise WalkError(f"step {self.at} needs no verdict")
        return self._left(NO_VERDICT, self.step.otherwise)

    def back(self) -> "Walk":
        """To the step before, as if it had not been left. Raises WalkError: it stands at the beginning."""
        if not self.taken:
            raise WalkError("this is the first step")
        return replace(self, at=self.taken[-1].step, taken=self.taken[:-1])

    def _left(self, answer: str, to: str) -> "Walk":
        return replace(self, at=to, taken=(*self.taken, Taken(step=self.at, answer=answer)))


def begin(script: Script, situation: Situation) -> Walk:
    """At the first step."""
    return Walk(script=script, situation=situation, at=script.steps[0].id)


def resume(script: Script, situation: Situation, taken: Iterable[Taken]) -> Walk:
    """Where the steps that were taken lead. Raises WalkError: they are not this script's."""
    walk = begin(script, situation)
    for each in taken:
        if each.step != walk.at:
            raise WalkError(f"the record stands at {each.step}, the script at {walk.at}")
        walk = _moved(walk, each.answer)
    return walk


def _moved(walk: Walk, answer: str) -> Walk:
    if answer in EXITS:
        return walk.leave(answer)
    if answer == NO_VERDICT:
        return walk.without_verdict()
    return walk.answer(answer) if answer else walk.go_on()
