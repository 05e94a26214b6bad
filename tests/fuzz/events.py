"""ARI's events, as text, through the reader and the calls that they become."""

import asyncio
import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import Any

from ari_app.asterisk.events import EventReader, marked_if_late
from ari_app.policy.events import ChannelGone
from tests.fuzz.doors import PERMITTED, dialled, is_permitted
from tests.fuzz.strings import is_exempt
from tests.fuzz.world import forget, guarded_world

_KINDS = (*("StasisStart",) * 4, "StasisEnd", "Dial", "ChannelDestroyed", "ChannelVarset", "")
_ODD: tuple[Any, ...] = (None, True, -1, 2**80, 1e400, "", "x" * 5000, [], {}, ["verdict"], {"id": 1}, "\ud800", [[[]]])
_NAMES = ("PJSIP/101-00000001", "Local/x@y-00000001;2", "", "PJSIP/102-00000002")
_BATCH = 10
"""So many events, then every channel ends and all must be let go of."""


class Events:
    """Implements `Door`."""

    async def open(self) -> None:
        """See `Door`."""
        self._world = guarded_world()
        self.permits = 0
        self._reader = EventReader(self._world.heard)
        self._said: dict[str, str] = {}
        """What was asked for in this batch, by entry, as it stands in the text that was fed."""
        self._fed = 0

    async def feed(self, random: Random) -> None:
        """See `Door`: whatever was read, no channel is allowed on but for the one number, or one never gated."""
        kind, raw = self._event(random)
        event = self._reader.read(kind, raw)
        world = self._world
        if event is not None:
            now = world.clock.now()
            world.reactor.handle(marked_if_late(event, asterisk_now=now, deadline=timedelta(milliseconds=300)))
        self._fed += 1
        await asyncio.sleep(0)
        if self._fed % _BATCH == 0:
            await self._end_all()

    async def close(self) -> None:
        """See `Door`."""
        await self._end_all()
        await self._world.reactor.close()
        await self._world.judge.close()

    async def _end_all(self) -> None:
        world = self._world
        await asyncio.sleep(0.002)
        known = {*(f"c{number}" for number in range(12)), *(f"leg{number}" for number in range(6))}
        for _ in range(100):
            for channel in {*known, *world.reactor._by_channel}:  # also channels with invented names
                world.reactor.handle(ChannelGone(channel_id=channel, at=world.clock.now(), cause=16))
            if not world.reactor.calls:
                break
            await asyncio.sleep(0.001)
        assert (world.reactor.calls, world.reactor.channels) == (0, 0), "calls are left"
        assert "call.broken" not in world.heard.names(), [
            each for each in world.heard.events if each[0] == "call.broken"
        ]
        for told in world.switch.told:
            if told.label == "allow":
                self._may_go(told.variables)
        forget(world)
        world.switch.live.clear()
        self._reader.ignored.clear()
        self._said.clear()

    def _may_go(self, told: Mapping[str, str]) -> None:
        text = self._said[told["GARBO_ENTRY"]]
        if told["GARBO_VERDICT"] == "exempt":
            assert is_exempt(text), f"exempt: {text!r}"
        else:
            self.permits += 1
            assert told["GARBO_NUMBER"] == PERMITTED, f"{text!r} allowed {told['GARBO_NUMBER']!r}"
            assert is_permitted(text), f"{text!r} allowed"

    def _event(self, random: Random) -> tuple[str, str]:
        kind = random.choice(_KINDS)
        channel = f"c{random.randrange(12)}"
        peer = f"leg{random.randrange(6)}"
        at = self._world.clock.now() + timedelta(milliseconds=random.choice((0, 0, 0, -200, -400, 10**9)))
        text = dialled(random)
        document: dict[str, Any] = {
            "type": kind,
            "timestamp": at.isoformat(timespec="milliseconds"),
            "asterisk_id": "02:00",
            "channel": {
                "id": channel,
                "name": random.choice(_NAMES),
            },
            "args": ["verdict", text, str(self._fed), random.choice(("", "autumn", "-")), "", ""],
            "peer": {"id": peer, "name": "PJSIP/trunk-1"},
            "caller": {"id": channel, "name": "PJSIP/101-00000001"},
            "dialstatus": random.choice(("", "RINGING", "ANSWER", "BUSY", "what")),
            "cause": random.choice((0, 16, 21, 127)),
        }
        for _ in range(random.choice((0, 0, 0, 1, 1, 3))):
            self._spoil(random, document)
        if random.random() < 0.8:
            self._world.switch.add(channel)
        raw = json.dumps(document)
        for _ in range(random.choice((0, 0, 0, 0, 1, 3))):
            place = random.randrange(len(raw))
            raw = raw[:place] + random.choice(("", "\0", "{", '"', "\\", "9", "\ud800")) + raw[place + 1 :]
        self._remember(raw)
        return kind, raw

    def _remember(self, raw: str) -> None:
        try:
            said = json.loads(raw)["args"]
            self._said[said[2]] = said[1]
        except (ValueError, LookupError, TypeError):
            return  # nothing can be asked by it

    @staticmethod
    def _spoil(random: Random, document: dict[str, Any]) -> None:
        name = random.choice(tuple(document))
        if random.random() < 0.3:
            del document[name]
        elif isinstance(document[name], list) and document[name]:
            document[name][random.randrange(len(document[name]))] = deepcopy(random.choice(_ODD))
        elif isinstance(document[name], dict) and document[name]:
            document[name][random.choice(tuple(document[name]))] = deepcopy(random.choice(_ODD))
        else:
            document[name] = deepcopy(random.choice(_ODD))
        if not document:
            document["type"] = ""
