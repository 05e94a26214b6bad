"""Whoever has said when to be called is called then."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from ari_app.policy.calendar import WEEKDAYS, CallingWindow, is_open, next_open, read_span
from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Facts, known
from ari_app.policy.held import Flag
from ari_app.policy.numbers import Number, zones
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursWanted:
    """
    The call starts in the hours that were last asked for, every day, in every zone the callee may be in.

    Start inside, end outside. The newest wish that stands at the instant counts; a callee without one passes.
    """

    reads: ClassVar[tuple[str, ...]] = ("flags",)
    moot_without: ClassVar[str] = "flags"
    gives: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """`outside_wanted_hours`, until they begin. Raises ValueError: the wish is no `HH:MM-HH:MM`."""
        wishes = [flag for flag in known(facts.flags) if flag.kind is FlagKind.HOURS]
        if not any(wish.since <= now for wish in wishes) or not isinstance(request.callee, Number):
            return ()
        places = zones(request.callee)
        if is_open(_wanted(wishes, now), now, places):
            return ()
        return (Finding(code="outside_wanted_hours", not_before=_first_wanted(wishes, now, places)),)


def _first_wanted(wishes: list[Flag], now: datetime, places: tuple[str, ...]) -> datetime | None:
    # Asked about the past, a wish may follow that was not made yet: from then on that one counts.
    at: datetime | None = now
    while at is not None:
        opens, this = next_open(_wanted(wishes, at), at, places), at
        at = min((wish.since for wish in wishes if wish.since > this), default=None)
        if opens is not None and (at is None or opens < at):
            return opens
    return None


def _wanted(wishes: list[Flag], at: datetime) -> CallingWindow:
    standing = [wish for wish in wishes if wish.since <= at]
    return _every_day(max(standing, key=lambda wish: (wish.since, wish.value)).value)


@lru_cache(maxsize=256)
def _every_day(hours: str) -> CallingWindow:
    return CallingWindow(dict.fromkeys(WEEKDAYS, (read_span(hours),)))
