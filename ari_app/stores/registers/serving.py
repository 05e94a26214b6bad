"""
Whole registers at hand for verdicts: looked up in memory, replaced by one assignment. Implements ports.registers.

`refresh` looks at the folder, reads what is new and swaps it in; whoever runs a gate calls it every second, beside the
gate's own thread. What is not whole is refused and reported, and what was served before goes on being served. After a
start there is no before: then the newest older version that is whole is served, with its own date. A register of which
no version is whole is Unknown, and denies.
"""

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ari_app.policy.facts import Unknown
from ari_app.policy.held import Screening
from ari_app.ports.observer import Observer
from ari_app.ports.register_files import Covered, RegisterDamaged, RegisterVersion
from ari_app.ports.verdicts import StoreError
from ari_app.stores.registers.shelf import POINTER, RegisterFolder
from ari_app.stores.registers.snapshot_file import PIECE_BITS, Snapshot


class Held:
    """One version in memory, laid out for looking up."""

    __slots__ = ("_answers", "_answers_by", "_listed_by", "_pieces", "_prefixes", "version")

    def __init__(self, snapshot: Snapshot) -> None:
        """Whatever it can answer is made here, so that a look-up makes nothing."""
        self.version: RegisterVersion = snapshot.version
        self._pieces = snapshot.pieces
        self._prefixes = snapshot.prefixes
        self._listed_by = tuple(sorted({len(prefix) for prefix in snapshot.prefixes}))
        self._answers = {
            covered.prefix: (self._says("clear", covered), self._says("listed", covered))
            for covered in snapshot.version.coverage
        }
        self._answers_by = tuple(sorted({len(prefix) for prefix in self._answers}, reverse=True))

    def answer(self, e164: str) -> Screening | None:
        """What it says of a number; None: it does not cover it."""
        for length in self._answers_by:
            answers = self._answers.get(e164[:length])
            if answers is not None:
                return answers[self._lists(e164)]
        return None

    def _says(self, answer: Literal["clear", "listed"], covered: Covered) -> Screening:
        return Screening(
            register=self.version.name,
            answer=answer,
            answered_at=covered.as_of,
            valid_until=covered.valid_until,
            per_controller=False,
        )

    def _lists(self, e164: str) -> bool:
        number = int(e164[1:])
        piece = self._pieces.get(number >> PIECE_BITS)
        if piece is not None and number in piece:
            return True
        if not self._listed_by:  # mostly; to find nothing out with `any` costs a quarter of a look-up
            return False
        return any(e164[:length] in self._prefixes for length in self._listed_by)


@dataclass(slots=True)
class _Watched:
    """What was last seen of a register's files, so that they are read again only when they change."""

    version: int = 0
    """The version that the pointer named."""
    seen: tuple[object, ...] = ()
    """What tells these files from changed ones."""
    told: str = ""
    """The fault that was reported last."""


class HeldRegisters:
    """The registers of a folder, in memory."""

    def __init__(self, folder: RegisterFolder, observer: Observer) -> None:
        """Nothing is at hand before the first `refresh`."""
        self._folder = folder
        self._observer = observer
        self._held: dict[str, Held | Unknown] = {}
        self._watched: dict[str, _Watched] = {}
        self._at_work = False

    def go_to_work(self) -> None:
        """Tell what is served, and from now on what is taken up; what is refused is told in any case."""
        self._at_work = True
        for held in self._held.values():
            if isinstance(held, Held):
                self._tell(held.version)

    def answers(self, e164: str, names: Collection[str]) -> tuple[Screening, ...] | Unknown:
        """As ports.registers.Registers."""
        held, said = self._held, []
        for name in names:
            register = held.get(name)
            if register is None:
                continue
            if isinstance(register, Unknown):
                return register
            try:
                answer = register.answer(e164)
            except Exception as error:  # noqa: BLE001  whatever is wrong with a look-up, it must deny
                return Unknown(f"register {name}", repr(error))
            if answer is not None:
                said.append(answer)
        return tuple(said)

    def serves(self) -> dict[str, RegisterVersion | None]:
        """What answers now, by name; None: it should, and no version is whole."""
        return {name: held.version if isinstance(held, Held) else None for name, held in self._held.items()}

    def refresh(self) -> None:
        """Read what has changed in the folder, and put it in force. Waits for the disk; never raises."""
        try:
            names = self._folder.names()
        except StoreError as failure:
            self._refuse("", self._watched.setdefault("", _Watched()), str(failure))
            return
        for name in names:
            watched = self._watched.setdefault(name, _Watched())
            try:
                self._refresh(name, watched)
            except Exception as failure:  # noqa: BLE001  one register's fault, whatever it is, must not keep back others
                watched.seen = ()  # it may be gone at the next look: no memory, for instance
                self._refuse(name, watched, repr(failure))

    def _refresh(self, name: str, watched: _Watched) -> None:
        looked = self._look(name, watched)
        if looked == watched.seen:
            return
        began = time.monotonic()
        try:
            pointer = self._folder.pointer(name)
            if pointer is None:
                return
            watched.version = pointer.version
            watched.seen = self._look(name, watched)
            snapshot = self._folder.read(name, pointer.version, pointer.digest)
        except RegisterDamaged as failure:
            if self._look(name, watched)[0] != looked[0]:
                watched.seen = ()  # replaced while it was read: the next look takes its successor
                return
            # What could not be read at all is tried again each time; what was read and is damaged, when it has changed.
            again = isinstance(failure.__cause__, OSError)
            watched.seen = () if again else self._look(name, watched)
            self._refuse(name, watched, str(failure))
            return
        watched.told = ""
        self._serve(snapshot, began)

    def _look(self, name: str, watched: _Watched) -> tuple[object, ...]:
        places = (self._folder.folder / name / POINTER, self._folder.path(name, watched.version))
        return tuple(_signature(place) for place in places)

    def _serve(self, snapshot: Snapshot, began: float) -> None:
        version = snapshot.version
        self._held = {**self._held, version.name: Held(snapshot)}
        if self._at_work:
            self._tell(version, seconds=round(time.monotonic() - began, 3))

    def _tell(self, version: RegisterVersion, **more: object) -> None:
        said = {"version": version.version, "entries": version.numbers, "as_of": version.as_of.isoformat()}
        self._observer.event("register.loaded", register=version.name, **said, **more)

    def _refuse(self, name: str, watched: _Watched, cause: str) -> None:
        if cause == watched.told:
            return
        watched.told = cause
        held = self._held.get(name)
        older = None
        if name and not isinstance(held, Held):
            with suppress(RegisterDamaged):
                older = self._folder.newest_whole(name, before=watched.version)
            if older is None:
                self._held = {**self._held, name: Unknown(f"register {name}", "no version of it is whole")}
        serves = older.version.version if older else held.version.version if isinstance(held, Held) else None
        self._observer.event("register.refused", register=name, cause=cause, serves_version=serves)
        if older is not None:
            self._serve(older, time.monotonic())


def _signature(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_mtime_ns, found.st_size)
