"""
What the rules can ask: numbers that are alike get one answer to each of their questions, and some words they never ask.

Zones, country, state and line are facts of a number's range, not of the number. So they are looked up once for all that
are alike, and verdicts on two numbers that are alike, of which the same is known, are one verdict (`judging/bulk`).
libphonenumber finds the range anew for each number, in 150 microseconds; here one expression and a prefix do.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.tzdata import TIMEZONE_DATA

from ari_app.policy.sure_numbers import line_pattern

NEVER_ASKED = {"suppressions": "id", "contacts": "person", "customer": "person"}
"""
By fact a field that names one entry or one person, and that no rule, ground or duty goes by: without it the facts of
many are the same. A test judges every case of every pack with other words in these fields.
"""
_LONGEST_CODE = 3
_NORTH_AMERICA = "1"


@dataclass(frozen=True, slots=True)
class Alike:
    """Numbers of one range; equal ones are."""

    code: str
    """The calling code; of a number that is like no other, the number itself."""
    line: str = ""
    zone_prefix: str = ""
    """The longest beginning that a time zone is known by."""
    area: str = ""
    """In North America, where it tells the state."""
    example: str = field(default="", compare=False)
    """One of them, in E.164."""


@lru_cache(maxsize=4096)
def alike(e164: str) -> Alike:
    """The range of a number in E.164; any other text is like nothing else."""
    digits = e164[1:]
    for length in range(1, _LONGEST_CODE + 1):
        code = digits[:length]
        pattern = _line_pattern(code)
        if pattern is None:
            continue
        found = pattern.fullmatch(e164)
        if found is None:
            break
        return Alike(
            code=code,
            line=found.lastgroup or "",
            zone_prefix=next((digits[:long] for long in _zone_lengths(code) if digits[:long] in TIMEZONE_DATA), ""),
            area=digits[1:4] if code == _NORTH_AMERICA else "",
            example=e164,
        )
    return Alike(e164, example=e164)


@lru_cache(maxsize=1024)
def _line_pattern(code: str) -> "re.Pattern[str] | None":
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code.isdecimal() and code.isascii() else ()
    pattern = line_pattern(regions[0]) if regions else None
    return re.compile(pattern) if pattern is not None else None


@lru_cache(maxsize=1024)
def _zone_lengths(code: str) -> tuple[int, ...]:
    """How long the beginnings are that time zones of these numbers are known by, the longest first."""
    return tuple(sorted({len(prefix) for prefix in TIMEZONE_DATA if prefix.startswith(code)}, reverse=True))
