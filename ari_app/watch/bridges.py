"""
Which lines hear one another: by bridges, and by the two halves of each Local channel.

Pure: fed by what AMI tells of lines (`policy.lines`), asked by who watches for silent calls. After a lost connection
everything is taken anew from the list of lines; what is told twice changes nothing.
"""

from collections.abc import Iterable
from typing import assert_never

from ari_app.policy.lines import (
    BridgeEntered,
    BridgeLeft,
    HalvesPaired,
    LegBegan,
    LegEnded,
    Line,
    LineBegan,
    LineChanged,
    LineEvent,
    LineGone,
)

MOST_LINES = 20_000
"""Beyond it the oldest are let go: an Asterisk has not so many, so their end was never told."""
_MACHINERY = frozenset(
    {
        *("Local", "Announcer", "Recorder", "CBAnn", "CBRec", "Bridge", "Snoop", "Surrogate", "AsyncGoto", "Message"),
        *("UnicastRTP", "MulticastRTP", "AudioSocket", "WebSocket", "OutgoingSpoolFailed", "Parked"),
    }
)
"""
Channels that are no telephone: what Asterisk makes for itself, and what a program speaks through.

Source: the channel technologies of Asterisk's main/, channels/ and apps/app_confbridge.c.
"""
_LEFT_OVER = ("<ZOMBIE>", "<MASQ>")
"""Ends of names that a channel has only while it is taken out of the way (main/channel.c)."""


def is_telephone(name: str) -> bool:
    """Whether a person can be at this channel. Of a kind that nobody here knows: yes."""
    return name.partition("/")[0] not in _MACHINERY and not name.endswith(_LEFT_OVER)


class Bridges:
    """What is joined to what. Everything here is at once."""

    def __init__(self, *, most: int = MOST_LINES) -> None:
        """Know at most so many lines."""
        self._most = most
        self._lines: dict[str, Line] = {}
        self._bridge_of: dict[str, str] = {}
        self._in_bridge: dict[str, set[str]] = {}
        self._half_of: dict[str, str] = {}

    def __len__(self) -> int:
        """How many lines are known."""
        return len(self._lines)

    def line(self, line_id: str) -> Line | None:
        """As it was told last."""
        return self._lines.get(line_id)

    def see(self, event: LineEvent) -> None:
        """Take in what happened."""
        match event:
            case LineGone():
                self._forget(event.line.id)
            case BridgeEntered():
                self._know(event.line)
                self._enter(event.line.id, event.bridge_id)
            case BridgeLeft():
                self._know(event.line)
                if self._bridge_of.get(event.line.id) == event.bridge_id:  # else it has gone on to another one already
                    self._leave(event.line.id)
            case HalvesPaired():
                self._know(event.one)
                self._know(event.other)
                self._pair(event.one.id, event.other.id)
            case LegBegan() | LegEnded():
                self._know(event.leg)
                if event.by is not None:
                    self._know(event.by)
            case LineBegan() | LineChanged():
                self._know(event.line)
            case _:
                assert_never(event)

    def resync(self, lines: Iterable[Line]) -> None:
        """Know exactly these, each in the bridge that it names; halves are known by their names."""
        for each in (self._lines, self._bridge_of, self._in_bridge, self._half_of):
            each.clear()
        halves: dict[str, str] = {}
        for line in lines:
            self._know(line)
            if line.bridge_id:
                self._enter(line.id, line.bridge_id)
            stem, semicolon, _ = line.name.rpartition(";")
            if semicolon and (other := halves.pop(stem, "")):
                self._pair(line.id, other)
            elif semicolon:
                halves[stem] = line.id

    def hears(self, line_id: str) -> tuple[Line, ...]:
        """Every other line that this one hears, and that hears it."""
        found, ahead = {line_id}, [line_id]
        while ahead:
            at = ahead.pop()
            for near in self._near(at):
                if near not in found:
                    found.add(near)
                    ahead.append(near)
        return tuple(self._lines[each] for each in sorted(found - {line_id}))

    def _near(self, line_id: str) -> Iterable[str]:
        if (half := self._half_of.get(line_id)) is not None:
            yield half
        if (bridge := self._bridge_of.get(line_id)) is not None:
            yield from self._in_bridge[bridge]

    def _know(self, line: Line) -> None:
        self._lines[line.id] = line
        if len(self._lines) > self._most:
            self._forget(next(iter(self._lines)))

    def _enter(self, line_id: str, bridge_id: str) -> None:
        if line_id not in self._lines:
            return
        self._leave(line_id)
        self._bridge_of[line_id] = bridge_id
        self._in_bridge.setdefault(bridge_id, set()).add(line_id)

    def _leave(self, line_id: str) -> None:
        bridge_id = self._bridge_of.pop(line_id, None)
        if bridge_id is not None:
            inside = self._in_bridge[bridge_id]
            inside.discard(line_id)
            if not inside:
                del self._in_bridge[bridge_id]

    def _pair(self, one: str, other: str) -> None:
        if one == other or one not in self._lines or other not in self._lines:
            return
        self._part(one)
        self._part(other)
        self._half_of[one], self._half_of[other] = other, one

    def _part(self, line_id: str) -> None:
        other = self._half_of.pop(line_id, None)
        if other is not None:
            self._half_of.pop(other, None)

    def _forget(self, line_id: str) -> None:
        self._leave(line_id)
        self._part(line_id)
        self._lines.pop(line_id, None)
