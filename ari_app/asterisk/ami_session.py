"""
One connection to AMI, from the handshake to its end: panoramisk's protocol with its reconnecting manager left out.

What panoramisk 1.4 does by itself is answered here (PBX.md section 5): a session is used once, so that nothing is sent
again by another; every action has a deadline and is forgotten after it; the login is looked at; a ping without an
answer ends the session; what was never closed by the other side, or cannot be read, ends it too.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from ari_app.asterisk.errors import untrusted
from ari_app.ports.lines import LinesError, LinesUnavailable

_WIRE = "latin-1"
"""Every byte is a character of it, so that none is lost where a packet ends; names go back as they came."""
_LONGEST_UNREAD = 2**20
_SILENT = logging.Logger("panoramisk")  # not one of the program's: what panoramisk logs has secrets in it
_SILENT.addHandler(logging.NullHandler())
_REFUSED = frozenset({"Error", "Fail", "Failure"})


class AmiForbidden(LinesUnavailable):
    """User, secret or rights are wrong; only a person can mend that."""


class AmiRefused(LinesError):  # noqa: N818  as AriRefused
    """Asterisk's own word that it did not do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiSettings:
    """How one process reaches the AMI of its Asterisk."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    tls: ssl.SSLContext | None = None
    request_timeout: timedelta = timedelta(seconds=2)
    """How long an answer to an action is waited for."""
    connect_timeout: timedelta = timedelta(seconds=5)
    ping_every: timedelta = timedelta(seconds=5)
    """A peer that is gone without a word is noticed after this and `request_timeout`."""
    backoff_base: timedelta = timedelta(milliseconds=250)
    backoff_cap: timedelta = timedelta(seconds=5)
    backoff_slow: timedelta = timedelta(seconds=30)
    """Where a person has to mend something first."""


class AmiSession(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """Speaks to one Asterisk until `ended`."""

    encoding = _WIRE

    def __init__(self, on_event: Callable[[Message], None]) -> None:
        """`on_event` gets each event that answers nothing; what it raises ends the session, and `ended` raises it."""
        self._on_event = on_event
        self.closed = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """For asyncio: the session is its own factory, with nothing in it that would send again."""
        super().connection_made(transport)
        self.factory = self
        self.log = _SILENT

    def data_received(self, data: bytes) -> None:
        """For asyncio."""
        if self.closed:
            return
        try:
            super().data_received(data)
        except Exception as fault:  # noqa: BLE001  whatever panoramisk stumbles over: it cannot be read
            self._end(LinesUnavailable(f"AMI sent what cannot be read: {fault!r}"))
        if self.queue and len(self.queue[-1]) > _LONGEST_UNREAD:
            self._end(LinesUnavailable("AMI sent a message without an end"))

    def dispatch(self, event: Message) -> None:
        """For panoramisk: an event that answers nothing."""
        if self.closed:
            return
        try:
            self._on_event(event)
        except Exception as fault:  # noqa: BLE001  a fault of our own: asyncio would only log it
            self._end(fault)

    def connection_lost(self, exc: object) -> None:  # noqa: ARG002  as asyncio has it
        """For asyncio, and for panoramisk when Asterisk says that it shuts down."""
        self._end(None)

    def close(self) -> None:
        """End it at once; whoever waits for an answer is told."""
        self._end(None)

    async def ask(self, action: Mapping[str, str | list[str]], *, within: timedelta) -> Message:
        """Send an action once and return its answer. Raises LinesUnavailable, AmiRefused."""
        answers = await self._answers(action, within=within, as_list=False)
        return answers[0]

    async def ask_for_list(self, action: Mapping[str, str | list[str]], *, within: timedelta) -> list[Message]:
        """Send an action once and return the events that it is answered with. Raises LinesUnavailable, AmiRefused."""
        answers = await self._answers(action, within=within, as_list=None)
        return answers[1:-1]

    async def _answers(
        self, action: Mapping[str, str | list[str]], *, within: timedelta, as_list: bool | None
    ) -> list[Message]:
        name = str(action["Action"])
        if self.closed:
            raise LinesUnavailable(f"{name}: no connection to AMI")
        sent = Action({key: _one_line(value) for key, value in action.items()})
        answer: asyncio.Future[Any] = self.send(sent, as_list=as_list)
        await asyncio.wait({answer, self.ended}, timeout=within.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        self.responses.pop(sent.id, None)
        if not answer.done():
            answer.cancel()
            raise LinesUnavailable(f"{name}: {'the connection to AMI ended' if self.closed else 'no answer in time'}")
        found = answer.result()
        answers: list[Message] = found if isinstance(found, list) else [found]
        if answers[0].response in _REFUSED:
            raise AmiRefused(f"{name}: {answers[0].message}")
        return answers

    def _end(self, fault: Exception | None) -> None:
        if self.closed:
            return
        self.closed = True
        self.transport.abort()
        self.ended.set_exception(fault or LinesUnavailable("the connection to AMI ended"))
        self.ended.exception()  # it has been seen to: nobody need wait for it


@asynccontextmanager
async def session(settings: AmiSettings, on_event: Callable[[Message], None]) -> AsyncIterator[AmiSession]:
    """
    A session whose user is logged in. Raises LinesUnavailable, AmiForbidden.

    Events come from the login on.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(settings.connect_timeout.total_seconds()):
            _, opened = await loop.create_connection(
                lambda: AmiSession(on_event), settings.host, settings.port, ssl=settings.tls
            )
    except ssl.SSLCertVerificationError as error:
        raise LinesUnavailable(f"connect to AMI: {untrusted(error)}") from error
    except (OSError, TimeoutError) as error:
        raise LinesUnavailable(f"connect to AMI: {error or type(error).__name__}") from error
    try:
        await _log_in(opened, settings)
        yield opened
    finally:
        opened.close()


async def _log_in(opened: AmiSession, settings: AmiSettings) -> None:
    login: dict[str, str | list[str]] = {
        "Action": "Login",
        "Username": settings.user,
        "Secret": settings.secret,
        "Events": "system,call",
    }
    try:
        await opened.ask(login, within=settings.connect_timeout)
    except AmiRefused as refusal:
        raise AmiForbidden(f"AMI does not take user {settings.user!r}: {refusal}") from refusal


def _one_line(value: str | list[str]) -> str | list[str]:
    """As it goes over the wire. ValueError: a line break, with which another action could begin."""
    if isinstance(value, list):
        return [str(_one_line(each)) for each in value]
    if any(sign in value for sign in "\r\n\0"):
        raise ValueError("what is sent over AMI is one line")
    try:
        return value.encode(_WIRE).decode(_WIRE)
    except UnicodeEncodeError:
        return value.encode().decode(_WIRE)
