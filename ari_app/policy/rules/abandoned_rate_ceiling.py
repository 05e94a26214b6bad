"""So many silent calls and no more; over that, only calls with an operator on the line."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest

_LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentRateBelow:
    """
    At most `max_ratio` of the campaign's calls were silent: answered, and no operator there.

    `denominator` is `put_through` (answered and an operator spoke) or `answered` (those and the silent ones). Exactly
    `max_ratio` passes; silent calls and nothing to compare them with do not. Over it a call still goes out if an
    operator is on the line before the callee's phone rings. `window` looks back from now in whole hours; without it
    the whole campaign counts.

    Source: IT, Garante 20.2.2014 n. 83 (3 in 100 put through); US, 16 CFR 310.4(b)(4) (3 % of answered, 30 days).
    """

    max_ratio: Annotated[float, Field(gt=0, lt=1)]
    denominator: Literal["put_through", "answered"]
    window: Duration | None = None
    numerator: Literal["silent"] = "silent"
    scope: Literal["campaign"] = "campaign"
    on_breach: Literal["operator_on_the_line"] = "operator_on_the_line"

    reads: ClassVar[tuple[str, ...]] = ("silent_calls",)
    gives: ClassVar[tuple[str, ...]] = ("silent", "of", "max_percent")
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a window that is not counted.

        Raises ValueError: it is no number of whole hours, or longer than counts are kept by the hour.
        """
        if self.window is not None and (self.window % timedelta(hours=1) or self.window > _LONGEST):
            raise ValueError(f"write whole hours, at most P{_LONGEST.days}D; leave it out for the whole campaign")

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  counted up to now
        """`silent_rate_exceeded`, unless an operator is on the line. Raises LookupError: the window was not counted."""
        if request.attended:
            return ()
        window = self.window
        counted = [calls for calls in known(facts.silent_calls) if calls.window == window]
        if not counted:
            raise LookupError(f"silent calls within {self.window} were not counted")
        silent, of = counted[0].silent, counted[0].put_through
        if self.denominator == "answered":
            of += silent
        if silent <= self.max_ratio * of:
            return ()
        values = (("silent", silent), ("of", of), ("max_percent", f"{self.max_ratio:.1%}"))
        return (Finding(code="silent_rate_exceeded", values=values),)
