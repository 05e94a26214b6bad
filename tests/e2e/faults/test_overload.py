"""More calls than one gate can do, with the default deadline: a crowd for seconds, and one in an instant."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from docker.asterisk import Asterisk
from docker.lab.caller import Caller, PlacedLoad
from docker.lab.sip_log import poll
from tests.e2e.conftest import BRUNO, Lab, furnished
from tests.e2e.faults.matrix import Recoveries, Row
from tests.e2e.faults.storm import Account, Storm
from tests.e2e.soak import Process

STEADY, QUIET = 10, timedelta(seconds=2)
CROWD = 240
"""Calls a second: three times what the machine does that the figures are from; another is overloaded less."""
MOST_GROWN = 16 * 2**20
"""Bytes. Up to 4 MB were measured, the first time; 20 MB, were nobody turned away."""
ROWS = (
    Row(
        name="overload",
        fault="240 calls a second for 5 s, three times what the machine can do",
        new_calls="as many as can be judged in time are; the rest 503 at once, without a verdict",
        live_calls="go on",
        recovery="from the end of the crowd to the first call that is judged in its usual time",
    ),
    Row(
        name="overload-instant",
        fault="200 calls in one instant",
        new_calls="as many as can be judged in time are; the rest 503 at once, without a verdict",
        live_calls="go on",
        recovery="from the last of them to the first call that is judged in its usual time",
    ),
)


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A furnished lab with the default deadline."""
    yield from furnished(asterisk, tmp_path_factory.mktemp("overload"), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A call that the gate let on."""

    at: datetime
    ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a crowd did."""

    account: Account
    before: list[Judged]
    during: list[Judged]
    after: list[Judged]
    shed: int
    crowd_over: datetime
    grown: int
    """Bytes that the gate holds more than before."""

    def recovered(self) -> timedelta | None:
        """Until a call took no more than the slowest one before the crowd, and half of that for the machine's mood."""
        usual = max(each.ms for each in self.before) * 1.5
        return next((each.at - self.crowd_over for each in self.after if each.ms <= usual), None)

    def told(self) -> str:
        """In words."""
        medians = [statistics.median(each.ms for each in some) for some in (self.before, self.during, self.after)]
        return (
            f"({dict(self.account.heard.by_status)}, {self.shed} shed, {self.grown / 2**20:+.1f} MB; "
            + ", ".join(
                f"{when} {median:.0f} ms"
                for when, median in zip(("before", "meanwhile", "after"), medians, strict=True)
            )
            + ")"
        )


def steady(lab: Lab, lasts: timedelta) -> PlacedLoad:
    """Calls of another phone, a few a second, as dialers place them: they hear no announcement."""
    numbers = [f"73{lab.number()}" for _ in range(round(STEADY * lasts.total_seconds()))]
    return Caller(lab.pbx.sip_port, source=BRUNO).load(
        numbers, rate=STEADY, duration=lasts, talk=timedelta(milliseconds=300)
    )


def crowded(lab: Lab, engine: Engine, *, rate: int, lasts: timedelta) -> Seen:
    """Steady calls, a crowd while they go on, and steady calls again."""
    logged, held = len(lab.gate.events()), Process.seen(lab.gate.pid).rss
    began = datetime.now(UTC)
    with steady(lab, QUIET + lasts + 3 * QUIET) as load:
        poll(lambda: datetime.now(UTC), lambda now: now - began >= QUIET, QUIET)
        start = datetime.now(UTC)
        with Storm(lab, engine, lasts=lasts, rate=rate, talk=timedelta(milliseconds=300), dialled="73{}") as storm:
            load.wait()
            account = storm.settled()
    events = lab.gate.events()[logged:]
    over = start + lasts
    judged = [_judged(event) for event in events if event["event"] == "call.permitted"]
    return Seen(
        account=account,
        before=[each for each in judged if each.at < start],
        during=[each for each in judged if start <= each.at < over],
        after=[each for each in judged if each.at >= over],
        shed=sum(event["event"] == "verdict.shed" for event in events),
        crowd_over=over,
        grown=Process.seen(lab.gate.pid).rss - held,
    )


def _judged(event: dict[str, Any]) -> Judged:
    return Judged(at=datetime.fromisoformat(event["timestamp"]), ms=float(event["ms"]))


def in_time(account: Account) -> float:
    """
    Of the calls that were permitted, how many of a hundred left: who is told too late dials nothing.

    Were nobody turned away it would be 40 of a hundred in a crowd that lasts, and 30 in an instant; there the pace is
    still that of a gate at rest, so some are let in who come too late.
    """
    return 100 * len(account.left) / max(1, len(account.permitted))


def test_a_crowd_for_seconds(lab: Lab, engine: Engine, recoveries: Recoveries) -> None:
    """The gate goes on with what it can do: permits are in time, take no longer at the end, and memory is bounded."""
    seen = crowded(lab, engine, rate=CROWD, lasts=timedelta(seconds=5))
    assert seen.shed > 0
    assert seen.account.heard.by_status.get(503, 0) > 0
    assert in_time(seen.account) >= 80
    assert seen.grown <= MOST_GROWN
    half = len(seen.during) // 2
    first, last = (statistics.median(each.ms for each in some) for some in (seen.during[:half], seen.during[half:]))
    assert last <= 3 * first, seen.told()
    recoveries.took("overload", seen.recovered(), seen.told())


def test_a_crowd_in_an_instant(lab: Lab, engine: Engine, recoveries: Recoveries) -> None:
    """Who came first is judged in time; nobody is told a permit that is worth nothing any more."""
    seen = crowded(lab, engine, rate=1000, lasts=timedelta(milliseconds=200))
    assert in_time(seen.account) >= 60
    recoveries.took("overload-instant", seen.recovered(), seen.told())
