"""What shells tell the world about their work; `main` wires who hears it."""

from typing import Protocol


class Observer(Protocol):
    """Hears what happened. Never raises, never waits."""

    def event(self, name: str, **values: object) -> None:
        """`name` is in the past tense (`call.denied`); numbers among the values are already masked."""
        ...

    def measure(self, name: str, value: float) -> None:
        """A measured figure, in the unit that its name ends with (`verdict_ms`)."""
        ...
