"""
Numbers that are never gated: emergency numbers and helplines, by country.

Emergency numbers come from libphonenumber's short-number data. It knows few helplines and not every emergency number
(of Spain's it lacks 061 and 091), so the well-known rest is listed here.
"""

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

from phonenumbers import PhoneMetadata

from ari_app.policy.numbers import only_digits

_LONGEST_TRIED = 6
_EVERYWHERE = ("112",)  # what a mobile network takes for an emergency in any country (3GPP TS 22.101, 10.1)

_HELPLINES: dict[str, tuple[str, ...]] = {
    # police, carabinieri, fire, guardia di finanza, coast guard, missing and abused children, violence against women,
    # children's line, and the European 116 numbers
    "IT": (
        "112", "113", "114", "115", "117", "118", "1522", "1530", "19696", "116000", "116006", "116111", "116117",
        "116123",
    ),
    # emergency text relay, police, NHS, power cuts, missing children, Childline, Samaritans
    "GB": ("18000", "101", "111", "105", "116000", "116111", "116123"),
    "US": ("988",),
    # deaf relay, social emergency, childhood in danger, suicide, violence against women, sea and air rescue, and 116
    "FR": ("112", "114", "115", "119", "191", "196", "3114", "3919", "116000", "116006", "116111", "116117"),
    # health, police, guardia civil, fire, violence against women, suicide, and 116
    "ES": ("016", "024", "061", "062", "080", "085", "088", "091", "092", "116000", "116111", "116117", "116123"),
    "DE": ("116000", "116006", "116111", "116116", "116117", "116123"),
}  # fmt: skip


@lru_cache(maxsize=16)
def emergency_and_helplines(region: str) -> tuple[str, ...]:
    """Every number of `region` (ISO country) that no rule may ever hold up: digits as dialled, sorted by length."""
    found = {*_emergency(region), *_HELPLINES.get(region, ()), *_EVERYWHERE}
    return tuple(sorted(found, key=lambda number: (len(number), number)))


def is_special(dialled: str, region: str, strip_prefixes: Sequence[str] = ()) -> bool:
    """
    Whether an emergency number or helpline was dialled, whole, with or without an outside-line prefix.

    Both readings count: holding up one call for help is worse than letting one call through unjudged.
    """
    digits = only_digits(dialled)
    if digits is None:
        return False
    return digits in _spellings(region, tuple(strip_prefixes))


@lru_cache(maxsize=64)
def _spellings(region: str, strip_prefixes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        prefix + special for prefix in ("", *strip_prefixes) for special in emergency_and_helplines(region)
    )


def _emergency(region: str) -> list[str]:
    # The data is a regular expression; trying every number of the lengths it allows gives the list itself, which the
    # dialplan needs. Once per region: most have three digits, a handful six.
    metadata = PhoneMetadata.short_metadata_for_region(region)
    described = metadata.emergency if metadata else None
    if described is None or described.national_number_pattern is None:
        return []
    pattern = re.compile(described.national_number_pattern)
    tried = (
        "".join(digits)
        for length in described.possible_length
        if length <= _LONGEST_TRIED
        for digits in itertools.product("0123456789", repeat=length)
    )
    return [number for number in tried if pattern.fullmatch(number)]
