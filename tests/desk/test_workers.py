"""Whose figures may be seen: nobody's singly without an agreement, and no sum is about a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ari_app.desk.workers import LEAST_TOGETHER, Scope, Workers, may_see_single_operators, told_together
from ari_app.policy.request import Role
from ari_app.ports.workers import Agreement

AGREED = Agreement(id="1", reference="accordo 12/2026", made_by="rsu", made_at=datetime(2026, 11, 1, tzinfo=UTC))


@dataclass
class OnRecord:
    """Implements ports.workers.Workers."""

    agreement: Agreement | None = None
    sizes: Mapping[str, int] = field(default_factory=lambda: {"nord": 7, "sud": 6})

    async def in_force(self) -> Agreement | None:
        return self.agreement

    async def teams(self) -> Mapping[str, int]:
        return self.sizes

    async def keep_time(self, operator: str, state: str, *, since: datetime, until: datetime) -> bool:
        raise NotImplementedError


@dataclass(frozen=True)
class Somebody:
    """Who looks."""

    role: Role
    id: str = "viewer"


@pytest.mark.parametrize("role", Role)
async def test_without_an_agreement_each_sees_themself_alone(role: Role) -> None:
    """Supervisors, admins and auditors see teams beside that; operators do not."""
    scope = await Workers(OnRecord()).figures_scope(Somebody(role))
    assert scope.may_see("viewer")
    assert not scope.may_see("anna")
    assert bool(scope.teams) is (role is not Role.OPERATOR)


@pytest.mark.parametrize(
    ("role", "singly"), [("operator", False), ("supervisor", True), ("admin", True), ("auditor", False)]
)
async def test_with_one_who_leads_sees_each(role: str, singly: bool) -> None:
    """Operators see their own, auditors calls."""
    scope = await Workers(OnRecord(AGREED)).figures_scope(Somebody(Role(role)))
    assert (scope.singly, scope.may_see("anna"), scope.may_see("viewer")) == (singly, singly, True)
    assert may_see_single_operators(Role(role), agreed=True) is singly
    assert not may_see_single_operators(Role(role), agreed=False)


async def test_an_operator_is_asked_for_nothing_else() -> None:
    """Their own, and that is all."""
    assert await Workers(OnRecord(AGREED)).figures_scope(Somebody(Role.OPERATOR, id="anna")) == Scope(own="anna")


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ({"nord": 7, "sud": 6}, [{"nord"}, {"sud"}]),
        ({"nord": 7, "sud": 1}, [{"nord", "sud"}]),
        ({"nord": 7, "sud": 6, "est": 1}, [{"nord"}, {"sud", "est"}]),
        ({"nord": 7, "sud": 3, "est": 2}, [{"nord"}, {"sud", "est"}]),
        ({"nord": 2, "sud": 2}, []),
        ({"": 5}, [{""}]),
        ({}, []),
        ({"nord": 0, "sud": 5}, [{"sud"}]),
    ],
)
def test_small_teams_are_told_together(sizes: dict[str, int], told: list[set[str]]) -> None:
    """With each other; with the smallest other one if they are still too few; not at all if everybody is too few."""
    assert [set(group) for group in told_together(sizes)] == told


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 9), max_size=7))
@example({"nord": 7, "sud": 6, "est": 1})
@example({"nord": 5, "sud": 4})
def test_no_sum_and_no_difference_is_about_few(sizes: dict[str, int]) -> None:
    """Whatever groups are added up or taken from the whole: what is left is nobody, or at least as many as that."""
    groups = told_together(sizes)
    everybody = sum(sizes.values())
    shown = list(chain.from_iterable(groups))
    assert len(shown) == len(set(shown))
    if not groups:
        assert everybody < LEAST_TOGETHER
        return
    for some in chain.from_iterable(combinations(groups, count) for count in range(len(groups) + 1)):
        people = sum(sizes[team] for group in some for team in group)
        for count in (people, everybody - people):
            assert count == 0 or count >= LEAST_TOGETHER
