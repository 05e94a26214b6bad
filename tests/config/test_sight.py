"""What the process tells about itself: no telephone number, never an exception, honest quantiles."""

import io
import json

import pytest

from ari_app.sight import StructlogObserver
from ari_app.sight.histogram import Histogram


@pytest.mark.parametrize(
    "value",
    [
        "+393471234501",
        "3471234501",
        "0039 347 123 4501",
        "call to +393471234501 failed",
        ["+393471234501"],
        {"a": "+393471234501"},
    ],
)
def test_numbers_are_masked_wherever_they_stand(value: object) -> None:
    """Alone, in a sentence, in a list; ids, counts and instants stay as they are."""
    stream = io.StringIO()
    StructlogObserver(stream).event("call.denied", what=value, call_id="01KB0000000000000000000001", cause=21)
    line = json.loads(stream.getvalue())
    assert "1234" not in json.dumps({"what": line["what"]})
    assert (line["event"], line["call_id"], line["cause"]) == ("call.denied", "01KB0000000000000000000001", 21)
    assert line["timestamp"].endswith("Z")


def test_a_log_that_cannot_be_written_raises_nothing() -> None:
    """A verdict must never fail for a log line."""
    stream = io.StringIO()
    observer = StructlogObserver(stream)
    stream.close()
    observer.event("call.denied", what=object())


def test_quantiles_are_never_better_than_measured() -> None:
    """At most a tenth worse."""
    histogram = Histogram()
    assert histogram.quantile(0.5) is None
    for value in range(1, 1001):
        histogram.add(value)
    for share, true in ((0.5, 500), (0.99, 990), (1.0, 1000)):
        told = histogram.quantile(share)
        assert told is not None
        assert true <= told <= true * 1.1


def test_figures_are_told_by_name() -> None:
    """Count, median, 99th percentile and highest."""
    observer = StructlogObserver(io.StringIO())
    observer.measure("verdict_ms", 2.0)
    observer.measure("verdict_ms", 0.0)
    figures = observer.figures()
    assert figures["verdict_ms_count"] == 2
    assert figures["verdict_ms_max"] == figures["verdict_ms_p99"] == 2.0
