"""
The dialplan that plain Asterisk includes, rendered from the configuration.

It is the gate's fail-closed half: it works while no gate does. The line after the last `Stasis()` or `AGI()` leads on
to the denial; only the label `allow`, with the entry number of this very passage, returns to the caller's `Dial`.

There are two doors to the gate. Stasis is the quick one from Asterisk 20.10 on; FastAGI needs no ARI.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

_MARGIN = timedelta(milliseconds=100)
"""What the dialplan waits beyond the gate's own deadline, so that a late `facts_unavailable` still arrives."""
_TELLING = timedelta(seconds=2)
"""What a gate may take to hear how a call went; nobody waits for it."""
_TELLING_PAUSE, _TELLING_ROUNDS = timedelta(seconds=3), 40
"""A gate is back from an upgrade or a restart by then."""

Door = Literal["stasis", "fastagi"]

_templates = Environment(
    loader=PackageLoader("ari_app.asterisk", "."),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  what is rendered is dialplan, not HTML, and its values come from the configuration  # nosec B701
    trim_blocks=True,
    variable_start_string="<<",
    variable_end_string=">>",
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DialplanSettings:
    """All that the dialplan must know by itself, because it has to work without the gate."""

    apps: Sequence[str]
    """Application names of all gates, in the order in which they are tried."""
    deadline: timedelta
    """The gate's own deadline for a verdict."""
    deny_cause: int
    """Q.850; 21 becomes SIP 403."""
    unavailable_cause: int
    """Q.850; 34 becomes SIP 503."""
    special_numbers: Sequence[str]
    """Emergency numbers and helplines, as dialled inside the country."""
    internal_patterns: Sequence[str]
    """Asterisk patterns of the PBX's own extensions."""
    exempt_numbers: Sequence[str]
    exempt_endpoints: Sequence[str]
    strip_prefixes: Sequence[str]
    """Outside-line prefixes: a special number behind one is never gated either."""
    emergency_trunk: str
    """As `PJSIP/trunk`."""
    door: Door = "stasis"
    """How the gates are asked."""
    agi_gates: Sequence[str] = ()
    """Where FastAGI finds them, in the order in which they are tried: `10.0.0.7:4573`."""
    announce: bool = True
    """Say to the operator that the call is refused, before it ends."""


def render(settings: DialplanSettings) -> dict[str, str]:
    """File name to text, for plain Asterisk: one complete file to be `#include`d."""
    short = [number for number in settings.special_numbers if not number.startswith("+")]
    behind_prefix = [prefix + number for prefix in settings.strip_prefixes for number in short]
    text = _templates.get_template("extensions_garbo.conf.jinja").render(
        apps=settings.apps,
        fastagi=settings.door == "fastagi",
        agi_gates=settings.agi_gates,
        telling_s=f"{_TELLING.total_seconds():g}",
        pause_s=f"{_TELLING_PAUSE.total_seconds():g}",
        rounds=_TELLING_ROUNDS,
        limit_s=f"{(settings.deadline + _MARGIN).total_seconds():g}",
        announce=settings.announce,
        deny_cause=settings.deny_cause,
        unavailable_cause=settings.unavailable_cause,
        exempt_endpoints=settings.exempt_endpoints,
        emergency_trunk=trunk_name(settings.emergency_trunk),
        strip_prefixes=settings.strip_prefixes,
        special_numbers=settings.special_numbers,
        exempt=tuple(dict.fromkeys((*behind_prefix, *settings.internal_patterns, *settings.exempt_numbers))),
    )
    return {"extensions_garbo.conf": text}


def trunk_name(trunk: str) -> str:
    """`PJSIP/trunk` and `trunk` both name the endpoint `trunk`."""
    return trunk.rpartition("/")[2]
