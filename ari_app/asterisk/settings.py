"""How one gate reaches its Asterisk; `config` fills it, everything in this folder reads it."""

import ssl
from dataclasses import dataclass, field
from datetime import timedelta

from ari_app.asterisk.rest import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class AriSettings:
    """One Asterisk, and the application name that this process has there for itself alone."""

    ari_url: str
    """As `http://127.0.0.1:8088/ari`, or `https`."""
    user: str
    password: str = field(repr=False)
    app: str
    trust: ssl.SSLContext | None = None
    """For `https`: which certificates are believed; None: those that the system believes. Names always count."""
    deadline: timedelta = timedelta(milliseconds=300)
    """A channel that waited longer than this before its StasisStart was read is late."""
    request_timeout: timedelta = timedelta(seconds=2)
    """How long an answer to a request is waited for."""
    connect_timeout: timedelta = timedelta(seconds=5)
    heartbeat: timedelta = timedelta(seconds=2.5)
    """Asterisk never pings as a server: without ours a dead peer goes unnoticed. No pong for half of it is the end."""
    clock_interval: timedelta = timedelta(seconds=30)
    """How often Asterisk's clock is compared with ours, which also proves that requests are still answered."""
    rest: Transport | None = None
    """How requests travel; None: over the websocket where Asterisk can."""
    backoff_base: timedelta = timedelta(milliseconds=250)
    backoff_cap: timedelta = timedelta(seconds=5)
    backoff_slow: timedelta = timedelta(seconds=30)
    """Where a person has to mend something first: a wrong password, a second gate with the same name."""
