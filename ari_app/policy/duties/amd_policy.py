"""Whether a dialer may guess that a machine has answered."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ari_app.policy.duties_owed import Duties


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDetection:
    """
    Answering machine detection is `allowed` or not, and a person it took for a machine counts as a silent call or not.

    Of several duties one that forbids it, and one that counts, stands.

    Source: UK, Ofcom 2010 (false positives count as abandoned calls).
    """

    allowed: bool
    count_false_positives: bool = False

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def bind(self, duties: Duties) -> Duties:
        """Allowed only if all allow it; counted if any counts."""
        return replace(
            duties,
            machine_detection=duties.machine_detection and self.allowed,
            machine_counts_as_silent=duties.machine_counts_as_silent or self.count_false_positives,
        )
