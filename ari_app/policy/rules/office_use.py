"""The calls of a company's own life: by people who are known, to few numbers a day."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ari_app.policy.facts import Facts, known
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest, Door


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeUse:
    """
    A known operator calls, and the campaign has called at most `max_numbers` different numbers within 24 hours.

    The callee's own number counts as one, however often it was called. A check that names no operator asks about the
    callee, and passes as any operator would. A pack binds it to the purpose `office` through `when`.

    Source: RULES 6.0.
    """

    max_numbers: Annotated[int, Field(ge=1)]

    reads: ClassVar[tuple[str, ...]] = ("office_numbers",)
    gives: ClassVar[tuple[str, ...]] = ("max_numbers",)
    counts: ClassVar[str] = "campaign"
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  counted up to now
        """`operator_not_allowed`, `office_cap_reached`; when a number falls out of the 24 hours is not known."""
        if request.campaign is None:
            return ()  # denied as such; an office is no more to be guessed than any other purpose
        values = (("max_numbers", self.max_numbers),)
        nobody_asks = request.ask.door is Door.CHECK and not request.operator_id
        codes = [
            *(["operator_not_allowed"] if request.operator is None and not nobody_asks else []),
            *(["office_cap_reached"] if known(facts.office_numbers) >= self.max_numbers else []),
        ]
        return tuple(Finding(code=code, values=values) for code in codes)
