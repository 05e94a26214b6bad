"""Processes of a command's own: Ctrl-C is for the command, which ends them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def uninterrupted() -> Iterator[None]:
    """
    Start processes herein: they never hear of Ctrl-C, not even before their first line; this one hears of it after.

    A terminal tells everybody in front of it. A process that is still loading would die of it with a traceback.
    """
    # Whoever spawns first starts this one as well, which lets Ctrl-C through again once it is done.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
