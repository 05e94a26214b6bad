"""A principal's own books, asked while the call waits."""

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
