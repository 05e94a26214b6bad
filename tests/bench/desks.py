"""
How long an answered call takes to the screen: 200 desks connected while 20 calls a second run, on SQLite.

The gate's own parts in this process, on uvloop as `garbo serve`: reactor, judge, store, desks, site; only the switch is
a fake. The browsers are a process of their own on the same processors; each fetches a page of a script (the one behind
a link) on each change. Spells without desks, with desks that are told, and with browsers connected take turns, so that
the verdict's latency can be held against itself. `GARBO_BENCH_SECONDS` is how long each spell is (default 5, six
turns); `GARBO_BENCH_DESKS` and `GARBO_BENCH_RATE` change the other two.
"""

import asyncio
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp_jinja2
import uvloop
from aiohttp import web
from rich.table import Table

from ari_app.calls.call import Ports
from ari_app.calls.reactor import Reactor
from ari_app.calls.telling import NobodyWatches
from ari_app.calls.variables import Signing
from ari_app.config import Settings, load_settings, read_keyring
from ari_app.main import upgrade_database
from ari_app.main.books import open_database, open_directory
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom, open_courtroom, warm_up
from ari_app.main.desk import Desk, open_desk
from ari_app.policy.events import CallAsked, ChannelGone, DialStatus, LegDialled
from ari_app.policy.request import Ask, Door, Operator
from ari_app.ports.call_watch import CallWatch
from ari_app.ports.live_calls import Phase
from ari_app.web.access import only, person_of
from ari_app.web.application import create_app
from ari_app.web.call_page import call_page
from tests.bench.browsers import Sight
from tests.fakes.switch import FakeSwitch
from tests.fakes.world import campaign
from tests.web.conftest import InventedPages, NoDeliveries
from tests.web.live import signed_in

SECONDS = float(os.environ.get("GARBO_BENCH_SECONDS", "5"))
DESKS = int(os.environ.get("GARBO_BENCH_DESKS", "200"))
RATE = int(os.environ.get("GARBO_BENCH_RATE", "20"))
TURNS = 6
SPELLS = WITHOUT, TOLD, WITH = "without desks", "told, nobody connected", "every desk connected"
_MS = 1000.0
_CALL_S = 4.5


@dataclass
class Measured:
    """Implements ports.observer.Observer, and is where figures are gathered, by the name of the spell."""

    spell: str = ""
    figures: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    late: int = 0
    """Verdicts that took longer than the deadline, on processors shared with the browsers."""
    strange: list[str] = field(default_factory=list)

    def event(self, name: str, **values: object) -> None:
        """As the port; what must not happen is kept."""
        if name == "verdict.unavailable":
            self.late += 1
        elif name not in ("call.permitted", "call.denied", "call.ended"):
            self.strange.append(f"{name} {values}")

    def measure(self, name: str, value: float) -> None:
        """As the port."""
        self.figures[self.spell, name].append(value)


@dataclass
class Gate:
    """A gate without a PBX."""

    settings: Settings
    room: Courtroom
    desk: Desk
    measured: Measured
    switch: FakeSwitch = field(default_factory=FakeSwitch)
    clock: SystemClock = field(default_factory=SystemClock)
    answered_at: dict[str, float] = field(default_factory=dict)
    """By call, when the gate heard of it, in seconds of the monotonic clock."""
    browsers_s: float = 0.0
    """Processor time of the browsers."""
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311  how long calls take
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10_000_000)))

    def reactor(self, watch: CallWatch) -> Reactor:
        """Calls that are told to this watch."""
        keyring, valid = read_keyring(self.settings.privacy.hash_key_file), timedelta(hours=4)
        signing = Signing(keyring=keyring, permit_valid=valid, link_valid=valid, public_url="http://127.0.0.1")
        ports = Ports(
            switch=self.switch,
            judge=self.room.judge,
            verdicts=self.room.verdicts,
            observer=self.measured,
            clock=self.clock,
            signing=signing,
            watch=watch,
        )
        return Reactor(ports, gate=self.settings.asterisk.app)

    async def calls(self, reactor: Reactor) -> None:
        """Calls at the rate, for the seconds of one spell, to their end."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        async with asyncio.TaskGroup() as calls:
            for place in range(int(SECONDS * RATE)):
                await asyncio.sleep(max(0.0, begin + place / RATE - loop.time()))
                calls.create_task(self._call(reactor, next(self.numbers)))

    async def _call(self, reactor: Reactor, number: int) -> None:
        """About half a second to the answer, three of talk, one for the note: in step, calls would meet each other."""
        pace = self.chance.uniform(0.7, 1.3)
        operator, channel, leg = f"operator-{number % DESKS}", f"chan-{number}", f"leg-{number}"
        self.switch.add(channel)
        ask = Ask(
            dialled=f"+39333{number:07d}",
            door=Door.STASIS,
            campaign="autumn",
            operator=operator,
            endpoint=f"PJSIP/{operator}",
            channel_id=channel,
            idempotency_key=channel,
        )
        reactor.handle(CallAsked(channel_id=channel, at=self.clock.now(), ask=ask, entry="1"))
        await asyncio.sleep(0.1 * pace)
        self.switch.add(leg, in_gate=False)
        for status, wait_s in ((DialStatus.DIALLED, 0.1), (DialStatus.RINGING, 0.3), (DialStatus.ANSWER, 3.0)):
            call = self.desk.desks.of(operator)
            if status is DialStatus.ANSWER and call is not None and call.phase is Phase.RINGING:
                self.answered_at[call.call_id] = time.monotonic()
            at = self.clock.now()
            reactor.handle(LegDialled(channel_id=channel, leg_id=leg, leg_name="PJSIP/trunk", at=at, status=status))
            await asyncio.sleep(wait_s * pace)
        for gone in (leg, channel):
            self.switch.hang_up(gone)
            reactor.handle(ChannelGone(channel_id=gone, at=self.clock.now(), cause=16))
        await asyncio.sleep(pace)
        if (call := self.desk.desks.of(operator)) is not None:
            self.desk.desks.done(operator, call.call_id)

    def site(self) -> web.Application:
        """The real site, where a cookie says who asks, with a fragment of a desk's size."""

        async def fragment(request: web.Request) -> web.StreamResponse:
            call = self.desk.desks.of(person_of(request).id)
            if call is None:
                return web.Response(text="", headers={"X-Call": "", "X-Phase": ""})
            record = self.desk.desks.record(call.call_id)
            if record is None:
                raise web.HTTPNotFound
            script = None
            if record.script is not None:
                script = self.room.scripts.version(record.script.id, record.script.version)
            page = aiohttp_jinja2.render_template("call.html", request, call_page(record, script))
            page.headers.update({"X-Call": call.call_id, "X-Phase": call.phase.value})
            return page

        def add(app: web.Application) -> None:
            app.middlewares.append(signed_in(set()))
            app.router.add_get("/desk/fragment", only()(fragment))

        return create_app(
            pages=InventedPages(),
            keyring=read_keyring(self.settings.privacy.hash_key_file),
            clock=self.clock,
            ready=dict,
            metrics=bytes,
            deliveries=NoDeliveries(),
            rooms=(add, *self.desk.rooms()),
        )


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Gate]:
    """A gate with its operators, and its desk's services running."""
    (folder / "garbo.toml").write_text('[database]\nurl = "sqlite:///garbo.db"\n')
    (folder / "garbo.key").write_text("ab" * 32)  # a test secret
    settings = load_settings(folder / "garbo.toml", {})
    upgrade_database(settings)
    directory = open_directory(settings)
    directory.add_principal("lumina", name="Lumina (invented)", country="IT")
    directory.add_campaign(campaign(script="courtesy"))
    for place in range(DESKS):
        name = f"operator-{place}"
        directory.add_operator(Operator(id=name, endpoint=f"PJSIP/{name}", language="it", campaigns=("autumn",)))
    database = open_database(settings, checkpoints=False)
    measured = Measured()
    try:
        room = open_courtroom(settings, database, observer=measured)
        room.scripts.import_files()
        room.scripts.refresh()
        await warm_up(room, "IT")
        measured.strange.clear()
        desk = open_desk(settings, database, observer=measured, clock=SystemClock())
        services = [asyncio.ensure_future(run()) for run in desk.services().values()]
        yield Gate(settings, room, desk, measured)
        for each in services:
            each.cancel()
        await asyncio.gather(*services, return_exceptions=True)
        await room.close()
    finally:
        database.close()


@asynccontextmanager
async def browsers(gate: Gate, seen: list[Sight]) -> AsyncIterator[None]:
    """The site, and a process with every desk connected to it; `seen` has what they saw, afterwards."""
    runner = web.AppRunner(gate.site(), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.browsers", f"http://127.0.0.1:{runner.addresses[0][1]}", str(DESKS)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    try:
        if process.stdout is None or await process.stdout.readline() != b"ready\n":
            raise RuntimeError("the browsers did not come up")
        yield
        said, _ = await process.communicate(b"")
        used_s, sights = json.loads(said)
        gate.browsers_s += used_s
        seen += [tuple(each) for each in sights]
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await runner.cleanup()


@dataclass
class Found:
    """What all spells came to."""

    measured: Measured
    heard_ms: list[float] = field(default_factory=list)
    shown_ms: list[float] = field(default_factory=list)
    answered: int = 0
    cpu: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    resident_mb: dict[str, float] = field(default_factory=dict)


async def measure(folder: Path) -> Found:
    """Spells with desks and without, in turn."""
    async with opened(folder) as gate:
        found = Found(gate.measured)
        for _ in range(TURNS):
            await _spell(gate, found, WITHOUT, gate.reactor(NobodyWatches()))
            await _spell(gate, found, TOLD, gate.reactor(gate.desk.desks))
            gate.answered_at.clear()
            seen: list[Sight] = []
            before = _resident_mb()
            async with browsers(gate, seen):
                found.resident_mb.setdefault(f"{DESKS} desks connected", _resident_mb() - before)
                await _spell(gate, found, WITH, gate.reactor(gate.desk.desks))
            found.resident_mb["the whole gate, at the end"] = _resident_mb()
            _match(found, gate.answered_at, seen)
        found.cpu["in the browsers, meanwhile"] = [gate.browsers_s / (TURNS * (SECONDS + _CALL_S))]
        if gate.measured.strange:
            raise RuntimeError(f"strange things happened: {gate.measured.strange[:3]}")
        return found


async def _spell(gate: Gate, found: Found, name: str, reactor: Reactor) -> None:
    gate.measured.spell = name
    begun, used = time.monotonic(), time.process_time()
    await gate.calls(reactor)
    found.cpu[name].append((time.process_time() - used) / (time.monotonic() - begun))
    await reactor.close()


def _match(found: Found, answered_at: dict[str, float], seen: list[Sight]) -> None:
    """For each call the first sight of its answer."""
    first: dict[str, Sight] = {}
    for sight in seen:
        if sight[1] == "answered":
            first.setdefault(sight[0], sight)
    for call_id, at in answered_at.items():
        _, _, heard_at, fetched_at = first[call_id]
        found.answered += 1
        found.heard_ms.append((heard_at - at) * _MS)
        found.shown_ms.append((fetched_at - at) * _MS)


def tables() -> Iterator[Table]:
    """Pops, verdicts, processor and memory."""
    with tempfile.TemporaryDirectory(prefix="garbo-bench-desks-") as folder:
        found = uvloop.run(_measured(Path(folder)))
    table = Table(title=f"{DESKS} desks, {RATE} calls a second, {TURNS} x {SECONDS:g} s each way, SQLite")
    for column in ("what", "p50", "p99", "highest"):
        table.add_column(column, justify="left" if column == "what" else "right")
    told = found.measured.figures[WITH, "desk_told_ms"]
    for what, taken in (
        (f"answered to the stream's wake-up ({len(told)})", told),
        (f"answered to the browser's event ({found.answered})", found.heard_ms),
        ("answered to the fetched page", found.shown_ms),
        *((f"verdict, {spell}", found.measured.figures[spell, "verdict_ms"]) for spell in SPELLS),
    ):
        table.add_row(what, *(f"{_quantile(taken, share):.1f} ms" for share in (0.5, 0.99, 1.0)))
    without, *others = SPELLS
    for spell in others:
        ratio = [_ratio(found, spell, without, share) for share in (0.5, 0.99)]
        table.add_row(f"verdict, {spell}, against {without}", *(f"{each:.2f}" for each in ratio), "")
    yield table
    rest = Table(title="The gate's process")
    for column in ("what", "figure"):
        rest.add_column(column, justify="left" if column == "what" else "right")
    for name, shares in found.cpu.items():
        rest.add_row(f"processor, {name}", f"{100 * sum(shares) / len(shares):.0f} % of one")
    rest.add_row("verdicts over the deadline of 300 ms", str(found.measured.late))
    for name, size in found.resident_mb.items():
        rest.add_row(f"memory, {name}", f"{size:.0f} MB")
    yield rest


async def _measured(folder: Path) -> Found:
    sys.setswitchinterval(0.0005)  # as `garbo serve`
    return await measure(folder)


def _ratio(found: Found, spell: str, against: str, share: float) -> float:
    ours, theirs = (_quantile(found.measured.figures[each, "verdict_ms"], share) for each in (spell, against))
    return ours / theirs


def _quantile(taken: list[float], share: float) -> float:
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * share))]


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
