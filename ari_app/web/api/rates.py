"""How often one token may ask: a bucket that fills with time, for each token that asked of late."""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MOST_BUCKETS = 4096
"""In memory; beyond it whoever has been silent longest has a full one again."""
_WINDOW_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left to one token after it asked."""

    allowed: bool
    per_minute: int
    left: int
    full_in_s: int
    """Until everything is there again."""
    again_in_s: int
    """Until the next request is taken; 0: it is now."""

    @property
    def headers(self) -> Mapping[str, str]:
        """As programs read it (draft-ietf-httpapi-ratelimit-headers); `Retry-After` where there is nothing left."""
        told = {
            "RateLimit-Policy": f'"token";q={self.per_minute};w={_WINDOW_S}',
            "RateLimit": f'"token";r={self.left};t={self.full_in_s}',
        }
        return told if self.allowed else {**told, "Retry-After": str(self.again_in_s)}


class Rates:
    """Buckets of `per_minute` requests, of which as many come back in each minute."""

    def __init__(self, *, per_minute: int, monotonic: Callable[[], float]) -> None:
        """`monotonic` gives seconds, and never goes back."""
        self._per_minute = per_minute
        self._a_second = per_minute / _WINDOW_S
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many buckets are remembered."""
        return len(self._buckets)

    def ask(self, token: str) -> Allowance:
        """Take one request out of a token's bucket, if it holds one."""
        now = self._monotonic()
        held, at = self._buckets.pop(token, (float(self._per_minute), now))
        held = min(float(self._per_minute), held + (now - at) * self._a_second)
        allowed = held >= 1
        held -= allowed
        self._buckets[token] = held, now
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return Allowance(
            allowed=allowed,
            per_minute=self._per_minute,
            left=int(held),
            full_in_s=math.ceil((self._per_minute - held) / self._a_second),
            again_in_s=0 if held >= 1 else max(1, math.ceil((1 - held) / self._a_second)),
        )
