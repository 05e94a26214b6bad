"""
Word to the service manager (systemd): ready, alive, stopping, and a line of how it goes.

One datagram each to the socket that `NOTIFY_SOCKET` names; without it nothing is said. It never raises and never waits:
a service manager that does not listen must not cost a verdict.

Source: sd_notify(3), systemd.service(5) WatchdogSec=.
"""

import os
import socket
from collections.abc import Mapping
from datetime import timedelta


class ServiceManager:
    """Who started this process and wants to know how it goes; perhaps nobody."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        """Read once: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`."""
        named = environ.get("NOTIFY_SOCKET", "")
        # A leading @ means a name without a file (unix(7), abstract).
        self._address = "\0" + named[1:] if named.startswith("@") else named
        self.watchdog: timedelta | None = _watchdog(environ)
        """Sooner than this it wants to hear from us again, else it kills this process; None: it does not watch."""

    @property
    def listens(self) -> bool:
        """Whether somebody is there to be told."""
        return self._address.startswith(("\0", "/"))

    def ready(self) -> None:
        """The service stands."""
        self._tell("READY=1")

    def alive(self) -> None:
        """The service works: not before this is the next period of `watchdog` counted."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is about to end in order."""
        self._tell("STOPPING=1\nSTATUS=finishing verdicts")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._tell(f"STATUS={' '.join(text.split())}")

    def _tell(self, message: str) -> None:
        if not self.listens:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as told:
                told.connect(self._address)
                told.send(message.encode())
        except OSError:  # gone or full: if it matters, its watchdog ends us
            return


def _watchdog(environ: Mapping[str, str]) -> timedelta | None:
    microseconds, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    # A process that inherited the variables is not the one that is watched.
    if not microseconds.isdecimal() or int(microseconds) == 0 or meant not in ("", str(os.getpid())):
        return None
    return timedelta(microseconds=int(microseconds))
