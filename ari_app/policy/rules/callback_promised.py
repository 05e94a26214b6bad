"""A promised call is made when it was promised, by whoever promised it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.held import Callback
from ari_app.policy.pack import Finding, TextValue
from ari_app.policy.request import CallRequest

_ANYBODY = {"it": "chiunque", "en": "anybody"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackKept:
    """
    Nobody calls before a promised call is due, and then first whoever promised it.

    Until `early` before it is due everybody waits, for any campaign of the principal. From then on the operator who
    promised it may call, or anybody if nobody in particular did; the others wait until it is `same_operator_for`
    overdue. Each instant is the first of what comes next. Of several promises the one whose time it is may be kept,
    though another be due later. A call by nobody that is known is not by the operator who promised.
    """

    same_operator_for: Duration
    early: Duration | None = None

    reads: ClassVar[tuple[str, ...]] = ("callbacks",)
    moot_without: ClassVar[str] = "callbacks"
    gives: ClassVar[tuple[str, ...]] = ("due_at", "operator")
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """`callback_pending`, until no promise is in the way; `due_at` is the first that is."""
        callbacks = known(facts.callbacks)
        if not callbacks:
            return ()
        barring = self._barring(callbacks, request.operator_id, now)
        if not barring:
            return ()
        first = min(barring, key=lambda callback: (callback.due_at, callback.id))
        operator: TextValue = first.operator or _ANYBODY
        values = (("due_at", first.due_at), ("operator", operator))
        free_at = self._free_at(callbacks, request.operator_id, now)
        return (Finding(code="callback_pending", not_before=free_at, values=values),)

    def _barring(self, callbacks: Sequence[Callback], operator: str, at: datetime) -> list[Callback]:
        promised = [callback for callback in callbacks if callback.promised_at <= at]
        if any(self._opens(c) <= at < self._closes(c) and c.operator in ("", operator) for c in promised):
            return []
        return [c for c in promised if at < self._opens(c) or (c.operator and at < self._closes(c))]

    def _free_at(self, callbacks: Sequence[Callback], operator: str, now: datetime) -> datetime:
        turns = {
            instant
            for callback in callbacks
            for instant in (callback.promised_at, self._opens(callback), self._closes(callback))
            if instant > now
        }
        return next(instant for instant in sorted(turns) if not self._barring(callbacks, operator, instant))

    def _opens(self, callback: Callback) -> datetime:
        return callback.due_at - self.early if self.early is not None else callback.due_at

    def _closes(self, callback: Callback) -> datetime:
        return callback.due_at + self.same_operator_for
