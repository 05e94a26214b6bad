"""
Values in a case file: instants, absolute or relative, and the dataclasses of the core, with every key checked.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NoReturn, TypeVar, cast, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from ari_app.policy.durations import read_duration
from ari_app.policy.source_text import FileMistakes, Mistake

T = TypeVar("T")

_STEP = re.compile(r"[+-]P[0-9A-Z]+", re.ASCII)
_RELATIVE = re.compile(r"(?:[+-]P[0-9A-Z]+)+", re.ASCII)


class CaseError(FileMistakes):
    """A case file cannot be used."""


class Wrong(Exception):  # noqa: N818  a signal for whoever reads a file: the mistake is noted, the case is left
    """This case, or file, cannot be read on; what is wrong is among the mistakes."""


class ValueReader:
    """What is read of one case, and what is wrong with it: mistakes are gathered, so that all are told at once."""

    def __init__(self, name: str) -> None:
        """`name` is the file's, for its mistakes."""
        self.name = name
        self.mistakes: list[Mistake] = []
        self.line = 1
        self.case = ""
        """The case that is being read, as its mistakes name it."""
        self.at = datetime.min.replace(tzinfo=UTC)
        """Its instant, which others may be relative to."""

    def enter(self, case: str, line: int) -> None:
        """From here on mistakes belong to this case."""
        self.case, self.line = case, line

    def made(self, kind: type[T], raw: Any, path: tuple[str, ...], defaults: Mapping[str, Any]) -> T:
        """A dataclass of the core; `defaults` are its fields that a case need not give. Raises Wrong."""
        cls: Any = kind
        self.keys(raw, _names(cls), path)
        values = {**defaults, **raw}
        for key in _instants(cls) & set(values):
            if values[key] is not None:
                values[key] = self.instant(values[key], (*path, key))
        try:
            return cast(T, _adapter(cls).validate_python(values))
        except ValidationError as error:
            for found in error.errors(include_url=False):
                self.note((*path, *(str(part) for part in found["loc"])), found["msg"])
            raise Wrong from None

    def instant(self, value: Any, path: tuple[str, ...], *, absolute: bool = False) -> datetime:
        """An instant in UTC; unless it must be absolute, it may be told from the case's own. Raises Wrong."""
        try:
            if not absolute and value == "now":
                return self.at
            if not absolute and isinstance(value, str) and _RELATIVE.fullmatch(value):
                return self.at + sum((_signed(step) for step in _STEP.findall(value)), timedelta())
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is None:
                raise ValueError("no offset")
            return instant.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            example = "2026-11-23T10:00:00+01:00"
            self.wrong(path, f"{value!r} is no instant; write {example}{'' if absolute else ', or -P30D'}")

    def words(self, value: Any, path: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts. Raises Wrong."""
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            self.wrong(path, "write a list of words in quotes")
        return tuple(value)

    def keys(self, raw: Any, allowed: Collection[str], path: tuple[str, ...]) -> None:
        """Raises Wrong: it is no object, or holds other keys than these."""
        if not isinstance(raw, dict):
            self.wrong(path, "write an object, in braces")
        unknown = [key for key in raw if key not in allowed]
        for key in unknown:
            self.note((*path, key), f"unknown key; known here: {', '.join(allowed)}")
        if unknown:
            raise Wrong

    def note(self, path: tuple[str, ...], what: str) -> None:
        """Keep a mistake, and read on."""
        key = ": ".join(part for part in (self.case, ".".join(path)) if part)
        self.mistakes.append(Mistake(self.name, self.line, key, what))

    def wrong(self, path: tuple[str, ...], what: str) -> NoReturn:
        """Keep a mistake, and leave the case."""
        self.note(path, what)
        raise Wrong


@cache
def _adapter(cls: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(cls))


@cache
def _instants(cls: type[Any]) -> frozenset[str]:
    """Names of the fields that hold an instant."""
    return frozenset(name for name, hint in get_type_hints(cls).items() if datetime in (hint, *get_args(hint)))


def _signed(step: str) -> timedelta:
    length = read_duration(step[1:])
    return length if step[0] == "+" else -length
