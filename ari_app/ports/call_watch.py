"""What a call tells of its life to whoever watches: the operator's desk, and who shows a script without our page."""

from datetime import datetime
from typing import Protocol

from ari_app.policy.record import VerdictRecord


class CallWatch(Protocol):
    """
    Hears each step of a call once, in order, on the event loop. Never waits.

    Nothing is told of numbers that are never gated: who calls a helpline is nobody's business.
    """

    def judged(self, record: VerdictRecord, *, channel_id: str, phone: str) -> None:
        """
        There is a verdict, whatever it says; `phone` is the asking channel's endpoint, as `PJSIP/101`.

        A call may be told again: its second trunk asked, or a gate took up what an earlier life of it, or another
        gate, had permitted. It is the same call then, and what is known of it stays.
        """
        ...

    def ringing(self, call_id: str, at: datetime) -> None:
        """The callee's phone rings: the first leg that does."""
        ...

    def answered(self, call_id: str, at: datetime) -> None:
        """Somebody, or something, answered."""
        ...

    def ended(self, call_id: str, outcome: str, at: datetime) -> None:
        """The call is over, and its outcome on record."""
        ...
