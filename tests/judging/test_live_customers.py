"""A brand's own books, asked before a verdict: what they say binds, and what they do not say denies."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ari_app.policy.held import Customer, CustomerStatus
from ari_app.policy.record import VerdictRecord
from tests.fakes.world import CALLEE, START, World, campaign

pytestmark = pytest.mark.looptime
E164 = "+393330000001"
CURRENT = Customer(status=CustomerStatus.CURRENT, products=("fibra",))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A world whose brand has books, in which nobody is."""
    world = World()
    world.customers.books["lumina"] = {}
    yield world
    await world.judge.close()


def codes(record: VerdictRecord) -> list[str]:
    """Why not; none: it may."""
    return [reason.code for reason in record.reasons]


async def test_what_the_books_say_binds(world: World) -> None:
    """Over an older list, in calls and in previews; it is in the record as a fact that was seen."""
    world.verdicts.put_customer("lumina", E164, CURRENT, START - timedelta(days=1))
    assert codes(await world.judge.preview(world.ask())) == []
    world.customers.books["lumina"] = {E164: CURRENT}
    record = await world.judge.judge(world.ask())
    assert codes(record) == ["already_customer"]
    assert "fibra" in str(record.evidence.facts["customer"])


async def test_books_that_do_not_answer_deny(world: World) -> None:
    """Whatever a list says; the cause is in the record."""
    world.verdicts.put_customer("lumina", E164, Customer(status=CustomerStatus.ENDED), START)
    world.customers.silent.add("lumina")
    record = await world.judge.judge(world.ask())
    assert (record.verdict, codes(record)) == ("deny", ["facts_unavailable"])
    assert "no answer" in str(record.evidence.facts["customer"])


async def test_books_slower_than_the_verdicts_deadline_deny_in_time(world: World) -> None:
    """Should a look-up not keep its own time, the verdict's stands; nothing is counted."""
    world.customers.takes = timedelta(hours=1)
    began = asyncio.get_running_loop().time()
    record = await world.judge.judge(world.ask())
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.3)
    assert (record.degraded, codes(record)) == (True, ["facts_unavailable"])
    assert world.attempts() == []


async def test_another_brands_books_are_not_asked(world: World) -> None:
    """Nor are anybody's about what is no number."""
    world.customers.silent.add("lumina")
    assert codes(await world.judge.judge(world.ask("12"))) == ["number_invalid"]
    world.verdicts.put_campaign(replace(campaign(), principal="other"))
    assert codes(await world.judge.judge(world.ask(CALLEE, channel="chan-2"))) == []
