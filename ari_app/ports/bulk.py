"""What is on record about the numbers of a whole list, so that it can be judged as its calls would be."""

from collections.abc import Hashable, Sequence
from typing import Protocol

from ari_app.policy.facts import Facts
from ari_app.policy.needs import Needs
from ari_app.policy.request import CallRequest


class Records(Protocol):
    """What is on record about numbers, for the calls of one campaign at one instant."""

    def of(self, e164s: Sequence[str]) -> Sequence[Hashable]:
        """
        What is on record about each number, unread, in one transaction.

        Of two numbers with equal records the facts are the same. Raises StoreUnavailable, StoreConflict.
        """
        ...

    def is_common(self, record: Hashable) -> bool:
        """Whether other numbers may have the same record: it holds nothing with an id of its own, such as a call."""
        ...

    def facts(self, record: Hashable) -> Facts:
        """
        The facts that a record of this very `of` holds: those that `Verdicts.preview` would read.

        Fields that are `alike.NEVER_ASKED` may be empty.
        """
        ...


class Archive(Protocol):
    """Where records are."""

    def records(self, request: CallRequest, needs: Needs) -> Records:
        """Of numbers that are called as this request is, at its instant; it names a campaign that exists."""
        ...
