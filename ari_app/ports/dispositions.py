"""
Where operators, supervisors and dialers note what was said: the word on a call, with all that follows from it.

Synchronous, each method one transaction. Raises StoreUnavailable; StoreConflict (ports.verdicts) where what was noted
contradicts what is on record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ari_app.policy.disposition import Disposition

LONGEST_NOTE = 2_000
MOST_NEEDS = 20
"""Of one call; what is more is a note."""
LONGEST_NEED = 300
LONGEST_PROMISE = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is noted of one call."""

    call_id: str
    disposition: Disposition
    operator: str
    at: datetime
    note: str = ""
    value: str = ""
    """Of the flag that it sets: the language they asked for; who is not at this number (empty: whom the call meant)."""
    due_at: datetime | None = None
    """They are promised a call then; `callback` needs it, and any other word may have it."""
    callback_by: str = ""
    """Operator who promised to call; empty: nobody in particular."""
    needs: tuple[str, ...] = ()
    """What they said they need, kept for the next call."""
    recording: str = ""
    """A supervisor's correction: the recording that shows what was said. Empty: it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A word as it stands on record."""

    disposition: Disposition
    operator: str
    at: datetime
    note: str = ""
    suppression: str | None = None
    """Id of the do-not-call entry that it made, or found made already."""
    flag: str | None = None
    """Id of the flag that it set."""
    callback: str | None = None
    """Id of the promise that it made."""
    recording: str = ""
    """It corrects the word before, and this recording shows that it may."""


class Dispositions(Protocol):
    """What was noted of calls."""

    def note(self, word: Word) -> Noted:
        """
        Record a word on a call and its effects (`policy.disposition.EFFECTS`), effective for the very next verdict.

        A later word on the same call corrects the one before: its flag is cleared and its open promise withdrawn, but a
        suppression is never undone. The same word again, whenever it comes, changes nothing but for needs that are new.
        Once a word was corrected by its recording, only such a correction changes it again. Raises StoreConflict: there
        is no such call, or it was never permitted; or the word lacks what it needs, or contradicts itself.
        """
        ...

    def operators_of(self, call_id: str) -> frozenset[str]:
        """Who made the call, or was put on it; empty: nobody that is known, or there is no such call."""
        ...

    def of_call(self, call_id: str) -> tuple[Noted, ...]:
        """Every word on a call, oldest first; the last one counts."""
        ...
