"""The callee's contract with the principal, as a ground that may lift a rule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.held import CustomerStatus
from ari_app.policy.pack import Holding
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """
    The callee is a customer of the campaign's principal, or was one until at most `ended_within` ago.

    Exactly equal holds. An ended contract without a date does not. Unknown does not lift.

    Source: IT, L. 5/2018 art. 1 c. 5 (30 days after the end of a contract).
    """

    status: Literal["current"] | None = None
    ended_within: Duration | None = None

    reads: ClassVar[tuple[str, ...]] = ("customer",)
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a ground that could never hold.

        Raises ValueError: neither parameter was given.
        """
        if self.status is None and self.ended_within is None:
            raise ValueError('give status = "current", ended_within = "P30D" (for instance), or both')

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> Holding | None:  # noqa: ARG002  the principal's
        """Now, if the contract is current or ended recently enough."""
        customer = known(facts.customer)
        if customer.status is CustomerStatus.CURRENT:
            return Holding(from_=now, evidence="current") if self.status == "current" else None
        if customer.status is not CustomerStatus.ENDED or self.ended_within is None or customer.until is None:
            return None
        if now - customer.until > self.ended_within:
            return None
        return Holding(from_=now, evidence=f"ended {customer.until.date()}")
