"""A promised call whose time it is, as a ground that may lift a rule."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.grounds.begins import first_given
from ari_app.policy.held import Callback
from ari_app.policy.pack import Holding
from ari_app.policy.request import CallRequest

_NO_TIME = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDue:
    """
    The callee was promised a call for this campaign, and its time has come and is not over.

    From `early` before it is due, until `late` after (exactly then no longer); a length left out is none. A promise for
    another campaign lifts nothing, and one that was not yet made does not either. Unknown does not lift.

    Source: RULES 6.5.
    """

    early: Duration | None = None
    late: Duration | None = None

    reads: ClassVar[tuple[str, ...]] = ("callbacks",)
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a ground that could never hold.

        Raises ValueError: neither length was given.
        """
        if self.early is None and self.late is None:
            raise ValueError('give early = "PT15M" (for instance), late = "PT1H", or both')

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> Holding | None:
        """Now, or from when the next promised call may be made."""
        callbacks = [callback for callback in known(facts.callbacks) if callback.campaign == request.campaign_id]
        turns = (turn for callback in callbacks for turn in (callback.promised_at, self._opens(callback)))
        return first_given(
            now, turns, lambda at: next((callback.id for callback in callbacks if self._is_open(callback, at)), None)
        )

    def _is_open(self, callback: Callback, at: datetime) -> bool:
        closes = callback.due_at + (self.late or _NO_TIME)
        return callback.promised_at <= at and self._opens(callback) <= at < closes

    def _opens(self, callback: Callback) -> datetime:
        return callback.due_at - (self.early or _NO_TIME)
