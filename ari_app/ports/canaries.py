"""Calls to the number that must always be blocked, and what became of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CanaryResult(StrEnum):
    """What became of one."""

    BLOCKED = "blocked"
    PASSED = "passed"
    """It was permitted, or a leg was dialled: calls leave unchecked."""
    UNAVAILABLE = "unavailable"
    """Nothing went out, and no gate gave a verdict on it."""
    FAILED = "failed"
    """It could not be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One call."""

    at: datetime
    gate: str
    context: str
    result: CanaryResult
    call_id: str
    """Of its verdict; empty: there was none."""
    took_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryVerdict:
    """What a gate said of it."""

    call_id: str
    permitted: bool


class Canaries(Protocol):
    """Where they are kept. Raises StoreUnavailable."""

    async def keep(self, canary: Canary) -> None:
        """For good."""
        ...

    async def verdict(self, e164: str, *, since: datetime) -> CanaryVerdict | None:
        """The newest verdict on the number from then on."""
        ...
