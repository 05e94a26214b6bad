"""Fifty calls a second for twenty seconds, SIPp and the gate on the same cores."""

from datetime import timedelta

from docker.lab.caller import Caller
from tests.e2e.conftest import LOAD, Lab

RATE, DURATION = 50, timedelta(seconds=20)
DEFAULT_DEADLINE_MS = 300


def test_a_thousand_calls_and_none_fails(lab: Lab, figures: list[str]) -> None:
    """Each is judged, answered and ends with its outcome; the verdict's latency is printed, not asserted."""
    numbers = [lab.number() for _ in range(RATE * 20)]
    caller = Caller(lab.pbx.sip_port, source=LOAD)
    with caller.load(numbers, rate=RATE, duration=DURATION, talk=timedelta(seconds=1)) as load:
        result = load.wait()
    assert result.by_status == {200: len(numbers)}
    assert lab.no_channels()
    events = lab.gate.events("call.permitted")
    assert len(events) == len(numbers)
    taken = sorted(float(event["ms"]) for event in events)
    over = sum(ms > DEFAULT_DEADLINE_MS for ms in taken)
    figures.append(
        f"{len(numbers)} calls at {RATE} a second, SQLite: verdict p50 {taken[len(taken) // 2]:.1f} ms, "
        f"p99 {taken[len(taken) * 99 // 100]:.1f} ms, max {taken[-1]:.1f} ms; "
        f"INVITE to 200 p50 {result.percentile(50):.0f} ms, p99 {result.percentile(99):.0f} ms; "
        f"{over} verdicts took longer than the default deadline of {DEFAULT_DEADLINE_MS} ms"
    )
    outcomes = [document["outcome"] for document in lab.installation.garbo("calls", "list", "--limit", "5000")]
    assert outcomes == ["answered"] * len(numbers)
