"""
A call that must never go out, sent through the real dialplan now and then: it proves that the gate is in the way.

The number is one of one's own, and suppressed. Before it is sent the rules are asked: were it to be permitted, it would
ring. Should a leg be dialled all the same, it is hung up at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from ari_app.policy.dial_strings import dialled_in, meanings, trunk_of
from ari_app.policy.lines import LegBegan, Line, LineEvent, LineGone
from ari_app.ports.canaries import Canaries, Canary, CanaryResult
from ari_app.ports.clock import Clock
from ari_app.ports.lines import Lines, LinesError
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreError

_GIVES_UP_AFTER = timedelta(seconds=10)
_NOWHERE = ("garbo", "h")
"""Where it would go on if somebody answered; it has to be there, and only ends the call."""
_REFUSED = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySettings:
    """What is sent, and through where."""

    gate: str
    number: str
    """E.164."""
    contexts: tuple[str, ...]
    campaign: str
    every: timedelta
    trunks: tuple[str, ...]
    region: str


class CanaryWatch:
    """Implements `watching.Watcher`."""

    def __init__(
        self,
        settings: CanarySettings,
        *,
        lines: Lines,
        book: Canaries,
        would_pass: Callable[[], Awaitable[bool]],
        clock: Clock,
        observer: Observer,
    ) -> None:
        """`would_pass` asks the rules, changing nothing."""
        self._settings = settings
        self._lines = lines
        self._book = book
        self._would_pass = would_pass
        self._clock = clock
        self._observer = observer
        self._gone: set[str] = set()
        self._escaped: list[str] = []
        self._told = asyncio.Event()
        self._under_way = False

    def see(self, event: LineEvent) -> None:
        """See `Watcher`."""
        match event:
            case LegBegan(leg=leg, dialled=dialled) if self._under_way and self._is_canary(leg, dialled):
                self._escaped.append(leg.name)
                self._told.set()
            case LineGone(line=line) if self._under_way:
                self._gone.add(line.id)
                self._told.set()

    def resync(self, lines: tuple[Line, ...]) -> None:
        """See `Watcher`."""

    def lost(self) -> None:
        """See `Watcher`: what is under way gives up by itself."""

    async def run(self) -> NoReturn:
        """See `Watcher`."""
        while True:
            for context in self._settings.contexts:
                await self.send(context)
            await asyncio.sleep(self._settings.every.total_seconds())

    async def send(self, context: str) -> Canary:
        """Once, through this context; kept and told."""
        started = self._clock.now()
        self._escaped.clear()
        self._gone.clear()
        self._under_way = True
        try:
            result, call_id = await self._sent(context)
        finally:
            self._under_way = False
        canary = Canary(
            at=started,
            gate=self._settings.gate,
            context=context,
            result=result,
            call_id=call_id,
            took_ms=(self._clock.now() - started) / timedelta(milliseconds=1),
        )
        self._observer.event(f"canary.{result.value}", context=context, call_id=call_id)
        try:
            await self._book.keep(canary)
        except StoreError as error:
            self._observer.event("canary.unrecorded", cause=repr(error))
        return canary

    async def _sent(self, context: str) -> tuple[CanaryResult, str]:
        since = self._clock.now()
        try:
            if await self._would_pass():
                self._observer.event("canary.not_suppressed")  # it is not sent: somebody's phone would ring
                return CanaryResult.FAILED, ""
            await self._until_over(context)
            if self._escaped:
                await asyncio.gather(*(self._hang_up(name) for name in self._escaped))
            verdict = await self._book.verdict(self._settings.number, since=since)
        except (LinesError, StoreError, TimeoutError) as error:
            self._observer.event("canary.unsent", context=context, cause=repr(error))
            return (CanaryResult.PASSED if self._escaped else CanaryResult.FAILED), ""
        call_id = verdict.call_id if verdict is not None else ""
        if self._escaped or (verdict is not None and verdict.permitted):
            return CanaryResult.PASSED, call_id
        return (CanaryResult.BLOCKED if verdict is not None else CanaryResult.UNAVAILABLE), call_id

    async def _until_over(self, context: str) -> None:
        variables = {"GARBO_ANNOUNCE": "no"}
        if self._settings.campaign:
            variables["GARBO_CAMPAIGN"] = self._settings.campaign
        line_id = await self._lines.originate(
            f"Local/{self._settings.number}@{context}/n",
            context=_NOWHERE[0],
            exten=_NOWHERE[1],
            variables=variables,
            timeout_s=_GIVES_UP_AFTER.total_seconds(),
        )
        async with asyncio.timeout(_GIVES_UP_AFTER.total_seconds()):
            while line_id not in self._gone and not self._escaped:
                await self._told.wait()
                self._told.clear()

    def _is_canary(self, leg: Line, dialled: str) -> bool:
        if trunk_of(leg.name, self._settings.trunks) is None:
            return False
        numbers = meanings(
            dialled_in(leg.name, dialled), regions=(self._settings.region,), strip_prefixes=(), trunk_prefixes=()
        )
        return any(number.e164 == self._settings.number for number in numbers)

    async def _hang_up(self, name: str) -> None:
        try:
            await self._lines.hang_up(name, cause=_REFUSED)
        except LinesError as error:
            self._observer.event("canary.escaped", channel=name, cause=repr(error))
