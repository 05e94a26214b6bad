"""Whoever is a customer already is not to be won again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ari_app.policy.facts import Facts, known
from ari_app.policy.held import CustomerStatus
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class NotACustomer:
    """
    The callee is no current customer of the campaign's principal.

    It objects to every purpose; a pack binds it to acquisition through `when`. The principal's own status counts, also
    where its end date has passed.
    """

    reads: ClassVar[tuple[str, ...]] = ("customer",)
    gives: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  as above
        """`already_customer`; time alone does not change it."""
        if known(facts.customer).status is CustomerStatus.CURRENT:
            return (Finding(code="already_customer"),)
        return ()
