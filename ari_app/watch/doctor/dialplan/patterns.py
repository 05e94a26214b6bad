"""
Which numbers an extension takes, and whether two of them can take the same one.

An extension becomes a row of sets of signs, where `ANY` stands for any signs at all. In patterns x, z and n are classes
in lower case as well, and dashes are nothing. Source: Asterisk's main/pbx.c; PBX.md 9.
"""

import string
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

Signs: TypeAlias = frozenset[str] | None
"""One of these signs; None: any number of any signs."""
Row: TypeAlias = tuple[Signs, ...]

ANY: Signs = None
EVERY: Row = (ANY,)
_ALL = frozenset(string.printable)
_CLASSES = {"X": frozenset("0123456789"), "Z": frozenset("123456789"), "N": frozenset("23456789")}


@lru_cache(maxsize=8192)
def row_of(extension: str) -> Row:
    """The signs that an extension takes; a pattern begins with an underscore. For which caller it is does not count."""
    name = extension.partition("/")[0]
    if not name.startswith("_"):
        return tuple(frozenset({sign}) for sign in name if sign != "-" or not name.replace("-", "").isdigit())
    return _pattern(name[1:])


def _pattern(text: str) -> Row:
    row: list[Signs] = []
    index = 0
    while index < len(text):
        sign = text[index]
        end = text.find("]", index) if sign == "[" else -1
        if end > 0:
            row.append(_set_of(text[index + 1 : end]))
            index = end
        elif sign in ".!":
            row += [_ALL, ANY] if sign == "." else [ANY]
            break
        elif sign != "-":
            row.append(_CLASSES.get(sign.upper(), frozenset({sign})))
        index += 1
    return tuple(row)


def _set_of(text: str) -> frozenset[str]:
    signs: set[str] = set()
    index = 0
    while index < len(text):
        if text[index + 1 : index + 2] == "-" and index + 2 < len(text) and text[index] <= text[index + 2]:
            signs |= {chr(code) for code in range(ord(text[index]), ord(text[index + 2]) + 1)}
            index += 3
        else:
            signs.add(text[index])
            index += 1
    return frozenset(signs)


@lru_cache(maxsize=8192)
def narrowness(extension: str) -> tuple[int, ...]:
    """Orders extensions as Asterisk looks through them: the least is taken first, and no pattern before a number."""
    sizes = (len(_ALL) + 1 if signs is None else len(signs) for signs in row_of(extension))
    return (1, *sizes) if extension.startswith("_") else (0,)


def is_open(extension: str) -> bool:
    """Whether it takes any signs at all somewhere, commas too."""
    return ANY in row_of(extension)


def takes(extension: str, number: str) -> bool:
    """Whether a number that was dialled comes here."""
    return meet(row_of(extension), tuple(frozenset({sign}) for sign in number))


@lru_cache(maxsize=65536)
def meet(one: Row, other: Row) -> bool:
    """Whether there is a text that both take."""
    reached = _with_empty({(0, 0)}, one, other)
    seen = set(reached)
    while reached:
        if (len(one), len(other)) in reached:
            return True
        after = {place for here in reached for place in _after(here, one, other)}
        reached = _with_empty(after, one, other) - seen
        seen |= reached
    return False


def _after(here: tuple[int, int], one: Row, other: Row) -> Sequence[tuple[int, int]]:
    """Where a sign that both take leads."""
    i, j = here
    if i >= len(one) or j >= len(other):
        return ()
    mine, theirs = one[i], other[j]
    if mine is not None and theirs is not None and not mine & theirs:
        return ()
    return ((i if mine is None else i + 1, j if theirs is None else j + 1),)


def _with_empty(places: set[tuple[int, int]], one: Row, other: Row) -> set[tuple[int, int]]:
    """With those that are reached by no sign at all."""
    found, wanted = set(places), list(places)
    while wanted:
        i, j = wanted.pop()
        beyond = []
        if i < len(one) and one[i] is None:
            beyond.append((i + 1, j))
        if j < len(other) and other[j] is None:
            beyond.append((i, j + 1))
        wanted += [place for place in beyond if place not in found]
        found.update(beyond)
    return found
