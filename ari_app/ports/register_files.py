"""
Whole registers as they are kept: one immutable version beside the other, one of them in force.

    StoreError
    ├── RegisterDamaged    a version is not whole
    └── RegisterBusy       another command is changing this register
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from pyroaring import BitMap64

from ari_app.ports.verdicts import StoreError

REGISTER_NAME = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,31}")
"""As packs name registers."""

Way: TypeAlias = Literal["whole", "part", "changes"]


class RegisterDamaged(StoreError):  # noqa: N818  named for the state
    """A version cannot be read as what it should be."""


class RegisterBusy(StoreError):  # noqa: N818
    """Another command is changing this register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Numbers that a register speaks about: of those that begin so, one that it does not list is clear."""

    prefix: str
    """`+44`, `+1212`."""
    as_of: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file from which a version was made."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterVersion:
    """What is said about one version of a register, beside its numbers."""

    name: str
    version: int
    """From 1 on; 0: not kept yet."""
    region: str
    """Where numbers without a country prefix were read."""
    coverage: tuple[Covered, ...]
    """The longest prefix counts."""
    built_at: datetime
    sources: tuple[SourceFile, ...]
    way: Way
    dated_by: Literal["option", "file"]
    """Who says of what instant it is."""
    numbers: int
    prefixes: int

    @property
    def as_of(self) -> datetime:
        """The oldest instant of what it covers."""
        return min(covered.as_of for covered in self.coverage)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterNumbers:
    """Who is listed."""

    numbers: BitMap64
    """E.164 as integers."""
    prefixes: frozenset[str]
    """`+4470`: every number that begins so, however long."""


class RegisterShelf(Protocol):
    """Where versions are kept."""

    def changing(self, name: str) -> AbstractContextManager[None]:
        """Nobody else changes this register meanwhile. Raises RegisterBusy, StoreError."""
        ...

    def current(self, name: str) -> RegisterVersion | None:
        """What is in force; None: nothing was ever loaded. Raises RegisterDamaged."""
        ...

    def numbers(self, name: str) -> RegisterNumbers:
        """The numbers of what is in force. Raises RegisterDamaged."""
        ...

    def publish(self, draft: RegisterVersion, numbers: RegisterNumbers, *, keep: int) -> RegisterVersion:
        """Keep a version and put it in force, at once and whole; `keep` versions stay. Raises StoreError."""
        ...

    def versions(self, name: str) -> Sequence[int]:
        """Numbers of all that are kept, oldest first."""
        ...
