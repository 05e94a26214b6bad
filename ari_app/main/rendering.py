"""The dialplan for this installation."""

from datetime import timedelta

from ari_app.asterisk.adapters import render_adapter, version_of
from ari_app.asterisk.dialplan import DialplanSettings, render
from ari_app.config import Settings
from ari_app.policy.special import emergency_and_helplines


def render_dialplan(settings: Settings, flavor: str, version: str = "") -> dict[str, str]:
    """
    File name to text: the subroutine, and what brings calls of that product to it.

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
        )
    )
    return {**subroutine, **render_adapter(flavor, version, settings.asterisk.guarded_trunks)}
