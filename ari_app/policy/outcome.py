"""How a call ended, in one word; a call has exactly one outcome and begins with the worst."""

from enum import StrEnum


class Outcome(StrEnum):
    """One word a call, recorded once, last."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    """The network failed: no attempt on the callee was made."""
    ABANDONED = "abandoned"
    """Answered, and no operator was there."""
    CANCELLED = "cancelled"
    """The operator left before an answer."""
    DENIED = "denied"
    NOT_DIALLED = "not_dialled"
    """Permitted, but no leg was ever dialled: it never counts as an attempt."""
    UNOBSERVED = "unobserved"
    """Nobody saw how it ended. Counts as a conversation, the strictest reading."""


CONVERSATIONS = frozenset({Outcome.ANSWERED, Outcome.ABANDONED, Outcome.UNOBSERVED})
"""Outcomes after which the callee is taken to have been spoken to."""

NO_ATTEMPTS = frozenset({Outcome.FAILED, Outcome.DENIED, Outcome.NOT_DIALLED})
"""Outcomes in which the callee was never disturbed: they count for no cool-down and no cap."""
