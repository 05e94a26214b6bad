"""The `garbo.toml` that `garbo init` writes: every key with its default and what it does."""

import json
from pathlib import Path

from pydantic.fields import FieldInfo

from ari_app.config.load import PER_PRINCIPAL, SECTIONS
from ari_app.config.sections import Section

_HEAD = """\
# Garbo's configuration. Every key is here with its default; each can also be set as an environment variable,
# such as GARBO_ASTERISK__ARI_URL, which beats this file. Relative paths count from this file's folder.
"""


def template() -> str:
    """A whole, valid configuration file that says nothing but the defaults."""
    parts = [_HEAD]
    parts += ["\n".join(_lines(name, kind)) + "\n" for name, kind in SECTIONS.items()]
    for name, kind in PER_PRINCIPAL.items():
        example = _lines(f"{name}.PRINCIPAL", kind)
        parts.append("\n".join(["# One for each principal that has one:", *(f"# {line}" for line in example)]) + "\n")
    return "\n".join(parts)


def _lines(name: str, kind: type[Section]) -> list[str]:
    lines = [f"[{name}]  # {kind.__doc__}"]
    for key, field in kind.model_fields.items():
        lines += [f"# {field.description}", _line(key, field)]
    return lines


def _line(key: str, field: FieldInfo) -> str:
    if field.is_required():
        return f"{key} = {_toml((field.examples or [''])[0])}"
    if field.default is None:
        return f'# {key} = "{key.removesuffix("_file").replace("_", ".")}"'
    return f"{key} = {_toml(field.default)}"


def _toml(value: object) -> str:
    # Strings, numbers, booleans and flat lists of them are written alike in JSON and in TOML.
    if isinstance(value, tuple):
        return json.dumps(list(value))
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
