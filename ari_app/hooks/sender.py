"""
Sends what the outbox holds, signed, to one address; again, at growing intervals, until it is taken or a day has gone.

The signature is HMAC-SHA256 over `TIME.BODY` by the secret both sides have; the receiver refuses what is old or wrong,
and knows by the id what it was told before: a message may come twice, and messages may overtake one another.
"""

import asyncio
import hashlib
import hmac
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp

from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreError
from ari_app.ports.webhooks import Message, Outbox

_WAITS = (5, 30, 120, 600, 3600)
"""Seconds after each failure; then always the last."""
_GIVE_UP_AFTER = timedelta(days=1)
_LOOK_EVERY_S = 0.25
_AT_ONCE = 8
_LEASE_MARGIN = timedelta(seconds=10)
_TAKEN = range(200, 300)
_GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """Where to, and how it is signed."""

    url: str = field(repr=False)
    """May hold a key of the receiver's."""
    secret: bytes = field(repr=False)
    trust: ssl.SSLContext | None = None
    """Which certificates are believed; None: those that the system believes."""
    timeout: timedelta = timedelta(seconds=5)


def signature(secret: bytes, at: int, body: bytes) -> str:
    """The value of `X-Garbo-Signature`: `t=` seconds since 1970, `v1=` the HMAC in hexadecimal digits."""
    made = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


class Sender:
    """Sends; `run` ends only when it is cancelled."""

    def __init__(self, settings: SenderSettings, outbox: Outbox, *, clock: Clock, observer: Observer) -> None:
        """Nothing is opened here."""
        self._settings = settings
        self._outbox = outbox
        self._clock = clock
        self._observer = observer

    async def run(self) -> None:
        """Send what is due, some at once, until cancelled; what was under way then is sent again later."""
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout.total_seconds())
        connector = aiohttp.TCPConnector(ssl=self._settings.trust or True)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            while True:
                if not await self.send_some(session):
                    await asyncio.sleep(_LOOK_EVERY_S)

    async def send_some(self, session: aiohttp.ClientSession) -> int:
        """Send what is due now, a few at once; how many they were. Raises StoreError."""
        now = self._clock.now()
        lease = now + self._settings.timeout + _LEASE_MARGIN
        messages = await self._outbox.take(now, until=lease, limit=_AT_ONCE)
        await asyncio.gather(*(self._send(session, message) for message in messages))
        return len(messages)

    async def _send(self, session: aiohttp.ClientSession, message: Message) -> None:
        error = await self._refused(session, message)
        now = self._clock.now()
        try:
            if not error:
                await self._outbox.delivered(message, now)
                return
            next_at = self._next(message, now, error)
            await self._outbox.failed(message, error, at=now, next_at=next_at)
        except StoreError as failure:  # it is due again when its lease ends
            self._observer.event("webhook.unrecorded", id=message.id, cause=repr(failure))
            return
        name = "webhook.failed" if next_at else "webhook.given_up"
        self._observer.event(name, id=message.id, call_id=message.call_id, tries=message.tries + 1, cause=error)

    async def _refused(self, session: aiohttp.ClientSession, message: Message) -> str:
        """Why it was not taken; empty: it was."""
        body = message.body.encode()
        headers = {
            "Content-Type": "application/json",
            "X-Garbo-Event": message.event,
            "X-Garbo-Delivery": message.id,
            "X-Garbo-Signature": signature(self._settings.secret, int(self._clock.now().timestamp()), body),
        }
        try:
            async with session.post(self._settings.url, data=body, headers=headers, allow_redirects=False) as answer:
                return "" if answer.status in _TAKEN else f"it answered {answer.status}"
        except TimeoutError:
            return "it did not answer in time"
        except aiohttp.ClientConnectorCertificateError:
            return "its certificate is not to be trusted"
        except (aiohttp.ClientError, OSError) as failure:
            return f"it cannot be reached: {type(failure).__name__}"

    def _next(self, message: Message, now: datetime, error: str) -> datetime | None:
        if error.endswith(f" {_GONE}") or now - message.made_at > _GIVE_UP_AFTER:
            return None
        return now + timedelta(seconds=_WAITS[min(message.tries, len(_WAITS) - 1)])
