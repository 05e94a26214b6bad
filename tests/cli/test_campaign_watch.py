"""The watch over the lists of open campaigns, in an installation of its own."""

import asyncio
import io
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ari_app.config import load_settings
from ari_app.main.books import open_database
from ari_app.main.campaign_watch import CampaignWatch
from ari_app.main.courtroom import packs
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.sight import StructlogObserver
from ari_app.sight.metrics import ListFigures, Metrics
from ari_app.stores.tables import metadata
from tests.cli.conftest import CAMPAIGN, Run, Told

DAY = timedelta(days=1)
ASK = ("--principal", "fastnet", "--register", "RPO")


@dataclass
class Heard:
    """Implements ports.observer.Observer."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    at_event: Callable[[], object] = lambda: None

    def event(self, name: str, **values: object) -> None:
        self.events.append((name, values))
        self.at_event()

    def measure(self, name: str, value: float) -> None:
        self.events.append((name, {"value": value}))

    def warnings(self) -> list[dict[str, Any]]:
        """What was said of screenings that run out."""
        return [values for name, values in self.events if name == "screening.expiring"]


@dataclass
class SetClock:
    """A clock that stands until it is set."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class Desk:
    """A watch over one campaign with three contacts, of whom two are screened."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.screened_at = datetime.now(UTC) - timedelta(minutes=1)
        told("campaign", "add", "adsl", *CAMPAIGN, "--pack", "it")
        numbers = [f"+39347123450{place}" for place in range(1, 4)]
        Path("list.csv").write_text("number\n" + "\n".join(numbers) + "\n")
        told("import", "contacts", "list.csv", "--campaign", "adsl")
        Path("answers.csv").write_text("number,answer\n" + "\n".join(f"{n},clear" for n in numbers[:2]) + "\n")
        told(
            *("screening", "import", *ASK, "--answers", "answers.csv"),
            *("--returned-at", self.screened_at.isoformat()),
        )
        self.clock = SetClock(datetime.now(UTC))
        self.heard = Heard()
        settings = load_settings(None, os.environ)
        self.metrics = Metrics(StructlogObserver(io.StringIO()), version="1")
        self.watch = CampaignWatch(
            settings, packs(settings), observer=self.heard, metrics=self.metrics, clock=self.clock
        )
        self.settings = settings

    def look(self, *, at: datetime | None = None) -> ListFigures:
        """What it counts, at this instant."""
        self.clock.at = at or self.clock.at
        asyncio.run(self.watch.look())
        assert self.metrics.lists is not None
        return self.metrics.lists


@pytest.fixture
def desk(told: Told) -> Desk:
    """A desk in a new installation."""
    return Desk(told)


def test_open_campaigns_are_counted(desk: Desk) -> None:
    """With their contacts, the callable ones, and what runs out soon; and lists by when they were published."""
    figures = desk.look()
    (adsl,) = figures.campaigns
    assert (adsl.campaign, adsl.contacts, adsl.callable, dict(adsl.expiring)) == ("adsl", 3, 2, {"RPO": 0})
    assert set(figures.published) == {("contacts", "fastnet"), ("screening:RPO", "fastnet")}
    assert b'garbo_campaign_callable_share{campaign="adsl"} 0.66' in desk.metrics.page()
    assert [name for name, _ in desk.heard.events] == ["lists_counted_ms"]


def test_a_closed_campaign_is_not_counted(desk: Desk) -> None:
    """Nobody calls for it."""
    desk.told("campaign", "set", "adsl", "--closed")
    assert desk.look().campaigns == ()


def test_answers_that_run_out_are_warned_of_once_a_day(desk: Desk) -> None:
    """From three days before on; with how many, and when the first does."""
    end = desk.screened_at + 15 * DAY
    desk.look(at=end - 3 * DAY - timedelta(minutes=1))
    assert desk.heard.warnings() == []
    assert desk.look(at=end - 3 * DAY).campaigns[0].expiring == {"RPO": 2}
    desk.look(at=end - 3 * DAY + timedelta(hours=23))
    (warning,) = desk.heard.warnings()
    assert warning == {
        "campaign": "adsl",
        "register": "RPO",
        "numbers": 2,
        "within_days": 3,
        "first_at": end.isoformat(),
    }
    desk.look(at=end - 2 * DAY)
    assert len(desk.heard.warnings()) == 2
    assert desk.look(at=end).campaigns[0].callable == 0
    assert len(desk.heard.warnings()) == 2


def test_no_answer_is_needed_beyond_the_campaign_s_end(desk: Desk) -> None:
    """Nor after it."""
    end = desk.screened_at + 15 * DAY
    desk.told("campaign", "set", "adsl", "--ends", (end - DAY).isoformat())
    for at in (end - 2 * DAY, end - timedelta(hours=1)):
        assert desk.look(at=at).campaigns[0].expiring == {"RPO": 0}
    desk.told("campaign", "set", "adsl", "--ends", (end + timedelta(seconds=1)).isoformat())
    assert desk.look(at=end - 2 * DAY).campaigns[0].expiring == {"RPO": 2}
    assert len(desk.heard.warnings()) == 1


def test_nothing_is_written_and_a_database_that_is_gone_is_said(desk: Desk, made: Run) -> None:
    """The figures of the last count stay; they say when that was."""
    with closing(open_database(desk.settings)) as database:

        def everything() -> list[Any]:
            queries = [table.select() for table in metadata.sorted_tables]
            return database.read(lambda connection: [connection.execute(query).all() for query in queries])

        before = everything()
        figures = desk.look()
        assert everything() == before
    Path("garbo.db").rename("away.db")
    with pytest.raises(StoreUnavailable):
        asyncio.run(desk.watch.look())
    assert desk.metrics.lists is figures


def test_a_count_under_way_ends_with_the_gate(desk: Desk) -> None:
    """Within one slice, however many contacts there are: it has told of the first campaign, and is at the second."""

    async def stopped() -> None:
        counting = asyncio.Event()
        loop = asyncio.get_running_loop()
        desk.heard.at_event = lambda: loop.call_soon_threadsafe(counting.set)
        desk.clock.at = desk.screened_at + 14 * DAY
        desk.told("campaign", "add", "later", *CAMPAIGN)
        looking = asyncio.create_task(desk.watch.look())
        await counting.wait()
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking

    asyncio.run(stopped())
    assert desk.metrics.lists is None
    assert desk.look().campaigns
