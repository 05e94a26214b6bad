"""The gate and its whole site in one process, over an installation on disk; the switch alone is invented."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from yarl import URL

from ari_app.calls.call import Ports
from ari_app.calls.reactor import Reactor
from ari_app.calls.variables import Signing
from ari_app.config import Settings, load_settings, read_keyring
from ari_app.main.books import open_database
from ari_app.main.courtroom import Courtroom, open_courtroom
from ari_app.main.deliveries import BrandDeliveries
from ari_app.main.services import ScriptPages
from ari_app.main.site import Gate, Site, open_site, rooms
from ari_app.policy.events import CallAsked, ChannelGone, DialStatus, LegDialled
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door
from ari_app.sight import StructlogObserver
from ari_app.web import create_app
from tests.fakes.switch import FakeSwitch
from tests.web.site.installation import PASSWORD, a_working_morning

SIGNED_IN = ("anna", "bruno", "sara", "aude", "admin")


@dataclass(slots=True)
class ShiftedClock:
    """The present, so far ahead as the test sets it."""

    ahead: timedelta = field(default_factory=lambda: a_working_morning() - datetime.now(UTC))

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC) + self.ahead

    def pass_by(self, time: timedelta) -> None:
        """Set it forward."""
        self.ahead += time

    def set(self, at: datetime) -> None:
        """Set it to an instant."""
        self.ahead = at - datetime.now(UTC)


async def until(so: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    async with asyncio.timeout(20):
        while not so():  # noqa: ASYNC110  what is waited for rings no bell
            await asyncio.sleep(0.005)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser was told."""

    status: int
    text: str
    headers: dict[str, str]


class Person:
    """Somebody's browser without JavaScript."""

    def __init__(self, client: ClientSession, name: str) -> None:
        """Nobody is signed in yet."""
        self.client = client
        self.name = name
        self.csrf = ""

    async def ask(self, method: str, path: str, **kwargs: Any) -> Answer:
        """Any request; redirects are not followed."""
        async with self.client.request(method, path, allow_redirects=False, **kwargs) as answer:
            raw = await answer.read()
            return Answer(answer.status, raw.decode("utf-8", "replace"), dict(answer.headers))

    async def get(self, path: str, **kwargs: Any) -> Answer:
        """A page."""
        return await self.ask("GET", path, **kwargs)

    async def send(self, path: str, **fields: str) -> Answer:
        """A form, with the session's token."""
        return await self.ask("POST", path, data={"csrf": self.csrf, **fields})

    async def sign_in(self, password: str = PASSWORD) -> None:
        """As the form does."""
        shown = await self.get("/login")
        form = re.search(r'name="form" value="([^"]*)"', shown.text)
        assert form is not None
        done = await self.ask(
            "POST", "/login", data={"name": self.name, "password": password, "form": form[1], "to": ""}
        )
        assert done.status == 303, done.text
        page = await self.get("/password")
        found = re.search(r'name="csrf" value="([^"]*)"', page.text)
        assert found is not None, page.text
        self.csrf = found[1]


@dataclass(slots=True, kw_only=True)
class WiredSite:
    """A gate, its site and the people at it."""

    folder: Path
    settings: Settings
    room: Courtroom
    site: Site
    reactor: Reactor
    switch: FakeSwitch
    clock: ShiftedClock
    app: web.Application
    root: URL
    log: io.StringIO
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    """By the call's id."""
    _stack: AsyncExitStack
    _calls: int = 0

    def __getattr__(self, name: str) -> Person:
        """Somebody who is signed in, by name."""
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    async def browser(self, name: str, *, signed_in: bool = True, **headers: str) -> Person:
        """One more browser; it is closed with the site."""
        jar = CookieJar(unsafe=True)  # cookies of an address that is no name
        client = await self._stack.enter_async_context(ClientSession(self.root, cookie_jar=jar, headers=headers))
        person = Person(client, name)
        if signed_in:
            await person.sign_in()
        return person

    async def call(self, dialled: str, *, phone: str = "PJSIP/101", campaign: str = "luce", operator: str = "") -> str:
        """A phone dials; the verdict's call id. The channel is the call's."""
        self._calls += 1
        channel = f"chan-{id(self)}-{self._calls}"
        self.switch.add(channel)
        before = {call.call_id for call in self.site.desk.desks.live()}
        ask = Ask(
            dialled=dialled,
            door=Door.STASIS,
            endpoint=phone,
            channel_id=channel,
            campaign=campaign,
            operator=operator,
            idempotency_key=f"pbx/{channel}",
        )
        self.reactor.handle(CallAsked(channel_id=channel, at=self.clock.now(), ask=ask, entry="1"))
        live = self.site.desk.desks.live
        await until(lambda: channel in (*self.switch.allowed, *self.switch.refused))
        await until(lambda: bool({each.call_id for each in live()} - before))
        (call_id,) = {each.call_id for each in live()} - before
        self.channels[call_id] = channel
        return call_id

    async def dial(self, call_id: str, status: DialStatus = DialStatus.ANSWER) -> None:
        """The leg to the callee rings, or is answered."""
        channel = self.channels[call_id]
        leg = f"leg-{channel}"
        for each in (DialStatus.DIALLED, DialStatus.RINGING, status):
            if leg not in self.switch.live:
                self.switch.add(leg, in_gate=False)
            self.reactor.handle(
                LegDialled(channel_id=channel, leg_id=leg, leg_name="PJSIP/trunk", at=self.clock.now(), status=each)
            )
        if status is DialStatus.ANSWER:
            live = self.site.desk.desks.live
            await until(lambda: any(each.call_id == call_id and each.answered_at for each in live()))

    async def hang_up(self, call_id: str) -> None:
        """Both ends are gone, and the end is on record."""
        channel = self.channels[call_id]
        for each in (f"leg-{channel}", channel):
            self.switch.hang_up(each)
            self.reactor.handle(ChannelGone(channel_id=each, at=self.clock.now(), cause=16))
        await until(lambda: f'"{call_id}", "outcome"' in self.log.getvalue())

    async def talk(self, dialled: str, **kwargs: str) -> str:
        """A call that was answered; it must be permitted."""
        call_id = await self.call(dialled, **kwargs)
        record = await self.record(call_id)
        assert record.verdict == "permit", [reason.text for reason in record.reasons]
        await self.dial(call_id)
        return call_id

    async def record(self, call_id: str) -> VerdictRecord:
        """The verdict on record."""
        record = await self.room.verdicts.show(call_id)
        assert record is not None
        return record

    async def verdict(self, dialled: str, *, campaign: str = "luce", operator: str = "anna") -> VerdictRecord:
        """What a call would get now."""
        return await self.room.judge.preview(
            Ask(dialled=dialled, door=Door.CHECK, campaign=campaign, operator=operator), at=self.clock.now()
        )


@asynccontextmanager
async def wired(
    folder: Path, *, clock: ShiftedClock | None = None, switch: FakeSwitch | None = None
) -> AsyncIterator[WiredSite]:
    """The gate over this installation; a second one over the same folder and switch is its next life."""
    clock, log = clock or ShiftedClock(), io.StringIO()
    settings = load_settings(folder / "garbo.toml", {"GARBO_GATE__DEADLINE_MS": "5000"})
    observer = StructlogObserver(log)
    switch = switch or FakeSwitch(phones={"PJSIP/101", "PJSIP/102"})
    database = open_database(settings)
    keyring = read_keyring(settings.privacy.hash_key_file)
    hours = timedelta(hours=4)
    signing = Signing(keyring=keyring, permit_valid=hours, link_valid=hours, public_url=settings.web.public_url)
    async with AsyncExitStack() as stack:
        stack.callback(database.close)
        room = open_courtroom(settings, database, clock=clock, observer=observer)
        stack.push_async_callback(room.close)
        room.registers.go_to_work()
        room.scripts.import_files()
        room.scripts.refresh()
        site = open_site(settings, room, signing, clock=clock)
        ports = Ports(
            switch=switch,
            judge=room.judge,
            verdicts=room.verdicts,
            observer=observer,
            clock=clock,
            signing=signing,
            watch=site.watch,
        )
        reactor = Reactor(ports, gate=settings.asterisk.app)
        stack.push_async_callback(reactor.close)
        app = create_app(
            pages=ScriptPages(room),
            keyring=keyring,
            clock=clock,
            ready=dict,
            metrics=bytes,
            deliveries=BrandDeliveries(database, keyring, clock),
            rooms=rooms(
                settings,
                site,
                Gate(
                    room=room,
                    reactor=reactor,
                    switch=switch,
                    signing=signing,
                    lists=lambda: None,
                    health=dict,
                    clock=clock,
                ),
            ),
        )
        beside = [asyncio.ensure_future(service()) for service in site.services().values()]

        async def end() -> None:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await site.flush()

        stack.push_async_callback(end)
        server = await stack.enter_async_context(TestServer(app))
        browsers = await stack.enter_async_context(AsyncExitStack())
        found = WiredSite(
            folder=folder,
            settings=settings,
            room=room,
            site=site,
            reactor=reactor,
            switch=switch,
            clock=clock,
            app=app,
            root=server.make_url("/"),
            log=log,
            _stack=browsers,
        )
        await reactor.resync(await switch.channels())
        for name in SIGNED_IN:
            found.people[name] = await found.browser(name)
        yield found
