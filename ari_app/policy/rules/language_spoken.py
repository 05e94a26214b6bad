"""Whoever asked for another language is called by somebody who speaks it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Facts, known
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest, Door


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSpoken:
    """
    The operator speaks the language that the callee last asked for, as their first or beside it.

    Of two noted at the same instant either will do. Somebody who noted no language passes with anybody. A check that
    names no operator passes; any other call without one does not.

    Source: RULES 6.5.
    """

    reads: ClassVar[tuple[str, ...]] = ("flags",)
    moot_without: ClassVar[str] = "flags"
    gives: ClassVar[tuple[str, ...]] = ("language",)
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """`language_not_spoken`; another operator may call, time alone does not help."""
        asked = [flag for flag in known(facts.flags) if flag.kind is FlagKind.LANGUAGE and flag.since <= now]
        if not asked or (request.ask.door is Door.CHECK and not request.operator_id):
            return ()
        last = max(flag.since for flag in asked)
        wanted = sorted({_read(flag.value) for flag in asked if flag.since == last})
        if request.operator is not None and any(_read(each) in wanted for each in request.operator.languages):
            return ()
        return (Finding(code="language_not_spoken", values=(("language", ", ".join(wanted)),)),)


def _read(language: str) -> str:
    return language.strip().casefold()
