"""What a check finds, and what is known of each finding before it is found."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much it matters."""

    ERROR = "error"
    """Calls go out unchecked, or do not go out; or personal data lies open."""
    WARNING = "warning"
    """It works today, and not on every day."""
    NOTE = "note"
    """Nothing is wrong: something was left out, or could not be followed."""


_ORDER = tuple(Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that was found, once, with every place where it was."""

    id: str
    severity: Severity
    what: str
    why: str
    mend: str
    places: tuple[str, ...] = ()
    """Extensions, files, campaigns: where; empty: `what` says all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What can be found; words in braces are said by the check."""

    id: str
    """Stable: `part.word`."""
    severity: Severity
    what: str
    why: str
    mend: str
    """The command or the line that mends it."""

    def found(self, places: Iterable[str] = (), **words: object) -> Finding:
        """It was found; each place is named once, in the order in which they came."""
        return Finding(
            id=self.id,
            severity=self.severity,
            what=self.what.format(**words),
            why=self.why.format(**words),
            mend=self.mend.format(**words),
            places=tuple(dict.fromkeys(places)),
        )

    def at(self, places: Iterable[str], **words: object) -> tuple[Finding, ...]:
        """It was found if there is such a place."""
        held = tuple(places)
        return (self.found(held, **words),) if held else ()


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The gravest first, else as they came."""
    return tuple(sorted(findings, key=lambda finding: _ORDER.index(finding.severity)))
