"""
Where a callee is, as far as the number says: a country, and in the United States the state of its area code.

A mobile keeps its area code when its owner moves, and a number of no place has none; then any state may be meant.
"""

from collections.abc import Iterable
from functools import lru_cache

from ari_app.policy.numbers import Number, region_of


def lies_in(callee: Number, places: Iterable[str]) -> bool:
    """
    Whether the callee may be in one of the places: `US` (ISO country) or `US-FL` (ISO 3166-2).

    What is not known may be anywhere: a number of no country lies in every place, a number of a country whose state is
    not known in every state of it.
    """
    country = region_of(callee)
    if not country:
        return True
    return any(_may_be_in(callee, country, place) for place in places)


def _may_be_in(callee: Number, country: str, place: str) -> bool:
    wanted, _, state = place.partition("-")
    return wanted == country and (not state or state_of(callee) in ("", place))


STATES: frozenset[str] = frozenset()
"""Every state that a number can be told by."""


@lru_cache(maxsize=4096)
def state_of(callee: Number) -> str:
    """The state as `US-FL`; empty: the number does not say."""
    return ""
