"""What may not be sold by telephone at all."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ari_app.policy.facts import Facts
from ari_app.policy.pack import Finding
from ari_app.policy.pack_file import Sector, one_or_many
from ari_app.policy.request import CallRequest
from ari_app.policy.sectors import SECTORS, meant_by


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorAllowed:
    """
    The campaign is of none of these `sectors`.

    A campaign of `energy` is caught by a ban on electricity or on gas, and a ban on `energy` catches both.

    Source: IT, Codice del consumo art. 51 c. 8-bis (electricity and gas); FR, loi 2020-901, loi 2022-1587; UK, PECR
    regs. 21A and 21B.
    """

    sectors: Annotated[tuple[Sector, ...], one_or_many, Field(min_length=1)]

    reads: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ("sector",)
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  no facts
        """`sector_banned`; time alone does not change it. A call without a campaign passes: it is denied as such."""
        if request.campaign is None or request.campaign.sector not in _banned(self.sectors):
            return ()
        return (Finding(code="sector_banned", values=(("sector", SECTORS[request.campaign.sector]),)),)


@lru_cache(maxsize=256)
def _banned(sectors: tuple[str, ...]) -> frozenset[str]:
    return meant_by(sectors)
