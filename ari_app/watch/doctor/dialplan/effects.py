"""
What a step does to a call: where it may go on, whom it dials, and whether that counts as judged.

An effect is *trusted* where the call takes it only because of a word that lifts the gate on purpose: an emergency
route, or a trunk that was skipped and is not dialled at all.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from ari_app.watch.doctor.dialplan.plan import Step
from ari_app.watch.doctor.dialplan.words import split

_LIFTED = re.compile(r"\"?\$\{(?:EMERGENCYROUTE|PREDIAL_HOOK_RET)\}\"?\s*(?P<how>!?=)\s*\"?(?:YES|BYPASS)\"?\s*\]?\s*")
_ENDS = frozenset({"hangup", "busy", "congestion"})
_CALL = re.compile(r"\s*(\w+)\((.*)\)\s*", re.DOTALL)
_ARGUMENTS = re.compile(r"([^(]*)\(.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Next:
    """The next priority."""

    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Jump:
    """Elsewhere, for good; empty words: where it stands."""

    context: str
    exten: str
    priority: str
    trusted: bool = False
    apart: bool = False
    """By a channel of its own, which inherits nothing."""


@dataclass(frozen=True, slots=True)
class Call:
    """A subroutine, and on when it comes back."""

    context: str
    exten: str
    priority: str
    trusted: bool = False
    macro: bool = False


@dataclass(frozen=True, slots=True)
class Back:
    """To whoever called the subroutine."""

    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Dials:
    """Other lines, and then the next priority."""

    destinations: tuple[str, ...]
    options: str = ""
    apart: bool = False
    """By a channel of its own, which inherits nothing."""
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class SkipLoop:
    """Past the end of a loop that is not entered."""

    trusted: bool = False


Effect: TypeAlias = Next | Jump | Call | Back | Dials | SkipLoop


def effects_of(step: Step) -> tuple[Effect, ...]:
    """Everything a step may do; a call takes one of them."""
    return _of(step.app, step.data, trusted=False)


def _of(app: str, data: str, *, trusted: bool) -> tuple[Effect, ...]:  # noqa: C901  a line for each application
    following = Next(trusted)
    match app.lower():
        case name if name in _ENDS:
            return ()
        case "return" | "macroexit":
            return (Back(trusted),)
        case "goto":
            return (_jump(data, trusted=trusted),)
        case "gotoif" | "gotoiftime":
            yes, no, how = _branches(data)
            return tuple(
                _jump(branch, trusted=trusted or how is taken) if branch else Next(trusted or how is taken)
                for branch, taken in ((yes, True), (no, False))
            )
        case "gosub":
            return (_call(data, trusted=trusted),)
        case "gosubif":
            yes, no, how = _branches(data)
            return tuple(
                _call(branch, trusted=trusted or how is taken) if branch else Next(trusted or how is taken)
                for branch, taken in ((yes, True), (no, False))
            )
        case "macro" | "macroexclusive":
            return (Call(f"macro-{split(data)[0].strip()}", "s", "1", trusted, macro=True),)
        case "execif" | "execiftime":
            return _either(data, trusted=trusted)
        case "exec" | "tryexec":
            return _inner(data, trusted=trusted)
        case "while":
            return (following, SkipLoop(trusted))
        case "waitexten" | "background":
            return (following, Jump("", "*any*", "1", trusted))
        case "disa":
            return (Jump([*split(data), "disa"][1], "*any*", "1", trusted),)
        case "stasis" | "agi" | "eagi" | "deadagi":
            return (following,)
        case other:
            return (*_dialling(other, data, trusted=trusted), following)


def _dialling(app: str, data: str, *, trusted: bool) -> tuple[Effect, ...]:
    words = [*split(data), "", "", "", "", ""]
    match app:
        case "dial" | "page":
            place = 2 if app == "dial" else 1
            return (Dials(tuple(split(words[0], "&")), words[place], trusted=trusted),)
        case "retrydial":
            return (Dials(tuple(split(words[3], "&")), words[5], trusted=trusted),)
        case "originate":
            there = words[1].strip().lower() == "exten"
            on = (
                (Jump(words[2].strip(), words[3].strip() or "s", words[4].strip() or "1", apart=True),) if there else ()
            )
            return (Dials((words[0],), apart=True), *on)
        case _:
            return ()


def _either(data: str, *, trusted: bool) -> tuple[Effect, ...]:
    yes, no, how = _branches(data)
    found: list[Effect] = []
    for branch, taken in ((yes, True), (no, False)):
        lifted = trusted or how is taken
        found += _inner(branch, trusted=lifted) if branch else (Next(lifted),)
    return tuple(found)


def _inner(text: str, *, trusted: bool) -> tuple[Effect, ...]:
    called = _CALL.fullmatch(text)
    return _of(called[1], called[2], trusted=trusted) if called else _of(text.strip(), "", trusted=trusted)


def _branches(data: str) -> tuple[str, str, bool | None]:
    """The branches for yes and no, and on which of them the gate is lifted on purpose; None: on none."""
    condition, *rest = split(data, "?", most=1)
    yes, *no = split(rest[0] if rest else "", ":", most=1)
    found = _LIFTED.fullmatch(condition.strip().removeprefix("$[").strip())
    how = None if found is None else found["how"] == "="
    return yes.strip(), (no[0] if no else "").strip(), how


def _jump(data: str, *, trusted: bool) -> Jump:
    return Jump(*_target(data), trusted)


def _call(data: str, *, trusted: bool) -> Call:
    return Call(*_target(data), trusted)


def _target(data: str) -> tuple[str, str, str]:
    """Context, extension and priority; those that are not said are empty."""
    words = [word.strip() for word in split(data)]
    bare = _ARGUMENTS.fullmatch(words[-1]) if not words[-1].startswith("$") else None
    words[-1] = bare[1].strip() if bare else words[-1]
    words = words[:3] if len(words) > 3 else ["", "", *words][-3:]
    return words[0], words[1], words[2]
