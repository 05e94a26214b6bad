"""Registers that are known by name: where their numbers are, and for how long a copy may be used."""

from dataclasses import dataclass
from datetime import timedelta

UNKNOWN_VALID = timedelta(days=365)
"""For a register of which no length is known: longer than any pack's `max_age`, which decides, and not for ever."""
NORTH_AMERICA = "1"
"""A calling code of many countries: what is covered is counted by area codes."""


@dataclass(frozen=True, slots=True)
class KnownRegister:
    """A public register."""

    region: str
    valid: timedelta = UNKNOWN_VALID
    """From the instant that the copy is of."""


KNOWN = {
    "TPS": KnownRegister("GB", timedelta(days=28)),  # PECR reg. 21
    "CTPS": KnownRegister("GB", timedelta(days=28)),
    "US-DNC": KnownRegister("US", timedelta(days=31)),  # 16 CFR 310.4(b)(3)(iv)
    "US-RND": KnownRegister("US"),
    "RPO": KnownRegister("IT"),
    "BLOCTEL": KnownRegister("FR"),
    "ROBINSON": KnownRegister("ES"),
}
