"""
Every way a call can take through a script, exactly: one graph for each kind of callee that its branches tell apart.

What is known of a callee does not change during a call. So the words that branches ask for part all callees into a few
kinds, and each kind has one graph, in which only answers leave a choice. What holds in every graph holds in every call.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from math import prod

from ari_app.policy.request import MARKETING
from ari_app.policy.scripts.conditions import VOCABULARY
from ari_app.policy.scripts.script import NO_VERDICT, Script, Step, StepKind
from ari_app.policy.scripts.situation import Conditions

MOST_KINDS = 5_000
"""More kinds of callee than this are not looked through one by one."""
MOST_PLACES = 60_000
"""More than so many steps, counted once for each flow, are not looked through: it would take too long."""

Kind = Mapping[str, frozenset[str]]
"""
One kind of callee: to each name that is asked for, words of which one is theirs; empty: none that is asked for.

The words of one set are never told apart by any condition. For `products` all of the set may be theirs.
"""


class TooManyKinds(Exception):  # noqa: N818  it is told as a finding
    """The branches of a script tell apart more kinds of callee than can be looked through."""


@dataclass(frozen=True, slots=True)
class Move:
    """From one step to another; `answer` is empty where the talk only goes on."""

    to: str
    answer: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """The ways through a script for one kind of callee; the exits, open from everywhere, are not among them."""

    start: str
    moves: Mapping[str, tuple[Move, ...]]
    taken: frozenset[tuple[str, int]]
    """Branches that fit, by step and place."""
    kinds: tuple[Kind, ...]
    """Who goes these ways."""

    def reached(self, stops: Callable[[str, Move], bool] = lambda _step, _move: False) -> dict[str, str]:
        """Each step that can be come to, with the one before it on a shortest way; moves that `stops` are shut."""
        before = {self.start: ""}
        ahead = [self.start]
        for step in ahead:
            for move in self.moves[step]:
                if move.to not in before and not stops(step, move):
                    before[move.to] = step
                    ahead.append(move.to)
        return before


def flows(script: Script) -> tuple[Flow, ...]:
    """Every flow that some kind of callee has. Raises TooManyKinds."""
    by_choice: dict[tuple[int | None, ...], list[Kind]] = {}
    branching = [step for step in script.steps if step.branches]
    for kind in _kinds(script):
        choice = tuple(_branch_for(step, kind) for step in branching)
        by_choice.setdefault(choice, []).append(kind)
    if len(by_choice) * len(script.steps) > MOST_PLACES:
        raise TooManyKinds
    plain = {step.id: _moves(step, None) for step in script.steps}
    return tuple(
        Flow(
            start=script.steps[0].id,
            moves=plain | {step.id: _moves(step, place) for step, place in zip(branching, choice, strict=True)},
            taken=frozenset(
                (step.id, place) for step, place in zip(branching, choice, strict=True) if place is not None
            ),
            kinds=tuple(kinds),
        )
        for choice, kinds in by_choice.items()
    )


def way_to(step: str, before: Mapping[str, str]) -> tuple[str, ...]:
    """The steps from the start to this one, as `Flow.reached` found them."""
    way = [step]
    while before[way[-1]]:
        way.append(before[way[-1]])
    return tuple(reversed(way))


def _moves(step: Step, branch: int | None) -> tuple[Move, ...]:
    if step.kind is StepKind.CLOSE:
        return ()
    if step.kind is StepKind.ASK:
        return tuple(Move(each.next, each.id) for each in step.answers)
    on = Move(step.next if branch is None else step.branches[branch].next)
    return (on, Move(step.otherwise, NO_VERDICT)) if step.needs_verdict else (on,)


def _branch_for(step: Step, kind: Kind) -> int | None:
    return next((place for place, branch in enumerate(step.branches) if _fits(branch.when, kind)), None)


def _fits(when: Conditions, kind: Kind) -> bool:
    return all(not kind[name].isdisjoint(_folded(words)) for name, words in when.items())


def _folded(words: Iterable[str]) -> frozenset[str]:
    """The words in small letters: capitals make no difference to a condition."""
    return frozenset(word.casefold() for word in words)


def _kinds(script: Script) -> Iterator[Kind]:
    asked: dict[str, list[frozenset[str]]] = {}
    for name, words in chain.from_iterable(branch.when.items() for step in script.steps for branch in step.branches):
        asked.setdefault(name, []).append(_folded(words))
    groups = {name: _groups(name, sets, script) for name, sets in asked.items()}
    many = prod(2 ** len(each) if name == "products" else len(each) + 1 for name, each in groups.items())
    if many > MOST_KINDS:
        raise TooManyKinds
    choices = [list(_choices(name, each, script)) for name, each in groups.items()]
    for chosen in product(*choices):
        kind = dict(zip(groups, chosen, strict=True))
        if _can_be(kind):
            yield kind


def _groups(name: str, sets: Sequence[frozenset[str]], script: Script) -> tuple[frozenset[str], ...]:
    """The words that are asked for, those together that no condition tells apart."""
    can_be = _can_be_said(name, script)
    groups: dict[frozenset[int], set[str]] = {}
    for word in sorted(frozenset().union(*sets)):
        if can_be is None or word in can_be:
            groups.setdefault(frozenset(i for i, words in enumerate(sets) if word in words), set()).add(word)
    return tuple(frozenset(group) for group in groups.values())


def _choices(name: str, groups: Sequence[frozenset[str]], script: Script) -> Iterable[frozenset[str]]:
    if name == "products":
        subsets = chain.from_iterable(combinations(groups, size) for size in range(len(groups) + 1))
        return [frozenset[str]().union(*subset) for subset in subsets]
    can_be = _can_be_said(name, script)
    if can_be is None:
        return [*groups, frozenset()]
    others = frozenset(can_be) - frozenset[str]().union(*groups)
    return [*groups, others] if others else groups


def _can_be_said(name: str, script: Script) -> tuple[str, ...] | None:
    """Every word there can be for a name; None: they cannot be counted, or there may be none."""
    if name == "purpose":
        return script.purposes or tuple(MARKETING)
    return VOCABULARY[name] if name in ("customer", "spoken", "callback") else None


def _can_be(kind: Kind) -> bool:
    """Somebody who said something was spoken to."""
    return not kind.get("last_word") or "yes" in kind.get("spoken", ("yes",))
