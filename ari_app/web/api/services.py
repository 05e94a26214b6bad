"""What the API asks of the gate that it stands beside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ari_app.desk.dispositions import Noting
from ari_app.judging.ahead import Asker, Question
from ari_app.policy.held import Suppression, SuppressionPurpose
from ari_app.policy.record import VerdictRecord
from ari_app.ports.api_answers import ApiAnswers
from ari_app.ports.call_pages import CallPages
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.reservations import Reservations
from ari_app.ports.verdicts import StoreError, Verdicts
from ari_app.web.bearer import Granted


class Asking(Protocol):
    """Verdicts ahead of calls. Raises StoreError."""

    async def ask(self, question: Question, asker: Asker) -> VerdictRecord:
        """One."""
        ...

    async def ask_all(self, questions: Sequence[Question], asker: Asker) -> list[VerdictRecord | StoreError]:
        """Each, in their order; or why the facts could not be had."""
        ...

    def held_until(self, record: VerdictRecord) -> datetime:
        """Until when a permit is held that was given just now."""
        ...


class Suppressing(Protocol):
    """Do-not-call entries."""

    async def add(
        self,
        e164: str,
        *,
        scope: str,
        purpose: SuppressionPurpose,
        reason: str,
        source: str,
        expires_at: datetime | None,
    ) -> Suppression:
        """The entry; an equal one stays as it is. Raises StoreConflict: there is no such scope; StoreUnavailable."""
        ...


class Binding(Protocol):
    """Gives live calls to operators. Raises StoreError."""

    async def bind(self, call_id: str, operator: str) -> bool:
        """Say whose a call without an operator is, on the desk and on record. False: somebody else's, or not live."""
        ...


class Words(Protocol):
    """Who was on a call."""

    async def operators_of(self, call_id: str) -> frozenset[str]:
        """Who made the call or was on it; empty: nobody that is known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All of it."""

    granted: Granted
    asking: Asking
    verdicts: Verdicts
    reservations: Reservations
    pages: CallPages
    answers: ApiAnswers
    suppressing: Suppressing
    noting: Noting
    words: Words
    binding: Binding
    clock: Clock
    monotonic: Callable[[], float]
    observer: Observer
    per_minute: int
    """Requests of one token."""
