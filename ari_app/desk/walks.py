"""
The walk of a call that is live, recorded as it goes: what was said, when, and where the call stands in its script.

Everything comes from the record, so that every desk of an operator, and a page that is loaded anew, shows the same. Of
two moves at once the first counts; the other one finds the call further on and is told so.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import MARKETING
from ari_app.policy.scripts import EXITS, NO_VERDICT, Script, Situation, StepKind, Walk, WalkError, resume
from ari_app.policy.scripts.walking import Taken
from ari_app.ports.clock import Clock
from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.ports.walks import BACK, WalkStep, WalkSteps


class Scripts(Protocol):
    """Scripts by the version that a verdict names."""

    async def script(self, script_id: str, script_version: str) -> Script | None:
        """Exactly this version; None: it was never imported."""
        ...


class Offers(Protocol):
    """Asks whether something may be offered in a call that was permitted without."""

    async def ask(self, call_id: str, *, operator: str) -> VerdictRecord | None:
        """The second verdict, recorded; None: there is nothing that could be offered in this call."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a call stands in its script."""

    walk: Walk
    seq: int
    """Of the last arrival; a move says which one it saw."""
    steps: tuple[WalkStep, ...]
    """Every arrival so far, in order."""
    owed: tuple[str, ...]
    """Disclosures that the packs ask of this call."""

    @property
    def disclosed_at(self) -> dict[str, datetime]:
        """What was disclosed, and when it was first said to its end."""
        found: dict[str, datetime] = {}
        for step in self.steps:
            for duty in step.discloses:
                found.setdefault(duty, step.at)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of a move."""

    standing: Standing
    """As it is now, whether the move counted or not."""
    late: bool = False
    """The call had gone on meanwhile, at another desk; the move changed nothing."""
    no_offer: bool = False
    """The walk does not come to the offer: the second verdict, if there is one, does not let it."""
    second: VerdictRecord | None = None
    """With `no_offer`: the verdict that says why."""


class Walks:
    """Walks of live calls. Each method may raise StoreUnavailable, and WalkError: the move is not the script's."""

    def __init__(
        self,
        *,
        steps: WalkSteps,
        scripts: Scripts,
        offers: Offers,
        situation_of: Callable[[VerdictRecord], Situation],
        clock: Clock,
    ) -> None:
        """`situation_of` reads back what the verdict knew of the callee."""
        self._steps = steps
        self._scripts = scripts
        self._offers = offers
        self._situation_of = situation_of
        self._clock = clock

    async def opening(self, record: VerdictRecord) -> Walk | None:
        """The walk before its first step is said, while it rings: nothing is recorded. None: there is no script."""
        script = await self._script(record)
        return resume(script, self._situation_of(record), ()) if script else None

    async def look(self, live: LiveCall, record: VerdictRecord) -> Standing | None:
        """
        Where the call stands; the first look at a call that was answered is its first step. None: there is no script.
        """
        script = await self._script(record)
        if script is None:
            return None
        steps = await self._steps.of_call(live.call_id)
        if not steps and live.phase is Phase.ANSWERED:
            await self._steps.add(
                WalkStep(
                    call_id=live.call_id,
                    seq=0,
                    step=script.steps[0].id,
                    answer="",
                    discloses=(),
                    operator=live.operator,
                    at=self._clock.now(),
                )
            )
            steps = await self._steps.of_call(live.call_id)  # another desk may have been there first
        return self._standing(script, record, steps)

    async def go_on(self, live: LiveCall, record: VerdictRecord, *, seq: int, operator: str) -> Moved:
        """To the step after this one; what this one discloses has been said."""
        return await self._move(live, record, seq=seq, operator=operator, answer="", to=Walk.go_on)

    async def answer(self, live: LiveCall, record: VerdictRecord, answer: str, *, seq: int, operator: str) -> Moved:
        """Where the callee's answer leads."""
        return await self._move(
            live, record, seq=seq, operator=operator, answer=answer, to=lambda walk: walk.answer(answer)
        )

    async def leave(self, live: LiveCall, record: VerdictRecord, exit_id: str, *, seq: int, operator: str) -> Moved:
        """To one of the two exits, from wherever the call stands."""
        return await self._move(
            live, record, seq=seq, operator=operator, answer=exit_id, to=lambda walk: walk.leave(exit_id)
        )

    async def back(self, live: LiveCall, record: VerdictRecord, *, seq: int, operator: str) -> Moved:
        """To the step before. What was said meanwhile stays on record as said."""
        return await self._move(live, record, seq=seq, operator=operator, answer=BACK, to=Walk.back)

    async def _move(
        self,
        live: LiveCall,
        record: VerdictRecord,
        *,
        seq: int,
        operator: str,
        answer: str,
        to: Callable[[Walk], Walk],
    ) -> Moved:
        standing = await self.look(live, record)
        if standing is None:
            raise WalkError(f"call {live.call_id} has no script")
        if live.phase is not Phase.ANSWERED:
            raise WalkError(f"nothing can be said in call {live.call_id}: nobody is on the line")
        if seq != standing.seq:
            return Moved(standing=standing, late=True)
        there = to(standing.walk)
        if there is standing.walk:
            return Moved(standing=standing)
        second = None
        no_offer = False
        if _needs_second_verdict(record, standing, there):
            second = await self._offers.ask(record.call_id, operator=operator)
            no_offer = second is None or second.verdict != "permit"
            if no_offer and not there.step.needs_verdict:
                return Moved(standing=standing, no_offer=True, second=second)
        arrival = WalkStep(
            call_id=live.call_id,
            seq=seq + 1,
            step=there.at,
            answer=answer,
            discloses=standing.walk.step.discloses if answer != BACK and answer not in EXITS else (),
            operator=operator,
            at=self._clock.now(),
            offer_call=second.call_id if second and not no_offer else None,
        )
        added = await self._steps.add(arrival)
        if added and no_offer:  # the script says how to go on without it
            past = there.without_verdict()
            await self._steps.add(replace(arrival, seq=seq + 2, step=past.at, answer=NO_VERDICT, discloses=()))
        steps = await self._steps.of_call(live.call_id)
        standing = self._standing(there.script, record, steps)
        return Moved(standing=standing, late=not added, no_offer=no_offer, second=second if no_offer else None)

    async def _script(self, record: VerdictRecord) -> Script | None:
        if record.script is None:
            return None
        return await self._scripts.script(record.script.id, record.script.version)

    def _standing(self, script: Script, record: VerdictRecord, steps: tuple[WalkStep, ...]) -> Standing:
        return Standing(
            walk=resume(script, self._situation_of(record), _taken(steps)),
            seq=len(steps) - 1,
            steps=steps,
            owed=tuple((record.duties or {}).get("disclosures", ())),
        )


def _needs_second_verdict(record: VerdictRecord, standing: Standing, there: Walk) -> bool:
    """For an offer in a call that was not permitted to sell, until one was permitted in it."""
    if there.step.kind is not StepKind.OFFER or record.purpose in MARKETING:
        return False
    return not any(step.offer_call for step in standing.steps)


def _taken(steps: tuple[WalkStep, ...]) -> list[Taken]:
    """The steps that lead to where the call stands: what was gone back from is not among them."""
    taken: list[Taken] = []
    for before, step in pairwise(steps):
        if step.answer == BACK:
            taken.pop()
        else:
            taken.append(Taken(step=before.step, answer=step.answer))
    return taken
