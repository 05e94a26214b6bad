"""
What the operator, or the dialer, noted of a call, and what follows from it for later ones (RULES 6.5).

One word a call. It says more than the outcome: `answered` may have been a voicemail, and a refusal is a refusal.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Disposition(StrEnum):
    """What was said, or seen, in one word."""

    INTERESTED = "interested"
    SOLD = "sold"
    REFUSED = "refused"
    """No to this offer."""
    NOT_NOW = "not_now"
    HOLDER_ABSENT = "holder_absent"
    CALLBACK = "callback"
    """Asked to be called again; the callback itself says when."""
    VOICEMAIL = "voicemail"
    MACHINE = "machine"
    """A dialer's detection took whatever answered for a machine."""
    WRONG_NUMBER = "wrong_number"
    ALREADY_CUSTOMER = "already_customer"
    NEVER_AGAIN = "never_again"
    COMPLAINT = "complaint"
    LANGUAGE = "language"
    """Speaks another language; the note says which."""
    HUNG_UP_EARLY = "hung_up_early"
    LINE_DROPPED = "line_dropped"
    NOT_ELIGIBLE = "not_eligible"
    DECEASED = "deceased"
    MINOR = "minor"
    VULNERABLE = "vulnerable"
    BUSINESS = "business"


NO_CONVERSATION = frozenset(
    {
        Disposition.NOT_NOW,
        Disposition.HOLDER_ABSENT,
        Disposition.VOICEMAIL,
        Disposition.MACHINE,
        Disposition.LINE_DROPPED,
    }
)
"""After these nobody was spoken to, however long the line was open; after any other somebody was."""


class FlagKind(StrEnum):
    """What is noted about a person for one principal, until it is cleared."""

    MINOR = "minor"
    DECEASED = "deceased"
    VULNERABLE = "vulnerable"
    COMPLAINT = "complaint"
    DISPUTE = "dispute"
    LANGUAGE = "language"
    """`value` is the language they asked for, as `de`."""
    HOURS = "hours"
    """`value` is when they asked to be called, as `17:00-20:00`, by their own clock."""
    WRONG_NUMBER = "wrong_number"
    """Whoever was looked for is not at this number; `value` is the principal's reference for them, or empty."""
    ALREADY_CUSTOMER = "already_customer"
    """They say that they are a customer; it holds until the principal has confirmed it, or denied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a disposition sets down, at once and in one transaction with itself."""

    suppresses: Literal["", "marketing", "all"] = ""
    """For this principal, all its campaigns and agencies, for ever."""
    flag: FlagKind | None = None


EFFECTS: dict[Disposition, Effect] = {
    Disposition.NEVER_AGAIN: Effect(suppresses="marketing"),
    Disposition.DECEASED: Effect(suppresses="all", flag=FlagKind.DECEASED),
    Disposition.MINOR: Effect(flag=FlagKind.MINOR),
    Disposition.VULNERABLE: Effect(flag=FlagKind.VULNERABLE),
    Disposition.COMPLAINT: Effect(flag=FlagKind.COMPLAINT),
    Disposition.WRONG_NUMBER: Effect(flag=FlagKind.WRONG_NUMBER),
    Disposition.LANGUAGE: Effect(flag=FlagKind.LANGUAGE),
    Disposition.ALREADY_CUSTOMER: Effect(flag=FlagKind.ALREADY_CUSTOMER),
}
"""What is not here has no effect but through the rules that count it: a refusal, a voicemail, not now."""
ENDING = frozenset(
    {Disposition.NEVER_AGAIN, Disposition.DECEASED, Disposition.MINOR, Disposition.WRONG_NUMBER, Disposition.REFUSED}
)
"""Words that no promise of another call goes with."""
