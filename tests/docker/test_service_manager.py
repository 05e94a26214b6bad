"""What the service manager hears, on real sockets."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ari_app.main.heartbeat import beat
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.sight.notify import ServiceManager

_PATIENCE_S = 20.0


@pytest.fixture(params=["a file", "an abstract name"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """A service manager's socket, and what it puts into the environment of those whom it starts."""
    name = f"{tmp_path}/notify" if request.param == "a file" else f"@garbo-test-{tmp_path}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        heard.settimeout(_PATIENCE_S)
        yield heard, {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "300000"}


def _next(heard: socket.socket) -> str:
    return heard.recv(4096).decode()


def _to_the_end(heard: socket.socket) -> None:
    for _ in range(30):
        _next(heard)


async def _hear(heard: socket.socket, wanted: str) -> list[str]:
    """What comes up to `wanted`."""
    said: list[str] = []
    while not said or said[-1] != wanted:
        said.append(await asyncio.to_thread(_next, heard))
    return said


async def _works() -> None:
    await asyncio.sleep(0)


async def test_ready_is_said_once_every_door_is_open_and_alive_all_along(
    manager: tuple[socket.socket, dict[str, str]],
) -> None:
    """Before the doors are open the process is alive and waits for them by name."""
    heard, environ = manager
    doors = {"ari": False, "database": True}
    beating = asyncio.create_task(beat(ServiceManager(environ), doors=lambda: doors, works=_works))
    assert await _hear(heard, "STATUS=waiting for ari") == ["WATCHDOG=1", "STATUS=waiting for ari"]
    doors["ari"] = True
    said = await _hear(heard, "STATUS=every door is open")
    assert said.count("READY=1") == 1
    doors["ari"] = False
    said = await _hear(heard, "STATUS=waiting for ari")
    assert "READY=1" not in said
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating


async def test_a_database_that_is_away_is_no_reason_to_be_killed(manager: tuple[socket.socket, dict[str, str]]) -> None:
    """A new process would find no more of it."""
    heard, environ = manager

    async def away() -> None:
        raise StoreUnavailable("away")

    beating = asyncio.create_task(beat(ServiceManager(environ), doors=lambda: {"database": False}, works=away))
    for _ in range(3):
        await _hear(heard, "WATCHDOG=1")
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating


async def test_a_thread_that_hangs_falls_silent(manager: tuple[socket.socket, dict[str, str]]) -> None:
    """Nothing is said while the way of a verdict is blocked, though the loop goes on."""
    heard, environ = manager
    go_on = threading.Event()

    async def through_the_thread() -> None:
        await asyncio.to_thread(go_on.wait)

    beating = asyncio.create_task(beat(ServiceManager(environ), doors=dict, works=through_the_thread))
    heard.settimeout(0.6)  # twice the watchdog's time
    with pytest.raises(TimeoutError):
        await asyncio.to_thread(_next, heard)
    heard.settimeout(_PATIENCE_S)
    go_on.set()
    assert await asyncio.to_thread(_next, heard) == "WATCHDOG=1"
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating


_PROCESS = """
import asyncio, sys, time
from ari_app.main.heartbeat import beat
from ari_app.sight.notify import ServiceManager

async def works():
    await asyncio.sleep(0)

async def main():
    if sys.argv[1] == "hang":
        asyncio.get_running_loop().call_later(0.3, time.sleep, 60)
    await beat(ServiceManager(), doors=dict, works=works)

asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["stopped", "hang"])
def test_a_process_that_stands_still_falls_silent(manager: tuple[socket.socket, dict[str, str]], how: str) -> None:
    """By SIGSTOP, or with an event loop that hangs: the watchdog hears no more."""
    heard, environ = manager
    with subprocess.Popen([sys.executable, "-c", _PROCESS, how], env=os.environ | environ) as process:
        try:
            while _next(heard) != "READY=1":
                pass
            if how == "stopped":
                process.send_signal(signal.SIGSTOP)
            heard.settimeout(1.2)  # four times the watchdog's time; the loop hangs after one
            with pytest.raises(TimeoutError):
                _to_the_end(heard)
        finally:
            process.kill()


def test_without_a_service_manager_nothing_is_said() -> None:
    """Nor with one that is gone: it never raises."""
    ServiceManager({}).ready()
    gone = ServiceManager({"NOTIFY_SOCKET": "/nonexistent/notify"})
    gone.alive()
    gone.stopping()
    assert not ServiceManager({}).listens


def test_who_inherited_the_watchdog_of_another_process_is_not_watched() -> None:
    """The process id says whom it is meant for."""
    assert ServiceManager({"WATCHDOG_USEC": "15000000", "WATCHDOG_PID": "1"}).watchdog is None
    own = ServiceManager({"WATCHDOG_USEC": "15000000", "WATCHDOG_PID": str(os.getpid())}).watchdog
    assert own is not None
    assert own.total_seconds() == 15
