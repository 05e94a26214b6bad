"""A principal's own books, asked while the call waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ari_app.policy.facts import Known, Unknown
from ari_app.policy.held import Customer


class LiveCustomers(Protocol):
    """Live look-ups of customers."""

    def asks(self, principal: str) -> bool:
        """Whether this principal's books are asked live."""
        ...

    async def of(self, principal: str, e164: str) -> Known[Customer] | Unknown:
        """
        What the principal's books say of the number now, or said last, with the instant of that answer.

        Never raises. Unknown: they did not answer in time, and nothing that was said before may be used.
        """
        ...


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """What a principal's books said about a number; `said.as_of` is when."""

    principal: str
    e164: str
    said: Known[Customer]


class LiveAnswers(Protocol):
    """The last answer of each principal's books on each number. Raises StoreError (ports.verdicts)."""

    async def last(self, principal: str, e164: str) -> Known[Customer] | None:
        """The newest answer on record; None: there never was one."""
        ...

    async def keep(self, answers: Sequence[LiveAnswer]) -> None:
        """Keep these, some hundred at most, each unless a newer one is on record."""
        ...
