"""Where in a file a key stands, and what somebody who mistyped one may have meant."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_HEADER = re.compile(r"\s*\[\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*(?:\.\s*["']?([\w-]+)["']?\s*)?=""")


@dataclass(frozen=True, slots=True)
class Places:
    """A configuration file's text; without a file, everything stands in the environment."""

    path: Path | None
    text: str
    variables: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Section and key to the variable that sets it, for those that the environment sets."""

    def of(self, section: str, key: str = "") -> str:
        """The variable that sets a key, else its `file:line`, else its section's, else the file."""
        if (section, key) in self.variables:
            return f"environment: {self.variables[section, key]}"
        if self.path is None:
            return "environment"
        line = self._line(section, key) or self._line(section, "")
        return f"{self.path}:{line}" if line else str(self.path)

    def _line(self, section: str, key: str) -> int | None:
        here = ""
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := _HEADER.match(line):
                here = header[1]
                if here == section and not key:
                    return number
            elif (found := _KEY.match(line)) and key:
                name = (here, found[1]) if found[2] is None else (found[1], found[2])
                if name == (section, key):
                    return number
        return None


def closest(wrong: str, known: Iterable[str]) -> str:
    """What was probably meant, as the end of a sentence; empty if nothing is near."""
    near = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
