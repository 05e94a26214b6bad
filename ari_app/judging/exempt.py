"""
Numbers that are never gated: emergency numbers and helplines, the PBX's own extensions, exempt numbers.

The dialplan knows them too, since it must let them out while no gate runs; here they are recognised for the doors that
have no dialplan, and in spellings that a dialplan pattern does not match.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from ari_app.policy.numbers import Number, read_number
from ari_app.policy.special import is_special

_SEPARATORS = str.maketrans("", "", " .-")
_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}


def is_exempt(
    dialled: str,
    *,
    region: str,
    strip_prefixes: Sequence[str],
    internal_patterns: Sequence[str],
    exempt_numbers: Sequence[str],
) -> bool:
    """Whether what was dialled is never gated, in whatever spelling."""
    if is_special(dialled, region, strip_prefixes):
        return True
    digits = dialled.translate(_SEPARATORS)
    if any(_matches(pattern, digits) for pattern in internal_patterns) or digits in exempt_numbers:
        return True
    if not exempt_numbers:
        return False
    callee = read_number(dialled, region=region, strip_prefixes=strip_prefixes)
    return isinstance(callee, Number) and any(callee == read_number(number, region=region) for number in exempt_numbers)


def exempt_number(dialled: str, *, region: str, strip_prefixes: Sequence[str]) -> str:
    """What is dialled for an exempt number: as it was dialled, a special one without its outside-line prefix."""
    digits = dialled.translate(_SEPARATORS)
    if is_special(digits, region):
        return digits  # with prefix 1, France's 115 is no 15 behind it
    bare = (digits.removeprefix(prefix) for prefix in strip_prefixes)
    return next((number for number in bare if is_special(number, region)), digits)


def _matches(pattern: str, digits: str) -> bool:
    """
    Whether an Asterisk extension pattern matches.

    Source: Asterisk, `extensions.conf.sample`: X is 0-9, Z 1-9, N 2-9, in either case; `[…]` a set; `.` one or more
    of anything; `!` nothing or more; a pattern without a leading underscore is meant literally.
    """
    if not pattern.startswith("_"):
        return pattern == digits
    return _expression(pattern).fullmatch(digits) is not None


@lru_cache(maxsize=256)
def _expression(pattern: str) -> "re.Pattern[str]":
    parts = re.findall(r"\[[^\]]*\]|.", pattern[1:])
    expression = "".join(
        part if part.startswith("[") else _CLASSES.get(part.upper(), re.escape(part)) for part in parts if part != "-"
    )
    return re.compile(expression)
