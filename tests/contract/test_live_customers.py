"""What every implementation of ports.live_customers.LiveCustomers promises: in memory, and over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol

import pytest

from ari_app.crm import Crm, CrmSettings, Hearing, HttpCustomers, LastKnown
from ari_app.policy.facts import Known, Unknown
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.ports.live_customers import LiveCustomers
from tests.crm.invented import InventedCrm, listening, says
from tests.fakes.live_customers import MemoryAnswers, MemoryCustomers
from tests.fakes.world import Heard
from tests.stores.samples import MARIO, NOW, SetClock

WORDS = {"active": CustomerStatus.CURRENT, "none": CustomerStatus.NONE}
CURRENT = Customer(status=CustomerStatus.CURRENT, products=("fibra",))


class Books(Protocol):
    """The books of one brand, fastnet, which say and are what a test wants."""

    customers: LiveCustomers

    def current(self) -> None: ...
    def nobody(self) -> None: ...
    def silent(self) -> None: ...


class OverHttp:
    """A CRM on loopback."""

    def __init__(self, crm: InventedCrm, customers: HttpCustomers) -> None:
        self.customers: LiveCustomers = customers
        self._crm = crm

    def current(self) -> None:
        self._crm.mood = says('{"status": "active", "products": ["fibra"]}')

    def nobody(self) -> None:
        self._crm.mood = says("", status=404)

    def silent(self) -> None:
        self._crm.mood = self._crm.hang


class InMemory:
    """The fake."""

    def __init__(self) -> None:
        self.fake = MemoryCustomers(SetClock())
        self.customers: LiveCustomers = self.fake
        self.fake.books["fastnet"] = {}

    def current(self) -> None:
        self.fake.books["fastnet"] = {MARIO: CURRENT}

    def nobody(self) -> None:
        self.fake.books["fastnet"] = {}

    def silent(self) -> None:
        self.fake.silent.add("fastnet")


@asynccontextmanager
async def over_http() -> AsyncIterator[Books]:
    async with listening() as crm:
        settings = CrmSettings(url=crm.url, words=WORDS, timeout=timedelta(seconds=1))
        last_known = LastKnown(MemoryAnswers(), Heard())
        hearing = Hearing(last_known=last_known, clock=SetClock(), observer=Heard())
        customers = HttpCustomers({"fastnet": Crm("fastnet", settings, hearing)}, last_known)
        yield OverHttp(crm, customers)
        await customers.close()


@pytest.fixture(params=["memory", "http"])
async def books(request: pytest.FixtureRequest) -> AsyncIterator[Books]:
    """The brand's books."""
    if request.param == "memory":
        yield InMemory()
        return
    async with over_http() as opened:
        yield opened


async def test_only_books_that_there_are_are_asked(books: Books) -> None:
    """Another principal has none."""
    assert books.customers.asks("fastnet")
    assert not books.customers.asks("telnet")


async def test_what_the_books_say_is_told_with_its_instant(books: Books) -> None:
    """A customer, and then nobody."""
    books.current()
    assert await books.customers.of("fastnet", MARIO) == Known(CURRENT, NOW)
    books.nobody()
    assert await books.customers.of("fastnet", MARIO) == Known(Customer(status=CustomerStatus.NONE), NOW)


async def test_books_that_say_nothing_are_unknown_and_not_an_error(books: Books) -> None:
    """Within their own time."""
    books.silent()
    async with asyncio.timeout(20):
        assert isinstance(await books.customers.of("fastnet", MARIO), Unknown)
