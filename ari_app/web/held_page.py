"""All that is held on a number as one HTML file that needs nothing beside it: no style sheet, no script, no network."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import jinja2

from ari_app.web.held_words import FIELDS_IT, HELD

_ORDER = (
    *("suppressions", "consents", "contacts", "customers", "live_customers", "screenings", "calls", "attempts"),
    *("callbacks", "one_off_permits", "flags", "numbers", "erasures"),
)


def held_page(told: Mapping[str, Any], language: str) -> str:
    """The page for `told`, the document of `garbo disclose`, in `it` or `en`; every value is escaped."""
    words = HELD[language]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ari_app.web"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["shown"] = lambda value: _shown(value, words)
    environment.filters["label"] = lambda name: _label(name, language)
    environment.tests["rows"] = _is_rows
    style = files("ari_app.web").joinpath("static", "garbo.css").read_text(encoding="utf-8")
    return environment.get_template("held.html").render(
        language=language,
        words=words,
        told=told,
        sections=[(name, told["held"][name]) for name in _ORDER],
        style=style,
    )


def _label(name: str, language: str) -> str:
    plain = name.replace("_", " ")
    return FIELDS_IT.get(name, plain) if language == "it" else plain


def _is_rows(value: object) -> bool:
    """Whether a value is told as rows of its own below the name."""
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, Sequence) and any(isinstance(each, Mapping) for each in value)


def _shown(value: object, words: Mapping[str, str]) -> str:
    match value:
        case None | "" | () | []:
            return words["none"]
        case True:
            return words["yes"]
        case False:
            return words["no"]
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        case list() | tuple():
            return ", ".join(_shown(each, words) for each in value)
        case _:
            return str(value)
