"""
Which pages of the site are for whom: the one place that says so, for its navigation and for the pages themselves.

The words for a place are `place_{id}` in `words`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ari_app.desk.floor import ON_THE_FLOOR
from ari_app.policy.request import Role

AT_THE_DESK = (Role.OPERATOR, Role.SUPERVISOR)
"""Who speaks with callees; a supervisor may."""
AT_A_PHONE = (*AT_THE_DESK, Role.ADMIN)
"""An auditor looks, and takes nobody's phone."""
_EVERYBODY = tuple(Role)
WHO_READS_SCRIPTS = tuple(role for role in Role if role is not Role.AUDITOR)
"""Who says of a script that it was read: an auditor looks at it, and leaves nothing behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page that the navigation leads to."""

    id: str
    path: str
    own: bool = False
    """About whoever is signed in, and not about the work: it stands beside their name."""
    holds: tuple[str, ...] = ()
    """Other pages that belong to it, besides those below its own path."""


_PLACES: tuple[tuple[Place, Collection[Role]], ...] = (
    (Place(id="floor", path="/floor"), ON_THE_FLOOR),
    (Place(id="campaigns", path="/floor/campaigns"), ON_THE_FLOOR),
    (Place(id="calls", path="/floor/calls"), ON_THE_FLOOR),
    (Place(id="operators", path="/floor/operators"), ON_THE_FLOOR),
    (Place(id="desk", path="/desk"), AT_THE_DESK),
    (Place(id="scripts", path="/scripts", holds=("/drafts",)), _EVERYBODY),
    (Place(id="practice", path="/practice"), _EVERYBODY),
    (Place(id="answers", path="/answers", holds=("/new-answer",)), _EVERYBODY),
    (Place(id="notices", path="/notices"), _EVERYBODY),
    (Place(id="feedback", path="/feedback"), _EVERYBODY),
    (Place(id="phone", path="/phone", own=True), AT_A_PHONE),
    (Place(id="password", path="/password", own=True), _EVERYBODY),
)


def places_of(role: Role) -> tuple[Place, ...]:
    """Where this role may go, in the navigation's order."""
    return tuple(place for place, roles in _PLACES if role in roles)


def place_at(path: str) -> str:
    """The id of the place that a page belongs to; empty: to none."""
    held = [(len(root), place.id) for place, _ in _PLACES for root in (place.path, *place.holds) if _below(path, root)]
    return max(held, default=(0, ""))[1]


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")
