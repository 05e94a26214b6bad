"""What stands on the screen: a step's words filled, or a sentence in their place, and never a gap."""

from collections.abc import Mapping
from dataclasses import dataclass

from ari_app.policy.scripts.fields import FIELDS, FieldError, fill

_INSTEAD: Mapping[str, str] = {
    "it": "[Per queste parole manca un dato: {what}. Le dica a parole Sue, senza quel dato.]",
    "en": "[Something is not known for these words: {what}. Say them in your own words, without it.]",
}
_UNREADABLE: Mapping[str, str] = {
    "it": "[Queste parole non si possono leggere. Avvisi chi scrive i testi, e prosegua a parole Sue.]",
    "en": "[These words cannot be read. Please tell whoever writes the scripts, and go on in your own words.]",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Words as the operator reads them; plain text."""

    text: str
    lacking: tuple[str, ...] = ()
    """Fields that nothing is known for."""
    filled: bool = True
    """False: a sentence stands in place of the words."""


def shown(text: str, fields: Mapping[str, object], language: str) -> Shown:
    """The words filled; where they cannot be, a sentence in this language (else in English) that says what to do."""
    try:
        return Shown(text=fill(text, fields))
    except FieldError as error:
        told = language if language in _INSTEAD else "en"
        lacking = tuple(name for name in error.fields if name in FIELDS)
        what = ", ".join(FIELDS[name].means[told] for name in lacking)
        words = _INSTEAD[told].format(what=what) if what else _UNREADABLE[told]
        return Shown(text=words, lacking=lacking, filled=False)
