"""The dialplan for this installation."""

from datetime import timedelta

from ari_app.asterisk.adapters import render_adapter, runs_old_asterisk, version_of
from ari_app.asterisk.dialplan import DialplanSettings, Door, render
from ari_app.config import Settings
from ari_app.policy.special import emergency_and_helplines


def render_dialplan(settings: Settings, flavor: str, *, version: str = "", door: str = "") -> dict[str, str]:
    """
    File name to text: the subroutine, and what brings the calls of that product to it.

    `door` is `stasis`, `fastagi` or `auto` (what suits the product: Asterisk is not asked here); empty: as configured.

    Raises LookupError: no such flavour, or no such version of it.
    """
    version = version_of(flavor, version)
    subroutine = render(
        DialplanSettings(
            apps=settings.asterisk.apps,
            deadline=timedelta(milliseconds=settings.gate.deadline_ms),
            deny_cause=settings.asterisk.deny_cause,
            unavailable_cause=settings.asterisk.unavailable_cause,
            special_numbers=emergency_and_helplines(settings.gate.region),
            internal_patterns=settings.gate.internal_patterns,
            exempt_numbers=settings.asterisk.exempt_numbers,
            exempt_endpoints=settings.asterisk.exempt_endpoints,
            strip_prefixes=settings.gate.strip_prefixes,
            emergency_trunk=settings.asterisk.emergency_trunk,
            announce=settings.asterisk.announce,
            door=_door(door or settings.asterisk.door, old=runs_old_asterisk(flavor, version)),
            agi_gates=settings.fastagi.gates,
        )
    )
    return {**subroutine, **render_adapter(flavor, version, settings.asterisk.guarded_trunks)}


def _door(said: str, *, old: bool) -> Door:
    """Nobody asks Asterisk here: where it is to be found out, it is the door that suits the product's Asterisk."""
    if said == "auto":
        return "fastagi" if old else "stasis"
    return "fastagi" if said == "fastagi" else "stasis"
