"""The whole site as `main` wires it, over a real database: a brand and its books, people, calls under way."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import BaseTestServer, TestServer
from argon2 import PasswordHasher

from ari_app.calls.call import Ports
from ari_app.calls.reactor import Reactor
from ari_app.calls.variables import Signing
from ari_app.config import load_settings, read_or_create_keyring
from ari_app.desk.book import AnswerText, Book
from ari_app.desk.feedback import Said
from ari_app.desk.notices import Notices
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom, open_courtroom
from ari_app.main.site import Gate, Site, open_site, rooms
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door, Operator, Role
from ari_app.stores import installation
from ari_app.stores.answers import SqlAnswers
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.feedback import SqlFeedback
from ari_app.stores.logins import LoginBook
from ari_app.stores.notices import SqlNotices
from ari_app.stores.passwords import Passwords
from ari_app.web import create_app
from tests.fakes.switch import FakeSwitch
from tests.fakes.world import campaign
from tests.stores.databases import fresh
from tests.web.conftest import InventedPages, NoDeliveries
from tests.web.signing_in import Heard

PASSWORD = "un gatto sul tetto (test)"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LANGUAGES = ("it", "en")
SCENES = ("idle", "ringing", "talking", "after")
"""What operators are in the midst of: one in each language."""
_NAMES = {
    "it": ("Anna Bianchi", "Bruno Neri", "Carla Conti", "Dario Villa", "Sara Galli", "Ada Ferri", "Aldo Riva"),
    "en": ("Alice Reed", "Ben Shaw", "Clare Hope", "Dan Moss", "Sue Grant", "Ava Lane", "Alan Pike"),
}
"""In the order of the scenes, then of `OVERSEEING`; nobody is called as somebody else."""
OVERSEEING = (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)


def who(part: str, language: str) -> str:
    """The id of whoever is in a scene, or has a role."""
    return _NAMES[language][(*SCENES, *OVERSEEING).index(part)].partition(" ")[0].lower()


ANSWERS = (
    AnswerText(
        id="whence",
        topic="numbers",
        question={"it": "Da dove viene il numero?", "en": "Where does the number come from?"},
        text={
            "it": "Dall'elenco dei clienti di Lumina. Può chiedere in ogni momento che sia cancellato.",
            "en": "From Lumina's list of customers. They may ask at any time for it to be erased.",
        },
    ),
    AnswerText(
        id="price",
        topic="prices",
        question={"it": "Perché il prezzo è cambiato?", "en": "Why has the price changed?"},
        text={
            "it": "Il contratto segue l'indice dei prezzi, una volta l'anno; la lettera è partita il 2 novembre.",
            "en": "The contract follows the price index once a year; the letter went out on 2 November.",
        },
        principal="lumina",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A site that is served."""

    server: BaseTestServer
    site: Site
    room: Courtroom
    call_id: str
    """One that was permitted, answered and is over."""

    def url(self, path: str) -> str:
        """Of a page."""
        return str(self.server.make_url(path))


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Whatever lies in it before anybody calls."""
    file = tmp_path / "garbo.toml"
    file.write_text(f'[database]\nurl = "{fresh(request, tmp_path, "sqlite")}"\n[gate]\ndeadline_ms = 5000\n')
    settings = load_settings(file, {})
    keyring = read_or_create_keyring(settings.privacy.hash_key_file)
    opened = open_database(settings)
    installation.claim(opened, keyring.key_id)
    _people(opened)
    _books(opened)
    yield opened
    opened.close()


@pytest.fixture
async def whole(database: Database, tmp_path: Path) -> AsyncIterator[Whole]:
    """Served, with a call in each phase at the desks of both languages."""
    settings = load_settings(tmp_path / "garbo.toml", {})
    keyring = read_or_create_keyring(settings.privacy.hash_key_file)
    room = open_courtroom(settings, database, observer=Heard())
    room.scripts.import_files()
    room.scripts.refresh()
    hours = timedelta(hours=4)
    signing = Signing(keyring=keyring, permit_valid=hours, link_valid=hours, public_url="http://127.0.0.1")
    site, switch = open_site(settings, room, signing), FakeSwitch()
    ports = Ports(
        switch=switch,
        judge=room.judge,
        verdicts=room.verdicts,
        observer=room.observer,
        clock=SystemClock(),
        signing=signing,
        watch=site.watch,
    )
    reactor = Reactor(ports, gate=settings.asterisk.app)
    gate = Gate(
        room=room,
        reactor=reactor,
        switch=switch,
        signing=signing,
        lists=lambda: None,
        health=lambda: {"ari": True, "database": True},
    )
    app = create_app(
        pages=InventedPages(),
        keyring=keyring,
        clock=SystemClock(),
        ready=dict,
        metrics=bytes,
        deliveries=NoDeliveries(),
        rooms=rooms(settings, site, gate),
    )
    call_id = [await _calls(site, room, language) for language in LANGUAGES][-1]
    server = TestServer(app)
    async with server:
        yield Whole(server=server, site=site, room=room, call_id=call_id)
    await reactor.close()
    await room.close()


def _people(database: Database) -> None:
    directory = Directory(database)
    directory.add_principal("lumina", name="Lumina (invented)", country="IT")
    directory.add_campaign(campaign(script="acquisition"))
    logins = LoginBook(database, Passwords(QUICK), SystemClock())
    for language in LANGUAGES:
        parts = (*((scene, Role.OPERATOR) for scene in SCENES), *((role.value, role) for role in OVERSEEING))
        for place, ((part, role), name) in enumerate(zip(parts, _NAMES[language], strict=True)):
            at_work = role is Role.OPERATOR
            person = Operator(
                id=who(part, language),
                endpoint=f"PJSIP/{LANGUAGES.index(language) + 1}0{place + 1}" if at_work else "",
                language=language,
                name=name,
                role=role,
                campaigns=("autumn",) if at_work else (),
            )
            directory.add_operator(person)
            logins.set_password(person.id, PASSWORD, must_change=False)


@dataclass(frozen=True, slots=True)
class _Who:
    id: str
    role: Role


def _books(database: Database) -> None:
    clock, book = SystemClock(), Book(SqlAnswers(database), SystemClock())
    sara, anna = _Who(who("supervisor", "en"), Role.SUPERVISOR), _Who(who("idle", "en"), Role.OPERATOR)
    for answer in ANSWERS:
        version = book.add(sara, answer)
        book.approve(_Who(who("admin", "en"), Role.ADMIN), answer.id, version)
    notices = Notices(SqlNotices(database), clock)
    notices.add(sara, title="Router", text="The white router is out of stock until Monday.\nPromise no date before.")
    notices.add(sara, title="Strike of the couriers", text="Parcels to Sicily take three days longer.")
    said = Said(SqlFeedback(database), clock)
    said.add(
        anna, campaign="autumn", topic="The letter", text="Callees do not understand the second page of the letter."
    )
    said.add(anna, campaign="autumn", topic="Opening hours", text="Three asked for a shop that is open on Saturdays.")


async def _calls(site: Site, room: Courtroom, language: str) -> str:
    """One call a scene."""
    watch, place = site.watch, LANGUAGES.index(language)
    records: dict[str, VerdictRecord] = {}
    for number, scene in enumerate(("ringing", "talking", "after")):
        operator = who(scene, language)
        ask = Ask(
            dialled=f"+39333000{place}{number:03}",
            door=Door.STASIS,
            campaign="autumn",
            operator=operator,
            channel_id=f"channel-{operator}",
        )
        record = records[scene] = await room.judge.judge(ask)
        assert record.verdict == "permit", record.reasons
        watch.judged(record, channel_id=ask.channel_id, phone=f"PJSIP/{operator}")
        watch.ringing(record.call_id, SystemClock().now())
    for scene in ("talking", "after"):
        watch.answered(records[scene].call_id, SystemClock().now())
    over = records["after"]
    watch.ended(over.call_id, "answered", SystemClock().now())
    return over.call_id
