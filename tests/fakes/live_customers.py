"""A brand's books, and what is kept of their answers, in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from ari_app.policy.facts import Known, Unknown
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.ports.clock import Clock
from ari_app.ports.live_customers import LiveAnswer
from ari_app.ports.verdicts import StoreUnavailable


@dataclass
class MemoryCustomers:
    """Implements ports.live_customers.LiveCustomers."""

    clock: Clock
    books: dict[str, dict[str, Customer]] = field(default_factory=dict)
    """By principal and number."""
    silent: set[str] = field(default_factory=set)
    """Principals whose books do not answer."""
    takes: timedelta = timedelta(0)
    """How long an answer takes."""

    def asks(self, principal: str) -> bool:
        return principal in self.books

    async def of(self, principal: str, e164: str) -> Known[Customer] | Unknown:
        await asyncio.sleep(self.takes.total_seconds())
        if principal in self.silent:
            return Unknown("crm", "no answer")
        held = self.books[principal].get(e164, Customer(status=CustomerStatus.NONE))
        return Known(held, self.clock.now())


@dataclass
class MemoryAnswers:
    """Implements ports.live_customers.LiveAnswers."""

    held: dict[tuple[str, str], Known[Customer]] = field(default_factory=dict)
    down: bool = False

    async def last(self, principal: str, e164: str) -> Known[Customer] | None:
        if self.down:
            raise StoreUnavailable("no database")
        return self.held.get((principal, e164))

    async def keep(self, answers: Sequence[LiveAnswer]) -> None:
        if self.down:
            raise StoreUnavailable("no database")
        for each in answers:
            before = self.held.get((each.principal, each.e164))
            if before is None or before.as_of <= each.said.as_of:
                self.held[each.principal, each.e164] = each.said
