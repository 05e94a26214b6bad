"""
What others than the program log: libraries by `logging`, Python itself by its hooks for what nobody caught.

It goes the way of every other event, so that a traceback holds neither a telephone number nor a password of a URL, and
is one line among the others. Libraries are heard from warnings on: below, they tell of every request and its address.
"""

import logging
import sys
import threading
import traceback
from types import TracebackType

from ari_app.ports.observer import Observer

_MOST_SIGNS = 8000
_UNREADABLE = "aiohttp.http_exceptions"
"""Whose faults quote what could not be read: a line of a stranger's, or a cookie in a header that a client broke."""


class Foreign(logging.Handler):
    """Hands on what is logged elsewhere."""

    def __init__(self, observer: Observer) -> None:
        """From warnings on."""
        super().__init__(logging.WARNING)
        self._observer = observer

    def emit(self, record: logging.LogRecord) -> None:
        """For logging; nothing is raised."""
        try:
            said = record.getMessage()
        except Exception:  # noqa: BLE001  a message whose values do not fit it, of whichever library
            said = str(record.msg)
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            told = {}
        elif type(error).__module__ == _UNREADABLE:
            told = {"cause": type(error).__name__}
        else:
            told = {"traceback": _told(error)}
        self._observer.event("foreign.logged", logger=record.name, level=record.levelname, message=said, **told)


def hear_others(observer: Observer) -> None:
    """From now on, for the whole process: whoever runs it owns these hooks."""
    root = logging.getLogger()
    root.handlers[:] = [Foreign(observer)]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        observer.event("process.failed", traceback=_told(error))

    sys.excepthook = uncaught
    threading.excepthook = lambda fault: observer.event(
        "thread.failed",
        thread=fault.thread.name if fault.thread else "",
        traceback=_told(fault.exc_value) if fault.exc_value is not None else "",
    )


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-_MOST_SIGNS:]
