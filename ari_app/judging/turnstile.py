"""
Who is judged while more is asked than can be judged in time, and who is turned away at once.

Verdicts that are under way wait for one another: for the loop, the database, the PBX. Let all in, and all are told when
nobody waits any more; a gate at twice its capacity then permits less than one at half of it. So a question is let in
only while what is under way leaves it time enough, and costs nothing if it is not.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

_SHARE = 0.5
"""How much of the deadline a verdict may be expected to take. The rest is for what none before it met."""
_AT_FIRST = timedelta(milliseconds=5)
"""Before any verdict was given."""
_FEW = 4
"""So many are let in whatever the pace was: only who is let in tells that it is better by now."""
_WEIGHT = 0.125
"""Of the newest verdict in the pace: some ten verdicts tell of a change, one slow commit does not."""


class Overloaded(Exception):  # noqa: N818  named for the state
    """More is asked than can be judged in time; nothing was done for this question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long each verdict that is under way lets the next one wait, as the latest of them showed."""

    deadline: timedelta
    each: timedelta = _AT_FIRST

    def expected(self, under_way: int) -> timedelta:
        """How long a verdict will take that comes after these."""
        return self.each * (under_way + 1)

    def admits(self, *, under_way: int, waited: timedelta) -> bool:
        """Whether one that waited so long before it was read would be in time, and would not hold up the others."""
        expected = self.expected(under_way)
        return under_way < _FEW or (expected <= self.deadline * _SHARE and waited + expected <= self.deadline)

    def after(self, took: timedelta, *, under_way: int) -> "Pace":
        """The pace once one that came after these is told. A longer time than the deadline says no more than that."""
        shown = min(took, self.deadline) / (under_way + 1)
        return replace(self, each=self.each + (shown - self.each) * _WEIGHT)


class Turnstile:
    """Counts who is inside, and keeps the pace."""

    def __init__(self, deadline: timedelta) -> None:
        """Nobody is inside."""
        self.under_way = 0
        """Verdicts that are being found and told."""
        self.pace = Pace(deadline=deadline)

    def admits(self, waited: timedelta) -> bool:
        """Whether one more may come in now, that waited so long already."""
        return self.pace.admits(under_way=self.under_way, waited=waited)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be inside for as long as the block lasts."""
        before = self.under_way
        self.under_way += 1
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            yield
        finally:
            self.under_way -= 1
            self.pace = self.pace.after(timedelta(seconds=clock() - started), under_way=before)
