"""A switch in memory, for calls in virtual time; held to the real one by `tests/contract/test_switch.py`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ari_app.policy.events import DialStatus
from ari_app.ports.switch import ChannelGoneError, LiveChannel, Origination, SwitchError, SwitchUnavailable


@dataclass(frozen=True, slots=True)
class Told:
    """An `allow` or `refuse` that was carried out."""

    label: str
    channel_id: str
    variables: Mapping[str, str]


@dataclass(slots=True)
class FakeSwitch:
    """Records what it is told; `unavailable` makes every method fail, `slow` wait first (in the loop's time)."""

    live: dict[str, LiveChannel] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    watched: list[str] = field(default_factory=list)
    dial_statuses: dict[str, DialStatus] = field(default_factory=dict)
    phones: set[str] = field(default_factory=set)
    """Endpoints that can be rung."""
    originated: list[Origination] = field(default_factory=list)
    unavailable: bool = False
    slow: timedelta = timedelta(0)

    def add(self, channel_id: str, *, in_gate: bool = True, asks: bool = False, state: str = "Ring") -> LiveChannel:
        """A new live channel."""
        name = f"PJSIP/101-{len(self.live):08x}"
        channel = LiveChannel(channel_id=channel_id, name=name, state=state, in_gate=in_gate, asks=asks)
        self.live[channel_id] = channel
        return channel

    def hang_up(self, channel_id: str) -> None:
        """The channel is no more."""
        self.live.pop(channel_id, None)

    @property
    def allowed(self) -> list[str]:
        """Channels that were allowed, in order."""
        return [told.channel_id for told in self.told if told.label == "allow"]

    @property
    def refused(self) -> list[str]:
        """Channels that were refused, in order."""
        return [told.channel_id for told in self.told if told.label == "refuse"]

    async def allow(self, channel_id: str, variables: Mapping[str, str]) -> None:
        """See `Switch`."""
        await self._leave("allow", channel_id, variables)
        self.watched.append(channel_id)

    async def refuse(self, channel_id: str, variables: Mapping[str, str]) -> None:
        """See `Switch`."""
        await self._leave("refuse", channel_id, variables)

    async def pass_on(self, channel_id: str) -> None:
        """See `Switch`."""
        await self._leave("pass on", channel_id, {})

    async def watch(self, channel_id: str) -> bool:
        """See `Switch`."""
        await self._answer()
        if channel_id not in self.live:
            return False
        self.watched.append(channel_id)
        return True

    async def channels(self) -> tuple[LiveChannel, ...]:
        """See `Switch`."""
        await self._answer()
        return tuple(self.live.values())

    async def dial_status(self, channel_id: str) -> DialStatus | None:
        """See `Switch`."""
        await self._answer()
        return self.dial_statuses.get(channel_id) if channel_id in self.live else None

    async def asterisk_id(self) -> str:
        """See `Originator`."""
        await self._answer()
        return "pbx"

    async def originate(self, what: Origination) -> None:
        """See `Originator`; the phones that there are: `phones`."""
        await self._answer()
        if what.endpoint not in self.phones:
            raise SwitchError(f"nobody knows {what.endpoint}")
        self.originated.append(what)
        self.add(what.channel_id, in_gate=False, state="Down")

    async def _leave(self, label: str, channel_id: str, variables: Mapping[str, str]) -> None:
        await self._answer()
        channel = self.live.get(channel_id)
        if channel is None or not channel.in_gate:
            raise ChannelGoneError(f"{channel_id} does not stand in the gate")
        self.told.append(Told(label, channel_id, dict(variables)))
        self.live[channel_id] = replace(channel, in_gate=False, asks=False)

    async def _answer(self) -> None:
        await asyncio.sleep(self.slow.total_seconds())
        if self.unavailable:
            raise SwitchUnavailable("told to be unavailable")
