"""
Events as log lines on standard error, counted by name, and figures as histograms: implements ports.observer.Observer.

On a terminal a line is for people, else it is JSON. Nothing here may raise or wait: a log that cannot be written must
never keep a verdict from its deadline.
"""

import contextlib
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

import structlog

from ari_app.sight.histogram import Histogram
from ari_app.sight.masking import masked

_VERDICTS = {"call.permitted": "permit", "call.deferred": "defer", "call.denied": "deny", "call.exempted": "exempt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was heard since the start, at one instant."""

    events: Mapping[str, int]
    """How often, by name."""
    verdicts: Mapping[tuple[str, str], int]
    """How often, by verdict and the code of its first reason; a permit has none."""
    figures: Mapping[str, Histogram]


class StructlogObserver:
    """Hears what happened and writes it down, without telephone numbers."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to this stream, else to standard error."""
        target = stream or sys.stderr
        renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
        if target.isatty():
            renderer = structlog.dev.ConsoleRenderer(colors=True)
        self._log = structlog.wrap_logger(
            structlog.PrintLogger(target),
            processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), renderer],
        )
        self._counting = threading.Lock()  # held for a microsecond: services tell from threads of their own
        self._events: Counter[str] = Counter()
        self._verdicts: Counter[tuple[str, str]] = Counter()
        self._histograms: defaultdict[str, Histogram] = defaultdict(Histogram)

    def event(self, name: str, **values: object) -> None:
        """One line; a value that cannot be told is left out rather than raised."""
        with contextlib.suppress(Exception):
            self._count(name, values.get("reasons"))
        with contextlib.suppress(Exception):
            self._log.msg(name, **{key: masked(value) for key, value in values.items() if key != "event"})

    def measure(self, name: str, value: float) -> None:
        """Count a figure in its histogram."""
        with self._counting:
            self._histograms[name].add(value)

    def seen(self) -> Seen:
        """What was heard so far; may be asked from any thread."""
        with self._counting:
            return Seen(
                events=dict(self._events),
                verdicts=dict(self._verdicts),
                figures={name: histogram.copy() for name, histogram in self._histograms.items()},
            )

    def _count(self, name: str, reasons: object) -> None:
        verdict = _VERDICTS.get(name)
        first = str(reasons[0]) if verdict in ("deny", "defer") and isinstance(reasons, list) and reasons else ""
        with self._counting:
            self._events[name] += 1
            if verdict is not None:
                self._verdicts[verdict, first] += 1

    def figures(self) -> dict[str, float]:
        """
        What was measured, to be logged at the end.

        For each name its count (`verdict_ms_count`), median (`_p50`), 99th percentile (`_p99`) and highest (`_max`).
        """
        told: dict[str, float] = {}
        for name, histogram in sorted(self._histograms.items()):
            told[f"{name}_count"] = histogram.count
            for suffix, share in (("p50", 0.5), ("p99", 0.99)):
                told[f"{name}_{suffix}"] = round(histogram.quantile(share) or 0.0, 3)
            told[f"{name}_max"] = round(histogram.highest, 3)
        return told
