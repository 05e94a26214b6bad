"""`GARBO_SECTION__KEY` variables, laid over what the file says."""

import json
import re
import typing
from collections.abc import Mapping
from typing import Any

from ari_app.config.errors import ConfigError
from ari_app.config.places import closest
from ari_app.config.sections import Section

CONFIG_VARIABLE = "GARBO_CONFIG"
_PREFIX = "GARBO_"


def over(
    table: Mapping[str, Mapping[str, Any]],
    environ: Mapping[str, str],
    sections: Mapping[str, type[Section]],
) -> dict[str, dict[str, Any]]:
    """
    The file's values with the environment's over them.

    A variable for a secret replaces the file's key for the same secret, in whichever of its two forms it stands.
    Raises ConfigError: a variable that begins with `GARBO_` names no key.
    """
    values = {name: dict(keys) for name, keys in table.items()}
    names = _variables(sections)
    for variable in sorted(environ):
        if not variable.startswith(_PREFIX) or variable == CONFIG_VARIABLE:
            continue
        if variable not in names:
            raise ConfigError(f"environment: unknown variable {variable}{closest(variable, names)}")
        section, key = names[variable]
        keys = values.setdefault(section, {})
        for other in (f"{key}_file", key.removesuffix("_file")):
            if other != key and _variable(section, other) not in environ:
                keys.pop(other, None)
        keys[key] = _value(variable, environ[variable], sections[section].model_fields[key].annotation)
    return values


def said_in(environ: Mapping[str, str], sections: Mapping[str, type[Section]]) -> dict[tuple[str, str], str]:
    """Section and key to the variable that sets it, for those that are set."""
    return {place: variable for variable, place in _variables(sections).items() if variable in environ}


def _variables(sections: Mapping[str, type[Section]]) -> dict[str, tuple[str, str]]:
    return {_variable(s, k): (s, k) for s, kind in sections.items() for k in kind.model_fields}


def _variable(section: str, key: str) -> str:
    """`GARBO_GATE__REGION`; of `[crm.fast-net]` `GARBO_CRM__FAST_NET__URL`, since names of variables have no dashes."""
    name, dot, whose = section.partition(".")
    return f"{_PREFIX}{name}{'__' if dot else ''}{re.sub(r'[^A-Za-z0-9]', '_', whose)}__{key}".upper()


def _value(variable: str, text: str, annotation: object) -> object:
    if typing.get_origin(annotation) is tuple:
        return _list(variable, text)
    if _base(annotation) is int:
        try:
            return int(text)
        except ValueError as failure:
            raise ConfigError(f"environment: {variable} must be a whole number, not {text!r}") from failure
    return text


def _base(annotation: object) -> object:
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation


def _list(variable: str, text: str) -> list[object]:
    if not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return list(json.loads(text))
    except ValueError as failure:
        raise ConfigError(f"environment: {variable} is neither a JSON list nor separated by commas") from failure
