"""What was dialled must be a number that exists."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ari_app.policy.facts import Facts
from ari_app.policy.numbers import NotANumber
from ari_app.policy.pack import Finding
from ari_app.policy.phrases import why_no_number
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidNumber:
    """The callee is a valid number of some country; libphonenumber's data decides."""

    reads: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ("why",)
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  no facts
        """`number_invalid`, with what is wrong with it."""
        if not isinstance(request.callee, NotANumber):
            return ()
        return (Finding(code="number_invalid", values=(("why", why_no_number(request.callee.why)),)),)
