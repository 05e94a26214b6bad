"""
A pack as it is shown: as JSON values, and its parameters and conditions in words.

Whoever reads a draft is told so: `standing` is printed wherever a pack is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from ari_app.policy.calendar import LocalDay, Span
from ari_app.policy.durations import iso_duration
from ari_app.policy.duties import DUTY_KINDS
from ari_app.policy.duties_owed import Disclosure
from ari_app.policy.grounds import GROUND_KINDS
from ari_app.policy.pack import Duty, Ground, Pack, Rule, Source, When
from ari_app.policy.request import MARKETING
from ari_app.policy.rule_codes import codes_of
from ari_app.policy.rules import RULE_KINDS

_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))
_NAMES = {cls: name for kinds in (RULE_KINDS, GROUND_KINDS, DUTY_KINDS) for name, cls in kinds.items()}
_SAID = {"max_n": "at most"}
_FORCES = {"best_practice": "best practice"}


def standing(pack: Pack) -> str:
    """Who stands for what the pack says."""
    if pack.status == "draft":
        return "draft: not reviewed by a lawyer, and no legal advice"
    return f"reviewed by {pack.reviewed_by} on {pack.reviewed_on}"


def kind_of(kind: Any) -> str:
    """The kind of a rule, ground or duty as packs name it."""
    return _NAMES[type(kind)]


def pack_document(pack: Pack) -> dict[str, Any]:
    """All of a pack as JSON values, in the order of the file; durations are ISO 8601, dates `2026-11-30`."""
    return {
        "id": pack.id,
        "version": pack.version,
        "jurisdiction": pack.jurisdiction,
        "status": pack.status,
        "standing": standing(pack),
        "reviewed_by": pack.reviewed_by or None,
        "reviewed_on": _json(pack.reviewed_on),
        "title": dict(pack.title),
        "holidays": pack.holidays or None,
        "sha256": pack.sha256,
        "rules": [_rule(rule) for rule in pack.rules],
        "grounds": [_ground(ground) for ground in pack.grounds],
        "duties": [_duty(duty) for duty in pack.duties],
    }


def params_in_words(kind: Any) -> str:
    """Every parameter that says something, also where it stands by default; `-`: none does."""
    said = []
    for each in [parameter for parameter in fields(kind) if parameter.init]:
        value = getattr(kind, each.name)
        if value in (None, "", ()) or (value is False and each.default is not True):
            continue
        said.append(_parameter(each.name, value))
    return "; ".join(said) or "-"


def when_in_words(when: When) -> str:
    """To which calls something applies."""
    purposes = set(when.purposes)
    if purposes >= MARKETING:
        purposes = (purposes - MARKETING) | {"marketing"}
    conditions = (
        ("", purposes),
        ("sector", when.sectors),
        ("mode", when.modes),
        ("line", when.lines),
        ("region", when.regions),
        ("party", when.parties),
        ("number", when.list_origins),
    )
    said = (f"{name} {_words(sorted(values))}".strip() for name, values in conditions if values)
    return "; ".join(said) or "every call"


def force_in_words(force: str) -> str:
    """How it binds people."""
    return _FORCES.get(force, force)


def duration_in_words(length: timedelta) -> str:
    """`15 days`, `36 hours`, `90 seconds`."""
    for unit, name in _UNITS:
        if length % unit == timedelta():
            return f"{length // unit} {name}{'' if length == unit else 's'}"
    return f"{length.total_seconds():g} seconds"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "kind": kind_of(rule.kind),
        "params": _params(rule.kind),
        "params_in_words": params_in_words(rule.kind),
        "codes": list(codes_of(rule.kind)),
        "when": _when(rule.when),
        "unless": list(rule.unless),
        "force": rule.force,
        "source": _source(rule.source),
        "text": dict(rule.text),
        "effective_from": _json(rule.effective_from),
        "effective_to": _json(rule.effective_to),
        "optional": rule.optional,
        "switched_on": rule.switched_on,
    }


def _ground(ground: Ground) -> dict[str, Any]:
    return {
        "id": ground.id,
        "kind": kind_of(ground.kind),
        "params": _params(ground.kind),
        "params_in_words": params_in_words(ground.kind),
        "source": _source(ground.source),
        "optional": ground.optional,
        "switched_on": ground.switched_on,
    }


def _duty(duty: Duty) -> dict[str, Any]:
    return {
        "id": duty.id,
        "kind": kind_of(duty.kind),
        "params": _params(duty.kind),
        "params_in_words": params_in_words(duty.kind),
        "when": _when(duty.when),
        "force": duty.force,
        "source": _source(duty.source),
        "effective_from": _json(duty.effective_from),
        "effective_to": _json(duty.effective_to),
    }


def _params(kind: Any) -> dict[str, Any]:
    return {each.name: _json(getattr(kind, each.name)) for each in fields(kind) if each.init}


def _when(when: When) -> dict[str, list[str]]:
    conditions = {
        "purpose": when.purposes,
        "sector": when.sectors,
        "mode": when.modes,
        "line": when.lines,
        "region": when.regions,
        "party": when.parties,
        "list_origin": when.list_origins,
    }
    return {name: sorted(str(value) for value in values) for name, values in conditions.items() if values}


def _source(source: Source | None) -> dict[str, Any] | None:
    return {"cite": source.cite, "url": source.url or None, "evidence": source.evidence} if source else None


def _json(value: Any) -> Any:
    match value:
        case timedelta():
            return iso_duration(value)
        case StrEnum():
            return str(value)
        case LocalDay():
            return _day(value)
        case date():
            return value.isoformat()
        case Span():
            return _clock(value)
        case Disclosure():
            return {"id": value.id, **value.text}
        case Mapping():
            return {str(key): _json(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_json(inner) for inner in value]
        case _:
            return value


def _parameter(name: str, value: Any) -> str:
    words = _SAID.get(name, name.replace("_", " "))
    match value:
        case bool():
            return words if value else f"not {words}"
        case timedelta():
            return f"{words} {duration_in_words(value)}"
        case float() if name.endswith("_s"):
            return f"{words.removesuffix(' s')} {value:g} s"
        case Mapping():
            return _windows(value)
        case tuple():
            return f"{words} {_words(value)}"
        case _:
            return f"{words} {value}".strip()


def _words(values: Iterable[Any]) -> str:
    return ", ".join(_word(value) for value in values)


def _word(value: Any) -> str:
    match value:
        case Disclosure():
            return value.id
        case LocalDay():
            return _day(value)
        case _:
            return str(value)


def _day(day: LocalDay) -> str:
    return f"{f'{day.year}-' if day.year else ''}{day.month:02}-{day.day:02}"


def _windows(windows: Mapping[Any, tuple[Span, ...]]) -> str:
    """Days that follow each other and have the same hours are told together."""
    told = []
    for hours, days in groupby(windows, key=lambda day: windows[day]):
        names = [str(day).replace("_", " ") for day in days]
        weekdays = [name for name in names if len(name) == 3]
        rest = [name for name in names if len(name) != 3]
        if len(weekdays) > 1:
            weekdays = [f"{weekdays[0]}–{weekdays[-1]}"]
        told.append(f"{', '.join((*weekdays, *rest))} {', '.join(_clock(span) for span in hours) or 'never'}")
    return "; ".join(told)


def _clock(span: Span) -> str:
    return f"{span.start // 60:02}:{span.start % 60:02}-{span.end // 60:02}:{span.end % 60:02}"
