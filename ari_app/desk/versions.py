"""
Which version of a script is served, since when, by whom and why; and who has read it.

A call that is under way keeps the version it began with: its verdict names it, and every version can be read for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ari_app.desk.refusals import WRITERS, Refused, Who, need_role, need_text


class How(StrEnum):
    """How a version came to be served."""

    FILED = "filed"
    """Its file is new or has changed."""
    BUILT_IN = "built_in"
    """It came with the program."""
    KEPT_BACK = "kept_back"
    """It came with the program, and gave way to what was chosen here: it may be rolled back to."""
    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptVersion:
    """A version of a script as it is kept."""

    id: str
    version: str
    sha256: str
    body: str
    """TOML."""
    made_at: datetime
    author: str
    """Empty: it came from a file."""
    approved_by: str
    current: bool
    """It is the one that is served."""
    must_read: bool
    """Nobody gets a permit under it who has not read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptChange:
    """One moment in the history of a script."""

    version: str
    how: How
    by: str
    why: str
    at: datetime


class VersionStore(Protocol):
    """Where versions are kept. Raises StoreConflict, StoreUnavailable."""

    def current_versions(self) -> tuple[ScriptVersion, ...]:
        """The one that is served of each script, by id."""
        ...

    def kept(self, script_id: str, version: str) -> ScriptVersion | None:
        """None: there is no such version."""
        ...

    def versions(self, script_id: str) -> tuple[ScriptVersion, ...]:
        """Newest first."""
        ...

    def changes(self, script_id: str) -> tuple[ScriptChange, ...]:
        """Newest first."""
        ...

    def roll_back(self, script_id: str, version: str, *, by: str, why: str) -> None:
        """Serve this version again. Raises StoreConflict: there is none, or it is served already."""
        ...


class ReadingStore(Protocol):
    """Where it is kept who has read what. Raises StoreConflict, StoreUnavailable."""

    def read(self, operator: str, script_id: str, version: str) -> None:
        """Say that they have read it; twice is once. Raises StoreConflict: there is no such version, or operator."""
        ...

    def has_read(self, operator: str, script_id: str, version: str) -> bool:
        """Whether they said so of this very version."""
        ...

    def unread(self, operator: str) -> Mapping[str, str]:
        """Scripts of the campaigns they may call for that they must read first, with the version that is served."""
        ...

    def readers(self, script_id: str, version: str) -> Mapping[str, datetime]:
        """Who has read it, and when."""
        ...


class Versions:
    """Which versions there are, and which is served. Raises Refused; StoreConflict, StoreUnavailable."""

    def __init__(self, store: VersionStore, readings: ReadingStore) -> None:
        """Both over one database."""
        self._store = store
        self._readings = readings

    def current(self) -> tuple[ScriptVersion, ...]:
        """What is served, by id."""
        return self._store.current_versions()

    def kept(self, script_id: str, version: str = "") -> ScriptVersion:
        """This version; none named: the one that is served. Raises Refused: `no_script`."""
        if version:
            found = self._store.kept(script_id, version)
        else:
            found = next((each for each in self._store.versions(script_id) if each.current), None)
        if found is None:
            named = f"{script_id} {version}".strip()
            raise Refused("no_script", f"there is no script {named}", script=named)
        return found

    def versions(self, script_id: str) -> tuple[ScriptVersion, ...]:
        """Newest first."""
        return self._store.versions(script_id)

    def history(self, script_id: str) -> tuple[ScriptChange, ...]:
        """Newest first."""
        return self._store.changes(script_id)

    def roll_back(self, who: Who, script_id: str, version: str, *, why: str) -> None:
        """
        Serve a version of the past again, from the next verdict on.

        It needs no second pair of eyes: what is served again was approved before, and haste may be needed. Raises
        Refused: `not_yours`, `empty`.
        """
        need_role(who, WRITERS)
        self._store.roll_back(script_id, version, by=who.id, why=need_text(why, "why"))

    def read(self, who: Who, script_id: str, version: str) -> None:
        """Say that this version was read; whoever they are."""
        self._readings.read(who.id, script_id, version)

    def has_read(self, who: Who, kept: ScriptVersion) -> bool:
        """Whether they have read this very version."""
        return self._readings.has_read(who.id, kept.id, kept.version)

    def unread(self, who: Who) -> Mapping[str, str]:
        """What they must read before their next call, with the version."""
        return self._readings.unread(who.id)

    def readers(self, script_id: str, version: str) -> Mapping[str, datetime]:
        """Who has read it."""
        return self._readings.readers(script_id, version)
