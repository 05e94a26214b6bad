"""What every implementation of ports.live_customers.LiveAnswers promises: in memory, on SQLite, on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ari_app.policy.facts import Known
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.ports.live_customers import LiveAnswer, LiveAnswers
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings
from ari_app.stores.live_customers import SqlLiveAnswers
from tests.fakes.live_customers import MemoryAnswers
from tests.stores.databases import fresh
from tests.stores.samples import KEYRING, MARIO, NOW

LUISA = "+393331234568"
FULL = Customer(
    status=CustomerStatus.ENDED,
    products=("fibra", 'tv "plus"'),
    since=datetime(2020, 1, 1, tzinfo=UTC),
    until=datetime(2026, 1, 1, tzinfo=UTC),
    person="4711",
)
CURRENT = Customer(status=CustomerStatus.CURRENT)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def answers(request: pytest.FixtureRequest) -> Iterator[LiveAnswers]:
    """Where answers are kept; two principals."""
    if request.param == "memory":
        yield MemoryAnswers()
        return
    database = Database.open(StoreSettings(url=fresh(request, request.getfixturevalue("tmp_path"), request.param)))
    for principal in ("fastnet", "telnet"):
        Directory(database).add_principal(principal, name=principal, country="IT")
    yield SqlLiveAnswers(database, KEYRING)
    database.close()


async def test_every_field_comes_back(answers: LiveAnswers) -> None:
    """With the instant of the answer; another number, and another principal, have none."""
    await answers.keep([LiveAnswer("fastnet", MARIO, Known(FULL, NOW))])
    assert await answers.last("fastnet", MARIO) == Known(FULL, NOW)
    assert await answers.last("fastnet", LUISA) is None
    assert await answers.last("telnet", MARIO) is None


async def test_the_newest_answer_stays(answers: LiveAnswers) -> None:
    """In whichever order they are kept, in one writing too; as new is newer."""
    await answers.keep([LiveAnswer("fastnet", MARIO, Known(CURRENT, NOW))])
    await answers.keep([LiveAnswer("fastnet", MARIO, Known(FULL, NOW - HOUR))])
    assert await answers.last("fastnet", MARIO) == Known(CURRENT, NOW)
    later = [LiveAnswer("fastnet", MARIO, Known(FULL, NOW + HOUR)), LiveAnswer("fastnet", LUISA, Known(FULL, NOW))]
    await answers.keep([later[0], LiveAnswer("fastnet", MARIO, Known(CURRENT, NOW + HOUR / 2)), later[1]])
    assert await answers.last("fastnet", MARIO) == Known(FULL, NOW + HOUR)
    assert await answers.last("fastnet", LUISA) == Known(FULL, NOW)
    await answers.keep([LiveAnswer("fastnet", MARIO, Known(CURRENT, NOW + HOUR))])
    assert await answers.last("fastnet", MARIO) == Known(CURRENT, NOW + HOUR)
