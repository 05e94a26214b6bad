"""
How far Asterisk's clock is ahead of ours, from the time stamps of its answers.

Gate and Asterisk may run on different machines; without this a wrong clock would make every call late, or none.
Asterisk stamped its answer at some time between our sending and our reading, so each exchange gives an interval in
which the true offset lies.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class _Interval:
    low: timedelta
    high: timedelta

    @property
    def width(self) -> timedelta:
        return self.high - self.low


class ClockOffset:
    """The best estimate from the last few exchanges: the middle of the narrowest interval."""

    def __init__(self, samples: int = 8) -> None:
        self._samples: deque[_Interval] = deque(maxlen=samples)

    def add(self, *, sent_at: datetime, stamped_at: datetime, read_at: datetime) -> None:
        """
        One exchange: when we sent, when Asterisk stamped, when we read.

        A slow exchange (a frozen gate) changes nothing. One that contradicts the estimate means that a clock was set:
        it then counts alone.
        """
        new = _Interval(stamped_at - read_at, stamped_at - sent_at)
        # Asterisk cuts its stamps to milliseconds: touching intervals may miss each other by one.
        slack = timedelta(milliseconds=1)
        best = self._best()
        if best is not None and (new.low > best.high + slack or new.high < best.low - slack):
            self._samples.clear()
        self._samples.append(new)

    def forget(self) -> None:
        """Start anew: the next connection may lead to another machine."""
        self._samples.clear()

    @property
    def estimate(self) -> timedelta:
        """Asterisk's time minus ours; zero before the first exchange."""
        best = self._best()
        return timedelta(0) if best is None else best.low + best.width / 2

    def _best(self) -> _Interval | None:
        return min(self._samples, key=lambda sample: sample.width, default=None)
