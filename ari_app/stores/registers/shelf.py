"""
The folder of whole registers: for each a folder of its name, with its versions and the pointer to the one in force.

    registers/TPS/000007.register    one version, never changed
    registers/TPS/current            {"version": 7, "digest": "…"}
    registers/TPS/lock               held by the command that changes something

A version is written beside (`.part`), forced to the disk, read back, and renamed; then the pointer is replaced in the
same way. A command that is killed at any point leaves the old version in force, and at most a `.part` that the next one
removes. Implements ports.register_files.RegisterShelf.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ari_app.ports.register_files import (
    REGISTER_NAME,
    RegisterBusy,
    RegisterDamaged,
    RegisterNumbers,
    RegisterVersion,
)
from ari_app.ports.verdicts import StoreConflict, StoreError
from ari_app.stores.registers.snapshot_file import (
    Snapshot,
    digest_of,
    joined,
    read_header,
    read_snapshot,
    write_snapshot,
)

POINTER = "current"
_FILE = re.compile(r"([0-9]{6,})\.register")
_PART = ".part"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version is in force."""

    version: int
    digest: str


class RegisterFolder:
    """Versions of registers in a folder."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet; the folder is made when something is first kept."""
        self.folder = folder

    def names(self) -> list[str]:
        """
        Registers that have a version in force, by name; one of which that cannot be seen is among them.

        Raises StoreError: the folder cannot be read.
        """
        try:
            found = [each for each in _names_in(self.folder) if REGISTER_NAME.fullmatch(each)]
        except OSError as failure:
            raise StoreError(f"{self.folder}: the registers cannot be read: {failure.strerror}") from failure
        return sorted(each for each in found if _may_exist(self.folder / each / POINTER))

    def versions(self, name: str) -> Sequence[int]:
        """Numbers of all that are kept, oldest first. Raises RegisterDamaged: nobody can say."""
        place = self._place(name)
        try:
            return sorted(int(found[1]) for each in _names_in(place) if (found := _FILE.fullmatch(each)))
        except OSError as failure:
            raise RegisterDamaged(f"{place}: {failure.strerror}") from failure

    def path(self, name: str, version: int) -> Path:
        """Where a version is kept."""
        return self._place(name) / f"{version:06}.register"

    def pointer(self, name: str) -> Pointer | None:
        """Which version is in force; None: none ever was. Raises RegisterDamaged: the pointer cannot be read."""
        path = self._place(name) / POINTER
        try:
            said = json.loads(path.read_text("ascii"))
            return Pointer(int(said["version"]), str(said["digest"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as failure:
            raise RegisterDamaged(f"{path}: it does not say which version is in force: {failure}") from failure

    def read(self, name: str, version: int, digest: str | None = None) -> Snapshot:
        """A version, checked. Raises RegisterDamaged: it is not whole, or cannot be read."""
        path = self.path(name, version)
        try:
            return read_snapshot(path, name=name, version=version, digest=digest)
        except OSError as failure:
            raise RegisterDamaged(f"{path}: {failure.strerror or failure}") from failure

    def header(self, name: str, version: int) -> RegisterVersion:
        """What a version says of itself, unchecked. Raises RegisterDamaged."""
        path = self.path(name, version)
        try:
            return read_header(path)
        except OSError as failure:
            raise RegisterDamaged(f"{path}: {failure.strerror or failure}") from failure

    def in_force(self, name: str) -> Snapshot | None:
        """The version in force, checked; None: nothing was ever loaded. Raises RegisterDamaged."""
        pointer = self.pointer(name)
        return self.read(name, pointer.version, pointer.digest) if pointer else None

    def current(self, name: str) -> RegisterVersion | None:
        """What is in force, as it says of itself; None: nothing was ever loaded. Raises RegisterDamaged."""
        pointer = self.pointer(name)
        return self.header(name, pointer.version) if pointer else None

    def numbers(self, name: str) -> RegisterNumbers:
        """The numbers of what is in force. Raises RegisterDamaged: it is not whole, or there is none."""
        snapshot = self.in_force(name)
        if snapshot is None:
            raise RegisterDamaged(f"{name}: nothing was ever loaded")
        return RegisterNumbers(numbers=joined(snapshot.pieces), prefixes=snapshot.prefixes)

    @contextmanager
    def changing(self, name: str) -> Iterator[None]:
        """Hold this register's lock, which ends with the process at the latest, and clear away what a dead one left."""
        place = self._place(name)
        try:
            place.mkdir(parents=True, exist_ok=True)
            lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as failure:
            raise StoreError(f"{place}: registers cannot be kept there: {failure.strerror}") from failure
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as failure:
                raise RegisterBusy(f"{name}: another command is changing this register; try again") from failure
            for left in place.glob(f"*{_PART}"):
                with suppress(OSError):
                    left.unlink()
            yield
        finally:
            os.close(lock)

    def publish(self, draft: RegisterVersion, numbers: RegisterNumbers, *, keep: int) -> RegisterVersion:
        """Keep a version and put it in force; to be called while `changing`. Raises StoreError."""
        name = draft.name
        version = replace(
            draft,
            version=max(self.versions(name), default=0) + 1,
            numbers=len(numbers.numbers),
            prefixes=len(numbers.prefixes),
        )
        path = self.path(name, version.version)
        part = path.with_name(path.name + _PART)
        try:
            digest = write_snapshot(part, version, numbers)
            if digest_of(part) != digest:
                raise StoreError(f"{part}: what was written is not what is there: is the disk at fault?")
            part.rename(path)
            self._point(name, Pointer(version.version, digest))
        except OSError as failure:
            with suppress(OSError):
                part.unlink()
            raise StoreError(f"{path}: the register cannot be kept: {failure.strerror or failure}") from failure
        self._prune(name, version.version, keep)
        return version

    def roll_back(self, name: str, to: int | None = None) -> Snapshot:
        """
        Put an older version in force: `to`, else the newest before the one in force that is whole.

        To be called while `changing`. Raises StoreConflict: there is none. Raises RegisterDamaged: `to` is not whole.
        """
        kept = self.versions(name)
        if to is not None and to not in kept:
            raise StoreConflict(f"{name} has no version {to}; it has {', '.join(map(str, kept)) or 'none'}")
        snapshot = self.read(name, to) if to is not None else self._before(name)
        if snapshot is None:
            raise StoreConflict(f"{name}: there is no whole version before the one in force: name one with --to")
        try:
            self._point(name, Pointer(snapshot.version.version, snapshot.digest))
        except OSError as failure:
            raise StoreError(f"{name}: the pointer cannot be written: {failure.strerror}") from failure
        return snapshot

    def _before(self, name: str) -> Snapshot | None:
        pointer = self.pointer(name)
        return self.newest_whole(name, before=pointer.version) if pointer else None

    def newest_whole(self, name: str, *, before: int) -> Snapshot | None:
        """The newest version under this number that is whole; None: there is none. Raises RegisterDamaged."""
        for version in sorted((each for each in self.versions(name) if each < before), reverse=True):
            with suppress(RegisterDamaged):
                return self.read(name, version)
        return None

    def _point(self, name: str, pointer: Pointer) -> None:
        path = self._place(name) / POINTER
        part = path.with_name(POINTER + _PART)
        _synced(path.parent)  # the version's own name, before anything says that it is there
        with part.open("w", encoding="ascii") as file:
            json.dump({"version": pointer.version, "digest": pointer.digest}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _synced(path.parent)

    def _prune(self, name: str, current: int, keep: int) -> None:
        others = [version for version in self.versions(name) if version != current]
        for version in others[: max(len(others) - (keep - 1), 0)]:
            with suppress(OSError):
                self.path(name, version).unlink()

    def _place(self, name: str) -> Path:
        if not REGISTER_NAME.fullmatch(name):
            raise StoreConflict(f"{name!r}: a register is named with capitals, digits, '-' and '_', as TPS or US-DNC")
        return self.folder / name


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def _may_exist(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _synced(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
