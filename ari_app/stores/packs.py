"""
The packs at hand: those inside the package, and TOML files of the installation's own folder, one pack each.

A file is named for its pack, `house.toml` for pack `house`, and is read again once its size or time has changed. One
that cannot be used is reported once and gives no pack, so campaigns that name it are denied.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from ari_app.policy.grammar import PackError, parse_pack
from ari_app.policy.pack import Pack
from ari_app.ports.observer import Observer

_SUFFIX = ".toml"
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as it was when it was last read; `pack` is None if it could not be used."""

    stamp: tuple[int, int]
    pack: Pack | None


class PackFolder:
    """Implements ports.packs.Packs."""

    def __init__(self, folder: Path | None, observer: Observer) -> None:
        """The folder need not exist; None: only built-in packs."""
        self._folder = folder
        self._observer = observer
        self._read: dict[str, _Read] = {}

    def get(self, pack_id: str) -> Pack | None:
        """As the port. A built-in id always means the built-in pack."""
        if pack_id in built_in_ids():
            return built_in(pack_id)
        if self._folder is None or not _ID.fullmatch(pack_id):
            return None
        path = self._folder / f"{pack_id}{_SUFFIX}"
        try:
            status = path.stat()
        except OSError:
            self._read.pop(pack_id, None)
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        held = self._read.get(pack_id)
        if held is None or held.stamp != stamp:
            held = self._read[pack_id] = _Read(stamp, self._parsed(pack_id, path))
        return held.pack

    def ids(self) -> tuple[str, ...]:
        """Every id that has a file, usable or not, sorted. A file with a built-in's name is reported and not used."""
        own = set()
        if self._folder is not None and self._folder.is_dir():
            own = {path.stem for path in self._folder.glob(f"*{_SUFFIX}") if _ID.fullmatch(path.stem)}
        for taken in sorted(own & built_in_ids()):
            self._observer.event("pack.rejected", pack=taken, why="the name of a built-in pack cannot be used again")
        return tuple(sorted(own | built_in_ids()))

    def _parsed(self, pack_id: str, path: Path) -> Pack | None:
        try:
            pack = parse_pack(path.read_text(encoding="utf-8"), name=path.name)
        except (PackError, OSError, UnicodeDecodeError) as error:
            self._observer.event("pack.rejected", pack=pack_id, why=str(error))
            return None
        if pack.id != pack_id:
            self._observer.event("pack.rejected", pack=pack_id, why=f"{path.name} holds a pack with the id {pack.id}")
            return None
        return pack


@cache
def built_in_ids() -> frozenset[str]:
    """The packs inside the package."""
    files = resources.files("ari_app.packs").iterdir()
    return frozenset(file.name.removesuffix(_SUFFIX) for file in files if file.name.endswith(_SUFFIX))


@cache
def built_in(pack_id: str) -> Pack:
    """A pack inside the package. Raises PackError: Garbo itself is broken, and nothing may be judged."""
    name = f"{pack_id}{_SUFFIX}"
    return parse_pack(resources.files("ari_app.packs").joinpath(name).read_text(encoding="utf-8"), name=name)
