"""The verdict as a value: permit, defer or deny, with every objection and what each rule said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from ari_app.policy.duties_owed import Duties
from ari_app.policy.scripts import ScriptChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One rule's reason against the call."""

    code: str
    """A stable reason code."""
    rule: str
    """`pack/rule`."""
    force: str
    """`law`, `regulator`, `code`, `house` or `best_practice`."""
    text: Mapping[str, str]
    """Language to sentence, for operator and supervisor."""
    source: str
    not_before: datetime | None
    """The first instant at which this rule no longer objects; None: it never stops objecting (deny)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRun:
    """One line of the trace: a rule that was looked at, and what it said."""

    rule: str
    said: str
    """`passed`, `objected`, `not_applicable`, `lifted`, `unknown` or `error`."""
    detail: str = ""
    reads: tuple[str, ...] = ()
    """Names of the facts it saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The call may go out, and this is how."""

    duties: Duties
    script: ScriptChoice | None
    notes: tuple[Objection, ...] = ()
    """Objections of packs in shadow mode."""
    trace: tuple[RuleRun, ...] = ()
    redeems: str = ""
    """Id of the one-off permit that the call uses up; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defer:
    """Not now; from `not_before` no deferring rule objects."""

    objections: tuple[Objection, ...]
    not_before: datetime
    trace: tuple[RuleRun, ...] = ()
    notes: tuple[Objection, ...] = ()
    """Objections of packs in shadow mode; they move neither verdict nor instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """No, and time alone will not change it."""

    objections: tuple[Objection, ...]
    trace: tuple[RuleRun, ...] = field(default=())
    notes: tuple[Objection, ...] = ()
    """Objections of packs in shadow mode."""


Verdict: TypeAlias = Permit | Defer | Deny
