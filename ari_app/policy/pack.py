"""
A pack: rules, grounds and duties as frozen values, parsed once by `grammar`.

A *rule* may object. A *ground* is a fact that only a rule's own `unless` names. A *duty* is carried by a permit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal, Protocol, TypeAlias

from ari_app.policy.duties_owed import Duties
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

CountingKey: TypeAlias = Literal["number+principal", "person+principal", "number+principal+subject"]
"""By what earlier calls are counted: this number, any number of the person, this number and what the call is about."""

CORE = "core"
"""Id of the built-in pack that is always in force, and never in shadow mode."""


class RuleKind(Protocol):
    """
    Parameters of one kind of rule, and its judgement.

    A kind may also name, as `moot_without`, a fact without whose entries it passes: it is not even asked then.
    """

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the `Facts` it needs, set up as it is."""
        ...

    gives: ClassVar[tuple[str, ...]]
    """Placeholders that its findings fill, beside `COMMON_PLACEHOLDERS`."""

    @property
    def counts(self) -> str:
        """A `CountingKey`, or `campaign`: what it counts calls by, hence is locked by; empty: it counts nothing."""
        ...

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """Everything this rule has against the call at `now`; empty: it passes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A ground that is given, from an instant on; in the past or `now`: it is given now."""

    from_: datetime
    evidence: str = ""
    """What shows it: the id of a consent, of a permit …"""
    redeems: str = ""
    """Id of the one-off permit that the call uses up."""


class GroundKind(Protocol):
    """A fact that may lift a rule which names it."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the `Facts` it needs, set up as it is."""
        ...

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> Holding | None:
        """
        Whether the ground is given at `now`, or else the first instant after it at which it will be.

        None: never, with the facts as they are. It may lapse again later: each instant is asked anew.
        """
        ...


class DutyKind(Protocol):
    """Something a permitted call must do."""

    def bind(self, duties: Duties) -> Duties:
        """`duties`, and this one: where both speak of one thing, the stricter word stays."""
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
    optional: bool = False
    """An open point: it binds only where the installation has switched it on."""
    switched_on: bool = True
    """False: it is optional, and the installation has not switched it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One ground of a pack, named by `unless` of its rules."""

    id: str
    kind: GroundKind
    source: Source | None = None
    optional: bool = False
    """An open point: it lifts nothing unless the installation has switched it on."""
    switched_on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One duty of a pack."""

    id: str
    kind: DutyKind
    when: When
    force: str = "house"
    source: Source | None = None
    effective_from: date | None = None
    effective_to: date | None = None


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
    """Country, or its subdivision as `US-AL`, whose public holidays its calling windows follow; empty: none."""
    reviewed_by: str = ""
    reviewed_on: date | None = None

    def __hash__(self) -> int:
        """By the file it came from: a pack is a key of what is laid out once for all calls."""
        return hash((self.id, self.sha256))
