"""A noun after its number, in the form that the language has for that number."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

_ONE = "one"


def noun(words: Mapping[str, str], key: str, number: int, language: str) -> str:
    """The word `key` of `words`; its `{key}_one`, where there is one and the language counts `number` so."""
    form = _locale(language).plural_form(number)
    return words.get(f"{key}_{_ONE}", words[key]) if form == _ONE else words[key]


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(language)
