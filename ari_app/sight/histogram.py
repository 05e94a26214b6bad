"""
How often which figure was measured, in constant memory: buckets that grow by a tenth each.

A quantile is the upper end of its bucket, so it is never told better than it was, and at most a tenth worse.
"""

import math
from collections import Counter

_GROWTH = math.log(1.1)


class Histogram:
    """Figures of one name; not for several threads."""

    def __init__(self) -> None:
        """Nothing measured yet."""
        self.count = 0
        self.total = 0.0
        self.highest = 0.0
        self._buckets: Counter[int] = Counter()

    def add(self, value: float) -> None:
        """Count one figure; zero and less fall into the lowest bucket, what is no number is not counted."""
        if math.isnan(value):
            return
        self.count += 1
        self.total += min(max(value, 0.0), 1e12)
        self.highest = max(self.highest, value)
        self._buckets[math.ceil(math.log(min(max(value, 1e-6), 1e12)) / _GROWTH)] += 1

    def quantile(self, share: float) -> float | None:
        """The figure that `share` of all do not exceed; None: nothing was measured."""
        passed = 0
        for bucket in sorted(self._buckets):
            passed += self._buckets[bucket]
            if passed >= share * self.count:
                return min(math.exp(bucket * _GROWTH), self.highest)
        return None

    def up_to(self, bound: float) -> int:
        """How many surely did not exceed the bound; some of those up to a tenth below it may be left out."""
        last = math.floor(math.log(bound) / _GROWTH)
        return sum(times for bucket, times in self._buckets.items() if bucket <= last)

    def copy(self) -> "Histogram":
        """The same, to be read while this one goes on."""
        other = Histogram()
        other.count, other.total, other.highest = self.count, self.total, self.highest
        other._buckets = self._buckets.copy()
        return other
