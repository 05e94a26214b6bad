"""
A backup as one file: a tar of database, key file and (if wanted) registers, with a manifest of their digests.

The manifest comes last, so that an archive that was cut off has none. Nothing is taken out of an archive but the names
that its manifest lists, and of these only what a backup writes.
"""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from ari_app.ports.verdicts import StoreConflict

DATABASE, KEY, REGISTERS, MANIFEST = "garbo.db", "garbo.key", "registers/", "manifest.json"
FORMAT = 1
_BLOCK = 1 << 20
_MOST_MANIFEST = 1 << 22

Bytes = Callable[[int], None]
"""Told how many bytes more were read or written."""


class FileDigest(msgspec.Struct, frozen=True):
    """One file of an archive."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What an archive holds, and what it was made with."""

    format: int
    made_at: str
    garbo: str
    sqlite: str
    schema: str
    key_id: str
    files: dict[str, FileDigest]


@dataclass(slots=True)
class Packing:
    """An archive being written."""

    tar: tarfile.TarFile
    told: Bytes
    files: dict[str, FileDigest]

    def add(self, name: str, file: Path) -> None:
        """Put a file in. Raises OSError."""
        with file.open("rb") as opened:
            size = file.stat().st_size
            reader = _Digesting(opened, self.told)
            self.tar.addfile(_entry(name, size), reader)
            self.files[name] = FileDigest(size=size, sha256=reader.digest())

    def add_text(self, name: str, text: str) -> None:
        """Put a small file in."""
        raw = text.encode("ascii")
        self.tar.addfile(_entry(name, len(raw)), io.BytesIO(raw))
        self.files[name] = FileDigest(size=len(raw), sha256=hashlib.sha256(raw).hexdigest())

    def finish(self, **made: Any) -> Manifest:
        """Write the manifest."""
        manifest = Manifest(format=FORMAT, files=self.files, **made)
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        self.tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))
        return manifest


@contextmanager
def packing(into: IO[bytes], told: Bytes) -> Iterator[Packing]:
    """An archive to be written into an open file."""
    with tarfile.open(fileobj=into, mode="w", format=tarfile.PAX_FORMAT) as tar:
        yield Packing(tar, told, {})


class Archive:
    """An archive that is there. Raises StoreConflict: it is none, is damaged, or holds what no backup writes."""

    def __init__(self, file: Path) -> None:
        """Read its manifest; `close` it again."""
        self._name = file
        try:
            self._tar = tarfile.open(file, mode="r:")  # noqa: SIM115  closed by `close`
        except FileNotFoundError as failure:
            raise StoreConflict(f"{file}: there is no such file") from failure
        except (OSError, tarfile.TarError) as failure:
            raise StoreConflict(f"{file}: not a backup: {failure}") from failure
        try:
            self._members, self.manifest = self._read()
        except BaseException:
            self._tar.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._tar.close()

    def text(self, name: str) -> str:
        """A small file, checked."""
        into = io.BytesIO()
        self._copy(name, into, lambda _: None)
        return into.getvalue().decode("ascii", "replace")

    def take_out(self, name: str, target: Path, told: Bytes) -> None:
        """Write one of its files, checked against the manifest. Raises OSError."""
        with target.open("wb") as into:
            self._copy(name, into, told)

    def _read(self) -> tuple[dict[str, tarfile.TarInfo], Manifest]:
        try:
            members = {member.name: member for member in self._tar.getmembers()}
            last = members.pop(MANIFEST, None)
            stream = self._tar.extractfile(last) if last is not None and last.size <= _MOST_MANIFEST else None
            if stream is None:
                raise StoreConflict(f"{self._name}: no whole backup: it has no manifest; was it cut off?")
            manifest = msgspec.json.decode(stream.read(), type=Manifest)
        except (OSError, tarfile.TarError, msgspec.DecodeError, UnicodeDecodeError) as failure:
            raise StoreConflict(f"{self._name}: not a whole backup: {failure}") from failure
        if manifest.format != FORMAT:
            raise StoreConflict(f"{self._name}: a backup of form {manifest.format}, this Garbo reads form {FORMAT}")
        for name in manifest.files:
            self._check_name(name, members)
        if missing := {DATABASE, KEY} - manifest.files.keys():
            raise StoreConflict(f"{self._name}: {min(missing)} is missing in it")
        return members, manifest

    def _check_name(self, name: str, members: dict[str, tarfile.TarInfo]) -> None:
        plain = name in (DATABASE, KEY) or (
            name.startswith(REGISTERS) and all(part not in ("", ".", "..") for part in name.split("/"))
        )
        if not plain or "\\" in name or "\0" in name or name not in members or not members[name].isreg():
            raise StoreConflict(f"{self._name}: {name!r} is nothing that a backup holds")

    def _copy(self, name: str, into: IO[bytes], told: Bytes) -> None:
        stream = self._tar.extractfile(self._members[name])
        if stream is None:
            raise StoreConflict(f"{self._name}: {name} cannot be read")
        reader = _Digesting(stream, told)
        try:
            while block := reader.read(_BLOCK):
                into.write(block)
        except tarfile.TarError as failure:
            raise StoreConflict(f"{self._name}: {name} cannot be read: {failure}") from failure
        meant = self.manifest.files[name]
        if (reader.size, reader.digest()) != (meant.size, meant.sha256):
            raise StoreConflict(f"{self._name}: {name} in it is damaged: its digest is another; nothing was changed")


class _Digesting(io.RawIOBase):
    """Passes bytes on and takes their digest."""

    def __init__(self, source: IO[bytes], told: Bytes) -> None:
        self._source, self._told = source, told
        self._sha256 = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        block = self._source.read(size)
        self._sha256.update(block)
        self.size += len(block)
        self._told(len(block))
        return block

    def digest(self) -> str:
        return self._sha256.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry
