"""What is on record about a callee for one principal, as the operator who speaks to them is told of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ari_app.policy.disposition import Disposition
from ari_app.policy.facts import Facts
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import CallRequest
from ari_app.ports.needs import Need


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """One earlier call to the number for the same principal."""

    call_id: str
    at: datetime
    campaign: str
    operator: str
    """Id; empty: nobody that is known."""
    operator_name: str
    """As they give it; empty: not on record any more."""
    outcome: Outcome | None
    word: Disposition | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What one look at the record finds."""

    request: CallRequest
    """The call as the rules saw it, its campaign and operator as they are now."""
    facts: Facts
    """Customer, consents, contacts, flags, callbacks and attempts, as a verdict of now would see them."""
    name: str
    """Of the newest list that names somebody; empty: none does."""
    person: str
    """The principal's reference for them by its lists; empty: there is none."""
    calls: tuple[PastCall, ...]
    """The newest first, so many as are told; the call itself is not among them."""
    needs: tuple[Need, ...]
    """Oldest first, with those that are met."""


class StoryBook(Protocol):
    """Where stories are read from."""

    async def of(self, record: VerdictRecord, *, now: datetime, calls: int) -> OnRecord | None:
        """
        What is on record about the callee of this verdict for its principal, at most so many earlier calls.

        None: what was dialled is no number, or there is no such campaign. Raises StoreUnavailable.
        """
        ...
