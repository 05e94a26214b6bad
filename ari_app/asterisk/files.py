"""
Asterisk's configuration files, as far as a look at a few keys needs: sections, keys, the last value of each.

Source: main/config.c. Includes and templates are not followed; a file that cannot be read says nothing.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_SECTION = re.compile(r"^\s*\[(?P<name>[^\]]+)\]")
_ENTRY = re.compile(r"^\s*(?P<key>[A-Za-z0-9_.-]+)\s*=>?\s*(?P<value>[^;]*)")


def said_in(folder: Path, names: tuple[str, ...]) -> Mapping[tuple[str, str, str], str]:
    """Values by file, section and key."""
    return {(name, section, key): value for name in names for section, key, value in _entries(folder / name)}


def _entries(path: Path) -> Iterator[tuple[str, str, str]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    section = ""
    yield "", "", ""  # the file is there, whatever it says
    for line in text.splitlines():
        if begun := _SECTION.match(line):
            section = begun["name"]
        elif entry := _ENTRY.match(line):
            yield section, entry["key"], entry["value"].strip()
