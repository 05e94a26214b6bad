"""What requests with a key of their sender's own were answered: sent again, they are answered the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol, TypeAlias

KEPT_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(seconds=60)
"""A request that has no answer after so long will have none: its gate was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request, as its sender names it."""

    token: str
    key: str
    request: bytes
    """What is to be the same when it is sent again: method, path and body."""
    e164: str | None = None
    """The one number that it is about; None: several, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What it was answered."""

    status: int
    body: bytes


class Before(Enum):
    """What there is of a request, if it is no answer."""

    NOTHING = "nothing"
    """It is new, and now under way: it ends with `keep` or `forget`."""
    UNDER_WAY = "under_way"
    ANOTHER = "another"
    """Its key came with another request."""


Earlier: TypeAlias = Answer | Before


class ApiAnswers(Protocol):
    """Answers by token and key. Raises StoreUnavailable (ports.verdicts)."""

    async def begin(self, sent: Sent, *, at: datetime) -> Earlier:
        """What it was answered before; or it is noted as under way. Of two at once one is new."""
        ...

    async def keep(self, sent: Sent, answer: Answer) -> None:
        """Keep its answer."""
        ...

    async def forget(self, sent: Sent) -> None:
        """Let it be asked anew: what it was answered is not worth keeping."""
        ...

    async def sweep(self, *, before: datetime, limit: int) -> int:
        """Delete answers to requests of before this instant; how many there were."""
        ...
