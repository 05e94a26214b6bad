"""Whoever did not answer in the morning is tried in the afternoon."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ari_app.policy.counting import check_look_back, earlier_calls, nobody_took
from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts
from ari_app.policy.local_time import TimesApart, first_open
from ari_app.policy.numbers import Number, zones
from ari_app.policy.pack import CountingKey, Finding
from ari_app.policy.request import CallRequest

_HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnotherHour:
    """
    Not at the hour of the last marketing call that nobody took.

    For `within` after it the time of day lies at least `apart` from the time of day of that call, either way round the
    clock, in every zone the callee may be in; exactly equal passes, both. Where no zone is known, no hour is another.

    Source: RULES 6.5.
    """

    within: Duration
    apart: Duration

    reads: ClassVar[tuple[str, ...]] = ("attempts",)
    moot_without: ClassVar[str] = "attempts"
    gives: ClassVar[tuple[str, ...]] = ("last_at",)
    counts: ClassVar[CountingKey] = "number+principal"
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """Raises ValueError: no two times of day are so far apart, or attempts are not looked up so far back."""
        check_look_back(self.within)
        if self.apart >= _HALF_A_DAY:
            raise ValueError("no two times of day lie farther apart than 12 hours; write less for apart")

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """`contacted_recently`, until another hour comes or that call lies `within` back."""
        earlier = earlier_calls(request, facts, self.counts, since=now - self.within)
        last_at = max((attempt.at for attempt in earlier if nobody_took(attempt)), default=None)
        if last_at is None:
            return ()
        places = zones(request.callee) if isinstance(request.callee, Number) else ()
        another = first_open([(TimesApart.of(last_at, self.apart, place), place) for place in places], now)
        if another == now:
            return ()
        free_at = last_at + self.within
        not_before = min(free_at, another or free_at)
        return (Finding(code="contacted_recently", not_before=not_before, values=(("last_at", last_at),)),)
