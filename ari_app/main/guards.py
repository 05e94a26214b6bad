"""
What stands beside the gate and is not the gate: other doors, the API, and whoever watches that nothing goes round it.

Each part is a function in a module of its own, `main/guard_NAME.py`, from the `Stand` to a `Guard`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from ari_app.asterisk.control import AriSwitch
from ari_app.calls.reactor import Reactor
from ari_app.calls.variables import Signing
from ari_app.config import Settings
from ari_app.main.courtroom import Courtroom
from ari_app.main.site import Site
from ari_app.ports.clock import Clock
from ari_app.sight.metrics import Metrics
from ari_app.web.application import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What a part may use of the gate."""

    settings: Settings
    room: Courtroom
    reactor: Reactor
    site: Site
    metrics: Metrics
    signing: Signing
    switch: AriSwitch
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One part, as the gate runs it."""

    services: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """By name; each is started again when it fails, and cancelled before the gate ends."""
    rooms: tuple[Room, ...] = ()
    """Its part of the site."""
    drain: Callable[[], Awaitable[None]] | None = None
    """Take nothing new, and finish what was begun: before the gate closes its calls."""


Part = Callable[[Stand], Guard | None]
PARTS: tuple[Part, ...] = ()
"""In the order in which they are opened; None: it is switched off by the configuration."""


def open_guards(stand: Stand) -> tuple[Guard, ...]:
    """Every part that the configuration wants."""
    return tuple(guard for part in PARTS if (guard := part(stand)) is not None)
