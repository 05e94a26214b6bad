"""
A real Asterisk with Garbo's trial configuration, for the demo and the tests.

Takes an installation from `docker.lab.obtain`, the templates from `docker/pbx/`, and a dialplan file; writes only into
the run folder. Any number of exchanges run side by side from one installation, each on ports of its own.

Nothing is mounted that others could see: where the machine allows it, Asterisk gets a private mount name space with a
hosts file of its own, which ends with the process.

Errors: `PbxError`.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Self

from docker.lab import ari, children, configuration, obtain
from docker.lab.children import Stoppable
from docker.lab.ports import PortBlock
from docker.lab.releases import CURRENT, Release

# What operators dial must all come to the gate, so such patterns are meant.
_ADVICE = "for an extension is strongly discouraged"
# A Unix socket's path has 107 characters; the control socket's name and a margin come off.
_LONGEST_RUN_FOLDER = 80


class PbxError(RuntimeError):
    """Asterisk did not start, or did not answer; the text ends with its last log lines."""


@dataclass(frozen=True, slots=True)
class Asterisk:
    """An Asterisk that can be started."""

    installation: obtain.Installation

    @classmethod
    def obtain(cls, release: Release = CURRENT, *, route: obtain.Route | None = None) -> Self:
        """The machine's Asterisk of this release, else Debian's, made once in the project's cache.

        Raises: NoAsteriskError
        """
        return cls(obtain.obtain(release, route=route))

    @property
    def version(self) -> str:
        """As `asterisk -V` says it, for instance `22.10.1`."""
        return self.installation.version

    def start(
        self,
        folder: Path,
        extensions: Path,
        *,
        extra_dialplan: str = "",
        bind: str = "127.0.0.1",
        system_name: str | None = None,
        verbose: int = 0,
        timeout: timedelta = timedelta(seconds=60),
    ) -> "RunningAsterisk":
        """Render the configuration into `folder`, start Asterisk on free ports and wait until it is fully booted.

        `extensions` defines the contexts `garbo` and `garbo-outbound`; it is linked, so that a changed file is taken
        up by `dialplan reload`. `extra_dialplan` is appended as further contexts. `bind` is where SIP listens.
        `system_name` starts every UNIQUEID; by default it differs for exchanges that run side by side.

        Raises: PbxError, NoPortsFreeError
        """
        folder = folder.resolve()
        short = len(str(folder)) <= _LONGEST_RUN_FOLDER
        ports = PortBlock.claim("127.0.0.1", configuration.PORTS, fixed=configuration.SIGNALLING)
        settings = configuration.Settings(
            folder=folder,
            run_folder=folder / "run" if short else Path(tempfile.mkdtemp(prefix="garbo-pbx-")),
            first_port=ports.first,
            bind=bind,
            system_name=system_name or f"pbx{ports.first}",
            verbose=verbose,
        )
        running = RunningAsterisk(self.installation, settings, ports, timeout)
        try:
            configuration.render(settings, self.installation, extensions.resolve(), extra_dialplan)
            running.launch()
        except BaseException:
            running.stop()
            raise
        return running


class RunningAsterisk(Stoppable):
    """One exchange; a context manager that stops it.

    Phones are expected at `operator_ports` of 127.0.0.11 to .13 (operators 101 to 103, when they are rung), carriers at
    127.0.0.2 port `trunk_port` and 127.0.0.3 port `trunk2_port`.
    """

    def __init__(
        self,
        installation: obtain.Installation,
        settings: configuration.Settings,
        ports: PortBlock,
        timeout: timedelta,
    ) -> None:
        """For `Asterisk.start`."""
        self._installation, self._settings, self._ports, self._timeout = installation, settings, ports, timeout
        self._process: subprocess.Popen[bytes] | None = None
        words = settings.words(installation)
        self.folder = settings.folder
        self.log_path = settings.folder / "log" / "messages.log"
        self.sip_host = "127.0.0.1"
        self.sip_port, self.http_port = int(words["SIP_PORT"]), int(words["HTTP_PORT"])
        self.ami_port = int(words["AMI_PORT"])
        self.trunk_port, self.trunk2_port = int(words["TRUNK_PORT"]), int(words["TRUNK2_PORT"])
        self.operator_ports = settings.operator_ports
        self.ari_url = f"http://127.0.0.1:{self.http_port}/ari"
        self.ari_user, self.ari_password = configuration.USER, configuration.ARI_PASSWORD
        self.ami_user, self.ami_password = configuration.USER, configuration.AMI_PASSWORD
        self.softphone_user, self.softphone_password = "201", configuration.SOFTPHONE_PASSWORD
        self.system_name = settings.system_name
        self.boot_time = timedelta()

    @property
    def pid(self) -> int:
        """The process id, for faults that a test wants to cause."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start the rendered exchange and wait until it is fully booted; for `Asterisk.start`, and after `kill`.

        Raises: PbxError
        """
        started = time.monotonic()
        argv = [*_private_hosts(self.folder), *children.DIES_WITH_PARENT, *self._command(), "-f"]
        self._process = children.spawn(argv, output=self.folder / "log" / "console.log", cwd=self.folder)
        deadline = started + self._timeout.total_seconds()
        while not self._booted():
            if not self.is_running:
                raise PbxError(f"Asterisk ended with status {self._running().wait()} while booting\n{self._tail()}")
            if time.monotonic() > deadline:
                raise PbxError(f"Asterisk was not up within {self._timeout}\n{self._tail()}")
            time.sleep(0.05)
        self.boot_time = timedelta(seconds=time.monotonic() - started)

    def cli(self, command: str) -> str:
        """What the console answers to `command`.

        Raises: PbxError when there is no exchange to ask.
        """
        done = self._ask(command)
        if done.returncode:
            raise PbxError(f"{command!r} was not answered: {done.stdout.strip()}\n{self._tail()}")
        return done.stdout

    def rtp_counts(self) -> dict[str, tuple[int, int]]:
        """RTP packets received and sent, as Asterisk sees it, by the name of each SIP channel that is up.

        Raises: ari.AriError
        """
        return ari.rtp_counts(self.ari_url, self.ari_user, self.ari_password)

    def problems(self) -> list[str]:
        """The log's warnings and errors since the first start, but for advice against patterns that match all."""
        if not self.log_path.exists():
            return []
        lines = self.log_path.read_text(errors="replace").splitlines()
        return [line for line in lines if re.search(r"\] (WARNING|ERROR)\[", line) and _ADVICE not in line]

    def restart(self) -> None:
        """Stop and start again with the same configuration and ports.

        Raises: PbxError
        """
        self._end()
        self.launch()

    def kill(self) -> None:
        """End the process at once, as a crash would; `launch` brings it back."""
        self._running().kill()
        self._running().wait()

    def stop(self) -> None:
        """End the exchange and give its ports back; may be called twice."""
        self._end()
        self._ports.release()
        if self._settings.run_folder.parent != self.folder:
            shutil.rmtree(self._settings.run_folder, ignore_errors=True)

    def _end(self) -> None:
        if self._process is not None:
            children.stop(self._process)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise PbxError("Asterisk was not started")
        return self._process

    def _command(self) -> list[str]:
        return [*self._installation.command, "-C", f"{self.folder}/etc/asterisk.conf"]

    def _ask(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command(), "-rx", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=self._timeout.total_seconds(),
        )

    def _booted(self) -> bool:
        if not (self._settings.run_folder / "asterisk.ctl").exists():
            return False
        return self._ask("core waitfullybooted").returncode == 0

    def _tail(self) -> str:
        logs = [self.folder / "log" / "console.log", self.log_path]
        return "\n".join(
            line for log in logs if log.exists() for line in log.read_text(errors="replace").splitlines()[-15:]
        )


def _private_hosts(folder: Path) -> list[str]:
    """Command prefix that gives a process the hosts file and the empty resolv.conf of `folder`, alone; may be empty."""
    unshare = _unshare()
    if not unshare:
        return []
    mount = 'for name in hosts resolv.conf; do mount --bind "$1/$name" "/etc/$name" 2>/dev/null; done; shift; exec "$@"'
    return [*unshare, "sh", "-c", mount, "sh", str(folder)]


@cache
def _unshare() -> tuple[str, ...]:
    # Containers often forbid both; then the machine's own hosts file holds, which mostly names the machine.
    for prefix in (("unshare", "-m"), ("unshare", "-r", "-m")):
        if prefix[1] == "-m" and os.geteuid() != 0:
            continue
        probe = subprocess.run(
            [*prefix, "mount", "--bind", "/etc/hosts", "/etc/hosts"], capture_output=True, check=False
        )
        if probe.returncode == 0:
            return prefix
    return ()
