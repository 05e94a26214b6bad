"""So many calls and no more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from ari_app.policy.attempts import MOST_ATTEMPTS, Attempt, was_answered, was_conversation
from ari_app.policy.counting import (
    WordsOnRecord,
    check_look_back,
    earlier_calls,
    ended_as,
    free_after,
    reach,
)
from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts
from ari_app.policy.pack import CountingKey, Finding
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsLeft:
    """
    Fewer than `max_n` marketing calls of the same principal lie within the last `period`.

    `count` is `attempt` (all that reached the callee's line), `answered` (by whatever) or `conversation` (one of known
    length counts from `conversation_from` on, exactly equal counts). A call under way, or that nobody saw end, counts
    as all of these. What ended as one of `not_counted` never counts. The period rolls, and a call that is exactly one
    period old counts no longer; with `calendar` it is today and the days before, by the callee's clock, and where the
    callee may be in several zones a call counts as long as it does in any.

    Source: US, Fla. Stat. 501.616(6) (3 in 24 hours on one subject); FR, décret 2022-1313 (4 in 30 days).
    """

    max_n: Annotated[int, Field(ge=1, le=MOST_ATTEMPTS)]
    period: Duration
    calendar: bool = False
    count: Literal["attempt", "answered", "conversation"] = "attempt"
    counting_key: CountingKey = "number+principal"
    not_counted: WordsOnRecord = ()
    conversation_from: Duration | None = None

    reads: ClassVar[tuple[str, ...]] = ("attempts",)
    moot_without: ClassVar[str] = "attempts"
    gives: ClassVar[tuple[str, ...]] = ("max_n", "period")
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a rule that could not see what it asks for, or says what has no meaning.

        Raises ValueError.
        """
        check_look_back(self.period, calendar=self.calendar)
        if self.conversation_from is not None and self.count != "conversation":
            raise ValueError('conversation_from says what a conversation is: it needs count = "conversation"')

    @property
    def counts(self) -> str:
        """Its key."""
        return self.counting_key

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """`attempts_exhausted`, until so many have fallen out of the period that one more fits."""
        since = now - reach(self.period, calendar=self.calendar)
        earlier = earlier_calls(request, facts, self.counting_key, since=since)
        counted = [attempt for attempt in earlier if self._counts(attempt)]
        if len(counted) < self.max_n:
            return ()
        ends = sorted(free_after(attempt, self.period, request, calendar=self.calendar) for attempt in counted)
        free_at = ends[-self.max_n]
        if free_at <= now:
            return ()
        values = (("max_n", self.max_n), ("period", self.period))
        return (Finding(code="attempts_exhausted", not_before=free_at, values=values),)

    def _counts(self, attempt: Attempt) -> bool:
        if any(ended_as(attempt, word) for word in self.not_counted):
            return False
        if self.count == "conversation":
            return was_conversation(attempt, from_=self.conversation_from)
        return self.count == "attempt" or was_answered(attempt)
