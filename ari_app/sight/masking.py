"""
Telephone numbers taken out of what is logged.

Shells mask the numbers that they log; this is the second net, under texts of other people's exceptions for instance.
"""

import re
from collections.abc import Mapping

from ari_app.policy.numbers import mask

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}(?![0-9])")
_BARE = re.compile(r"\+?[0-9][0-9 .\-]{5,20}[0-9]")
_FEWEST, _MOST = 8, 15


def masked(value: object) -> object:
    """The value without telephone numbers: E.164 anywhere in a text, and any text that is a number and nothing else."""
    match value:
        case str():
            return _without_numbers(value)
        case Mapping():
            return {masked(key): masked(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [masked(inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _without_numbers(str(value))


def _without_numbers(text: str) -> str:
    if _BARE.fullmatch(text) and _FEWEST <= sum(sign.isdigit() for sign in text) <= _MOST:
        return mask(text)
    return _NUMBER.sub(lambda found: mask(found[0]), text)
