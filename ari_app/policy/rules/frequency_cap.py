"""So many calls and no more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from ari_app.policy.attempts import LOOK_BACK, MOST_ATTEMPTS, Attempt
from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.outcome import CONVERSATIONS, NO_ATTEMPTS
from ari_app.policy.pack import Finding
from ari_app.policy.request import MARKETING, CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsLeft:
    """
    Fewer than `max_n` marketing calls of the same principal lie within the last `period`.

    `count` is `attempt` (all that reached the callee's line) or `conversation`. A call under way, or that nobody saw
    end, counts as both. The period rolls; a call that is exactly one period old counts no longer.
    """

    max_n: Annotated[int, Field(ge=1, le=MOST_ATTEMPTS)]
    period: Duration
    count: Literal["attempt", "conversation"] = "attempt"

    reads: ClassVar[tuple[str, ...]] = ("attempts",)
    gives: ClassVar[tuple[str, ...]] = ("max_n", "period")
    counts: ClassVar[str] = "number+principal"
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a rule that could not see what it asks for.

        Raises ValueError: the period is longer than attempts are looked up.
        """
        if self.period > LOOK_BACK:
            raise ValueError(f"attempts are looked up {LOOK_BACK.days} days back, and no further")

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  the principal's
        """`attempts_exhausted`, until so many have fallen out of the period that one more fits."""
        starts = sorted((attempt.at for attempt in known(facts.attempts) if self._counted(attempt)), reverse=True)
        if len(starts) < self.max_n or starts[self.max_n - 1] + self.period <= now:
            return ()
        free_at = starts[self.max_n - 1] + self.period
        values = (("max_n", self.max_n), ("period", self.period))
        return (Finding(code="attempts_exhausted", not_before=free_at, values=values),)

    def _counted(self, attempt: Attempt) -> bool:
        if attempt.purpose not in MARKETING or attempt.outcome in NO_ATTEMPTS:
            return False
        return self.count == "attempt" or attempt.outcome is None or attempt.outcome in CONVERSATIONS
