"""Earlier calls to the callee, and what they count as."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ari_app.policy.disposition import NO_CONVERSATION, Disposition
from ari_app.policy.outcome import CONVERSATIONS, Outcome
from ari_app.policy.request import Purpose

LOOK_BACK = timedelta(days=3 * 366)
"""How far back attempts are looked up; no rule may ask for more, or it would see nothing where there was a call."""

MOST_ATTEMPTS = 200
"""More attempts on one callee than this within `LOOK_BACK`, and the fact is Unknown rather than cut short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One earlier call to this callee for the same principal, by any agency, campaign or operator."""

    call_id: str
    campaign: str
    purpose: Purpose
    at: datetime
    """When it was permitted or, for an imported one, when it was made."""
    operator: str = ""
    outcome: Outcome | None = None
    """None: it is under way, or nobody has said yet how it ended."""
    disposition: Disposition | None = None
    """None: nothing was noted."""
    talked: timedelta | None = None
    """From answer to end; None: not known."""
    subject: str = ""
    """The campaign's product, else its sector: what the call was about."""
    same_number: bool = True
    """False: it went to another number of the same person."""
    attended: bool = True
    """An operator was on the line before the callee's phone rang."""
    one_off_permit: str = ""
    """Id of the one-off permit it relied on."""


def was_conversation(attempt: Attempt, *, from_: timedelta | None = None) -> bool:
    """
    Whether somebody was spoken to, by the strictest reading of what is on record.

    The disposition says so, where there is one. Else an answered call counts once it lasted `from_` (exactly equal
    counts; None: any length does; a length that is not known is long enough). A call that was abandoned, that nobody
    saw end, or that is under way counts.
    """
    if attempt.disposition is not None:
        return attempt.disposition not in NO_CONVERSATION
    if attempt.outcome is Outcome.ANSWERED and from_ is not None and attempt.talked is not None:
        return attempt.talked >= from_
    return attempt.outcome is None or attempt.outcome in CONVERSATIONS


def was_answered(attempt: Attempt) -> bool:
    """Whether anything answered, a machine included; a call under way, or that nobody saw end, counts."""
    return attempt.outcome is None or attempt.outcome in CONVERSATIONS
