"""Facts from outside the database: whole registers and a principal's live books, gathered before any lock."""

from collections.abc import Collection
from dataclasses import dataclass

from ari_app.policy.facts import Unknown
from ari_app.policy.held import Screening
from ari_app.policy.needs import Needs
from ari_app.policy.numbers import Number
from ari_app.policy.outside import NOTHING, Outside
from ari_app.policy.request import CallRequest
from ari_app.ports.live_customers import LiveCustomers
from ari_app.ports.registers import Registers


class NoRegisters:
    """An installation that has loaded no register. Implements ports.registers.Registers."""

    def answers(self, e164: str, names: Collection[str]) -> tuple[Screening, ...] | Unknown:  # noqa: ARG002
        """Nothing is said."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideFacts:
    """Whom to ask."""

    registers: Registers
    customers: LiveCustomers | None = None
    """None: no principal's books are asked live."""

    async def of(self, request: CallRequest, needs: Needs) -> Outside:
        """What is said outside about the callee of this call, as far as its packs ask for it."""
        callee, campaign = request.callee, request.campaign
        if not isinstance(callee, Number) or campaign is None:
            return NOTHING
        return await self.at(callee.e164, campaign.principal, needs)

    async def at(self, e164: str, principal: str, needs: Needs) -> Outside:
        """What is said outside about a number that is called for a principal."""
        screenings = self.registers.answers(e164, needs.registers) if needs.registers else ()
        if self.customers is not None and self.customers.asks(principal):
            return Outside(screenings=screenings, customer=await self.customers.of(principal, e164))
        return Outside(screenings=screenings) if screenings != () else NOTHING

    def asks_live(self, principal: str) -> bool:
        """Whether a number takes as long as this principal's own books take to answer."""
        return self.customers is not None and self.customers.asks(principal)


NOWHERE = OutsideFacts(registers=NoRegisters())
