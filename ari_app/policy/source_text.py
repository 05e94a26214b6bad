"""
TOML files that people write: their values, the line of each key, and mistakes that name file, line and key.

    FileMistakes
    ├── PackError      a rule pack   (policy.grammar)
    ├── ScriptError    a script      (policy.scripts)
    └── CaseError      cases of a pack, in JSON  (policy.case_values)
"""

import hashlib
import re
import reprlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

Path = tuple[str | int, ...]

_KEY_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_KEY_PART}(?:\s*\.\s*{_KEY_PART})*"
_HEADER = re.compile(rf"\s*(?P<open>\[\[?)\s*(?P<key>{_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*(?P<key>{_DOTTED})\s*=(?P<rest>.*)")
_TOKEN = re.compile(r'''"""|\'\'\'|"(?:[^"\\]|\\.)*"|'[^']*'|\\.|#|[\[\]{}]''')
_BARE_OR_QUOTED = r"""(?:[^\s.=#"']++|"[^"\n]*"|'[^'\n]*')"""
_TOO_DEEP = re.compile(rf"(?<![^\s\[{{,]){_BARE_OR_QUOTED}(?:[ \t]*+\.[ \t]*+{_BARE_OR_QUOTED}){{50}}")
"""A dotted key of fifty parts: the time to read one grows with the square of their number, to half a minute."""
_AT_LINE = re.compile(r"\(at line (\d+)")


BOM = "\ufeff"
"""What some editors write before a text in UTF-8; it is not part of the text."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with a file, and what would be right."""

    file: str
    line: int
    key: str
    what: str

    def __str__(self) -> str:
        """`core.toml:12: rule.cooled_down.kind: …`."""
        return f"{self.file}:{self.line}: {self.key + ': ' if self.key else ''}{self.what}"


class FileMistakes(Exception):  # noqa: N818  it carries all mistakes of a file
    """A file cannot be used; `mistakes` lists all that is wrong with it, in the order of its lines."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """Keep the mistakes; the message is one line for each."""
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: (mistake.line, mistake.key)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's values, and where each of them stands."""

    name: str
    values: dict[str, Any]
    lines: Mapping[Path, int]
    sha256: str

    def mistake(self, path: Path, what: str) -> Mistake:
        """A mistake at the line of `path`, or of the nearest table around it."""
        nearest = next(path[:end] for end in range(len(path), -1, -1) if end == 0 or path[:end] in self.lines)
        return Mistake(self.name, self.lines.get(nearest, 1), self._shown(path), what)

    def _shown(self, path: Path) -> str:
        # An entry of an array of tables is named by its id, as people do; one without an id by its place.
        shown: list[str] = []
        value: Any = self.values
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                value = None
            named = value.get("id") if isinstance(part, int) and isinstance(value, dict) else None
            shown.append(named if isinstance(named, str) else f"#{part + 1}" if isinstance(part, int) else part)
        return ".".join(shown)


def read_source(text: str, *, name: str, error_type: type[FileMistakes]) -> SourceText:
    """
    The file's values and lines; a byte order mark before them is passed over, and counts for the digest alone.

    Raises `error_type`: it is no TOML.
    """
    if deep := _TOO_DEEP.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise error_type([Mistake(name, line, "", "this is no TOML that can be read: a key has far too many parts")])
    try:
        values = tomllib.loads(text.removeprefix(BOM))
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else text.rstrip("\n").count("\n") + 1
        what = re.sub(r" \(at .*\)$", "", str(error))
        raise error_type([Mistake(name, line, "", f"this is no TOML: {what}")]) from None
    except (RecursionError, ValueError) as error:  # nested too deeply, a date that does not exist
        raise error_type([Mistake(name, 1, "", f"this is no TOML: {error}")]) from None
    return SourceText(
        name,
        values,
        _lines_of(text.removeprefix(BOM)),
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def half_character(value: Any) -> tuple[str, ...] | None:
    """
    The way to the first text, or key, below `value` that UTF-8 cannot hold; None: there is none.

    JSON can spell half of a pair of surrogates, as `\\ud800`, and nothing can print it. Keys are told in ASCII.
    """
    if isinstance(value, str):
        return () if any("\ud800" <= character <= "\udfff" for character in value) else None
    if isinstance(value, dict):
        parts = [(ascii(key)[1:-1], key, below) for key, below in value.items()]
    else:
        parts = [(str(place), "", below) for place, below in enumerate(value)] if isinstance(value, list) else []
    for shown, key, below in parts:
        way = half_character(key) if key else None
        way = half_character(below) if way is None else way
        if way is not None:
            return (shown, *way)
    return None


def mistakes_of(error: ValidationError, source: SourceText, at: Path, known: Iterable[str]) -> list[Mistake]:
    """What pydantic found below `at`, in words for whoever wrote the file; `known` are the keys that may be there."""
    keys = ", ".join(sorted(known))
    return [_mistake_of(dict(found), source, at, keys) for found in error.errors(include_url=False)]


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys a table of this model may hold."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _mistake_of(found: dict[str, Any], source: SourceText, at: Path, keys: str) -> Mistake:
    path = (*at, *found["loc"])
    match found["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            what = "unknown key" + (f"; known here: {keys or 'none'}" if len(found["loc"]) == 1 else "")
        case "missing":
            what = "is missing"
        case "list_type" if isinstance(found["input"], dict):
            what = f"write [[{path[-1]}]], with two brackets, above each one"
        case "value_error":
            raised = found["ctx"]["error"]
            path = (*path, *getattr(raised, "path", ()))
            what = str(raised)
        case _:
            what = f"{found['msg']}, not {reprlib.repr(found['input'])}"
    return source.mistake(path, what)


def _lines_of(text: str) -> dict[Path, int]:
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    rest_of_value = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if rest_of_value:
            rest_of_value = _left_open(rest_of_value, line)
        elif header := _HEADER.match(line):
            table = _table_path(header, counts)
            for end in range(1, len(table) + 1):
                lines.setdefault(table[:end], number)
        elif entry := _ENTRY.match(line):
            path = table
            for part in _parts(entry["key"]):
                path = (*path, part)
                lines.setdefault(path, number)
            rest_of_value = _left_open("", entry["rest"])
    return lines


def _table_path(header: re.Match[str], counts: dict[Path, int]) -> Path:
    parts = _parts(header["key"])
    path: Path = ()
    for place, part in enumerate(parts):
        path = (*path, part)
        if header["open"] == "[[" and place == len(parts) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _parts(key: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_KEY_PART, key)]


def _left_open(opened: str, line: str) -> str:
    """The brackets and triple quotes that are still open after `line`, outermost first."""
    for token in _TOKEN.findall(line):
        if opened.endswith(('"', "'")):
            opened = opened[:-1] if token[:1] * 3 == token and token[0] == opened[-1] else opened
        elif token[0] == "#":
            break
        elif len(token) == 3 and token in ('"""', "'''"):
            opened += token[0]
        elif token in ("[", "{"):
            opened += token
        elif token in ("]", "}"):
            opened = opened[:-1]
    return opened
