"""
The scripts at hand, parsed: files are imported into the script table, and the table alone is served.

So every gate of an installation serves one script, whichever machine its file lies on, and what was served once can be
shown again. Files come from `ari_app/scripts/` and from the installation's own folder; one of the folder takes the
place of a built-in one with the same id.
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

    def __init__(self, scripts: Scripts, *, folder: Path, observer: Observer, must_read: bool = False) -> None:
        """
        `folder` may be missing: then there are the built-in scripts alone.

        `must_read`: new versions from the folder have to be read before they are called with.
        """
        self._scripts = scripts
        self._folder = folder
        self._observer = observer
        self._must_read = must_read
        self._read: dict[str, tuple[str, Script | None]] = {}
        """Digest of each file when it was last read, and what it said then; None: it could not be used."""
        self._done: dict[str, str] = {}
        """Digest of each file when it was last imported, or refused."""
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

        A file that says what it said at the last import, of this process or another, undoes nothing that was chosen in
        the page since. Raises StoreUnavailable.
        """
        holds: dict[str, str] = {}
        for file in self._own_files():
            script, body = self._script_of(file, file.name)
            if script is None:
                continue
            first = holds.setdefault(script.id, file.name)
            if first == file.name:
                self._import(file.name, script, body)
            elif self._done.get(file.name) != first:
                self._refused(file.name, f"{first} holds the script {script.id} already; remove one of them")
                self._done[file.name] = first  # no digest: once the other is gone this one is imported
        for built_in in (resources.files("ari_app") / "scripts").iterdir():
            if built_in.name.endswith(".toml"):
                script, body = self._script_of(built_in, f"built-in {built_in.name}")
                if script is not None:
                    self._import(f"built-in {built_in.name}", script, body, built_in=True)

    def refresh(self) -> None:
        """Read what is served now. Raises StoreUnavailable."""
        current = dict(self._current)
        for served in self._scripts.served():
            held = current.get(served.id)
            if held is not None and (held.version, held.sha256) == (served.version, served.sha256):
                continue
            try:
                script = self.version(served.id, served.version)
            except ScriptError as error:  # written by a newer Garbo: the one before it goes on
                self._observer.event("script.unreadable", script=served.id, cause=str(error))
                continue
            if script is not None:
                current[served.id] = script
        self._current = current

    def _script_of(self, file: Traversable, name: str) -> tuple[Script | None, str]:
        """What a file says, and its text; None: it cannot be used, which is reported once."""
        try:
            body = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            if self._read.get(name) != ("", None):
                self._refused(name, f"it cannot be read as UTF-8: {error}")
            self._read[name] = "", None
            return None, ""
        digest = hashlib.sha256(body.encode()).hexdigest()
        before, script = self._read.get(name, ("-", None))
        if before != digest:
            try:
                script = parse_script(body, name=file.name)
            except ScriptError as error:
                script = None
                self._refused(name, str(error))
            self._read[name] = digest, script
        return script, body

    def _import(self, name: str, script: Script, body: str, *, built_in: bool = False) -> None:
        if self._done.get(name) == script.sha256:
            return
        try:
            self._scripts.import_script(
                script.id, script.version, script.sha256, body, built_in=built_in, must_read=self._must_read
            )
        except StoreConflict as error:
            self._refused(name, str(error))
        self._done[name] = script.sha256  # only now: a file that met a database that was down is tried again

    def _refused(self, name: str, cause: str) -> None:
        self._observer.event("script.refused", file=name, cause=cause)

    def _own_files(self) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from sorted(self._folder.glob("*.toml"))
