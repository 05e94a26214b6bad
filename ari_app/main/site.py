"""
The whole site of people: desk, floor, sign-in, writing, and who tells other programs, wired over one gate.

It begins with what hears of calls (`Site.watch`): the reactor needs that before there are any, the rest the reactor.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from ari_app.calls.reactor import Reactor
from ari_app.calls.telling import CarefulWatch
from ari_app.calls.variables import Signing
from ari_app.config import Settings, read_keyring
from ari_app.desk.book import Book
from ari_app.desk.dialling import Dialling
from ari_app.desk.dispositions import Noting, NotTheirs, WordRefused
from ari_app.desk.notices import Notices
from ari_app.desk.versions import Versions
from ari_app.main.clocks import SystemClock, Ulids
from ari_app.main.courtroom import Courtroom
from ari_app.main.desk import Desk, open_desk
from ari_app.main.desk_book import book_room
from ari_app.main.desk_floor import desk_floor
from ari_app.main.desk_hooks import Hooks, webhooks
from ari_app.main.desk_pages import Behind, desk_pages
from ari_app.main.desk_signin import SignInDesk, sign_in_desk
from ari_app.main.desk_words import desk_words, zones_of
from ari_app.policy.disposition import Disposition
from ari_app.policy.pack import CORE
from ari_app.policy.scripts import Script, Situation, scripts_of
from ari_app.policy.scripts.campaigns import unfit_in
from ari_app.policy.scripts.fields import FieldError, fill, merge_fields
from ari_app.policy.scripts.findings import Finding
from ari_app.policy.scripts.lint import lint
from ari_app.policy.scripts.owed import owed_by
from ari_app.policy.scripts.picture import picture
from ari_app.ports.clock import Clock
from ari_app.ports.dispositions import Noted
from ari_app.ports.floor import Lists
from ari_app.ports.switch import Originator
from ari_app.stores.answers import SqlAnswers
from ari_app.stores.directory import Directory
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.notices import SqlNotices
from ari_app.stores.readings import Readings
from ari_app.stores.scripts import Scripts
from ari_app.web.application import Room
from ari_app.web.floor import CorrectionRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What runs beside the gate for people, and what they see."""

    desk: Desk
    signing_in: SignInDesk
    hooks: Hooks | None
    watch: CarefulWatch
    """Who is told of calls, over whichever door they come: desks first, and whoever is added."""

    def services(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What runs beside the gate, by its name; none returns by itself."""
        hooks = self.hooks
        told = {"webhooks kept": hooks.telling.run, "webhooks sent": hooks.sender.run} if hooks else {}
        return {**self.desk.services(), **told}

    async def flush(self) -> None:
        """Write what waits, at the end. Raises StoreError."""
        await self.desk.flush()
        if self.hooks is not None:
            await self.hooks.telling.flush()


def open_site(settings: Settings, room: Courtroom, signing: Signing, *, clock: Clock | None = None) -> Site:
    """Over an open database; nothing is read or written yet."""
    clock, observer = clock or SystemClock(), room.observer
    told: list[Desk] = []
    signing_in = sign_in_desk(
        settings,
        room.database,
        clock=clock,
        observer=observer,
        moved=lambda operator: told[0].desks.look_again(operator),
    )
    desk = open_desk(settings, room.database, observer=observer, clock=clock, times=signing_in.kept_workers.book)
    told.append(desk)
    hooks = webhooks(settings, room.database, link=signing.link, observer=observer)
    watch = CarefulWatch(desk.desks, observer)
    if hooks is not None:
        watch.add(hooks.telling)
    return Site(desk=desk, signing_in=signing_in, hooks=hooks, watch=watch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the pages need of the gate that they stand beside."""

    room: Courtroom
    reactor: Reactor
    switch: Originator
    signing: Signing
    lists: Callable[[], Lists | None]
    """Campaigns' lists as they were counted last."""
    health: Callable[[], Mapping[str, bool]]
    """What must work, and whether it does."""
    guards: Callable[[], Mapping[str, bool]] = dict
    """What watches beside it, and whether it does."""
    clock: Clock = field(default_factory=SystemClock)


def rooms(settings: Settings, site: Site, gate: Gate) -> tuple[Room, ...]:
    """The parts of the site; who asks who is signed in comes after those that say it."""
    room, clock = gate.room, gate.clock
    database, keyring = room.database, read_keyring(settings.privacy.hash_key_file)
    words = desk_words(settings, room, clock=clock)
    behind = Behind(
        room=room,
        desks=site.desk.desks,
        states=site.desk.states,
        seats=site.signing_in.seats,
        stories=words.stories,
        noting=words.noting,
        contacts=words.contacts,
        dialling=Dialling(
            judge=room.judge,
            switch=gate.switch,
            following=gate.reactor,
            link=gate.signing.link,
            clock=clock,
            ids=Ulids(),
        ),
        notices=Notices(SqlNotices(database), clock),
        versions=Versions(Scripts(database, clock), Readings(database, clock)),
        book=Book(SqlAnswers(database), clock),
        dispositions=SqlDispositions(database, keyring),
    )
    zone = ZoneInfo(zones_of(settings.gate.region)[0])
    return (
        *site.signing_in.rooms,
        *site.desk.rooms(),
        desk_pages(behind, clock=clock, observer=room.observer, zone=zone),
        book_room(database, clock, lint=_ScriptLint(room), picture=picture, fill=_filled),
        desk_floor(
            settings,
            room,
            keyring=keyring,
            clock=clock,
            lists=gate.lists,
            health=gate.health,
            guards=gate.guards,
            scopes=site.signing_in.workers,
            correcting=_Correcting(words.noting),
            events=True,
        ),
    )


class _ScriptLint:
    """Looks at a script as the packs of the campaigns do that it may be spoken in; of none: as `core` does."""

    def __init__(self, room: Courtroom) -> None:
        self._room = room
        self._directory = Directory(room.database)

    def __call__(self, script: Script) -> tuple[Finding, ...]:
        named = [each for each in self._directory.campaigns() if script.id in scripts_of(each)]
        ids = dict.fromkeys((CORE, *(pack for campaign in named for pack in campaign.packs)))
        at_hand = [pack for pack in map(self._room.packs.get, ids) if pack is not None]
        owed = owed_by(script, at_hand)
        found = lint(script, required=owed.required, before_offer=owed.before_offer, only_for=owed.only_for)
        return (*found, *unfit_in(script, named))


class _Correcting:
    """Words corrected on the floor: what is refused is told as the floor's pages tell it."""

    def __init__(self, noting: Noting) -> None:
        self._noting = noting

    async def correct(
        self,
        call_id: str,
        *,
        supervisor: str,
        recording: str,
        word: Disposition,
        note: str = "",
        due_at: datetime | None = None,
        value: str = "",
    ) -> Noted:
        try:
            return await self._noting.correct(
                call_id,
                supervisor=supervisor,
                recording=recording,
                word=word,
                note=note,
                due_at=due_at,
                value=value,
            )
        except WordRefused as refused:
            why = "; ".join(reason.text for reason in refused.reasons) or str(refused)
            raise CorrectionRefusedError(why, first_allowed=refused.first_allowed) from refused
        except NotTheirs as refused:
            raise CorrectionRefusedError(str(refused)) from refused


_SOMEBODY = {"it": "il committente", "en": "the principal"}


def _filled(text: str, situation: Situation, *, operator: str, language: str) -> str:
    """Words for a callee who is made up; what cannot be filled stands as it is written."""
    somebody = _SOMEBODY.get(language, _SOMEBODY["en"])
    try:
        return fill(text, merge_fields(situation, language=language, operator=operator, principal_name=somebody))
    except FieldError:
        return text
