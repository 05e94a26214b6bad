"""
Other products' side of a call, as far as their dialplans show it: dialplans of the same shape, and who is told by them.

The dialplans are written in our own words from what the products generate; VICIdial's `call_log` is a FastAGI server.
"""

import re
import socketserver
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from jinja2 import Environment, StrictUndefined

_FOLDER = Path(__file__).parent
_DOCS = Path(__file__).parents[3] / "docs" / "adapters"
_environment = Environment(
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  dialplan, not HTML
    trim_blocks=True,
    variable_start_string="<<",
    variable_end_string=">>",
)


def predial(*, macros: bool) -> str:
    """The dialplan around a predial hook, by Macro() or by Gosub()."""
    return _environment.from_string((_FOLDER / "predial.conf.jinja").read_text()).render(macros=macros)


def vicidial(carrier_entry: str, port: int) -> str:
    """VICIdial's dialplan with a carrier's entry in it, whose `call_log` listens on `port`."""
    text = (_FOLDER / "vicidial.conf").read_text().replace("; CARRIERS", carrier_entry)
    return text.replace(":4577/", f":{port}/")


def shown(page: str, start: str) -> str:
    """The indented block of a page in docs/adapters that starts with `start`: what users are told is what is run."""
    found = re.search(rf"^    {re.escape(start)}.*(?:\n(?:    .*)?)*", (_DOCS / page).read_text(), re.M)
    assert found, f"{page} shows nothing that starts with {start!r}"
    return re.sub(r"^    ", "", found[0], flags=re.M).strip()


@dataclass(frozen=True, slots=True)
class Told:
    """What `call_log` was told of one call: its beginning (`causes` empty), or its end."""

    caller_name: str
    causes: tuple[str, ...]


class CallLog:
    """VICIdial's `call_log`: names the campaign at a call's beginning, and remembers what it is told at its end."""

    def __init__(self) -> None:
        """Listens until the context ends."""
        self.campaign = ""
        self.told: list[Told] = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    def ended(self, caller_name: str) -> tuple[str, ...]:
        """Cause and DIALSTATUS that the end of this call was told with, empty until then.

        The half of a Local channel that looks for an agent ends too, without a DIALSTATUS: VICIdial passes over it.
        """
        ends = (told.causes for told in self.told if told.caller_name == caller_name)
        return next((causes for causes in ends if len(causes) > 1 and causes[1]), ())

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        answer: Callable[[dict[str, str]], str] = self._answer

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                asked = {}
                while line := self.rfile.readline().decode().strip():
                    name, _, value = line.partition(": ")
                    asked[name] = value
                if command := answer(asked):
                    self.wfile.write(f"{command}\n".encode())
                    self.rfile.readline()

        return Handler

    def _answer(self, asked: dict[str, str]) -> str:
        request = urllib.parse.unquote(asked.get("agi_request", ""))
        _, ended, causes = request.partition("--HVcauses--PRI-----NODEBUG-----")
        found = tuple(causes.split("-----")[:2]) if ended else ()
        self.told.append(Told(asked.get("agi_calleridname", ""), found))
        return f"EXEC Set _CAMPCUST={self.campaign}" if self.campaign and not ended else ""

    def __enter__(self) -> Self:
        """Start to answer."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
