"""Rows are written behind: in batches, after a while, again when the database is back, and never without end."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from ari_app.desk.behind import MOST_WAITING, Behind
from ari_app.ports.verdicts import StoreConflict, StoreUnavailable
from tests.fakes.live_calls import LoopThreads
from tests.fakes.world import Heard

pytestmark = pytest.mark.looptime


class Table:
    """What was written, a transaction each."""

    def __init__(self) -> None:
        self.written: list[tuple[str, ...]] = []
        self.refused = ""
        self.threads, self.heard = LoopThreads(), Heard()
        self.behind: Behind[str] = Behind(
            "words", self.write, threads=self.threads, observer=self.heard, gathered=timedelta(milliseconds=100)
        )

    def write(self, words: Sequence[str]) -> None:
        """One transaction."""
        if self.refused in words:
            raise StoreConflict("made so by the test")
        self.written.append(tuple(words))


async def test_of_each_key_the_last_value_is_written_and_all_of_them_together() -> None:
    """Nothing is written at once: who waits for a screen comes first."""
    table = Table()
    running = asyncio.create_task(table.behind.run())
    table.behind.put("a", "old")
    table.behind.put("b", "other")
    await asyncio.sleep(0.05)
    table.behind.put("a", "new")
    assert table.written == []
    assert table.behind.waiting("a") == "new"
    await asyncio.sleep(0.1)
    assert table.written == [("new", "other")]
    assert table.behind.waiting("a") is None
    running.cancel()


async def test_a_batch_is_a_hundred_at_most() -> None:
    """More would hold the writer."""
    table = Table()
    for place in range(250):
        table.behind.put(str(place), str(place))
    await table.behind.flush()
    assert [len(words) for words in table.written] == [100, 100, 50]


async def test_what_could_not_be_written_is_written_when_the_database_is_back() -> None:
    """As it is by then."""
    table = Table()
    table.threads.down = True
    running = asyncio.create_task(table.behind.run())
    table.behind.put("a", "old")
    table.behind.put("b", "other")
    await asyncio.sleep(5)
    table.behind.put("a", "new")
    assert set(table.heard.names()) == {"desk.unwritten"}
    with pytest.raises(StoreUnavailable):
        await table.behind.flush()
    table.threads.down = False
    await asyncio.sleep(2)
    assert table.written == [("new", "other")]
    running.cancel()


async def test_what_contradicts_the_record_costs_nobody_else() -> None:
    """It is let go of and told."""
    table = Table()
    table.refused = "bad"
    for word in ("one", "bad", "two"):
        table.behind.put(word, word)
    await table.behind.flush()
    assert table.written == [("one",), ("two",)]
    assert [values["key"] for name, values in table.heard.events if name == "desk.unkept"] == ["bad"]


async def test_a_dead_database_fills_no_memory() -> None:
    """The oldest go, and how many is told once it is back."""
    table = Table()
    for place in range(MOST_WAITING + 2):
        table.behind.put(str(place), str(place))
    await table.behind.flush()
    written = [word for words in table.written for word in words]
    assert (len(written), written[0]) == (MOST_WAITING, "2")
    assert table.heard.events == [
        ("desk.unkept", {"what": "words", "dropped": 2, "cause": "too many waited to be written"})
    ]


async def test_a_stop_in_the_middle_of_a_writing_loses_nothing() -> None:
    """Whoever writes next does it once more."""
    table = Table()
    begun = asyncio.Event()

    async def hangs(work: object) -> object:
        begun.set()
        return await asyncio.Event().wait()

    works = table.threads.on_writer
    table.threads.on_writer = hangs  # type: ignore[assignment, method-assign]
    running = asyncio.create_task(table.behind.run())
    table.behind.put("a", "word")
    await begun.wait()
    assert table.behind.waiting("a") == "word"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    table.threads.on_writer = works  # type: ignore[method-assign]
    await table.behind.flush()
    assert table.written == [("word",)]
