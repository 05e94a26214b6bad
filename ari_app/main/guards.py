"""
What stands beside the gate and is not the gate: other doors, the API, and whoever watches that nothing goes round it.

Each part is a function in a module of its own, `main/guard_NAME.py`, from the `Stand` to a `Guard`.
"""

from collections.abc import Awaitable, Callable, Mapping
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
    drain: Callable[[], Awaitable[None]] | None = None
    """Take nothing new, and finish what was begun: before the gate closes its calls."""


Part = Callable[[Stand], Guard | None]
"""None: it is switched off by the configuration."""
PARTS: tuple[str, ...] = ("fastagi",)
"""In the order in which they are opened: each NAME is the function NAME of `main/guard_NAME.py`."""


def open_guards(stand: Stand) -> tuple[Guard, ...]:
    """Every part that the configuration wants."""
    opened = (_part(name)(stand) for name in PARTS)
    return tuple(guard for guard in opened if guard is not None)


def _part(name: str) -> Part:
    """Loaded only now: a part needs the values above."""
    part: Part = getattr(import_module(f"ari_app.main.guard_{name}"), name)
    return part
