"""Some peace after an earlier call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ari_app.policy.attempts import LOOK_BACK, Attempt
from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.outcome import CONVERSATIONS, NO_ATTEMPTS
from ari_app.policy.pack import Finding
from ari_app.policy.request import MARKETING, CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class CooledDown:
    """
    Every earlier marketing call of the same principal lies far enough back.

    `after_conversation` counts from a call that was answered or that nobody saw end, or that still goes on;
    `after_no_answer` from one that rang in vain; a parameter left out asks for nothing. Calls that never reached the
    callee (`NO_ATTEMPTS`) count for nothing. Start to start; exactly equal passes.

    Source: RULES 6.0 and 6.5; the lengths are the pack's own.
    """

    after_conversation: Duration | None = None
    after_no_answer: Duration | None = None

    reads: ClassVar[tuple[str, ...]] = ("attempts",)
    gives: ClassVar[tuple[str, ...]] = ("last_at",)
    counts: ClassVar[str] = "number+principal"
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a rule that could never object, or not see what it asks for.

        Raises ValueError: neither parameter was given, or one is longer than attempts are looked up.
        """
        lengths = [length for length in (self.after_conversation, self.after_no_answer) if length is not None]
        if not lengths:
            raise ValueError("give after_conversation, after_no_answer, or both")
        if max(lengths) > LOOK_BACK:
            raise ValueError(f"attempts are looked up {LOOK_BACK.days} days back, and no further")

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  the principal's
        """`contacted_recently`, until the last of all pauses has passed; `last_at` is the call that asks for it."""
        pauses = (
            (attempt.at + pause, attempt.at)
            for attempt in known(facts.attempts)
            if attempt.purpose in MARKETING and (pause := self._pause_after(attempt)) is not None
        )
        running = [(free_at, at) for free_at, at in pauses if now < free_at]
        if not running:
            return ()
        free_at, at = max(running)
        return (Finding(code="contacted_recently", not_before=free_at, values=(("last_at", at),)),)

    def _pause_after(self, attempt: Attempt) -> timedelta | None:
        if attempt.outcome is None or attempt.outcome in CONVERSATIONS:
            return self.after_conversation
        return None if attempt.outcome in NO_ATTEMPTS else self.after_no_answer
