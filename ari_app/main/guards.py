"""
What stands beside the gate and is not the gate: other doors, the API, and whoever watches that nothing goes round it.

Each part is a function in a module of its own, `main/guard_NAME.py`, from the `Stand` to a `Guard`.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module

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
    ready: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    """Doors of the gate, by a word for each, and whether it is open."""
    drain: Callable[[], Awaitable[None]] | None = None
    """Take nothing new, and finish what was begun: before the gate closes its calls."""


Part = Callable[[Stand], Guard | None]
PARTS: tuple[str, ...] = ("guard_ami", "guard_fastagi", "guard_api", "guard_reconciliation")
"""
Modules of this package, each with a `Part` of its own name, in the order in which they are opened.

By name, as `main` loads everything: they take `Stand` and `Guard` from here. A part that the configuration switches off
gives None.
"""


def open_guards(stand: Stand) -> tuple[Guard, ...]:
    """Every part that the configuration wants."""
    parts: Iterator[Part] = (getattr(import_module(f"ari_app.main.{name}"), name) for name in PARTS)
    return tuple(guard for part in parts if (guard := part(stand)) is not None)
