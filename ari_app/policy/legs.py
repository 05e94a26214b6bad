"""
Legs that a PBX tells of, held against permits that a gate gave: every leg has its permit, every permit its leg.

Whoever reads the legs (`lists/cdr_file`, `stores/cdr_table`, `stores/trunk_legs`) and the permits gives them here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_SLACK = timedelta(seconds=5)
"""Clocks of PBX and gate differ a little, and CDRs are cut to the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A day, and the instants that it lies between where the PBX is."""

    day: date
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkLeg:
    """An outbound leg on a guarded trunk."""

    id: str
    at: datetime
    trunk: str
    channel: str
    """Its name, numbers masked."""
    asked_by: str
    """UNIQUEID of the channel that dialled it; empty: not told."""
    numbers: tuple[bytes, ...]
    """Keys of all that its dial string may mean; empty: it is no number."""
    shown: str
    """What was dialled, masked."""
    exempt: bool = False
    """Emergency number, helpline, extension, exempt number: never gated."""
    permit_of: str = ""
    """The call whose permit it carried, seen at that moment; empty: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPermit:
    """A permit whose call dialled, by the gate's own book."""

    call_id: str
    channel_id: str
    number: bytes
    decided_at: datetime
    ended_at: datetime | None
    """None: the call goes on, or its end is not on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """A day's legs and permits."""

    day: date
    source: str
    """`file`, `database` or `ami`."""
    legs: int
    exempt: int
    permits: int
    unchecked: tuple[TrunkLeg, ...]
    """Legs without a permit: calls that left unchecked."""
    unseen: tuple[GivenPermit, ...]
    """Permits that dialled by the gate's book, and of which the PBX's records tell no leg."""


def reconciled(window: Window, source: str, legs: Sequence[TrunkLeg], permits: Sequence[GivenPermit]) -> Reconciliation:
    """`permits` may reach beyond the day on both sides; only those given on it can be unseen."""
    by_call = {each.call_id: each for each in permits}
    by_number: dict[bytes, list[GivenPermit]] = {}
    for each in permits:
        by_number.setdefault(each.number, []).append(each)
    seen: set[str] = set()
    unchecked: list[TrunkLeg] = []
    for leg in legs:
        permit = _permit_of(leg, by_call, by_number)
        if permit is not None:
            seen.add(permit.call_id)
        elif not leg.exempt:
            unchecked.append(leg)
    own = [each for each in permits if window.since <= each.decided_at < window.until]
    return Reconciliation(
        day=window.day,
        source=source,
        legs=len(legs),
        exempt=sum(leg.exempt for leg in legs),
        permits=len(own),
        unchecked=tuple(unchecked),
        unseen=tuple(each for each in own if each.call_id not in seen),
    )


def _permit_of(
    leg: TrunkLeg, by_call: dict[str, GivenPermit], by_number: dict[bytes, list[GivenPermit]]
) -> GivenPermit | None:
    """Its permit: the one it carried, else one of its own channel, else one for its number at that time."""
    if leg.permit_of in by_call:
        return by_call[leg.permit_of]
    fitting = [each for number in leg.numbers for each in by_number.get(number, ()) if _holds(each, leg.at)]
    own = [each for each in fitting if leg.asked_by and each.channel_id == leg.asked_by]
    return next(iter(_newest_first(own or fitting)), None)


def _holds(permit: GivenPermit, at: datetime) -> bool:
    begun = permit.decided_at - _SLACK <= at
    return begun and (permit.ended_at is None or at <= permit.ended_at + _SLACK)


def _newest_first(permits: Iterable[GivenPermit]) -> list[GivenPermit]:
    return sorted(permits, key=lambda each: each.decided_at, reverse=True)
