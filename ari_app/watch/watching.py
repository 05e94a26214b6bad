"""Who follows the lines of a PBX: each watcher is told everything, in order, by the one connection of the process."""

from typing import Protocol

from ari_app.policy.lines import Line, LineEvent


class Watcher(Protocol):
    """
    Told of every line there is.

    `resync` comes first after each connect, then `see`; what happened meanwhile may be told twice, by both. None of
    the three may wait: work is done in `run`.
    """

    def see(self, event: LineEvent) -> None:
        """Something happened."""
        ...

    def resync(self, lines: tuple[Line, ...]) -> None:
        """These are all the lines there are, at the start and after a time in which nothing was told."""
        ...

    def lost(self) -> None:
        """Nothing is told until the next `resync`."""
        ...

    async def run(self) -> None:
        """Its own work, until cancelled."""
        ...
