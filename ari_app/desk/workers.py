"""
Whose figures may be seen: by team, unless an agreement with the workers permits figures of single operators.

A team of one is a person. So teams below `LEAST_TOGETHER` are told together, and where even that would be too few the
smallest other team goes with them: no sum of what is told, and no difference of two sums, is about fewer people.

Source: RULES 6.6; L. 300/1970 art. 4; INL circular 4/2017.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ari_app.policy.request import Role
from ari_app.ports import workers as kept

LEAST_TOGETHER = 5
"""Of fewer people no figure is told."""


class Viewer(Protocol):
    """Who looks; `web.access.Person` is one."""

    @property
    def id(self) -> str:
        """An operator's id."""
        ...

    @property
    def role(self) -> Role:
        """What they are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose figures somebody may see. Who is not in it is left out of every figure shown, sums too."""

    own: str
    """Their own are always theirs to see."""
    singly: bool = False
    """Each operator's."""
    teams: tuple[frozenset[str], ...] = ()
    """Teams whose sum may be told, by name; those in one set only as one. The empty name: who is in no team."""

    def may_see(self, operator: str) -> bool:
        """Whether the figures of this one operator may be seen."""
        return self.singly or operator == self.own


class Workers:
    """Decides, for each look, on what is on record then."""

    def __init__(self, workers: kept.Workers) -> None:
        """Keeps nothing itself."""
        self._workers = workers

    async def figures_scope(self, person: Viewer) -> Scope:
        """Whose figures this person may see now. Raises StoreUnavailable."""
        if person.role is Role.OPERATOR:
            return Scope(own=person.id)
        agreed = await self._workers.in_force() is not None
        teams = told_together(await self._workers.teams())
        return Scope(own=person.id, singly=may_see_single_operators(person.role, agreed=agreed), teams=teams)


def may_see_single_operators(role: Role, *, agreed: bool) -> bool:
    """
    Whether somebody may see figures of single operators that are not themself.

    An auditor looks into calls, not into people: not even with an agreement.
    """
    return agreed and role in (Role.SUPERVISOR, Role.ADMIN)


def told_together(sizes: Mapping[str, int], *, least: int = LEAST_TOGETHER) -> tuple[frozenset[str], ...]:
    """The teams as they may be told, largest first; none if all of them together are too few."""
    by_size = sorted((team for team, size in sizes.items() if size > 0), key=lambda team: (-sizes[team], team))
    whole = [team for team in by_size if sizes[team] >= least]
    rest = [team for team in by_size if sizes[team] < least]
    while rest and whole and sum(sizes[team] for team in rest) < least:
        rest.append(whole.pop())
    told = [frozenset({team}) for team in whole]
    if rest and sum(sizes[team] for team in rest) >= least:
        told.append(frozenset(rest))
    return tuple(told)
