"""
Numbers that are never gated: emergency numbers and helplines, by country.

Emergency numbers come from libphonenumber's short-number data. It knows few helplines and not every emergency number
(of Spain's it lacks 061 and 091), so the well-known rest is listed in `helplines`.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from ari_app.policy.helplines import HELPLINES
from ari_app.policy.numbers import only_digits

_LONGEST_TRIED = 6
_EVERYWHERE = ("112",)  # what a mobile network takes for an emergency in any country (3GPP TS 22.101, 10.1)


@lru_cache(maxsize=16)
def emergency_and_helplines(region: str) -> tuple[str, ...]:
    """
    Every number of `region` (ISO country) that no rule may ever hold up, in each way to dial it, sorted by length.

    Digits as dialled inside the country; a helpline with an ordinary number also with the country's own prefix (`+49…`,
    `0049…`). Short numbers are never dialled so: `+39112` is none of them.
    """
    listed = [helpline.number for helpline in HELPLINES.get(region, ())]
    dialled = itertools.chain.from_iterable(_ways_to_dial(number, region) for number in listed)
    found = {*_emergency(region), *dialled, *_EVERYWHERE}
    return tuple(sorted(found, key=lambda number: (len(number), number)))


def is_special(dialled: str, region: str, strip_prefixes: Sequence[str] = ()) -> bool:
    """
    Whether an emergency number or helpline was dialled, whole, with or without an outside-line prefix.

    Both readings count: holding up one call for help is worse than letting one call through unjudged. So with prefix
    `0` in Italy `0116117` is the doctor on call, though it could be read as Turin's 6117.
    """
    digits = only_digits(dialled)
    if digits is None:
        return False
    return digits in _spellings(region, tuple(strip_prefixes))


@lru_cache(maxsize=64)
def _spellings(region: str, strip_prefixes: tuple[str, ...]) -> frozenset[str]:
    special = emergency_and_helplines(region)
    behind = (prefix + number for prefix in strip_prefixes for number in special if not number.startswith("+"))
    return frozenset((*special, *behind))


def _ways_to_dial(number: str, region: str) -> Iterator[str]:
    yield number
    parsed = phonenumbers.parse(number, region)
    if not phonenumbers.is_valid_number(parsed):
        return
    metadata = PhoneMetadata.metadata_for_region(region)
    international = metadata.international_prefix if metadata else None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    yield e164
    if international is not None and international.isdigit():
        yield international + e164[1:]
    if parsed.country_code == 1:  # North America: the 1 before the ten digits may be left out
        yield e164[2:]


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
