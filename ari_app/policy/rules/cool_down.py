"""Some peace after an earlier call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ari_app.policy.attempts import Attempt, was_conversation
from ari_app.policy.counting import check_look_back, earlier_calls
from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts
from ari_app.policy.pack import CountingKey, Finding
from ari_app.policy.request import CallRequest

_NONE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CooledDown:
    """
    Every earlier marketing call of the same principal lies far enough back.

    `after_conversation` counts from a call in which somebody was spoken to, that nobody saw end, or that still goes on
    (`was_conversation`; one of known length is a conversation from `conversation_from` on); `after_no_answer` from any
    other that reached the callee's line. A parameter left out asks for nothing. Start to start; exactly equal passes.

    Source: RULES 6.0 and 6.5; the lengths are the pack's own.
    """

    after_conversation: Duration | None = None
    after_no_answer: Duration | None = None
    counting_key: CountingKey = "number+principal"
    conversation_from: Duration | None = None

    reads: ClassVar[tuple[str, ...]] = ("attempts",)
    moot_without: ClassVar[str] = "attempts"
    gives: ClassVar[tuple[str, ...]] = ("last_at",)
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a rule that could never object, or not see what it asks for.

        Raises ValueError: neither length was given, or one is longer than attempts are looked up.
        """
        lengths = [length for length in (self.after_conversation, self.after_no_answer) if length is not None]
        if not lengths:
            raise ValueError("give after_conversation, after_no_answer, or both")
        check_look_back(max(lengths))

    @property
    def counts(self) -> str:
        """Its key."""
        return self.counting_key

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """`contacted_recently`, until the last of all pauses has passed; `last_at` is the call that asks for it."""
        since = now - max(self.after_conversation or _NONE, self.after_no_answer or _NONE)
        pauses = (
            (attempt.at + pause, attempt.at)
            for attempt in earlier_calls(request, facts, self.counting_key, since=since)
            if (pause := self._pause_after(attempt)) is not None
        )
        running = [(free_at, at) for free_at, at in pauses if now < free_at]
        if not running:
            return ()
        free_at, at = max(running)
        return (Finding(code="contacted_recently", not_before=free_at, values=(("last_at", at),)),)

    def _pause_after(self, attempt: Attempt) -> timedelta | None:
        spoken = was_conversation(attempt, from_=self.conversation_from)
        return self.after_conversation if spoken else self.after_no_answer
