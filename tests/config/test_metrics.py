"""What the process tells of itself to Prometheus: counts, figures, lists; no telephone number, nobody's name."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ari_app.sight import StructlogObserver
from ari_app.sight.metrics import CampaignFigures, ListFigures, Metrics


@pytest.fixture
def observer() -> StructlogObserver:
    """Hears, and writes nowhere."""
    return StructlogObserver(io.StringIO())


@pytest.fixture
def metrics(observer: StructlogObserver) -> Metrics:
    """Of this observer."""
    return Metrics(observer, version="1.2.3")


def told(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    families = text_string_to_metric_families(metrics.page().decode())
    samples = (sample for family in families for sample in family.samples)
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_a_new_process_tells_its_version_and_nothing_of_the_system(metrics: Metrics) -> None:
    """No figures of memory, files or the collector: the system tells those better."""
    assert told(metrics) == {("garbo_build_info", "1.2.3"): 1.0, ("garbo_verdicts_shed_total",): 0.0}
    assert b"process_" not in metrics.page()
    assert b"python_" not in metrics.page()


def test_connected_pages_are_told_once_somebody_serves_them(metrics: Metrics) -> None:
    """As many as there are at that moment."""
    connected = {"desk": 200, "floor": 3}
    metrics.pages = lambda: connected
    connected["floor"] = 2
    samples = told(metrics)
    assert samples["garbo_pages_connected", "desk"] == 200
    assert samples["garbo_pages_connected", "floor"] == 2


def test_bypasses_are_counted_by_what_became_of_them(observer: StructlogObserver, metrics: Metrics) -> None:
    """Where there is a watch: from its start on, so that an alarm has something to look at; and whether it sees."""
    assert ("garbo_bypasses_total", "hung_up") not in told(metrics)
    metrics.ami_connected = lambda: True
    assert told(metrics)["garbo_bypasses_total", "hung_up"] == 0
    observer.event("bypass.hung_up", number="+393471234501")
    observer.event("bypass.unrecorded")
    samples = told(metrics)
    assert samples["garbo_bypasses_total", "hung_up"] == 1
    assert samples["garbo_bypasses_total", "failed"] == 0
    assert samples["garbo_ami_connected",] == 1


def test_verdicts_are_counted_by_their_first_reason(observer: StructlogObserver, metrics: Metrics) -> None:
    """A permit has none, whatever its notes are; operators and numbers are no labels."""
    for name, reasons in (
        ("call.permitted", []),
        ("call.permitted", ["contacted_recently"]),
        ("call.denied", ["suppressed_global", "already_customer"]),
        ("call.denied", ["suppressed_global"]),
        ("call.deferred", ["holiday"]),
        ("call.exempted", []),
    ):
        observer.event(name, call_id="x", operator="anna", number="+393471234501", reasons=reasons)
    samples = told(metrics)
    assert samples["garbo_verdicts_total", "", "permit"] == 2
    assert samples["garbo_verdicts_total", "suppressed_global", "deny"] == 2
    assert samples["garbo_verdicts_total", "holiday", "defer"] == 1
    assert samples["garbo_verdicts_total", "", "exempt"] == 1
    assert samples["garbo_events_total", "call.denied"] == 2
    assert b"anna" not in metrics.page()
    assert b"+39" not in metrics.page()


def test_an_event_that_cannot_be_counted_raises_nothing(observer: StructlogObserver, metrics: Metrics) -> None:
    """A verdict must never fail for a figure."""
    observer.event("call.denied", reasons=None)
    observer.event("call.denied", reasons=[object()])
    assert told(metrics)["garbo_events_total", "call.denied"] == 2


def test_a_figure_is_told_as_a_histogram_in_seconds(observer: StructlogObserver, metrics: Metrics) -> None:
    """With bounds at which deadlines lie; a bucket never holds more than was measured below its bound."""
    for value in (1.0, 9.9, 40.0, 250.0, 299.0, 301.0, 90_000.0):
        observer.measure("verdict_ms", value)
    samples = told(metrics)
    buckets = {float(key[1]): value for key, value in samples.items() if key[0] == "garbo_verdict_seconds_bucket"}
    assert (buckets[0.005], buckets[0.05], buckets[float("inf")]) == (1, 3, 7)
    assert 4 <= buckets[0.3] <= 5
    assert sorted(buckets.values()) == [buckets[bound] for bound in sorted(buckets)]
    assert samples["garbo_verdict_seconds_count",] == 7
    assert samples["garbo_verdict_seconds_sum",] == pytest.approx(90.9009)


def test_a_figure_without_a_unit_keeps_its_name(observer: StructlogObserver, metrics: Metrics) -> None:
    """As it was measured."""
    observer.measure("rows", 3.0)
    assert told(metrics)["garbo_rows_sum",] == 3.0


def test_lists_and_campaigns_are_told_as_they_were_counted(metrics: Metrics) -> None:
    """A campaign without contacts has no share; an age grows since the list was published."""
    counted_at = datetime.now(UTC) - timedelta(minutes=1)
    metrics.lists = ListFigures(
        counted_at=counted_at,
        campaigns=(
            CampaignFigures(campaign="adsl", contacts=8, callable=2, expiring={"RPO": 3}),
            CampaignFigures(campaign="bare", contacts=0, callable=0, expiring={}),
        ),
        published={("suppressions", ""): counted_at - timedelta(hours=1)},
    )
    samples = told(metrics)
    assert samples["garbo_campaign_contacts", "adsl"] == 8
    assert samples["garbo_campaign_callable_share", "adsl"] == 0.25
    assert samples["garbo_screening_expiring", "adsl", "RPO"] == 3
    assert samples["garbo_campaign_contacts", "bare"] == 0
    assert ("garbo_campaign_callable_share", "bare") not in samples
    assert samples["garbo_list_age_seconds", "suppressions", ""] >= 3660
    assert samples["garbo_lists_counted_timestamp_seconds",] == pytest.approx(counted_at.timestamp())


def test_an_id_that_is_a_telephone_number_is_masked(metrics: Metrics) -> None:
    """Ids are people's own choice; of two that then look alike one is told, since twice would spoil the page."""
    alike = ("393471234501", "393471299501")
    figures = tuple(CampaignFigures(campaign=name, contacts=1, callable=1, expiring={}) for name in alike)
    metrics.lists = ListFigures(
        counted_at=datetime.now(UTC), campaigns=figures, published={("contacts", "393471234501"): datetime.now(UTC)}
    )
    assert b"1234501" not in metrics.page()
    assert metrics.page().count(b"garbo_campaign_contacts{") == 1
