"""
The FastAGI server: nothing that a stranger, a scanner or a broken peer does on its port harms the gate.

Each connection is one question and its answer, on a task of its own. Everything has an end: the environment, each
answer to a command, and the connection as a whole; so has the number of connections. Whoever says nothing makes way for
who has something to say, the one that has waited longest first.

There is no TLS and no password in FastAGI. It listens on loopback unless told otherwise, and answers only the
addresses that `peers` names.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from ari_app.asterisk.agi import MOST_BYTES, AgiConversation
from ari_app.ports.agi import AgiChannel, AgiEnded, AgiError, AgiRequest
from ari_app.ports.observer import Observer

Answer = Callable[[AgiRequest, AgiChannel], Awaitable[None]]
"""What becomes of a question. AgiErrors that it raises are the peer's doing, and only reported."""
_TOLD_EVERY_S = 10.0
"""A flood of connections must not become a flood of log lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FastAgiSettings:
    """Where it listens, to whom, and what it puts up with."""

    host: str
    port: int
    """0: any that is free, as `FastAgiServer.port` then tells."""
    peers: Sequence[str] = ("127.0.0.0/8", "::1")
    """Addresses and networks of the PBXes that are answered."""
    most: int = 500
    """Connections at once. A process may mostly hold 1,024 files, and the pages and the database want some of them."""
    asks_within: timedelta = timedelta(seconds=1)
    """The whole environment must have come by then; the dialplan itself waits less than half of that."""
    answers_within: timedelta = timedelta(seconds=1)
    """What Asterisk may take for one command."""
    over_within: timedelta = timedelta(seconds=10)
    """The connection as a whole: a verdict has a deadline of its own, of five seconds at most."""
    retry_base: timedelta = timedelta(seconds=1)
    retry_cap: timedelta = timedelta(seconds=10)


class _Guest:
    """One connection, and whether its question has come."""

    def __init__(self, talk: AgiConversation) -> None:
        self.talk = talk
        self.asks = False
        self.task: asyncio.Task[None] | None = None


class FastAgiServer:
    """One listening socket. `run` is a service: it never returns, and cancelled it lets go of everything."""

    def __init__(self, settings: FastAgiSettings, answer: Answer, observer: Observer) -> None:
        """Nothing is opened here. Raises ValueError: one of the peers is no address or network."""
        self._settings = settings
        self._answer = answer
        self._observer = observer
        self._peers = tuple(ip_network(peer) for peer in settings.peers)
        self._guests: dict[_Guest, None] = {}
        self._server: asyncio.Server | None = None
        self._draining = False
        self._told: dict[str, tuple[float, int]] = {}

    @property
    def connections(self) -> int:
        """How many there are right now."""
        return len(self._guests)

    @property
    def port(self) -> int:
        """Where it listens; 0: nowhere at present."""
        sockets = self._server.sockets if self._server is not None else ()
        return int(sockets[0].getsockname()[1]) if sockets else 0

    async def run(self) -> None:
        """Listen, and try again for as long as the port is not to be had; the gate's other doors go on meanwhile."""
        try:
            await self._listen()
            await asyncio.Event().wait()
        finally:
            await self._let_go()

    async def drain(self) -> None:
        """Take nothing new, so that the dialplan asks the next gate at once, and finish what has been asked."""
        self._draining = True
        self._stop_listening()
        for guest in [guest for guest in self._guests if not guest.asks]:
            guest.talk.abort()
        await asyncio.gather(*(guest.task for guest in self._guests if guest.task), return_exceptions=True)

    async def _listen(self) -> None:
        settings, wait = self._settings, self._settings.retry_base
        while not self._draining:
            try:
                self._server = await asyncio.start_server(
                    self._accepted, settings.host, settings.port, limit=MOST_BYTES, reuse_address=True
                )
            except OSError as error:
                self._observer.event("fastagi.not_listening", host=settings.host, port=settings.port, cause=repr(error))
                await asyncio.sleep(wait.total_seconds())
                wait = min(wait * 2, settings.retry_cap)
            else:
                self._observer.event("fastagi.listening", host=settings.host, port=self.port)
                return

    async def _let_go(self) -> None:
        self._stop_listening()
        tasks = [guest.task for guest in self._guests if guest.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _accepted(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._draining or not self._is_known(writer) or not self._has_room():
            writer.transport.abort()
            return
        guest = _Guest(AgiConversation(reader, writer, answer_within=self._settings.answers_within))
        self._guests[guest] = None
        guest.task = asyncio.create_task(self._serve(guest), name="fastagi")

    def _is_known(self, writer: StreamWriter) -> bool:
        name = writer.get_extra_info("peername")
        if not name:
            return False  # it has gone again
        address = ip_address(name[0].partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in peer for peer in self._peers):
            return True
        self._tell("fastagi.stranger", peer=str(address))
        return False

    def _has_room(self) -> bool:
        """Room for one more: of those who have said nothing yet, who came first makes way."""
        if len(self._guests) < self._settings.most:
            return True
        idle = next((guest for guest in self._guests if not guest.asks), None)
        self._tell("fastagi.crowded", most=self._settings.most)
        if idle is None:
            return False
        del self._guests[idle]
        idle.talk.abort()
        return True

    async def _serve(self, guest: _Guest) -> None:
        try:
            async with asyncio.timeout(self._settings.over_within.total_seconds()):
                async with asyncio.timeout(self._settings.asks_within.total_seconds()):
                    request = await guest.talk.read_request()
                guest.asks = True
                await self._answer(request, guest.talk)
        except AgiEnded as error:
            if guest.asks:
                self._observer.event("fastagi.left", cause=str(error))
        except AgiError as error:
            self._tell("fastagi.broken", cause=str(error))
        except TimeoutError:
            self._tell("fastagi.slow", asked=guest.asks)
        except Exception as error:  # noqa: BLE001  a fault of ours in one answer must not end the door
            self._observer.event("fastagi.failed", cause=repr(error))
        finally:
            self._guests.pop(guest, None)
            await guest.talk.close()

    def _tell(self, name: str, **values: object) -> None:
        """An event that peers can cause as often as they like: told once in a while, with how many there were."""
        now = asyncio.get_running_loop().time()
        told_at, untold = self._told.get(name, (-_TOLD_EVERY_S, 0))
        if now - told_at < _TOLD_EVERY_S:
            self._told[name] = (told_at, untold + 1)
            return
        self._told[name] = (now, 0)
        self._observer.event(name, times=untold + 1, **values)
