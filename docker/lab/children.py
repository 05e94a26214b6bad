"""
Child processes that cannot outlive their parent.

Asterisk and SIPp are started here and ended by their own process id. Should this process be killed, the
kernel kills them too: a test run that is shot leaves no telephone exchange behind.
"""

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

DIES_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")
"""Command prefix that ties the command after it to the life of the thread that started it."""

# The kernel counts the *thread* that forked as the parent: a child started from a worker thread would be killed
# when that thread ends. So every child is started by this one thread, which lives as long as the interpreter.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


class Stoppable(ABC):
    """Something that runs; a context manager that stops it."""

    @abstractmethod
    def stop(self) -> None:
        """End it; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def spawn(
    argv: Sequence[str], *, output: Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `argv`, standard output and error appended to the file `output`; the caller ends it with `stop`.

    `argv` must come to `DIES_WITH_PARENT` by itself (first word, or after a wrapper that drops such ties).
    """

    def start() -> subprocess.Popen[bytes]:
        with output.open("ab") as sink:
            return subprocess.Popen(
                argv,
                cwd=cwd,
                env=None if env is None else dict(env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the parent, which then stops its children in order.
                start_new_session=True,
            )

    return _SPAWNER.submit(start).result()


def stop(process: subprocess.Popen[bytes], *, grace: timedelta = timedelta(seconds=5)) -> int:
    """End `process` politely, after `grace` by force, and return its exit status; it may have ended already."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace.total_seconds())
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()
