"""A step's arguments and variables, taken apart as they stand, before any call fills them in."""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from ari_app.watch.doctor.dialplan.plan import Dialplan

WILD = "\0"
"""Stands for what only a call says."""
_OPEN, _CLOSED = "([{", ")]}"
_MOST = 64
"""So many readings of one text are tried; beyond it the rest is what only a call says."""
_NAME = re.compile(r"_{0,2}([A-Za-z]\w*)")
_SET = re.compile(r"\s*(?:GLOBAL\(|LOCAL\()?_{0,2}(?P<name>[A-Za-z]\w*)\)?\s*=(?P<value>.*)", re.DOTALL)


def split(text: str, sign: str = ",", *, most: int = -1) -> list[str]:
    """Parted at a sign that stands in no bracket and behind no backslash."""
    parts: list[str] = []
    depth = start = 0
    index = 0
    while index < len(text) and most != len(parts):
        char = text[index]
        if char == "\\":
            index += 1
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSED:
            depth = max(0, depth - 1)
        elif char == sign and depth == 0:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    return [*parts, text[start:]]


def set_by(app: str, data: str) -> tuple[str, str] | None:
    """Name and value that a step sets."""
    if app.lower() not in ("set", "mset"):
        return None
    found = _SET.fullmatch(data)
    return (found["name"], found["value"]) if found else None


class Values:
    """What variables may hold, as far as the dialplan itself says, whatever the order."""

    def __init__(self, plan: Dialplan, trunks: Sequence[str]) -> None:
        """`trunks`: names that the gate may hand out as GARBO_TRUNK."""
        said: dict[str, set[str]] = {name: {value} for name, value in plan.variables.items()}
        for _context, _extension, step in plan.steps():
            if pair := set_by(step.app, step.data):
                said.setdefault(pair[0], set()).add(pair[1])
        self._said: Mapping[str, set[str]] = {**said, "GARBO_TRUNK": set(trunks), "GARBO_NUMBER": {WILD}}

    def readings(self, text: str, depth: int = 0) -> frozenset[str]:
        """Every text that this may become; `WILD` stands where only a call says."""
        pieces = [self._piece(piece, depth) for piece in _pieces(text)]
        found = itertools.islice(("".join(parts) for parts in itertools.product(*pieces)), _MOST + 1)
        held = frozenset(found)
        return held if len(held) <= _MOST else held | {WILD}

    def _piece(self, piece: str, depth: int) -> Iterable[str]:
        if piece.startswith("$["):
            return (WILD,)
        if not piece.startswith("${"):
            return (piece,)
        inside = piece[2:-1]
        if depth >= 4 or not re.fullmatch(r"[\w${}]+", inside):
            return (WILD,)
        names = self.readings(inside, depth + 1) if "$" in inside else frozenset({inside})
        found: set[str] = set()
        for name in names:
            pattern = re.compile(".*".join(re.escape(part) for part in name.split(WILD)))
            held = [each for each in self._said if pattern.fullmatch(each)] if WILD in name else [name]
            for each in held:
                for value in self._said.get(each, ()):
                    found |= self.readings(value, depth + 1)
            if not held or any(each not in self._said for each in held):
                found.add(WILD)
        return sorted(found) or (WILD,)


def _pieces(text: str) -> list[str]:
    """Plain text and `${…}` or `$[…]` by turns."""
    pieces, plain, index = [], "", 0
    while index < len(text):
        if text[index] == "$" and text[index + 1 : index + 2] in ("{", "["):
            end = _closing(text, index + 1)
            pieces += [plain, text[index : end + 1]]
            plain, index = "", end + 1
        else:
            plain += text[index]
            index += 1
    return [piece for piece in (*pieces, plain) if piece]


def _closing(text: str, start: int) -> int:
    depth = 0
    for index in range(start, len(text)):
        if text[index] in "{[":
            depth += 1
        elif text[index] in "}]":
            depth -= 1
            if depth == 0:
                return index
    return len(text) - 1


def variables_in(text: str) -> frozenset[str]:
    """Names of the variables that stand in it as they are: what `FILTER` has cleaned does not count."""
    bare = re.sub(r"\$\{FILTER\((?:[^{}]|\$\{[^{}]*\})*\)\}", "", text)
    return frozenset(re.findall(r"\$\{_{0,2}([A-Za-z]\w*)", bare))
