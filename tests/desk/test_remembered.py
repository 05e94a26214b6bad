"""What looks of a moment have in common is read once, and never kept beyond its time or a change."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from ari_app.desk.remembered import Remembered

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        """As the port."""
        return self.at


class Numbers:
    """Says another number each time it is read."""

    def __init__(self) -> None:
        self._each: Iterator[int] = count(1)
        self.faults = 0

    async def read(self) -> int:
        """The next one; or a fault, while some are left."""
        await asyncio.sleep(0)
        if self.faults:
            self.faults -= 1
            raise LookupError
        return next(self._each)


@pytest.fixture
def hands() -> Hands:
    """It is now."""
    return Hands()


@pytest.fixture
def remembered(hands: Hands) -> Remembered[str, int]:
    """For five seconds."""
    return Remembered(lasts=timedelta(seconds=5), clock=hands)


async def test_those_that_ask_at_once_share_one_reading(remembered: Remembered[str, int]) -> None:
    """Also while it is being read; another key is another reading."""
    numbers = Numbers()
    assert await asyncio.gather(*(remembered.of("a", numbers.read) for _ in range(3))) == [1, 1, 1]
    assert await remembered.of("a", numbers.read) == 1
    assert await remembered.of("b", numbers.read) == 2


async def test_it_is_read_anew_when_it_is_old(remembered: Remembered[str, int], hands: Hands) -> None:
    """At the end of its time, and when the clock was set back."""
    numbers = Numbers()
    assert await remembered.of("a", numbers.read) == 1
    hands.at = NOW + timedelta(seconds=4.9)
    assert await remembered.of("a", numbers.read) == 1
    hands.at = NOW + timedelta(seconds=5)
    assert await remembered.of("a", numbers.read) == 2
    hands.at = NOW
    assert await remembered.of("a", numbers.read) == 3


async def test_a_change_is_seen_at_once(remembered: Remembered[str, int]) -> None:
    """Also by whoever asks while what was before it is being read; that is not kept."""
    numbers = Numbers()
    before = asyncio.ensure_future(remembered.of("a", numbers.read))
    await asyncio.sleep(0)
    remembered.forget("a")
    after = await remembered.of("a", numbers.read)
    assert {await before, after} == {1, 2}
    assert await remembered.of("a", numbers.read) == after


async def test_a_fault_is_not_remembered(remembered: Remembered[str, int]) -> None:
    """Everybody who waits hears of it, and the next one reads."""
    numbers = Numbers()
    numbers.faults = 1
    told = await asyncio.gather(*(remembered.of("a", numbers.read) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in told] == [LookupError, LookupError]
    assert await remembered.of("a", numbers.read) == 1


async def test_who_goes_away_takes_nothing_from_the_others(remembered: Remembered[str, int]) -> None:
    """The first one that asked was cancelled; the second has its answer."""
    numbers = Numbers()
    first = asyncio.ensure_future(remembered.of("a", numbers.read))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(remembered.of("a", numbers.read))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 1


class Page:
    """Something large that was read."""


async def test_what_is_old_takes_no_room(hands: Hands) -> None:
    """However many were asked about: no more is held than was read within its time."""
    remembered: Remembered[int, Page] = Remembered(lasts=timedelta(seconds=5), clock=hands)
    held: weakref.WeakSet[Page] = weakref.WeakSet()

    async def read() -> Page:
        page = Page()
        held.add(page)
        return page

    for key in range(200):
        hands.at += timedelta(seconds=1)
        await remembered.of(key, read)
    gc.collect()
    assert len(held) == 5
