"""
Which key does what at the desk: the usual ones, an operator's own beside them, and where two would get in each other's
way.

Keys of different places may be the same: one walks, or one notes. Those of `everywhere` are free of all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ari_app.policy.disposition import Disposition

EVERYWHERE, IDLE, WALK, NOTE = "everywhere", "idle", "walk", "note"
PLACES = (EVERYWHERE, IDLE, WALK, NOTE)

OFFERED = tuple(word for word in Disposition if word is not Disposition.MACHINE)
"""What an operator can note; that a machine answered is for dialers to say."""

_USUAL: Mapping[str, Mapping[str, str]] = {
    EVERYWHERE: {"available": "f", "break": "p", "after_call": "z", "help": "?"},
    IDLE: {"call": "c", "dismiss": "Enter"},
    WALK: {
        "go_on": "Enter Space",
        "no_thank_you": "n",
        "never_again": "x",
        "back": "Backspace",
        "note": "d",
    },
    NOTE: {
        "finish": "Enter",
        "interested": "i",
        "sold": "s",
        "refused": "r",
        "not_now": "t",
        "holder_absent": "h",
        "callback": "c",
        "voicemail": "v",
        "wrong_number": "w",
        "already_customer": "a",
        "word_never_again": "x",
        "complaint": "k",
        "language": "l",
        "hung_up_early": "e",
        "line_dropped": "d",
        "not_eligible": "g",
        "deceased": "o",
        "minor": "m",
        "vulnerable": "u",
        "business": "b",
    },
}
_NAMED = {"enter": "Enter", "space": "Space", "backspace": "Backspace"}
_TAKEN = frozenset("0123456789/'")
"""Answers have the digits; the other two open the browser's own search."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a key cannot be given to an action."""

    action: str
    key: str
    why: str
    """`taken`: another action (`other`) has it; `reserved`; `no_key`: that is no single key."""
    other: str = ""


def keys_of(own: Mapping[str, str]) -> dict[str, str]:
    """Action to key, the operator's own before the usual one; what is no action any more is left out."""
    return {action: own.get(action, usual) for place in PLACES for action, usual in _USUAL[place].items()}


def actions_by_place() -> Mapping[str, tuple[str, ...]]:
    """The actions of each place, in the order in which they are shown."""
    return {place: tuple(_USUAL[place]) for place in PLACES}


def usual_key(action: str) -> str:
    """The key that an action has if nobody changes it. Raises KeyError."""
    return next(keys[action] for keys in _USUAL.values() if action in keys)


def read_keys(said: Mapping[str, str]) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """
    What an operator wants: their own keys, and what is wrong with them, a fault each.

    Empty is the usual key; a capital is the key itself. Two actions may swap their keys.
    """
    own: dict[str, str] = {}
    faults: list[Fault] = []
    for action, usual in ((action, usual) for keys in _USUAL.values() for action, usual in keys.items()):
        wished = said.get(action, "").strip().lower()
        if not wished or wished == usual.lower():
            continue
        key = _NAMED.get(wished, wished)
        if key in _TAKEN:
            faults.append(Fault(action, key, "reserved"))
        elif key not in _NAMED.values() and (len(key) != 1 or not key.isprintable()):
            faults.append(Fault(action, key, "no_key"))
        else:
            own[action] = key
    return own, (*faults, *_conflicts(own))


def _conflicts(own: Mapping[str, str]) -> list[Fault]:
    """Of two with one key the changed one is at fault; of two changed ones the later."""
    keys = keys_of(own)
    found: list[Fault] = []
    for place in (IDLE, WALK, NOTE):
        holders: dict[str, str] = {}
        for action in (*_USUAL[EVERYWHERE], *_USUAL[place]):
            for key in keys[action].split():
                other = holders.setdefault(key, action)
                if other == action:
                    continue
                faulty, holder = (action, other) if action in own else (other, action)
                fault = Fault(faulty, key, "taken", holder)
                if fault not in found:
                    found.append(fault)
    return found
