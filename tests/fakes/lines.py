"""
A PBX's lines in memory, for watchers in virtual time; held to AMI by `tests/contract/test_lines.py`.

What a test makes happen (`begin`, `dial`, `enter`, …) is kept and told to whoever runs.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from ari_app.policy.events import DialStatus
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
from ari_app.ports.lines import LineGoneError, LinesError, LinesUnavailable

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _unheard(event: LineEvent) -> None:
    """Nobody runs."""


@dataclass(slots=True)
class FakeLines:
    """`unavailable` makes every method fail; `slow` makes it wait first (in the loop's time)."""

    live: dict[str, Line] = field(default_factory=dict)
    """By name."""
    variables: dict[tuple[str, str], str] = field(default_factory=dict)
    """By the line's name and the variable."""
    answers: dict[str, str] = field(default_factory=dict)
    """What the console says, by command."""
    hung_up: list[tuple[str, int]] = field(default_factory=list)
    originated: list[tuple[str, str, str, dict[str, str]]] = field(default_factory=list)
    """Channel, context, extension, variables."""
    phones: set[str] = field(default_factory=set)
    """Channels that can be originated; Local ones always."""
    unavailable: bool = False
    slow: timedelta = timedelta(0)
    now: Callable[[], datetime] = lambda: NOON
    _told: int = 0
    _handle: Callable[[LineEvent], None] = _unheard
    _resync: Callable[[tuple[Line, ...]], None] = lambda _: None
    _lost: Callable[[], None] = lambda: None
    connected: bool = False

    async def run(
        self,
        handle: Callable[[LineEvent], None],
        resync: Callable[[tuple[Line, ...]], None],
        lost: Callable[[], None] = lambda: None,
    ) -> NoReturn:
        """See `asterisk.ami.Ami`; connected at once."""
        self._handle, self._resync, self._lost = handle, resync, lost
        self.reconnect()
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    def disconnect(self) -> None:
        """Nothing is told until `reconnect`; nothing can be asked."""
        self.unavailable, self.connected = True, False
        self._lost()

    def reconnect(self) -> None:
        """Connected: every line is told."""
        self.unavailable, self.connected = False, True
        self._resync(tuple(self.live.values()))

    def tell(self, event: LineEvent) -> None:
        """Something happened; unheard while it is disconnected."""
        if self.connected:
            self._handle(event)

    def begin(
        self,
        name: str,
        *,
        state: str = "Down",
        linked_id: str = "",
        permit: str = "",
        context: str = "from-operators",
        exten: str = "s",
        caller: str = "",
        id: str = "",
    ) -> Line:
        """A channel came to be."""
        self._told += 1
        own = id or f"pbx-1.{self._told}"
        line = Line(
            id=own,
            name=name,
            state=state,
            linked_id=linked_id or own,
            permit=permit,
            context=context,
            exten=exten,
            caller=caller,
            began=self.now(),
        )
        self.live[name] = line
        if permit:
            self.variables[name, "GARBO_PERMIT"] = permit
        self.tell(LineBegan(line=line, at=self.now()))
        return line

    def dial(self, leg: Line, dialled: str, *, by: Line | None = None) -> None:
        """A line dials another one; nobody: it was originated."""
        self.tell(LegBegan(leg=leg, by=by, dialled=dialled, at=self.now()))

    def dialled(self, leg: Line, status: DialStatus, *, by: Line | None = None) -> None:
        """Dialling is over."""
        self.tell(LegEnded(leg=leg, by=by, status=status, at=self.now()))

    def change(self, line: Line, *, state: str = "", name: str = "") -> Line:
        """Another state or name."""
        changed = replace(line, state=state or line.state, name=name or line.name)
        self.live.pop(line.name, None)
        self.live[changed.name] = changed
        self.tell(LineChanged(line=changed, at=self.now(), was=line.name if name else ""))
        return changed

    def enter(self, bridge_id: str, line: Line) -> None:
        """A line came into a bridge."""
        self.live[line.name] = replace(line, bridge_id=bridge_id)
        self.tell(BridgeEntered(bridge_id=bridge_id, line=line, at=self.now()))

    def leave(self, bridge_id: str, line: Line) -> None:
        """A line left a bridge."""
        self.live[line.name] = replace(line, bridge_id="")
        self.tell(BridgeLeft(bridge_id=bridge_id, line=line, at=self.now()))

    def pair(self, one: Line, other: Line) -> None:
        """Two lines are the halves of a Local channel."""
        self.tell(HalvesPaired(one=one, other=other, at=self.now()))

    def end(self, line: Line, *, cause: int = 16) -> None:
        """A channel is no more."""
        self.live.pop(line.name, None)
        self.tell(LineGone(line=line, cause=cause, at=self.now()))

    async def hang_up(self, name: str, *, cause: int) -> None:
        """See `Lines`."""
        line = await self._line(name)
        self.hung_up.append((name, cause))
        self.end(line, cause=cause)

    async def variable(self, name: str, variable: str) -> str:
        """See `Lines`."""
        await self._line(name)
        return self.variables.get((name, variable), "")

    async def lines(self) -> tuple[Line, ...]:
        """See `Lines`."""
        await self._answer()
        return tuple(self.live.values())

    async def command(self, text: str) -> str:
        """See `Lines`."""
        await self._answer()
        return self.answers.get(
            text, f"No such command '{text}' (type 'core show help {text}' for other possible commands)"
        )

    async def originate(
        self,
        channel: str,
        *,
        context: str,
        exten: str,
        variables: Mapping[str, str],
        timeout_s: float,  # noqa: ARG002  the fake rings for ever
    ) -> str:
        """See `Lines`."""
        await self._answer()
        if not channel.startswith("Local/") and channel not in self.phones:
            raise LinesError("no such phone")
        self.originated.append((channel, context, exten, dict(variables)))
        line_id = f"garbo-{len(self.originated)}"
        name = f"{channel.removesuffix('/n')}-{len(self.originated):08x}" + (
            ";1" if channel.startswith("Local/") else ""
        )
        self.begin(name, id=line_id)
        for variable, value in variables.items():
            self.variables[name, variable.lstrip("_")] = value
        return line_id

    async def _answer(self) -> None:
        await asyncio.sleep(self.slow.total_seconds())
        if self.unavailable:
            raise LinesUnavailable("the fake was told to be")

    async def _line(self, name: str) -> Line:
        await self._answer()
        if name not in self.live:
            raise LineGoneError(name)
        return self.live[name]
