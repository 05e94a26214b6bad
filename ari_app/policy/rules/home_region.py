"""Numbers of other countries, where other law holds, are not dialled by mistake."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from ari_app.policy.facts import Facts
from ari_app.policy.numbers import Number, region_of
from ari_app.policy.pack import Finding
from ari_app.policy.pack_file import Region, one_or_many
from ari_app.policy.regions import state_of
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeRegion:
    """
    The callee's number is of one of `regions` (`IT`, or `US-FL`), of the campaign's own country if none is named.

    A number whose country, or whose state where one is asked for, is not known is of none. Countries that share a
    prefix are told apart: Jersey is not `GB`, the Vatican not `IT`.
    """

    regions: Annotated[tuple[Region, ...], one_or_many] = ()

    reads: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ("region",)
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  no facts
        """`number_unassigned_region`. What is no number, or has no campaign, passes: another rule denies it."""
        callee = request.callee
        if request.campaign is None or not isinstance(callee, Number):
            return ()
        country = region_of(callee)
        home = self.regions or (request.campaign.region,)
        if country in home or state_of(callee) in home:
            return ()
        return (Finding(code="number_unassigned_region", values=(("region", country or "?"),)),)
