"""Conditions as people write them, `when = { customer = "current", products = ["fibre", "mobile"] }`, read strictly."""

import re
from collections.abc import Mapping

from ari_app.policy.disposition import Disposition
from ari_app.policy.outcome import Outcome
from ari_app.policy.request import Purpose
from ari_app.policy.scripts.situation import NAMES, Conditions
from ari_app.policy.sectors import SECTORS

_YES_NO = ("yes", "no", "unknown")
WORDS: Mapping[str, tuple[str, ...]] = {
    "customer": ("none", "current", "ended", "unknown"),
    "spoken": _YES_NO,
    "callback": _YES_NO,
    "purpose": tuple(each.value for each in Purpose),
    "sector": tuple(SECTORS),
    "last_word": tuple(dict.fromkeys(each.value for each in (*Disposition, *Outcome))),
}
"""What may be asked of a name; one that is not here is a product, a party or a language."""
_FORMS = {
    "party": (re.compile(r"consumer|business"), "consumer or business"),
    "language": (re.compile(r"[a-z]{2}"), "two small letters, as de"),
    "products": (re.compile(r"\S(.*\S)?"), "a product, by the name the customer list has for it"),
    "product": (re.compile(r"\S(.*\S)?"), "a product, by the name the campaign has for it"),
}


class ConditionError(ValueError):
    """A condition that nobody could ever meet; `path` is where it stands below the conditions."""

    def __init__(self, message: str, path: tuple[str, ...]) -> None:
        """Keep where it stands."""
        super().__init__(message)
        self.path = path


def read_conditions(written: Mapping[str, object]) -> Conditions:
    """Each name with its words. Raises ConditionError: a name or a word is unknown, or there is none."""
    if not written:
        raise ConditionError(f"asks for nothing; ask for one or more of {', '.join(NAMES)}", ())
    return {name: _words_of(name, given) for name, given in written.items()}


def _words_of(name: str, given: object) -> tuple[str, ...]:
    if name not in NAMES:
        raise ConditionError(f"unknown condition; known are {', '.join(NAMES)}", (name,))
    words = given if isinstance(given, list) else [given]
    if not words:
        raise ConditionError("holds no word; write one, or leave the condition out", (name,))
    for word in words:
        right = _what_would_be_right(name, word)
        if right:
            raise ConditionError(f"{word!r} is no word for it; write {right}", (name,))
    if len(set(words)) < len(words):
        raise ConditionError("holds a word twice", (name,))
    return tuple(words)


def _what_would_be_right(name: str, word: object) -> str:
    """Empty: the word can be asked for."""
    if name in WORDS:
        return "" if word in WORDS[name] else f"one or more of {', '.join(WORDS[name])}"
    form, right = _FORMS[name]
    return "" if isinstance(word, str) and form.fullmatch(word) else right
