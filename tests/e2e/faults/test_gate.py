"""The gate killed, hung and restarted, at each point of a call."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from docker.asterisk import Asterisk
from docker.lab.sip_log import poll
from tests.e2e.conftest import Lab, furnished
from tests.e2e.faults.matrix import Recoveries, Row
from tests.e2e.faults.storm import Storm

LASTS = timedelta(seconds=6)
ROWS = (
    Row(
        name="gate-killed",
        fault="the only gate, killed (SIGKILL) under load, and started again",
        new_calls="503, nothing leaves",
        live_calls="go on; their outcomes are caught up with",
        recovery="from its start to the first call that leaves",
    ),
)


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A furnished lab."""
    yield from furnished(asterisk, tmp_path_factory.mktemp("gate-faults"), {})


def test_a_gate_that_is_killed_under_load(lab: Lab, engine: Engine, recoveries: Recoveries) -> None:
    """Calls are refused until it is back; every permit of its first life has its outcome."""
    with Storm(lab, engine, lasts=LASTS) as storm:
        assert poll(lambda: len(storm.left()) >= 20, bool, timedelta(seconds=5))
        lab.gate.kill()
        back = datetime.now(UTC)
        lab.gate.start()
        account = storm.settled()
    assert account.heard.by_status.get(503, 0) > 0
    recoveries.took("gate-killed", account.first_left_after(back), f"({dict(account.heard.by_status)})")
