"""
What a SIPp process has sent and received, read from the message log that it writes.

Data comes from the files of SIPp's `-trace_msg` and `-trace_shortmsg`; both may be read while SIPp is writing.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self, TypeVar
from urllib.parse import unquote

T = TypeVar("T")
Direction = Literal["sent", "received"]
_MESSAGE = re.compile(
    r"^-{20,} (?P<at>\d{4}-\d\d-\d\d[ \t]\d\d:\d\d:\d\d\.\d+)\s*\n"
    r"\w+ message (?P<direction>sent|received) (?:\[\d+\] bytes ?|\(\d+ bytes\)):?\s*\n\n?",
    re.M,
)
_START = re.compile(rb"^-{20,} \d{4}-", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class SipMessage:
    """One SIP message as it went over the wire; header names are in lower case, repeated ones are joined by commas."""

    at: datetime
    direction: Direction
    start: str
    headers: dict[str, str]
    body: str

    @classmethod
    def parse(cls, text: str, *, at: datetime, direction: Direction) -> Self:
        """From the text of the message; `at` is in the machine's own time zone."""
        head, _, body = text.replace("\r\n", "\n").partition("\n\n")
        start, *lines = head.split("\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if colon:
                key = name.strip().lower()
                headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
        return cls(at=at, direction=direction, start=start.strip(), headers=headers, body=body.strip())

    @property
    def call_id(self) -> str:
        """The Call-ID header."""
        return self.headers.get("call-id", "")

    @property
    def method(self) -> str:
        """The method of a request, "" for a response."""
        return "" if self.status else self.start.partition(" ")[0]

    @property
    def status(self) -> int:
        """The code of a response, 0 for a request."""
        found = re.match(r"SIP/2\.0 (\d{3})", self.start)
        return int(found[1]) if found else 0

    @property
    def answers(self) -> str:
        """The method that the message belongs to, from CSeq."""
        return self.headers.get("cseq", "").rpartition(" ")[2]

    @property
    def has_sdp(self) -> bool:
        """Whether it offers or accepts media."""
        return self.body.startswith("v=0")


def read_messages(path: Path) -> list[SipMessage]:
    """All messages of a `-trace_msg` file in order; none if SIPp has not written it yet."""
    if not path.exists():
        return []
    return _messages(path.read_text(errors="replace"))


def _messages(text: str) -> list[SipMessage]:
    starts = list(_MESSAGE.finditer(text))
    ends = [*(found.start() for found in starts[1:]), len(text)][: len(starts)]
    return [
        SipMessage.parse(
            text[found.end() : end],
            at=datetime.fromisoformat(found["at"].replace("\t", " ")).astimezone(),
            direction="sent" if found["direction"] == "sent" else "received",
        )
        for found, end in zip(starts, ends, strict=True)
    ]


class MessageLog:
    """A `-trace_msg` file that is read again and again while it grows; what was read once is not read anew."""

    def __init__(self, path: Path) -> None:
        self._path, self._read_to = path, 0
        self._messages: list[SipMessage] = []

    def messages(self) -> list[SipMessage]:
        """All so far, in order."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            new = file.read()
        # The last message may still grow: it is told, and read again the next time.
        starts = [found.start() for found in _START.finditer(new)]
        if not starts:
            return list(self._messages)
        whole, last = new[: starts[-1]], new[starts[-1] :]
        self._messages += _messages(whole.decode(errors="replace"))
        self._read_to += len(whole)
        return [*self._messages, *_messages(last.decode(errors="replace"))]


def uri_user(value: str) -> str:
    """The user part of the first SIP URI in a header or start line, unescaped; "" without one."""
    found = re.search(r"sips?:([^@>\s]*)@", value)
    return unquote(found[1]) if found else ""


def display_name(value: str) -> str:
    """The display name before a SIP URI, without its quotes."""
    return value.partition("<")[0].strip().strip('"')


def poll(look: Callable[[], T], enough: Callable[[T], bool], timeout: timedelta) -> T:
    """What `look` finds, as soon as it is `enough` or `timeout` has passed."""
    deadline = time.monotonic() + timeout.total_seconds()
    while not enough(found := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found
