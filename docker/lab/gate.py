"""
Garbo itself as its users run it: the `garbo` command in a folder of its own, `garbo serve` and `watch` as processes.

Errors: `GateError`, whose text ends with what the command or the gate said last.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from abc import abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from docker.lab import children
from docker.lab.children import Stoppable
from docker.lab.pbx import RunningAsterisk
from docker.lab.ports import PortBlock

GARBO = str(Path(sys.executable).with_name("garbo"))


class GateError(RuntimeError):
    """A `garbo` command failed, or the gate did not come up."""


class Installation:
    """One installation of Garbo: a folder with configuration, key and database, shared by all its gates."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """`environment`: further `GARBO_…` settings. Makes the folder by `garbo init`."""
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GARBO_")},
            **(environment or {}),
        }
        self._run("init", str(folder))

    def garbo(self, *arguments: str, codes: tuple[int, ...] = (0,), said: str = "") -> Any:
        """
        Run `garbo ARGUMENTS --json` and return its JSON; `said` is its standard input.

        Raises GateError: its exit code is not among `codes`.
        """
        config = str(self.folder / "garbo.toml")
        done = self._run("--config", config, *arguments, "--json", codes=codes, said=said)
        return json.loads(done) if done.strip() else None

    def dialplan(self) -> Path:
        """The rendered dialplan of this installation."""
        self.garbo("dialplan", "render", "--flavor", "asterisk", "-o", str(self.folder / "dialplan"))
        return self.folder / "dialplan" / "extensions_garbo.conf"

    def _run(self, *arguments: str, codes: tuple[int, ...] = (0,), said: str = "") -> str:
        done = subprocess.run(
            [GARBO, *arguments],
            input=said,
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
            timeout=60,
        )
        if done.returncode not in codes:
            raise GateError(f"garbo {' '.join(arguments)} ended with {done.returncode}\n{done.stderr}{done.stdout}")
        return done.stdout


class _Process(Stoppable):
    """A `garbo` that stands; a context manager that ends it."""

    def __init__(self, installation: Installation, pbx: RunningAsterisk, command: str, *, name: str) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._command = command
        self._folder = installation.folder
        self.log = installation.folder / f"{name}.log"
        self._environment = {
            **installation.environment,
            "GARBO_CONFIG": str(installation.folder / "garbo.toml"),
            "GARBO_ASTERISK__ARI_URL": pbx.ari_url,
            "GARBO_ASTERISK__ARI_USER": pbx.ari_user,
            "GARBO_ASTERISK__ARI_PASSWORD": pbx.ari_password,
            "GARBO_ASTERISK__AMI_PORT": str(pbx.ami_port),
            "GARBO_ASTERISK__AMI_USER": pbx.ami_user,
            "GARBO_ASTERISK__AMI_SECRET": pbx.ami_password,
        }

    @property
    def pid(self) -> int:
        """The process id."""
        return self._running().pid

    def start(self, *, timeout: timedelta = timedelta(seconds=30)) -> Self:
        """Start the process and wait until it is ready. Raises GateError."""
        argv = [*children.DIES_WITH_PARENT, GARBO, self._command]
        self._process = children.spawn(argv, output=self.log, cwd=self._folder, env=self._environment)
        deadline = time.monotonic() + timeout.total_seconds()
        while not self.is_ready():
            if self._process.poll() is not None:
                raise GateError(f"garbo {self._command} ended with {self._process.returncode}\n{self._tail()}")
            if time.monotonic() > deadline:
                raise GateError(f"garbo {self._command} was not ready within {timeout}\n{self._tail()}")
            time.sleep(0.05)
        return self

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it does its work."""

    def kill(self) -> None:
        """End it at once, as a crash would; `start` brings it back."""
        self._signal(signal.SIGKILL)
        self._running().wait()

    def freeze(self) -> None:
        """Stop it in its tracks (SIGSTOP), as a machine that hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self._signal(signal.SIGCONT)

    def terminate(self) -> int:
        """Ask it to end (SIGTERM) and return its exit status."""
        return children.stop(self._running(), grace=timedelta(seconds=10))

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """What it logged, in order: all events, or those of one name."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else ()
        logged = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [event for event in logged if not name or event.get("event") == name]

    def stop(self) -> None:
        """End it; may be called twice."""
        if self._process is not None:
            if self._process.poll() is None:
                self._signal(signal.SIGCONT)
            children.stop(self._process)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise GateError(f"garbo {self._command} was not started")
        return self._process

    def _signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:]) if self.log.exists() else ""


class Gate(_Process):
    """One gate process: ready once it is connected to Asterisk, and its database answers."""

    def __init__(
        self,
        installation: Installation,
        pbx: RunningAsterisk,
        *,
        app: str = "garbo-a",
        agi_port: int = 0,
        ari_url: str = "",
    ) -> None:
        """Claims a web port, and a FastAGI port unless told one; `ari_url`: by way of a proxy. `start` starts it."""
        super().__init__(installation, pbx, "serve", name=app)
        self._ports = PortBlock.claim("127.0.0.1", 3, fixed=2)
        self.app = app
        self.web_url = f"http://127.0.0.1:{self._ports.first + 1}"
        self._environment |= {
            "GARBO_ASTERISK__APP": app,
            "GARBO_ASTERISK__ARI_URL": ari_url or pbx.ari_url,
            "GARBO_FASTAGI__PORT": str(agi_port or self._ports.first + 2),
            "GARBO_WEB__PORT": str(self._ports.first + 1),
            "GARBO_WEB__PUBLIC_URL": self.web_url,
        }

    def is_ready(self) -> bool:
        """What `/readyz` says."""
        try:
            with urllib.request.urlopen(f"{self.web_url}/readyz", timeout=2) as answer:  # its own URL  # nosec B310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """End it and give its port back; may be called twice."""
        super().stop()
        self._ports.release()


class Watch(_Process):
    """The bypass watch as a process of its own: ready once Asterisk tells it of every line."""

    def __init__(self, installation: Installation, pbx: RunningAsterisk) -> None:
        """`start` starts it."""
        super().__init__(installation, pbx, "watch", name="watch")
        self._before = 0

    def start(self, *, timeout: timedelta = timedelta(seconds=30)) -> Self:
        """Start the process and wait until it is ready. Raises GateError."""
        self._before = len(self.events())
        return super().start(timeout=timeout)

    def is_ready(self) -> bool:
        """What its log says of this life."""
        return any(event["event"] == "ami.connected" for event in self.events()[self._before :])
