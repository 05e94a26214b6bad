"""What a rule saw, as somebody reads it: labels and values in their language, of the record's own JSON values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from ari_app.web.floor.fact_words import FACT_LABELS, FACT_WORDS
from ari_app.web.floor.shown import Shown

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LASTING = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")
_LITERAL = frozenset(
    {"id", "call_id", "list_id", "person", "evidence", "text_version", "campaign", "operator", "owner"}
)
"""What somebody else has named: it is shown as it is, whatever it looks like."""
_KINDS = {"outcome": "outcome", "disposition": "word", "kind": "word", "purpose": "purpose"}
"""Fields whose words the floor has already, by the beginning of their names there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A fact as it is shown."""

    label: str
    entries: list[list[tuple[str, str]]]
    """Of each thing that is held, the labels and values of what is known of it."""
    remark: str = ""
    """Instead of entries: a plain value, that there are none, or why it is not known."""
    raw: Any = None


def seen(facts: Mapping[str, Any], shown: Shown) -> list[Seen]:
    """Each fact by its label, in the order of the record."""
    return [_seen(name, value, shown) for name, value in facts.items()]


def _seen(name: str, value: Any, shown: Shown) -> Seen:
    words, label = FACT_WORDS[shown.language], FACT_LABELS[shown.language].get(name, name)
    if isinstance(value, Mapping) and value.keys() == {"unknown"}:
        return Seen(label=label, entries=[], remark=words["unknown_why"].format(cause=value["unknown"]), raw=value)
    held = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    entries = [_entry(each, shown) for each in held if isinstance(each, Mapping)]
    plain = ", ".join(_shown(name, each, shown) for each in held if not isinstance(each, Mapping))
    return Seen(label=label, entries=entries, remark="" if entries else plain or words["nothing_held"], raw=value)


def _entry(held: Mapping[str, Any], shown: Shown) -> list[tuple[str, str]]:
    labels = FACT_LABELS[shown.language]
    return [
        (labels.get(name, name), _shown(name, value, shown))
        for name, value in held.items()
        if value not in (None, "", [])
    ]


def _shown(name: str, value: Any, shown: Shown) -> str:
    words = FACT_WORDS[shown.language]
    match value:
        case bool():
            return words["yes"] if value else words["no"]
        case int() | float():
            return str(format_decimal(value, locale=shown.language))
        case str() if name not in _LITERAL:
            return _text(name, value, shown)
        case list() | tuple():
            return ", ".join(_shown(name, each, shown) for each in value)
        case _:
            return str(value)


def _text(name: str, value: str, shown: Shown) -> str:
    try:
        if _INSTANT.match(value):
            return shown.to_the_second(datetime.fromisoformat(value))
        if _DAY.fullmatch(value):
            return str(format_date(date.fromisoformat(value), "medium", locale=shown.language))
    except ValueError:
        return value
    if (lasting := _LASTING.fullmatch(value)) and any(lasting.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in lasting.groups())
        return shown.lasting(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))
    if name == "reason":
        return shown.reason(value)
    word = shown.word(_KINDS[name], value) if name in _KINDS else value
    return FACT_WORDS[shown.language].get(f"fact_{value}", word) if word == value else word
