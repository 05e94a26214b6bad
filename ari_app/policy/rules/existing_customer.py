"""Whoever is a customer already is not to be won again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from ari_app.policy.facts import Facts, known
from ari_app.policy.held import CustomerStatus
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class NotACustomer:
    """
    The callee is no current customer of the campaign's principal or, `of` the product, has not got what it offers.

    It objects to every purpose; a pack binds it to acquisition through `when`. The principal's own status counts, also
    where its end date has passed. Of a campaign that offers no product in particular nobody has got it; a product is
    the same in capitals and in small letters.
    """

    of: Literal["principal", "product"] = "principal"

    reads: ClassVar[tuple[str, ...]] = ("customer",)
    gives: ClassVar[tuple[str, ...]] = ("product",)
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  as above
        """`already_customer`; time alone does not change it."""
        customer = known(facts.customer)
        if customer.status is not CustomerStatus.CURRENT:
            return ()
        product = request.campaign.product if request.campaign else ""
        if self.of == "product" and product.casefold() not in {held.casefold() for held in customer.products if held}:
            return ()
        return (Finding(code="already_customer", values=(("product", product),)),)
