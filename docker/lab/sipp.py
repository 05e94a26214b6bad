"""
SIPp: installing it, and one running process of it.

SIPp is free software under the GPL, run as a program of its own.

Errors: `SippError`.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from docker.lab import apt, children
from docker.lab.children import Stoppable
from docker.lab.configuration import fill

SCENARIOS = Path(__file__).resolve().parent / "scenarios"


class SippError(RuntimeError):
    """SIPp is not there, did not start, or did not end in time; the text says why."""


def install() -> str:
    """The path of `sipp`, installed with apt-get (Debian package sip-tester) if it is not there.

    Raises: SippError
    """
    found = shutil.which("sipp")
    if found is not None:
        return found
    if os.geteuid() != 0:
        raise SippError("SIPp is missing: run `apt-get install sip-tester` as root")
    try:
        apt.run(["apt-get", "update", "-q"])
        apt.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "sip-tester"])
    except apt.AptError as error:
        raise SippError(f"SIPp is missing and cannot be installed: {error}") from error
    found = shutil.which("sipp")
    if found is None:
        raise SippError("the package sip-tester brought no program called sipp")
    return found


class Sipp(Stoppable):
    """One running SIPp; a context manager that ends it.

    `folder` holds the filled-in scenario `scenario.xml` and takes SIPp's logs.
    """

    def __init__(self, folder: Path, scenario: str, words: Mapping[str, str], options: Sequence[str]) -> None:
        """Fill in the scenario template of that name and start SIPp with `options`."""
        self.folder = folder
        self.messages = folder / "messages.log"
        self.short_messages = folder / "short.log"
        text = fill((SCENARIOS / scenario).read_text(), words, where=scenario)
        (folder / "scenario.xml").write_text(text)
        argv = [*children.DIES_WITH_PARENT, install(), "-sf", "scenario.xml", *options, "-nostdin"]
        argv += [
            "-message_file",
            "messages.log",
            "-shortmessage_file",
            "short.log",
            "-trace_err",
            "-error_file",
            "errors.log",
        ]
        # SIPp draws its screens on a terminal that is not there.
        self._process = children.spawn(
            argv, output=folder / "console.log", cwd=folder, env={**os.environ, "TERM": "dumb"}
        )

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def wait(self, timeout: timedelta) -> int:
        """Its exit status once it has ended; it is ended by force after `timeout`.

        Raises: SippError when it had to be ended
        """
        try:
            return self._process.wait(timeout.total_seconds())
        except subprocess.TimeoutExpired as error:
            self.stop()
            raise SippError(f"SIPp did not end within {timeout}\n{self.complaint()}") from error

    def await_listening(self, host: str, port: int, timeout: timedelta = timedelta(seconds=10)) -> None:
        """Return once SIPp has bound its UDP socket.

        Raises: SippError
        """
        wanted = f"{_hex_address(host)}:{port:04X}"
        deadline = time.monotonic() + timeout.total_seconds()
        while wanted not in Path("/proc/net/udp").read_text():
            if not self.is_running or time.monotonic() > deadline:
                self.stop()
                raise SippError(f"SIPp does not listen on {host}:{port}\n{self.complaint()}")
            time.sleep(0.02)

    def complaint(self) -> str:
        """The end of what SIPp said went wrong."""
        logs = [self.folder / "errors.log", self.folder / "console.log"]
        said = "\n".join(log.read_text(errors="replace") for log in logs if log.exists())
        return said[-1500:]

    def wind_down(self) -> None:
        """Begin no further calls; it ends when those under way have."""
        self._process.send_signal(signal.SIGUSR1)

    def stop(self) -> None:
        """End it; may be called twice."""
        # A polite end waits for calls in progress, and those are to be dropped.
        self._process.kill()
        self._process.wait()


def milliseconds(duration: timedelta) -> str:
    """For SIPp, which takes no time-out of zero."""
    return str(max(1, round(duration / timedelta(milliseconds=1))))


def _hex_address(host: str) -> str:
    return "".join(f"{int(part):02X}" for part in reversed(host.split(".")))
