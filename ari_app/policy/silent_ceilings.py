"""Which ceilings a campaign's packs set on its silent calls, for people who watch how near it comes to them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from ari_app.policy.docket import Docket
from ari_app.policy.rules.abandoned_rate_ceiling import SilentRateBelow


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentCeiling:
    """One rule's ceiling."""

    rule: str
    """As `it/silent_calls`."""
    max_ratio: float
    denominator: Literal["put_through", "answered"]
    window: timedelta | None
    """Looking back from now; None: the whole campaign."""

    def of(self, *, put_through: int, silent: int) -> int:
        """What the silent calls are held against."""
        return put_through + silent if self.denominator == "answered" else put_through


def silent_ceilings(bound: Docket, now: datetime) -> tuple[SilentCeiling, ...]:
    """
    Every ceiling in force at `now`, in the packs' order; days are taken in UTC.

    In shadow mode too: what is only noted then is still what the law asks.
    """
    day = now.astimezone(UTC).date()
    found = []
    for standing in bound.rules:
        rule = standing.rule
        begun = rule.effective_from is None or rule.effective_from <= day
        over = rule.effective_to is not None and rule.effective_to < day
        if isinstance(rule.kind, SilentRateBelow) and standing.idle is None and begun and not over:
            kind = rule.kind
            found.append(
                SilentCeiling(
                    rule=standing.name, max_ratio=kind.max_ratio, denominator=kind.denominator, window=kind.window
                )
            )
    return tuple(found)
