"""The `garbo.toml` that `garbo init` writes: every key with its default and what it does."""

import json
from pathlib import Path

from pydantic.fields import FieldInfo

from ari_app.config.load import SECTIONS

_HEAD = """\
# Garbo's configuration. Every key is here with its default; each can also be set as an environment variable,
# such as GARBO_ASTERISK__ARI_URL, which beats this file. Relative paths count from this file's folder.
"""


def template() -> str:
    """A whole, valid configuration file that says nothing but the defaults."""
    parts = [_HEAD]
    for name, kind in SECTIONS.items():
        lines = [f"[{name}]  # {kind.__doc__}"]
        for key, field in kind.model_fields.items():
            lines += [f"# {field.description}", _line(key, field)]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _line(key: str, field: FieldInfo) -> str:
    if field.default is None:
        return f'# {key} = "{key.removesuffix("_file").replace("_", ".")}"'
    return f"{key} = {_toml(field.default)}"


def _toml(value: object) -> str:
    # Strings, numbers, booleans and flat lists of them are written alike in JSON and in TOML.
    if isinstance(value, tuple):
        return json.dumps(list(value))
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
