"""
How a call went, as the dialplan tells it: what Dial() left in the channel's variables when the channel was hung up.

A call with several trunks is told of as it goes from one to the next: what the earlier ones came to is in `earlier`, so
that a trunk that was dead does not hide one that was busy.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ari_app.calls.progress import Leg, Progress
from ari_app.policy.events import DialStatus
from ari_app.policy.outcome import Outcome
from ari_app.ports.verdicts import Ending

_TOLD = re.compile(
    r"(?P<call_id>[0-9A-Za-z]{1,32})\.(?P<proof>[0-9a-f]{1,32})\.(?P<earlier>[bncf]*)\."
    r"(?P<status>[A-Z]*)\.(?P<answered_s>[0-9]{0,6})\.(?P<dialled_s>[0-9]{0,6})\.(?P<cause>[0-9]{0,3})"
)
_NEVER_DIALLED = frozenset({"", "DNC"})
"""Dial() never ran: the variable is as the subroutine cleared it, or as its own refusal left it."""
_EARLIER = {
    "b": DialStatus.BUSY,
    "n": DialStatus.NOANSWER,
    "c": DialStatus.CANCEL,
    "f": DialStatus.CHANUNAVAIL,
}
_LETTER = {Outcome.BUSY: "b", Outcome.NO_ANSWER: "n", Outcome.CANCELLED: "c", Outcome.FAILED: "f"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEnding:
    """What the dialplan told of a call that was permitted over AGI."""

    call_id: str
    proof: str
    """What the gate gave the channel to tell it with."""
    earlier: str
    """A letter for each trunk that was tried before."""
    status: str
    """DIALSTATUS; empty: nothing was dialled."""
    answered: timedelta | None
    """ANSWEREDTIME."""
    dialled: timedelta | None
    """DIALEDTIME, the ringing included."""
    cause: int

    @property
    def is_answered(self) -> bool:
        """Somebody was spoken to: whatever the channel asks next is another call."""
        return self.status == DialStatus.ANSWER

    def seen(self) -> str:
        """`earlier` with this trunk's letter, for the next one; a letter that is there already says nothing new."""
        if self.status in _NEVER_DIALLED or self.is_answered:
            return self.earlier
        unknown = self._word() is DialStatus.OTHER
        letter = _LETTER.get(Outcome.NO_ANSWER if unknown else self._leg().outcome, "")
        return self.earlier if letter in self.earlier else self.earlier + letter

    def ending(self, now: datetime) -> Ending:
        """
        The outcome, and its instants as far as whole seconds tell; it was told at `now`.

        A word that Dial() is not known to say is read most strictly: nobody knows how it went.
        """
        progress = Progress(
            legs={letter: Leg(status=_EARLIER[letter], gone=True) for letter in self.earlier},
            dialled_at=now - self.dialled if self.dialled is not None else None,
        ).with_channel_gone(now, cause=self.cause)
        if self.status not in _NEVER_DIALLED:
            progress = replace(progress, legs={**progress.legs, "last": self._leg()})
            if self._word() is DialStatus.OTHER:
                progress = progress.with_gap()
        if self.is_answered:
            progress = progress.with_answer(now - (self.answered or timedelta()))
        return progress.ending(now)

    def _leg(self) -> Leg:
        return Leg(status=self._word(), gone=True, cause=self.cause)

    def _word(self) -> DialStatus:
        try:
            return DialStatus(self.status)
        except ValueError:
            return DialStatus.OTHER


def read_ending(text: str) -> ToldEnding | None:
    """What was told; None: it is no such thing."""
    found = _TOLD.fullmatch(text)
    if found is None:
        return None
    return ToldEnding(
        call_id=found["call_id"],
        proof=found["proof"],
        earlier="".join(dict.fromkeys(found["earlier"])),
        status=found["status"],
        answered=_seconds(found["answered_s"]),
        dialled=_seconds(found["dialled_s"]),
        cause=int(found["cause"] or 0),
    )


def _seconds(text: str) -> timedelta | None:
    return timedelta(seconds=int(text)) if text else None
