"""Conditions as people write them: which words there are, and how each is said in a sentence."""

from collections.abc import Mapping
from typing import Any

from ari_app.policy.disposition import NO_CONVERSATION, Disposition
from ari_app.policy.outcome import CONVERSATIONS
from ari_app.policy.request import Purpose
from ari_app.policy.scripts.situation import NAMES, Conditions, Situation, holding

_YES_NO = ("yes", "no", "unknown")
VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "customer": ("none", "current", "ended", "unknown"),
    "spoken": _YES_NO,
    "callback": _YES_NO,
    "party": ("consumer", "business"),
    "purpose": tuple(Purpose),
    "last_word": tuple(str(word) for word in (*(d for d in Disposition if d not in NO_CONVERSATION), *CONVERSATIONS)),
}
"""The words that a condition of this name may have; of what is not here any words."""

Phrase = Mapping[str, str]

_SAID: Mapping[tuple[str, str], Phrase] = {
    ("customer", "none"): {"it": "non è cliente", "en": "is no customer"},
    ("customer", "current"): {"it": "è cliente", "en": "is a customer"},
    ("customer", "ended"): {"it": "è stato cliente", "en": "was a customer"},
    ("customer", "unknown"): {"it": "non si sa se è cliente", "en": "may be a customer or not"},
    ("spoken", "yes"): {"it": "ci si è già parlato", "en": "was spoken to before"},
    ("spoken", "no"): {"it": "non ci si è mai parlato", "en": "was never spoken to"},
    ("spoken", "unknown"): {"it": "non si sa se ci si è parlato", "en": "may have been spoken to or not"},
    ("callback", "yes"): {"it": "aspetta una richiamata promessa", "en": "was promised a call back"},
    ("callback", "no"): {"it": "non aspetta richiamate", "en": "was promised no call back"},
    ("callback", "unknown"): {"it": "non si sa di richiamate promesse", "en": "may have been promised a call back"},
    ("party", "consumer"): {"it": "è un privato", "en": "is a consumer"},
    ("party", "business"): {"it": "è un'azienda", "en": "is a business"},
}
_NAMED: Mapping[str, Phrase] = {
    "products": {"it": "ha {}", "en": "has {}"},
    "language": {"it": "parla la lingua {}", "en": "speaks {}"},
    "purpose": {"it": "la campagna ha lo scopo {}", "en": "the campaign's purpose is {}"},
    "sector": {"it": "la campagna è del settore {}", "en": "the campaign is of the sector {}"},
    "product": {"it": "la campagna offre {}", "en": "the campaign offers {}"},
    "last_word": {"it": "l'ultima volta: {}", "en": "last time: {}"},
}
_OR, _AND = {"it": " o ", "en": " or "}, {"it": " e ", "en": " and "}
_EVERYBODY = {"it": "per tutti", "en": "everybody"}
LAST_WORDS: Mapping[str, Phrase] = {
    "interested": {"it": "era interessato", "en": "was interested"},
    "sold": {"it": "ha accettato l'offerta", "en": "took the offer"},
    "refused": {"it": "ha detto di no", "en": "said no"},
    "callback": {"it": "ha chiesto di essere richiamato", "en": "asked for a call back"},
    "wrong_number": {"it": "rispondeva un'altra persona", "en": "somebody else answered"},
    "already_customer": {"it": "ha detto di essere già cliente", "en": "said they are a customer already"},
    "never_again": {"it": "ha chiesto di non essere più chiamato", "en": "asked never to be called again"},
    "complaint": {"it": "si è lamentato", "en": "complained"},
    "language": {"it": "parlava un'altra lingua", "en": "spoke another language"},
    "hung_up_early": {"it": "ha riattaccato subito", "en": "hung up early"},
    "not_eligible": {"it": "non aveva i requisiti", "en": "was not eligible"},
    "deceased": {"it": "la persona era deceduta", "en": "the person had died"},
    "minor": {"it": "rispondeva un minore", "en": "a minor answered"},
    "vulnerable": {"it": "era una persona da tutelare", "en": "was a person to be protected"},
    "business": {"it": "era un'azienda", "en": "was a business"},
    "answered": {"it": "ha risposto", "en": "answered"},
    "abandoned": {"it": "ha risposto e nessun operatore c'era", "en": "answered, and no operator was there"},
    "unobserved": {"it": "non si sa com'è finita", "en": "nobody saw how it ended"},
}
"""What was said, or how the call ended, in a few words; every word that a `last_word` may be."""


class ConditionError(ValueError):
    """A condition cannot be; `path` is where, below the table of conditions."""

    def __init__(self, what: str, *path: str) -> None:
        """Keep what is wrong, and where."""
        super().__init__(what)
        self.path = path


def read_conditions(given: Mapping[str, Any]) -> Conditions:
    """
    Conditions as a file has them: a word, or a list of words of which one must be there.

    Raises ConditionError.
    """
    return {name: _words(name, value) for name, value in given.items()}


def worded(conditions: Conditions, language: str, *, of: Situation | None = None) -> str:
    """
    Whom they fit, as `is a customer and has fibra`; `of` somebody whom they fit only what is so of them.

    A language that there are no words in is English.
    """
    tongue = language if language in _AND else "en"
    parts = [_phrase(name, holding(name, words, of) if of else words, tongue) for name, words in conditions.items()]
    return _AND[tongue].join(parts) or _EVERYBODY[tongue]


def last_word(word: str, language: str) -> str:
    """What was said last, in words; one that has none as it stands."""
    said = LAST_WORDS.get(word, {})
    return said.get(language) or said.get("en") or word


def _phrase(name: str, words: tuple[str, ...], tongue: str) -> str:
    if name in _NAMED:
        shown = (last_word(word, tongue) for word in words) if name == "last_word" else words
        return _NAMED[name][tongue].format(_OR[tongue].join(shown))
    return _OR[tongue].join(_SAID[name, word][tongue] for word in words)


def _words(name: str, value: Any) -> tuple[str, ...]:
    if name not in NAMES:
        raise ConditionError(f"there is no condition {name!r}; there are {', '.join(NAMES)}", name)
    words = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
    if not words or not all(isinstance(word, str) and word.strip() for word in words):
        raise ConditionError('write a word, or words of which one must be there, as ["fibra", "mobile"]', name)
    words = tuple(dict.fromkeys(word.strip() for word in words))
    for word in words:
        if name in VOCABULARY and word not in VOCABULARY[name]:
            raise ConditionError(f"{name} is never {word!r}; it is one of {', '.join(VOCABULARY[name])}", name)
        if name == "language" and not (len(word) == 2 and word.isascii() and word.islower()):
            raise ConditionError(f"{word!r} is no language; write two letters, as it or de", name)
    return words
