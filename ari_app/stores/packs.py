"""
The packs at hand: those inside the package, and TOML files of the installation's own folder, one pack each.

A file is named for its pack, `house.toml` for pack `house`, and is read again once its size or time has changed. It is
taken up whole or refused whole (docs/decisions/0016): while it is being written, and where its new text cannot be used,
the pack read before it goes on. A pack that never could be used, or whose file is gone, is no pack, and campaigns that
name it are denied.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from ari_app.policy.calendar import LocalDay
from ari_app.policy.grammar import PackError, parse_pack
from ari_app.policy.pack import Pack
from ari_app.policy.pack_cases import CASES_SUFFIX
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer

AT_REST = timedelta(seconds=1)
"""A file that has not changed for so long is taken to be whole."""

_SUFFIX = ".toml"
_HOUSE = "house"  # the house's own rules are the house's own: a file of this name takes the built-in pack's place
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)


class _Stamp(NamedTuple):
    """Tells one state of a file from the next."""

    inode: int
    size: int
    written_ns: int
    changed_ns: int
    """Of the content, the name or the rights: the file system's own word, which no copying tool sets back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the installation has chosen, for all its packs."""

    switched_on: frozenset[str] = frozenset()
    """Open points that bind, as `pack/rule`."""
    local_days: tuple[tuple[str, LocalDay], ...] = ()
    """Holidays of its own, each with the calendar that it belongs to."""

    @property
    def by_calendar(self) -> Mapping[str, list[LocalDay]]:
        """The local days of each calendar."""
        days: dict[str, list[LocalDay]] = {}
        for calendar, day in self.local_days:
            days.setdefault(calendar, []).append(day)
        return days


_NONE_CHOSEN = Choices()


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as it was when it was last read; `pack` is what is in force since, None if nothing is."""

    stamp: _Stamp
    pack: Pack | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was when it was last looked at, and since when it is so."""

    stamp: _Stamp
    since: datetime


class PackFolder:
    """Implements ports.packs.Packs."""

    def __init__(self, folder: Path | None, observer: Observer, clock: Clock, choices: Choices = _NONE_CHOSEN) -> None:
        """The folder need not exist; None: only built-in packs."""
        self._folder = folder
        self._observer = observer
        self._clock = clock
        self._choices = choices
        self._read: dict[str, _Read] = {}
        self._seen: dict[str, _Seen] = {}
        self._own_house = False
        """Whether a house of one's own was found since the start: from then on none but such a one is in force."""

    def get(self, pack_id: str) -> Pack | None:
        """As the port. A built-in id always means the built-in pack, but for a `house` of the installation's own."""
        if self._is_built_in(pack_id):
            return built_in(pack_id, self._choices)
        if self._folder is None or not _ID.fullmatch(pack_id):
            return None
        path = self._path(pack_id)
        try:
            status = path.stat()
        except OSError:
            self._gone(pack_id)
            return None
        self._own_house |= pack_id == _HOUSE
        held, stamp = self._read.get(pack_id), _stamp(status)
        if (held is None or held.stamp != stamp) and self._is_at_rest(pack_id, stamp):
            held = self._read_again(pack_id, path, stamp, held)
        return held.pack if held else None

    def ids(self) -> tuple[str, ...]:
        """
        Every id that has a file, usable or not, sorted. A file with a built-in's name is reported and not used.

        So is one that is called like an id but for capital letters: no campaign would ever find it.
        """
        own = set(self._own_ids())
        for file, meant in sorted(self._misspelt()):
            self._observer.event("pack.rejected", pack=meant, why=f"{file} is not read: call it {meant}{_SUFFIX}")
        for taken in sorted(pack_id for pack_id in own if self._is_built_in(pack_id)):
            self._observer.event("pack.rejected", pack=taken, why="the name of a built-in pack cannot be used again")
        return tuple(sorted(own | built_in_ids()))

    def cases(self, pack_id: str) -> Path | None:
        """Where the cases of a pack of one's own lie, whether or not they are there; None: it is no such pack."""
        return self._path(pack_id).with_name(f"{pack_id}{CASES_SUFFIX}") if pack_id in self._own_ids() else None

    def open(self) -> None:
        """
        Before the first verdict: wait a second if a file was written just now, and report switches that switch nothing.

        A switch that was mistyped would otherwise be a rule that is silently not in force: `pack.switch_unknown`.
        """
        files = ((pack_id, self._path(pack_id)) for pack_id in self._own_ids())
        if not all([self._is_at_rest(pack_id, _stamp(path.stat())) for pack_id, path in files if path.exists()]):
            time.sleep(AT_REST.total_seconds())
        own = frozenset(pack_id for pack_id in self._own_ids() if not self._is_built_in(pack_id))
        for pack_id in sorted({switch.partition("/")[0] for switch in self._choices.switched_on}):
            if pack_id in own:
                self.get(pack_id)  # reports its own when it is read
            elif pack_id in built_in_ids():
                self._report_switches(built_in(pack_id, self._choices))
            else:
                self._report_unknown(pack_id, "there is no such pack", known=frozenset())

    def _is_built_in(self, pack_id: str) -> bool:
        if pack_id not in built_in_ids():
            return False
        if pack_id != _HOUSE or self._folder is None:
            return True
        return not self._own_house and not self._path(_HOUSE).exists()

    def _own_ids(self) -> Iterator[str]:
        if self._folder is not None and self._folder.is_dir():
            yield from (path.stem for path in self._folder.glob(f"*{_SUFFIX}") if _ID.fullmatch(path.stem))

    def _misspelt(self) -> Iterator[tuple[str, str]]:
        if self._folder is not None and self._folder.is_dir():
            for path in self._folder.iterdir():
                stem, lower = path.stem.lower(), path.name.lower()
                if path.name != lower and lower.endswith(_SUFFIX) and _ID.fullmatch(stem):
                    yield path.name, stem

    def _gone(self, pack_id: str) -> None:
        self._read.pop(pack_id, None)
        seen = self._seen.pop(pack_id, None)
        if pack_id == _HOUSE and seen is not None:
            # Who took the file away may expect the built-in one: it is back with the next start, and not unnoticed.
            why = f"{pack_id}{_SUFFIX} is gone; the built-in one takes its place when Garbo starts anew"
            self._observer.event("pack.rejected", pack=pack_id, why=why, in_force="none")

    def _is_at_rest(self, pack_id: str, stamp: _Stamp) -> bool:
        """Whether the file has been as it is for a while, by its own time or, if that lies ahead, by ours."""
        now = self._clock.now()
        seen = self._seen.get(pack_id)
        if seen is None or seen.stamp != stamp:
            seen = self._seen[pack_id] = _Seen(stamp, now)
        return now - seen.since >= AT_REST or now.timestamp() - stamp.changed_ns / 1e9 >= AT_REST.total_seconds()

    def _read_again(self, pack_id: str, path: Path, stamp: _Stamp, held: _Read | None) -> _Read | None:
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read()
                if _stamp(os.fstat(file.fileno())) != stamp:
                    return held  # somebody writes it after all: it is looked at again
            pack = parse_pack(
                text, name=path.name, switched_on=self._choices.switched_on, local_days=self._choices.by_calendar
            )
        except (PackError, OSError, UnicodeDecodeError) as error:
            return self._refused(pack_id, stamp, held, str(error))
        if pack.id != pack_id:
            return self._refused(pack_id, stamp, held, f"{path.name} holds a pack with the id {pack.id}")
        if held and held.pack and held.pack.version == pack.version and len(pack.rules) < len(held.pack.rules):
            # A file that was cut off while it was written, between two rules, looks just so.
            fewer = f"{len(pack.rules)} rules instead of {len(held.pack.rules)}"
            why = f"version {pack.version} with {fewer}: to take rules away give it a new version"
            return self._refused(pack_id, stamp, held, why)
        self._report_switches(pack)
        read = self._read[pack_id] = _Read(stamp, pack)
        return read

    def _refused(self, pack_id: str, stamp: _Stamp, held: _Read | None, why: str) -> _Read:
        still = held.pack if held else None
        in_force = f"version {still.version}" if still else "none"
        self._observer.event("pack.rejected", pack=pack_id, why=why, in_force=in_force)
        read = self._read[pack_id] = _Read(stamp, still)
        return read

    def _report_switches(self, pack: Pack) -> None:
        there = frozenset(rule.id for rule in pack.rules if rule.optional)
        there |= frozenset(ground.id for ground in pack.grounds if ground.optional)
        self._report_unknown(pack.id, f"open points of {pack.id}: {', '.join(sorted(there)) or 'none'}", known=there)

    def _report_unknown(self, pack_id: str, why: str, *, known: frozenset[str]) -> None:
        for switch in sorted(self._choices.switched_on):
            named, _, open_point = switch.partition("/")
            if named == pack_id and open_point not in known:
                self._observer.event("pack.switch_unknown", switch=switch, why=why)

    def _path(self, pack_id: str) -> Path:
        return (self._folder or Path()) / f"{pack_id}{_SUFFIX}"


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@cache
def built_in_ids() -> frozenset[str]:
    """The packs inside the package."""
    files = resources.files("ari_app.packs").iterdir()
    return frozenset(file.name.removesuffix(_SUFFIX) for file in files if file.name.endswith(_SUFFIX))


@cache
def built_in(pack_id: str, choices: Choices = _NONE_CHOSEN) -> Pack:
    """A pack inside the package. Raises PackError: Garbo itself is broken, and nothing may be judged."""
    name = f"{pack_id}{_SUFFIX}"
    text = resources.files("ari_app.packs").joinpath(name).read_text(encoding="utf-8")
    return parse_pack(text, name=name, switched_on=choices.switched_on, local_days=choices.by_calendar)


def built_in_cases(pack_id: str) -> str:
    """The cases of a pack inside the package. Raises FileNotFoundError: it has none."""
    return resources.files("ari_app.packs").joinpath(f"{pack_id}{CASES_SUFFIX}").read_text(encoding="utf-8")
