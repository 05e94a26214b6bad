"""
What the process knows of itself and of its lists, in the text form that Prometheus reads.

Everything is at hand when it is asked for: a page costs no look into the database, and may be made on any thread. No
label holds a telephone number or an operator. Nothing is told of the process as such: the system does that better.

Source: prometheus.io/docs/instrumenting/exposition_formats, and /docs/practices/naming for names and units.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from ari_app.sight.histogram import Histogram
from ari_app.sight.masking import masked
from ari_app.sight.observing import Seen, StructlogObserver

_BOUNDS_MS = (5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000)
_BOUNDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000, 1_000_000)
_MS = "_ms"
_BYPASSED = ("hung_up", "reported", "failed")
_CANARY = ("blocked", "passed", "unavailable", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFigures:
    """What lists say of an open campaign's contacts."""

    campaign: str
    contacts: int
    callable: int
    expiring: Mapping[str, int]
    """By register, how many clear answers run out soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFigures:
    """Lists and campaigns as they were counted last."""

    counted_at: datetime
    campaigns: tuple[CampaignFigures, ...] = ()
    published: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """By kind and principal (empty: everybody's), when a version was published last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What lives in the gate just now."""

    tasks: int
    calls: int
    verdicts: int
    """Under way: asked, and not yet told."""


class Metrics(Collector):
    """All metrics of this process, in a registry of their own."""

    def __init__(self, observer: StructlogObserver, *, version: str) -> None:
        """What is a callable or None here is set by whoever knows it; nothing is told of it before."""
        self.lists: ListFigures | None = None
        self.pages: Callable[[], Mapping[str, int]] | None = None
        self.ami_connected: Callable[[], bool] | None = None
        self.ari_transport: Callable[[], str | None] | None = None
        self.unchecked: Callable[[], int | None] | None = None
        self.inside: Callable[[], Inside] | None = None
        self._observer = observer
        self._version = version
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def page(self) -> bytes:
        """Everything, as text."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """As the library asks for it."""
        build = InfoMetricFamily("garbo_build", "Which Garbo this is.")
        build.add_metric((), {"version": self._version})
        yield build
        yield from _heard(self._observer.seen())
        if self.inside is not None:
            yield from _alive(self.inside())
        if self.pages is not None:
            yield _connected(self.pages())
        if self.ami_connected is not None:
            yield from _watched(self._observer.seen(), connected=self.ami_connected())
        if self.ari_transport is not None and (transport := self.ari_transport()) is not None:
            yield _transport(transport)
        unchecked = self.unchecked() if self.unchecked is not None else None
        if unchecked is not None:
            yield GaugeMetricFamily(
                "garbo_unchecked_legs",
                "Calls that left unchecked, of the last day that was reconciled with the PBX's records: must be 0.",
                value=float(unchecked),
            )
        if self.lists is not None:
            yield from _listed(self.lists, time.time())


def _heard(seen: Seen) -> Iterator[Metric]:
    verdicts = CounterMetricFamily(
        "garbo_verdicts", "Verdicts given, by the first reason of a refusal.", labels=("verdict", "reason")
    )
    for (verdict, reason), times in sorted(seen.verdicts.items()):
        verdicts.add_metric((verdict, reason), times)
    yield verdicts
    yield CounterMetricFamily(
        "garbo_verdicts_shed",
        "Calls that were turned away unjudged, because their verdict would have come too late.",
        value=float(seen.events.get("verdict.shed", 0)),
    )
    events = CounterMetricFamily("garbo_events", "What happened, as in the log.", labels=("event",))
    for name, times in sorted(seen.events.items()):
        events.add_metric((name,), times)
    yield events
    for name, histogram in sorted(seen.figures.items()):
        yield _figure(name, histogram)


def _alive(inside: Inside) -> Iterator[Metric]:
    yield GaugeMetricFamily("garbo_tasks", "What runs or waits in the gate's loop.", value=float(inside.tasks))
    yield GaugeMetricFamily("garbo_calls", "Calls that the gate follows now.", value=float(inside.calls))
    yield GaugeMetricFamily(
        "garbo_verdicts_under_way", "Verdicts that are asked and not yet told.", value=float(inside.verdicts)
    )


def _watched(seen: Seen, *, connected: bool) -> Iterator[Metric]:
    bypasses = CounterMetricFamily(
        "garbo_bypasses",
        "Legs on guarded trunks without a permit of their own, by what became of them.",
        labels=("done",),
    )
    for done in _BYPASSED:
        bypasses.add_metric((done,), seen.events.get(f"bypass.{done}", 0))
    yield bypasses
    yield GaugeMetricFamily(
        "garbo_ami_connected",
        "1 while Asterisk tells of every line over AMI, so that calls which go round the gate are seen.",
        value=float(connected),
    )
    canaries = CounterMetricFamily(
        "garbo_canaries", "Calls to the number that must be blocked, by what became of them.", labels=("result",)
    )
    for result in _CANARY:
        canaries.add_metric((result,), seen.events.get(f"canary.{result}", 0))
    yield canaries


def _figure(name: str, histogram: Histogram) -> Metric:
    """A figure in the base unit; its bounds are reached, and never told better than they were."""
    in_ms = name.endswith(_MS)
    unit, bounds = (1000, _BOUNDS_MS) if in_ms else (1, _BOUNDS)
    buckets = [(str(bound / unit), float(histogram.up_to(bound))) for bound in bounds]
    told = f"garbo_{name.removesuffix(_MS)}_seconds" if in_ms else f"garbo_{name}"
    family = HistogramMetricFamily(told, f"{name}, as measured since the start.")
    family.add_metric((), [*buckets, ("+Inf", float(histogram.count))], sum_value=histogram.total / unit)
    return family


def _connected(pages: Mapping[str, int]) -> Metric:
    connected = GaugeMetricFamily(
        "garbo_pages_connected", "Pages that are told at once what happens, by what they show.", labels=("page",)
    )
    for page, count in sorted(pages.items()):
        connected.add_metric((page,), count)
    return connected


def _transport(name: str) -> Metric:
    family = GaugeMetricFamily(
        "garbo_ari_transport",
        "How requests travel to Asterisk.",
        labels=("transport",),
    )
    family.add_metric((name,), 1)
    return family


def _listed(figures: ListFigures, now_s: float) -> Iterator[Metric]:
    contacts = GaugeMetricFamily(
        "garbo_campaign_contacts", "Numbers in an open campaign's contact lists.", labels=("campaign",)
    )
    share = GaugeMetricFamily(
        "garbo_campaign_callable_share",
        "Of these, those that neither a register, a suppression nor being a customer keeps from being called now.",
        labels=("campaign",),
    )
    expiring = GaugeMetricFamily(
        "garbo_screening_expiring",
        "Clear answers about an open campaign's contacts that run out soon, before it ends.",
        labels=("campaign", "register"),
    )
    # Of ids that look alike once they are masked one is told: a series said twice spoils the whole page.
    for label, each in {_label(each.campaign): each for each in figures.campaigns}.items():
        contacts.add_metric((label,), each.contacts)
        if each.contacts:
            share.add_metric((label,), each.callable / each.contacts)
        for register, numbers in sorted(each.expiring.items()):
            expiring.add_metric((label, register), numbers)
    age = GaugeMetricFamily(
        "garbo_list_age_seconds", "Since a list of this kind was published last.", labels=("kind", "principal")
    )
    newest = {(kind, _label(principal)): at for (kind, principal), at in figures.published.items()}
    for (kind, principal), at in sorted(newest.items()):
        age.add_metric((kind, principal), max(0.0, now_s - at.timestamp()))
    counted = GaugeMetricFamily(
        "garbo_lists_counted_timestamp_seconds",
        "When the figures of lists and campaigns were counted.",
        value=figures.counted_at.timestamp(),
    )
    yield from (contacts, share, expiring, age, counted)


def _label(text: str) -> str:
    """Ids are people's own choice, and may be telephone numbers."""
    return str(masked(text))
