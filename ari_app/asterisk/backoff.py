"""When to try the connection again: at once, then exponentially later with full jitter, up to a cap."""

from datetime import timedelta
from random import Random
from typing import Protocol

from ari_app.asterisk.errors import AriForbidden

# 2**16 times any base is past any cap.
_MOST_DOUBLINGS = 16


class Waits(Protocol):
    """How long to wait at first, at most, and where a person has to mend something."""

    @property
    def backoff_base(self) -> timedelta: ...
    @property
    def backoff_cap(self) -> timedelta: ...
    @property
    def backoff_slow(self) -> timedelta: ...


class Backoff:
    """The waits between attempts; a connection that held for the cap's length starts them anew."""

    def __init__(self, settings: Waits, random: Random) -> None:
        self._settings = settings
        self._random = random
        self._attempts = 0

    def wait(self, fault: Exception, *, held: timedelta, by_hand: bool = False) -> timedelta:
        """
        How long to wait after a connection ended with `fault` that had been ready for `held` (zero: it never was).

        `by_hand`: a person has to mend it. A flapping one is not retried at once for ever: then all gates would storm
        an Asterisk that is in trouble.
        """
        settings = self._settings
        if by_hand or isinstance(fault, AriForbidden):
            return settings.backoff_slow * self._random.uniform(0.5, 1)
        if held >= settings.backoff_cap:
            self._attempts = 0
        attempt, self._attempts = self._attempts, min(self._attempts + 1, _MOST_DOUBLINGS)
        if attempt == 0:
            return timedelta(0)
        longest: timedelta = min(settings.backoff_cap, settings.backoff_base * 2 ** (attempt - 1))
        return longest * self._random.random()
