"""The ends that every script has, in courteous words for whoever writes none of their own."""

from collections.abc import Iterable, Mapping

from ari_app.policy.disposition import Disposition
from ari_app.policy.scripts.script import GOODBYE, NEVER_AGAIN, NO_THANK_YOU, Step, StepKind

EXIT_WORDS: Mapping[str, tuple[Disposition, ...]] = {
    NO_THANK_YOU: (Disposition.REFUSED, Disposition.NOT_NOW),
    NEVER_AGAIN: (Disposition.NEVER_AGAIN,),
}
"""What each exit may suggest to be noted; the first is what it does by itself."""

_WORDS: Mapping[str, Mapping[str, str]] = {
    NO_THANK_YOU: {
        "it": "Va benissimo, La ringrazio per il tempo che mi ha dedicato e mi scuso per il disturbo. "
        "Le auguro una buona giornata.",
        "en": "That is quite all right. Thank you for your time, and please excuse the disturbance. "
        "I wish you a good day.",
    },
    NEVER_AGAIN: {
        "it": "Certamente, ne prendo nota adesso: non riceverà più telefonate commerciali per conto di questa azienda. "
        "Mi scuso per il disturbo e Le auguro una buona giornata.",
        "en": "Certainly, I am noting it right now: you will get no more commercial calls on behalf of this company. "
        "Please excuse the disturbance, and have a good day.",
    },
    GOODBYE: {
        "it": "La ringrazio per il tempo che mi ha dedicato. Le auguro una buona giornata.",
        "en": "Thank you for your time. I wish you a good day.",
    },
}


def end_step(step_id: str, languages: Iterable[str]) -> Step:
    """One of the ends in these languages; in one that has no words here it is told in English."""
    words = _WORDS[step_id]
    return Step(
        id=step_id,
        kind=StepKind.CLOSE,
        text={language: words.get(language, words["en"]) for language in languages},
        variants={},
        disposition=EXIT_WORDS[step_id][0] if step_id in EXIT_WORDS else "",
    )
