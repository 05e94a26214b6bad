"""The callee's contract with the principal, as a ground that may lift a rule."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.grounds.begins import first_given
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.policy.pack import Holding
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """
    The callee is a customer of the campaign's principal, or was one lately, or lately asked it for something.

    `status` current: the principal says so, and `now` lies between `since` and `until` where these are known (from the
    instant of `until` on the contract is over). `ended_within` so long after the end, and `inquiry_within` after they
    asked; exactly so long holds, an end or an inquiry without a date does not. `own_similar_products` holds only in a
    campaign whose principal declares that it offers its own, and the like of what was bought. The facts are the
    principal's own: nobody else's customers count. Unknown does not lift.

    Source: IT, L. 5/2018 art. 1 c. 5 (30 days after the end of a contract); US, 47 CFR 64.1200(f)(5) (18 months, 3
    after an inquiry); ES, AEPD Circular 1/2023 (own similar products).
    """

    status: Literal["current"] | None = None
    ended_within: Duration | None = None
    inquiry_within: Duration | None = None
    own_similar_products: bool = False
    same_controller_only: Literal[True] = True

    reads: ClassVar[tuple[str, ...]] = ("customer",)
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a ground that could never hold.

        Raises ValueError: it names no relationship.
        """
        if self.status is None and self.ended_within is None and self.inquiry_within is None:
            raise ValueError('give status = "current", ended_within or inquiry_within such as "P30D", or several')

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> Holding | None:
        """Now, if the relationship is given; else when it will be."""
        if self.own_similar_products and not (request.campaign and request.campaign.own_similar_products):
            return None
        customer = known(facts.customer)
        turns = (customer.since, customer.until, customer.inquired_at)
        return first_given(now, (turn for turn in turns if turn), lambda at: self._evidence(customer, at))

    def _evidence(self, customer: Customer, at: datetime) -> str | None:
        begun = customer.since is None or customer.since <= at
        over = customer.until is not None and customer.until <= at
        if self.status == "current" and customer.status is CustomerStatus.CURRENT and begun and not over:
            return "current"
        ended = customer.status is CustomerStatus.ENDED or (customer.status is CustomerStatus.CURRENT and over)
        if ended and begun and _lately(customer.until, self.ended_within, at):
            return f"ended {customer.until:%Y-%m-%d}"
        asked = customer.inquired_at
        if asked is not None and asked <= at and _lately(asked, self.inquiry_within, at):
            return f"inquired {asked:%Y-%m-%d}"
        return None


def _lately(then: datetime | None, within: Duration | None, at: datetime) -> bool:
    return then is not None and within is not None and timedelta(0) <= at - then <= within
