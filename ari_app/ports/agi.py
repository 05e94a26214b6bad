"""
A channel that waits in `AGI()`: what it asks, and how it is answered.

    AgiError
    ├── AgiEnded        the PBX is through with us (HANGUP, or the end of the stream): nothing more was carried out
    ├── AgiLost         no answer in time, or a broken connection: what was said last may have been carried out
    ├── AgiRefused      the PBX answered a command with an error
    └── AgiMalformed    what was sent is no AGI, or not what this door understands
"""

from dataclasses import dataclass
from typing import Protocol


class AgiError(Exception):
    """A conversation over AGI did not come to its end."""


class AgiEnded(AgiError):  # noqa: N818  named for the state, like the ones below
    """The PBX is through with us; the last command was not carried out."""


class AgiLost(AgiError):  # noqa: N818
    """No answer in time, or a broken connection; whether the last command was carried out is not known."""


class AgiRefused(AgiError):  # noqa: N818
    """The PBX answered with an error: the last command was not carried out."""


class AgiMalformed(AgiError):  # noqa: N818
    """What was sent cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgiRequest:
    """What the dialplan said with `AGI(agi://host/SCRIPT,ARGUMENTS…)`, and of which channel."""

    script: str
    arguments: tuple[str, ...]
    channel_id: str
    """UNIQUEID."""
    channel_name: str


class AgiChannel(Protocol):
    """The channel itself, for as long as it waits. Every method has a deadline of its own. Raises AgiError."""

    async def get(self, name: str) -> str:
        """A channel variable; empty: it has none."""
        ...

    async def set(self, name: str, value: str) -> None:
        """Set a channel variable; it is set when this returns. Raises AgiMalformed: the value has a line break."""
        ...
