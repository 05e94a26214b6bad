"""What the web pages need to know, and nothing else."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from ari_app.policy.record import VerdictRecord
from ari_app.policy.scripts import Script

Ready: TypeAlias = Callable[[], Mapping[str, bool]]
"""What must work before calls may come, by name, and whether it does."""


class Pages(Protocol):
    """Where pages get their contents. Raises StoreUnavailable."""

    async def call(self, call_id: str) -> VerdictRecord | None:
        """A verdict of the past, with its outcome."""
        ...

    async def script(self, script_id: str, script_version: str) -> Script | None:
        """Exactly this version of a script."""
        ...
