"""
What the floor is shown in figures: how the day goes, counted over calls, and never a person's name or number.

Counts are of whole days and hours; who may see which of them is decided in `desk`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from ari_app.policy.record import VerdictRecord


class Counted(StrEnum):
    """What is counted by the hour. The word beside it is a reason code, or for `ended` an outcome."""

    PERMIT = "permit"
    """Its word is empty."""
    DEFER = "defer"
    DENY = "deny"
    WOULD_REFUSE = "would_refuse"
    """Permitted in shadow mode, and noted: in force, the packs would have refused. Counted as `permit` as well."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """How many within one hour."""

    hour: datetime
    """When it began; of an ending, the hour of its verdict."""
    campaign: str
    """Empty: the call named none."""
    what: Counted
    word: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WordCount:
    """How many calls of the day have this word on them, as it stands now."""

    campaign: str
    disposition: str
    outcome: str
    """Empty: it is under way."""
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentCount:
    """Calls of a campaign that were answered, with an operator there and without."""

    campaign: str
    window: timedelta | None
    """Looking back from now; None: ever."""
    put_through: int
    silent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCount:
    """Promises of a campaign that are not kept yet."""

    campaign: str
    overdue: int
    due_today: int
    """Later today."""
    first_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A permitted call that has not ended."""

    call_id: str
    campaign: str
    operator: str
    """Empty: nobody is known to be on it."""
    gate: str
    phase: str
    """As `ports.live_calls.Phase`."""
    at: datetime
    """When it was permitted."""
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorNow:
    """What one operator does now. Not to be shown of a single person without an agreement (RULES 6.6)."""

    operator: str
    name: str
    """Empty: by the id."""
    team: str
    state: str
    since: datetime | None
    """None: not known, they were never at a desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSeen:
    """What the records tell of a gate."""

    gate: str
    sealed_at: datetime | None
    """When it last sealed a record; None: it never did."""
    unsealed: int
    """Records that wait for it; more than a few mean that it stands still. At most `MOST_UNSEALED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassSeen:
    """A leg that went round the gate today."""

    at: datetime
    trunk: str
    caller: str
    """Empty: nobody dialled it."""
    operator: str
    """Who was at the caller; empty: not known. Not to be shown of a single person without an agreement."""
    way: str
    where: str
    """Context and application of the dialplan."""
    why: str
    done: str


MOST_BYPASSES = 20
MOST_UNSEALED = 1000
MOST_OPEN_CALLS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """For which day and which windows."""

    day_began_at: datetime
    """Counted by whole hours: from the one in which it lies."""
    day_ends_at: datetime
    now: datetime
    silent: frozenset[tuple[str, timedelta | None]] = frozenset()
    """Campaigns, each with a window in which its silent calls are held against a ceiling."""
    gates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that is counted, of every campaign, as of one moment."""

    asked: Asked
    hours: tuple[HourCount, ...] = ()
    words: tuple[WordCount, ...] = ()
    silent: tuple[SilentCount, ...] = ()
    callbacks: tuple[CallbackCount, ...] = ()
    open_calls: tuple[OpenCall, ...] = ()
    """Oldest first, and no more than `MOST_OPEN_CALLS`."""
    open_by_campaign: tuple[tuple[str, int], ...] = ()
    """All of them."""
    operators: tuple[OperatorNow, ...] = ()
    gates: tuple[GateSeen, ...] = ()
    opt_outs: tuple[tuple[str, str, int], ...] = ()
    """Suppressions set down one by one since the day began: scope, source and how many."""
    bypasses: tuple[BypassSeen, ...] = ()
    """Today's, newest first, and no more than `MOST_BYPASSES`."""
    bypassed: int = 0
    """All of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterStanding:
    """How far a campaign's contacts are screened in one register."""

    register: str
    clear: int
    listed: int
    missing: int
    expired: int
    expiring: int
    """Clear, but not for much longer."""
    runs_out_at: datetime | None
    """When the first answer that holds runs out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStanding:
    """What lists say of an open campaign's contacts."""

    campaign: str
    contacts: int
    callable: int
    """Whom no list keeps from being called now."""
    registers: tuple[RegisterStanding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """All lists, as they were counted last; that takes a while, so it is not done for a page."""

    counted_at: datetime
    campaigns: tuple[ListStanding, ...]
    published: tuple[tuple[str, str, datetime], ...]
    """Kind of list, principal (empty: everybody's) and when it came last."""
    registers: tuple[tuple[str, datetime], ...] = ()
    """Whole registers at hand, and of which instant they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordNoted:
    """One word of a call's history, as it was noted or corrected."""

    disposition: str
    operator: str
    at: datetime
    note: str
    recording: str
    """It corrects the word before, and this shows that it may; empty: it corrects none."""
    suppressed: bool
    promised_for: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A step of the script that the call came to."""

    step: str
    answer: str
    discloses: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLine:
    """A line of a campaign's routing table: the first that fits leads to its script."""

    when: Mapping[str, tuple[str, ...]]
    """Empty: for everybody."""
    script: str
    variant: str
    """Empty: by what is known of the callee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHistory:
    """A call with all that became of it."""

    record: VerdictRecord
    dialled_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    words: tuple[WordNoted, ...]
    steps: tuple[StepTaken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which past calls are looked for: within `since` (included) and `until`."""

    since: datetime
    until: datetime
    e164: str = ""
    campaigns: frozenset[str] | None = None
    """Only of these; None: of any, and of none."""
    verdict: str = ""
    before: tuple[datetime, str] | None = None
    """Older than this call: where the page before ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of past calls, newest first."""

    calls: tuple[VerdictRecord, ...]
    more: tuple[datetime, str] | None
    """Where the next page begins; None: there is none."""
    cut_short: bool = False
    """So many calls were looked through that the rest was left; a shorter time finds more."""


class FloorBook(Protocol):
    """Where the figures come from. Raises StoreUnavailable."""

    async def figures(self, asked: Asked) -> Figures:
        """Everything of every campaign."""
        ...

    async def find(self, wanted: Wanted) -> Found:
        """Past calls."""
        ...

    async def routes(self, campaign_id: str) -> tuple[RouteLine, ...]:
        """The campaign's routing table, in its order."""
        ...

    async def history(self, call_id: str) -> CallHistory | None:
        """One call, whole; None: there is none."""
        ...
