"""
The scripts at hand, parsed: files are imported into the script table, and the table alone is served.

So every gate of an installation serves one script, whichever machine its file lies on, and what was served once can be
shown again. Files come from `ari_app/scripts/` and from the installation's own folder.
"""

import hashlib
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ari_app.policy.scripts import Script, ScriptError, parse_script
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.scripts import Scripts


class ScriptShelf:
    """Implements ports.packs.Scripts; `import_files` and `refresh` are called from time to time."""

    def __init__(self, scripts: Scripts, *, folder: Path, observer: Observer) -> None:
        """`folder` may be missing: then there are the built-in scripts alone."""
        self._scripts = scripts
        self._folder = folder
        self._observer = observer
        self._seen: dict[str, str] = {}
        self._parsed: dict[tuple[str, str], Script] = {}
        self._current: dict[str, Script] = {}

    def current(self, script_id: str) -> Script | None:
        """As the port: as of the last `refresh`."""
        return self._current.get(script_id)

    def at_hand(self) -> Mapping[str, Script]:
        """All that are served, by id, as of the last `refresh`."""
        return self._current

    def version(self, script_id: str, version: str) -> Script | None:
        """A version of the past, or of the present. Raises StoreUnavailable."""
        if (script_id, version) not in self._parsed:
            body = self._scripts.version(script_id, version)
            if body is None:
                return None
            self._parsed[script_id, version] = parse_script(body, name=f"{script_id} {version}")
        return self._parsed[script_id, version]

    def import_files(self) -> None:
        """
        Import every file that changed. One that is not valid is reported, and the version before it goes on.

        Raises StoreUnavailable.
        """
        for file in self._files():
            body = file.read_text("utf-8")
            digest = hashlib.sha256(body.encode()).hexdigest()
            if self._seen.get(file.name) == digest:
                continue
            try:
                script = parse_script(body, name=file.name)
                self._scripts.import_script(script.id, script.version, digest, body)
            except (ScriptError, StoreConflict) as error:
                self._observer.event("script.refused", file=file.name, cause=str(error))
            self._seen[file.name] = digest  # only now: a file that met a database that was down is tried again

    def refresh(self) -> None:
        """Read what is served now. Raises StoreUnavailable."""
        current = dict(self._current)
        for script_id in self._scripts.ids():
            body = self._scripts.current(script_id)
            if body is None:
                continue
            try:
                current[script_id] = parse_script(body, name=script_id)
            except ScriptError as error:  # written by a newer Garbo: the one before it goes on
                self._observer.event("script.unreadable", script=script_id, cause=str(error))
        self._current = current

    def _files(self) -> Iterator[Traversable]:
        yield from (file for file in (resources.files("ari_app") / "scripts").iterdir() if file.name.endswith(".toml"))
        if self._folder.is_dir():
            yield from sorted(self._folder.glob("*.toml"))
