"""What is to be told to a CRM or a softphone by HTTP, kept until it has been taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing that happened, as it is told."""

    id: str
    """ULID; the receiver knows by it what it was told before."""
    event: str
    """`call.judged`, `call.ringing`, `call.answered`, `call.ended`."""
    call_id: str
    body: str = field(repr=False)
    """JSON; holds the callee's number."""
    made_at: datetime
    tries: int = 0
    """How often it was sent in vain."""


class Outbox(Protocol):
    """Messages that wait; each method is one transaction. Raises StoreUnavailable."""

    async def put(self, messages: Sequence[Message]) -> None:
        """Keep them; they are due at once."""
        ...

    async def take(self, now: datetime, *, until: datetime, limit: int) -> tuple[Message, ...]:
        """Some that are due, oldest first. Nobody else gets them before `until`; they are due again then."""
        ...

    async def delivered(self, message: Message, at: datetime) -> None:
        """It was taken: nothing personal of it is kept."""
        ...

    async def failed(self, message: Message, error: str, *, at: datetime, next_at: datetime | None) -> None:
        """It was not; it is due again at `next_at`. None: given up, and nothing personal of it is kept."""
        ...
