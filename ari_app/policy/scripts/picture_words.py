"""What a picture says beside the script's own words, in Italian and in English."""

import re
from collections.abc import Mapping

from ari_app.policy.scripts.script import Step, StepKind
from ari_app.policy.scripts.situation import Conditions

WORDS: Mapping[str, Mapping[str, str]] = {
    "it": {
        "say": "dire",
        "ask": "chiedere",
        "disclose": "informare",
        "offer": "proporre",
        "close": "chiudere",
        "ends": "Chiusure",
        "any_step": "da ogni passo",
        "else": "altrimenti",
        "then": "poi",
        "permitted": "se il verdetto lo ammette",
        "not_permitted": "se il verdetto non lo ammette",
        "discloses": "informa di",
        "identifies": "stabilisce con chi si parla",
        "needs_verdict": "serve un secondo verdetto",
        "notes": "si annota",
        "start": "inizio",
        "version": "versione",
        "flow_of": "Il percorso di",
    },
    "en": {
        "say": "say",
        "ask": "ask",
        "disclose": "disclose",
        "offer": "offer",
        "close": "close",
        "ends": "Ends",
        "any_step": "from any step",
        "else": "else",
        "then": "then",
        "permitted": "if the verdict permits it",
        "not_permitted": "if the verdict does not",
        "discloses": "discloses",
        "identifies": "settles who is on the line",
        "needs_verdict": "needs a second verdict",
        "notes": "noted as",
        "start": "start",
        "version": "version",
        "flow_of": "The flow of",
    },
}

_DEFAULT = re.compile(r"\{\{\s*([a-z.]+)\s*(?:\|[^}]*)?\}\}")
_ELSE = re.compile(r"\{%-?\s*(?:else|elif [^%]*)\s*-?%\}")
_IF = re.compile(r"\{%-?\s*if [^%]*-?%\}")
_END = re.compile(r"\{%-?\s*endif\s*-?%\}")


def told_in(language: str) -> str:
    """The language itself if a picture speaks it, else English."""
    return language if language in WORDS else "en"


def bare_words(text: str) -> str:
    """Words with their fields as `‹customer.since›`, and what is said only sometimes as `[this / or that]`."""
    text = _DEFAULT.sub(r"‹\1›", text)
    text = " ".join(_ELSE.sub(" / ", _IF.sub("[", _END.sub("]", text))).split())
    return text.replace(" ]", "] ").replace("[ ", "[")


def condition(when: Conditions) -> str:
    """`customer: none, ended`, as the file names them."""
    return "; ".join(f"{name}: {', '.join(words)}" for name, words in when.items())


def remarks(step: Step, told: str) -> list[str]:
    """What a step does beside being said."""
    words = WORDS[told]
    found = [f"{words['discloses']}: {', '.join(step.discloses)}"] if step.discloses else []
    found += [words["identifies"]] if step.identifies else []
    found += [words["needs_verdict"]] if step.needs_verdict else []
    if step.kind is StepKind.CLOSE and step.disposition:
        found.append(f"{words['notes']}: {step.disposition}")
    return found
