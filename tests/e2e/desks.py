"""
Browsers at the desk as one process of their own: each listens to its stream, fetches the pane on each change, and its
operator does the least that operators do: one step of the script, a word once the call has ended, on to the next.

`python -m tests.e2e.desks URL`, with a JSON list of [operator, session's secret] as the first line of its standard
input. It says `ready` once every desk is connected, shown and done with earlier calls; when its standard input is
closed it says what it saw as JSON: for each operator a list of `Sight`, and what went wrong.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field
from typing import NamedTuple

import aiohttp

_PANE = {"X-Garbo-Pane": "1"}
_RENEW_S = 60.0
"""As `desk.js`: a desk looks again by itself."""
_END_S = 30.0
_DESK = re.compile(r'<div id="desk" data-scene="(\w+)" data-call="([^"]*)" data-mark="([^"]*)"')
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_SEQ = re.compile(r'name="seq" value="(\d+)"')
_NUMBER = re.compile(r"\+39333\d{7}")


class Sight(NamedTuple):
    """One look at the pane."""

    scene: str
    call: str
    numbers: list[str]
    """Every callee's number that stands in it."""
    words: bool
    """Whether there is something to say."""
    at: float
    """When it was read to its end, in seconds of the machine's clock."""


@dataclass
class Desk:
    """One operator's browser."""

    http: aiohttp.ClientSession
    url: str
    secret: str
    seen: list[Sight] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    _told: str = ""
    """The mark of the last change; empty: look whatever was seen."""
    _mark: str = ""
    """Of what is on the screen."""
    _look: asyncio.Event = field(default_factory=asyncio.Event)
    _done: set[str] = field(default_factory=set)

    @property
    def _cookie(self) -> dict[str, str]:
        return {"Cookie": f"garbo={self.secret}"}

    async def listen(self) -> None:
        """The stream, for ever."""
        async with self.http.get(f"{self.url}/desk/events", headers=self._cookie) as stream:
            if stream.status != 200:
                self.faults.append(f"/desk/events answered {stream.status}")
            changed = opened = False
            async for line in stream.content:
                name, _, value = line.decode().strip().partition(": ")
                if name == "event":
                    changed = value == "changed"
                elif name == "data" and changed:
                    self._wake(value if opened else "")
                    opened = True
        self.faults.append("the stream ended")

    async def renew(self, first_s: float) -> None:
        """A look now and then, whatever is told."""
        await asyncio.sleep(first_s)
        while True:
            self._wake("")
            await asyncio.sleep(_RENEW_S)

    def _wake(self, mark: str) -> None:
        if not self._look.is_set() or self._told:
            self._told = mark
        self._look.set()

    def _has_seen(self, mark: str) -> bool:
        life, _, count = mark.partition(".")
        own_life, _, own_count = self._mark.partition(".")
        return life == own_life and int(count) <= int(own_count)

    async def work(self) -> None:
        """One request at a time, as `desk.js`; changes that come meanwhile are one look, or none if they were seen."""
        while True:
            await self._look.wait()
            self._look.clear()
            if self._told and self._has_seen(self._told):
                continue
            self.shown.clear()
            await self._act(await self._ask("GET", "/desk/pane"))
            self.shown.set()

    async def _act(self, text: str) -> None:
        sight = self.seen[-1]
        doing = f"{sight.scene} {sight.call}"
        if doing in self._done:
            return
        self._done.add(doing)
        (csrf,) = set(_CSRF.findall(text))
        sent = {"csrf": csrf, "call": sight.call}
        if sight.scene == "talking" and 'value="go_on"' in text:
            (seq,) = _SEQ.findall(text)
            await self._ask("POST", "/desk/walk", sent | {"seq": seq, "move": "go_on"})
        elif sight.scene == "after":
            await self._ask("POST", "/desk/note", sent | {"word": "not_now", "note": "", "needs": ""})
            await self._ask("POST", "/desk/finish", sent)

    async def _ask(self, method: str, path: str, data: dict[str, str] | None = None) -> str:
        async with self.http.request(method, self.url + path, headers=self._cookie | _PANE, data=data) as answer:
            text = await answer.text()
        found = _DESK.search(text)
        if found is None or answer.status not in (200, 404, 409):  # the call may have ended meanwhile
            self.faults.append(f"{path} answered {answer.status}: {text[:200]}")
        if found is not None:
            scene, call, self._mark = found.groups()
            words = '<div id="words"' in text
            self.seen.append(Sight(scene, call, sorted(set(_NUMBER.findall(text))), words, time.time()))
        return text


async def main(url: str) -> None:
    """All of them, until standard input ends."""
    who = json.loads(sys.stdin.readline())
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as http:
        desks = {operator: Desk(http, url, secret) for operator, secret in who}
        running = [
            asyncio.create_task(each)
            for place, desk in enumerate(desks.values())
            for each in (desk.listen(), desk.work(), desk.renew(_RENEW_S * (place + 1) / len(desks)))
        ]
        for desk in desks.values():
            await desk.shown.wait()
        print("ready", flush=True)  # noqa: T201  whoever started it waits for this
        await asyncio.to_thread(sys.stdin.read)
        for desk in desks.values():  # calls have ended: what is still being looked at is shown to its end
            await asyncio.wait_for(desk.shown.wait(), _END_S)
        failed = [repr(each.exception()) for each in running if each.done() and not each.cancelled()]
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    faults = failed + [f"{operator}: {fault}" for operator, desk in desks.items() for fault in desk.faults]
    seen = {operator: desk.seen for operator, desk in desks.items()}
    json.dump({"seen": seen, "faults": faults, "processor_s": time.process_time()}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
