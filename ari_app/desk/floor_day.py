"""
A day on the floor, added up from its counts: pure sums, for a page, a chart and a command alike.

A conversation is what the word on a call says, else the outcome, by the strictest reading: as `policy.attempts` has it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ari_app.policy.disposition import NO_CONVERSATION, Disposition
from ari_app.policy.outcome import CONVERSATIONS, NO_ATTEMPTS
from ari_app.policy.silent_ceilings import SilentCeiling
from ari_app.ports.floor import Counted, HourCount, SilentCount, WordCount

_NEAR = 0.8
"""From this part of its ceiling on a rate is told to be near it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """How many were given, by what they said."""

    permits: int = 0
    deferred: int = 0
    denied: int = 0
    would_refuse: int = 0
    """Of the permits: what shadow mode let pass."""

    @property
    def given(self) -> int:
        """All of them."""
        return self.permits + self.blocked

    @property
    def blocked(self) -> int:
        """Calls that did not go out."""
        return self.deferred + self.denied


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """The verdicts of one hour."""

    began_at: datetime
    verdicts: Verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Talks:
    """What calls came to."""

    attempts: int = 0
    """Calls that reached the callee's network; those under way only once something is noted of them."""
    conversations: int = 0
    sold: int = 0
    interested: int = 0
    complaints: int = 0
    never_again: int = 0

    @property
    def contact_rate(self) -> float | None:
        """Conversations of attempts; None: there are none."""
        return self.conversations / self.attempts if self.attempts else None

    @property
    def conversion_rate(self) -> float | None:
        """Sold or interested, of conversations; None: there are none."""
        return (self.sold + self.interested) / self.conversations if self.conversations else None


class Nearness(StrEnum):
    """How a rate stands to its ceiling."""

    WITHIN = "within"
    NEAR = "near"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentRate:
    """A campaign's silent calls, held against one ceiling."""

    campaign: str
    ceiling: SilentCeiling
    silent: int
    of: int

    @property
    def rate(self) -> float | None:
        """None: there is nothing to hold them against."""
        return self.silent / self.of if self.of else None

    @property
    def nearness(self) -> Nearness:
        """Over it, the rule objects; silent calls and nothing beside them are over it."""
        if self.silent > self.ceiling.max_ratio * self.of:
            return Nearness.OVER
        near = bool(self.silent) and self.silent >= _NEAR * self.ceiling.max_ratio * self.of
        return Nearness.NEAR if near else Nearness.WITHIN


def verdicts(hours: Iterable[HourCount]) -> Verdicts:
    """All of these together."""
    found: Counter[Counted] = Counter()
    for each in hours:
        found[each.what] += each.number
    return Verdicts(
        permits=found[Counted.PERMIT],
        deferred=found[Counted.DEFER],
        denied=found[Counted.DENY],
        would_refuse=found[Counted.WOULD_REFUSE],
    )


def reasons(hours: Iterable[HourCount], *, shadow: bool = False) -> tuple[tuple[str, int], ...]:
    """Calls that did not go out by their first reason, the most frequent first; with `shadow` those it let pass."""
    meant = (Counted.WOULD_REFUSE,) if shadow else (Counted.DEFER, Counted.DENY)
    found: Counter[str] = Counter()
    for each in hours:
        if each.what in meant:
            found[each.word] += each.number
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def by_hour(hours: Sequence[HourCount], *, since: datetime, until: datetime) -> tuple[Hour, ...]:
    """Every hour of the span, from the one in which it begins; one without a verdict is there as well."""
    told: dict[datetime, list[HourCount]] = {}
    for each in hours:
        told.setdefault(each.hour, []).append(each)
    found, at = [], since.replace(minute=0, second=0, microsecond=0)
    while at < until:
        found.append(Hour(began_at=at, verdicts=verdicts(told.get(at, ()))))
        at += timedelta(hours=1)
    return tuple(found)


def talks(hours: Iterable[HourCount], words: Iterable[WordCount]) -> Talks:
    """What the day's calls came to."""
    ended: Counter[str] = Counter()
    for each in hours:
        if each.what is Counted.ENDED:
            ended[each.word] += each.number
    said: Counter[str] = Counter()
    worded: Counter[str] = Counter()
    spoken = unreached = 0
    for word in words:
        said[word.disposition] += word.number
        worded[word.outcome] += word.number
        if word.disposition not in NO_CONVERSATION:
            spoken += word.number
            unreached += word.number if word.outcome in ("", *NO_ATTEMPTS) else 0
    # A word may be there a second before its call's ending is counted.
    reached = sum(max(ended[each], worded[each]) for each in {*ended, *worded} if each not in ("", *NO_ATTEMPTS))
    unsaid = sum(max(0, ended[each] - worded[each]) for each in CONVERSATIONS)
    return Talks(
        attempts=reached + unreached,
        conversations=spoken + unsaid,
        sold=said[Disposition.SOLD],
        interested=said[Disposition.INTERESTED],
        complaints=said[Disposition.COMPLAINT],
        never_again=said[Disposition.NEVER_AGAIN],
    )


def silent_rates(
    campaign: str, ceilings: Iterable[SilentCeiling], counts: Iterable[SilentCount]
) -> tuple[SilentRate, ...]:
    """The campaign's rates, one a ceiling that was counted; `counts` are of this campaign."""
    counted = {each.window: each for each in counts}
    return tuple(
        SilentRate(
            campaign=campaign,
            ceiling=ceiling,
            silent=held.silent,
            of=ceiling.of(put_through=held.put_through, silent=held.silent),
        )
        for ceiling in ceilings
        if (held := counted.get(ceiling.window)) is not None
    )
