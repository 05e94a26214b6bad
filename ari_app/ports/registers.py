"""Whole public registers at hand, such as the UK's TPS: looked up in memory, before any lock is taken."""

from collections.abc import Collection
from typing import Protocol

from ari_app.policy.facts import Unknown
from ari_app.policy.held import Screening


class Registers(Protocol):
    """The registers that this installation has loaded."""

    def answers(self, e164: str, names: Collection[str]) -> tuple[Screening, ...] | Unknown:
        """
        What those of `names` that are at hand say of the number; takes microseconds, never waits, never raises.

        A register that is not at hand, or does not cover the number, says nothing. Unknown: one that should be at hand
        cannot be read. Each answer is as of its register, is no controller's own (`per_controller` is False), and is
        `clear` or `listed`.
        """
        ...
