"""Some peace after a call that ended in a certain way: in silence, with a refusal, at a machine."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from ari_app.policy.attempts import Attempt
from ari_app.policy.counting import (
    CONVERSATION,
    SILENT,
    Words,
    check_look_back,
    earlier_calls,
    ended_as,
    free_after,
    reach,
)
from ari_app.policy.disposition import Disposition
from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts
from ari_app.policy.pack import CountingKey, Finding
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class CooledAfter:
    """
    The last marketing call that ended as one of `outcome` lies at least `min_duration` back.

    Start to start, exactly equal passes; with `calendar` whole days by the callee's clock, that of the call being the
    first, in the last of the callee's zones. `lifted_by` an operator who waits on the line: then the pause does not
    bind. `then` an operator must wait on the line: until a later call had one, any other call is denied, during the
    pause and after it.

    Source: IT, Garante 20.2.2014 n. 83 (silent: 5 days, then an operator); UK, Ofcom (72 hours unless one is
    guaranteed); FR, décret 2022-1313 (60 days after a refusal).
    """

    outcome: Annotated[Words, Field(min_length=1)]
    min_duration: Duration
    calendar: bool = False
    lifted_by: Literal["", "operator_guaranteed"] = ""
    then: Literal["", "operator_guaranteed"] = ""
    counting_key: CountingKey = "number+principal"
    conversation_from: Duration | None = None

    reads: ClassVar[tuple[str, ...]] = ("attempts",)
    moot_without: ClassVar[str] = "attempts"
    gives: ClassVar[tuple[str, ...]] = ("last_at", "min_duration")
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a rule that could not see what it asks for, or says what has no meaning.

        Raises ValueError.
        """
        check_look_back(self.min_duration, calendar=self.calendar)
        if self.conversation_from is not None and CONVERSATION not in self.outcome:
            raise ValueError('conversation_from says what a conversation is: it needs outcome = ["conversation"]')

    @property
    def counts(self) -> str:
        """Its key."""
        return self.counting_key

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """
        `silent_call_cool_down`, `refused_recently` or `contacted_recently`, until the pause is over.

        A call without an operator where one is wanted finds the same, and time alone does not help it.
        """
        since = None if self.then else now - reach(self.min_duration, calendar=self.calendar)
        earlier = list(earlier_calls(request, facts, self.counting_key, since=since))
        ended = [attempt for attempt in earlier if self._ended_so(attempt)]
        if not ended:
            return ()
        last = max(ended, key=lambda attempt: attempt.at)
        free_at: datetime | None = free_after(last, self.min_duration, request, calendar=self.calendar)
        if not request.attended and self._operator_is_due(last, earlier):
            free_at = None
        elif free_at is None or free_at <= now or (request.attended and self.lifted_by):
            return ()
        values = (("last_at", last.at), ("min_duration", self.min_duration))
        return (Finding(code=self._code(last), not_before=free_at, values=values),)

    def _ended_so(self, attempt: Attempt) -> bool:
        return any(ended_as(attempt, word, conversation_from=self.conversation_from) for word in self.outcome)

    def _operator_is_due(self, last: Attempt, earlier: list[Attempt]) -> bool:
        return bool(self.then) and not any(attempt.attended and attempt.at > last.at for attempt in earlier)

    def _code(self, attempt: Attempt) -> str:
        if SILENT in self.outcome and ended_as(attempt, SILENT):
            return "silent_call_cool_down"
        if Disposition.REFUSED in self.outcome and attempt.disposition is Disposition.REFUSED:
            return "refused_recently"
        return "contacted_recently"
