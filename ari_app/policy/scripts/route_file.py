"""A routing table as a TOML file: read with every mistake's line and key, and written so that it reads the same."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ari_app.policy.request import Route
from ari_app.policy.scripts.conditions import read_conditions
from ari_app.policy.scripts.routing import Scripts, Variant
from ari_app.policy.source_text import FileMistakes, Mistake, SourceText, keys_of, mistakes_of, read_source

_HEAD = "# Which script for whom: the first line that fits counts, and where none does, the campaign's own script.\n"


class RouteError(FileMistakes):
    """A routing table cannot be used."""


def parse_routes(text: str, *, name: str, scripts: Scripts) -> tuple[Route, ...]:
    """
    Read a routing table; `name` is the file's, for its mistakes, and `scripts` are those that there are.

    Raises RouteError: with every mistake's line and key.
    """
    source = read_source(text, name=name, error_type=RouteError)
    try:
        file = _TableFile.model_validate(source.values)
    except ValidationError as error:
        raise RouteError(mistakes_of(error, source, (), keys_of(_TableFile))) from None
    unknown = [
        _unknown(source, place, each.script, scripts)
        for place, each in enumerate(file.route)
        if each.script not in scripts
    ]
    if unknown:
        raise RouteError(unknown)
    return tuple(Route(when=each.when, script=each.script, variant=each.variant or "") for each in file.route)


def routes_toml(routes: Iterable[Route]) -> str:
    """The table as a file that reads the same."""
    return _HEAD + "".join(f"\n{_line(each)}" for each in routes)


def _unknown(source: SourceText, place: int, script: str, scripts: Scripts) -> Mistake:
    near = get_close_matches(script, scripts, n=1)
    help_ = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(scripts)) or 'none'}"
    return source.mistake(("route", place, "script"), f"there is no script {script!r}; {help_}")


def _line(route: Route) -> str:
    when = ", ".join(f"{name} = {_words(words)}" for name, words in route.when.items())
    lines = ["[[route]]", f"when = {{ {when} }}" if when else "when = {}", f"script = {_text(route.script)}"]
    return "\n".join([*lines, f"variant = {_text(route.variant)}"] if route.variant else lines) + "\n"


def _words(words: tuple[str, ...]) -> str:
    return _text(words[0]) if len(words) == 1 else f"[{', '.join(_text(word) for word in words)}]"


def _text(word: str) -> str:
    """A basic string of TOML: what has no glyph is spelt by its number."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else f"\\U{ord(each):08X}" for each in plain) + '"'


_Conditions = Annotated[dict[str, Any], AfterValidator(read_conditions)]


class _RouteFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    when: _Conditions
    script: Annotated[str, StringConstraints(min_length=1)]
    variant: Variant | None = None


class _TableFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    route: Annotated[list[_RouteFile], Field(min_length=1, max_length=200)]
