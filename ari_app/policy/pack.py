"""
A pack: rules, grounds and duties as frozen values, parsed once by `grammar`.

A *rule* may object. A *ground* is a fact that only a rule's own `unless` names. A *duty* is carried by a permit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Protocol, TypeAlias

from ari_app.policy.facts import Facts
from ari_app.policy.request import CallRequest

TextValue: TypeAlias = str | int | datetime | timedelta | Mapping[str, str]
"""What a placeholder is filled with; instants and durations are worded per language, a mapping is language to words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule kind found against the call; the rule around it adds name, force, text and source."""

    code: str
    not_before: datetime | None = None
    """The first instant after `now` at which the kind no longer finds this; None: time alone does not help."""
    values: tuple[tuple[str, TextValue], ...] = ()
    """Values for the placeholders of the rule's text."""


COMMON_PLACEHOLDERS = ("principal", "campaign", "not_before")
"""Placeholders that any rule's text may use."""

CORE = "core"
"""Id of the built-in pack that is always in force, and never in shadow mode."""


class RuleKind(Protocol):
    """Parameters of one kind of rule, and its judgement."""

    reads: ClassVar[tuple[str, ...]]
    """Names of the `Facts` it needs."""
    gives: ClassVar[tuple[str, ...]]
    """Placeholders that its findings fill, beside `COMMON_PLACEHOLDERS`."""
    counts: ClassVar[str]
    """What it counts earlier calls by (`number+principal`), hence is locked by; empty: it counts nothing."""

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """Everything this rule has against the call at `now`; empty: it passes."""
        ...


class GroundKind(Protocol):
    """
    A fact that may lift a rule which names it.

    With unchanged facts it may lapse as time goes on, never begin: `not_before` relies on that.
    """

    reads: ClassVar[tuple[str, ...]]

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> bool:
        """Whether the ground is given at `now`."""
        ...


class DutyKind(Protocol):
    """Something a permitted call must do."""

    def apply(self, request: CallRequest) -> dict[str, str]:
        """What the duty adds to the permit: names and values of `Duties`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a rule comes from; `evidence` is the tag of RULES.md 0."""

    cite: str
    url: str = ""
    evidence: str = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """To which calls a rule applies; an empty set applies to all, and what is Unknown applies."""

    purposes: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    list_origins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a pack."""

    id: str
    kind: RuleKind
    force: str
    source: Source
    text: dict[str, str]
    when: When
    unless: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One ground of a pack, named by `unless` of its rules."""

    id: str
    kind: GroundKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One duty of a pack."""

    id: str
    kind: DutyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A pack, whole, with the digest of the file it came from."""

    id: str
    version: str
    jurisdiction: str
    status: str
    title: dict[str, str]
    sha256: str
    rules: tuple[Rule, ...]
    grounds: tuple[Ground, ...] = ()
    duties: tuple[Duty, ...] = ()
    holidays: str = ""
    """ISO country whose public holidays its calling windows follow; empty: none."""
    reviewed_by: str = ""
    reviewed_on: date | None = None
