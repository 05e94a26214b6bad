"""
The PBX as those see it who stand beside the gate and guard it: every line there is, whoever made it.

    LinesError
    ├── LineGoneError        there is no such channel any more
    └── LinesUnavailable     no answer in time, or no connection
"""

from collections.abc import Mapping
from typing import Protocol

from ari_app.policy.lines import Line


class LinesError(Exception):
    """The PBX did not do what it was asked."""


class LineGoneError(LinesError):
    """There is no such channel any more."""


class LinesUnavailable(LinesError):  # noqa: N818  named for the state
    """No answer from the PBX in time, or no connection."""


class Lines(Protocol):
    """What may be asked of any PBX. Every method has a deadline of its own. Raises LinesUnavailable."""

    async def hang_up(self, name: str, *, cause: int) -> None:
        """End a channel. Raises LineGoneError."""
        ...

    async def variable(self, name: str, variable: str) -> str:
        """A channel's variable; empty: it has none. Raises LineGoneError."""
        ...

    async def lines(self) -> tuple[Line, ...]:
        """Every channel there is."""
        ...

    async def command(self, text: str) -> str:
        """What the console answers to a command that only shows."""
        ...

    async def originate(
        self, channel: str, *, context: str, exten: str, variables: Mapping[str, str], timeout_s: float
    ) -> str:
        """Begin a call (`Local/NUMBER@garbo-outbound/n`), once; gives its UNIQUEID. Raises LinesError."""
        ...
