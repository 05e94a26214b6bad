"""
Telephone numbers and secrets taken out of what is logged.

Shells mask the numbers that they log; this is the second net, under texts of other people's exceptions for instance.
Its mesh is narrow: an instant in seconds goes with the numbers where it stands in a sentence.
"""

import re
from collections.abc import Mapping

from ari_app.policy.numbers import mask

_NUMBER = re.compile(
    r"(?:\+|%2[bB])[1-9](?:[ .\-]?[0-9]){6,14}(?![0-9])|(?<![0-9A-Za-z_.:%-])[0-9]{8,15}(?![0-9A-Za-z_:-])"
)
"""In a sentence: with its country, however it is spaced; or digits alone, as in `PJSIP/3331234567@trunk`."""
_SECRET = re.compile(
    r"(?P<before>://[^\s:/?#@]*:)[^\s/?#]+(?=@)"
    r"|(?P<header>\b(?:Basic|Bearer) +)[A-Za-z0-9._~+/=-]{8,}"
    r"|(?P<named>\b(?:password|passwd|secret|api_?key|token)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&;,]+",
    re.IGNORECASE,
)
"""In a URL, a header, or after its name."""
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
    return _NUMBER.sub(lambda found: mask(found[0]), _SECRET.sub(_hidden, text))


def _hidden(found: re.Match[str]) -> str:
    return f"{found['before'] or found['header'] or found['named']}***"
