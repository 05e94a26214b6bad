"""Whose turn it is to be called: a campaign's contacts in a fair order, promises that are due, who was given whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

from ari_app.policy.disposition import Disposition
from ari_app.policy.outcome import Outcome

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When somebody was called who never was."""

NumberKey: TypeAlias = bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A contact of a campaign that may be looked at now."""

    number_key: NumberKey
    e164: str
    """Empty: it is in no list of the campaign any more, or in none that says it."""
    called_at: datetime
    """By which its turn came: `NEVER`, or when it was called last as far as was known then."""
    last_at: datetime | None
    """When it was in fact called last for this principal; None: never."""
    promised_for: datetime | None
    """The first promise to it that is not kept; None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """What is remembered of a turn that was not taken."""

    number_key: NumberKey
    called_at: datetime
    not_before: datetime | None
    """None: its turn comes by its place in the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCallback:
    """A promised call."""

    id: str
    number_key: NumberKey
    e164: str
    """Empty: the number was erased."""
    name: str
    campaign: str
    operator: str
    """Who promised it; empty: nobody in particular."""
    due_at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A contact that an operator was given."""

    number_key: NumberKey
    e164: str
    campaign: str
    made_at: datetime
    until: datetime
    called: bool
    """It was called since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCall:
    """One of an operator's calls of today."""

    call_id: str
    at: datetime
    outcome: Outcome | None
    word: Disposition | None
    talked_s: float | None
    kept: bool
    """It kept a promise."""


class ContactBook(Protocol):
    """Where turns, promises and leases are. Each method is one transaction. Raises StoreUnavailable."""

    async def stock_up(self, campaign: str, *, principal: str, now: datetime) -> bool:
        """
        Give some more of the campaign's contacts their turns, and let those that were put off until now come again.

        False: there were no more to look at.
        """
        ...

    async def turns(
        self, campaign: str, *, principal: str, after: tuple[datetime, NumberKey] | None, now: datetime, limit: int
    ) -> tuple[Turn, ...]:
        """Those whose turn it is and who are given to nobody, in their order, from after this place on."""
        ...

    async def put_off(
        self, campaign: str, turns: Sequence[PutOff], *, principal: str, gone: Sequence[NumberKey] = ()
    ) -> None:
        """Remember why these were passed by; those who are gone have no turn any more."""
        ...

    async def lease(
        self, number_key: NumberKey, *, principal: str, campaign: str, operator: str, now: datetime, until: datetime
    ) -> bool:
        """Give the number to this operator, and nothing else with it. False: another has it."""
        ...

    async def leased(self, operator: str, campaign: str, *, now: datetime) -> Lease | None:
        """What this operator was given last for the campaign and still has."""
        ...

    async def callbacks(self, campaigns: Sequence[str], *, until: datetime) -> tuple[DueCallback, ...]:
        """Promises of these campaigns that are not kept and due by then (exactly then is due), the first due first."""
        ...

    async def name_of(self, number_key: NumberKey, *, campaign: str) -> str:
        """How the campaign's lists call them; empty: they do not."""
        ...

    async def calls_of(self, operator: str, *, since: datetime) -> tuple[DayCall, ...]:
        """Calls that this operator was on, from this instant on, the oldest first."""
        ...
