"""The floor over a real database with an invented day, and people who look at it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import delete, insert, update

from ari_app.desk.floor import Floor, Viewer
from ari_app.policy.disposition import Disposition
from ari_app.policy.request import Campaign, Mode, Operator, Role
from ari_app.policy.scripts import Script
from ari_app.ports.dispositions import Word
from ari_app.ports.floor import Lists, ListStanding, RegisterStanding
from ari_app.sight import StructlogObserver
from ari_app.stores.callbacks import Callbacks
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings
from ari_app.stores.floor_figures import FloorFigures, SqlFloor
from ari_app.stores.packs import PackFolder
from ari_app.stores.tables import (
    campaign_hour,
    campaign_route,
    disposition,
    hour_count,
    live_call,
    operator_state,
    walk_step,
)
from ari_app.web import create_app
from ari_app.web.access import PERSON, Handler, Person
from ari_app.web.floor import CorrectionRefusedError, FloorServices, floor_room
from tests.stores.a_day import DAY, WINTER, Made, Past, two_campaigns
from tests.stores.databases import fresh, sqlite_template
from tests.stores.samples import AUTUMN, KEYRING, NOW, SetClock
from tests.web.conftest import SCRIPT, InventedPages, NoDeliveries

__all__ = ["sqlite_template"]

Client: TypeAlias = "TestClient[Any, Any]"
SECRET_NOTE = "said something in confidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A scope that a test sets."""

    singly: bool = False
    teams: tuple[frozenset[str], ...] = ()


@dataclass(slots=True)
class House:
    """Everything behind the floor, to be changed by a test."""

    database: Database
    directory: Directory
    past: Past
    clock: SetClock
    scope: Seen = Seen(teams=(frozenset({"nord", ""}),))
    health: dict[str, bool] = field(default_factory=lambda: {"ari": True, "database": True})
    guards: dict[str, bool] = field(default_factory=lambda: {"ami": True})
    lists: Lists | None = None
    counted: int = 0
    corrected: list[dict[str, Any]] = field(default_factory=list)
    refuses: CorrectionRefusedError | None = None

    async def figures_scope(self, _: Viewer) -> Seen:
        """Implements desk.floor.Scopes."""
        return self.scope

    async def campaigns(self) -> tuple[Campaign, ...]:
        """Implements desk.floor.People, and counts how often figures were counted."""
        self.counted += 1
        return self.directory.campaigns()

    async def operator(self, operator_id: str) -> Operator | None:
        """Implements desk.floor.People."""
        return self.directory.operator(operator_id)

    async def correct(self, call_id: str, **said: Any) -> object:
        """Implements web.floor.Correcting: the word is noted, and gets its recording."""
        if self.refuses is not None:
            raise self.refuses
        self.corrected.append({"call_id": call_id, **said})
        word = Word(
            call_id=call_id,
            disposition=said["word"],
            operator=said["supervisor"],
            at=self.clock.now(),
            note=said["note"],
        )
        self.past.words.note(word)
        last = (disposition.c.call_id == call_id) & (disposition.c.operator == said["supervisor"])
        self.database.write(lambda c: c.execute(update(disposition).where(last).values(recording=said["recording"])))
        return word

    def services(self) -> FloorServices:
        """For the room."""
        packs = PackFolder(None, StructlogObserver(), self.clock)

        async def script(script_id: str, version: str) -> Script | None:
            return replace(SCRIPT, id=script_id, version=version)

        return FloorServices(
            floor=Floor(
                book=SqlFloor(FloorFigures(self.database, KEYRING), asyncio.to_thread),
                people=self,
                packs=packs,
                lists=lambda: self.lists,
                health=lambda: self.health,
                guards=lambda: self.guards,
                scopes=self,
                clock=self.clock,
                gates=("garbo-a",),
            ),
            packs=packs,
            script=script,
            served=lambda _: SCRIPT,
            correcting=self,
            clock=self.clock,
            region="IT",
        )


PEOPLE = {
    "sara": Person(id="sara", name="Sara Conti", language="it", role=Role.SUPERVISOR, csrf="s-token"),
    "sam": Person(id="sara", name="Sam Count", language="en", role=Role.SUPERVISOR, csrf="s-token"),
    "wanda": Person(id="wanda", name="Wanda", language="en", role=Role.SUPERVISOR, csrf="w-token"),
    "ada": Person(id="ada", name="Ada", language="en", role=Role.ADMIN, csrf="a-token"),
    "aldo": Person(id="aldo", name="Aldo", language="it", role=Role.AUDITOR, csrf="l-token"),
    "anna": Person(id="anna", name="Anna", language="it", role=Role.OPERATOR, csrf="n-token"),
    "ghost": Person(id="ghost", name="Ghost", language="it", role=Role.SUPERVISOR, csrf="g-token"),
}


@web.middleware
async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whoever the cookie names is signed in."""
    person = PEOPLE.get(request.cookies.get("person", ""))
    if person is not None:
        request[PERSON] = person
    return await handler(request)


def with_door(app: web.Application) -> None:
    """A room of its own."""
    app.middlewares.append(door)


def lists_of(now: datetime) -> Lists:
    """Two campaigns' contacts, one register."""
    register = RegisterStanding(
        register="RPO",
        clear=8_120,
        listed=1_204,
        missing=310,
        expired=42,
        expiring=512,
        runs_out_at=now + timedelta(hours=30),
    )
    return Lists(
        counted_at=now - timedelta(minutes=3),
        campaigns=(
            ListStanding(campaign=AUTUMN.id, contacts=9_676, callable=7_702, registers=(register,)),
            ListStanding(campaign=WINTER.id, contacts=1_200, callable=66, registers=()),
        ),
        published=(
            ("contacts", "fastnet", now - timedelta(days=2)),
            ("customers", "fastnet", now - timedelta(hours=5)),
            ("screening:RPO", "fastnet", now - timedelta(days=13)),
            ("suppressions", "", now - timedelta(days=40)),
        ),
        registers=(("TPS", now - timedelta(days=6)),),
    )


@pytest.fixture
def empty_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Two campaigns and people; nobody has called."""
    with house_in(fresh(request, tmp_path, "sqlite")) as made:
        furnish(made)
        yield made


@pytest.fixture(scope="session")
def a_day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Made]]:
    """A database in which a day is well under way, to be copied, and the calls in it."""
    url = fresh(request, tmp_path_factory.mktemp("day"), "sqlite")
    with house_in(url) as made:
        furnish(made)
        made.past.go_by(260)
        go_about(made)
        made.database.checkpoint()
        return Path(url.removeprefix("sqlite:///")), made.past.made


@pytest.fixture
def house(a_day: tuple[Path, list[Made]], tmp_path: Path) -> Iterator[House]:
    """A day that is well under way."""
    template, calls = a_day
    shutil.copy(template, tmp_path / "day.db")
    with house_in(f"sqlite:///{tmp_path / 'day.db'}", calls) as made:
        made.lists = lists_of(NOW)
        yield made


@contextmanager
def house_in(url: str, calls: Sequence[Made] = ()) -> Iterator[House]:
    """A house over this database."""
    database = Database.open(StoreSettings(url=url))
    past = Past(database, 11, calls)
    past.clock.at = NOW
    yield House(database=database, directory=Directory(database), past=past, clock=past.clock)
    database.close()


def furnish(house: House) -> None:
    """Campaigns and people."""
    two_campaigns(house.database)
    house.directory.add_operator(Operator(id="aldo", endpoint="PJSIP/a", language="it", role=Role.AUDITOR))
    wanda = Operator(id="wanda", endpoint="PJSIP/w", language="en", role=Role.SUPERVISOR, campaigns=(WINTER.id,))
    house.directory.add_operator(wanda)


def go_about(house: House) -> None:
    """Shadow mode, promises, what people do, calls under way, a route."""
    house.directory.set_campaign(WINTER.id, packs_mode=Mode.SHADOW)
    promises = Callbacks(house.database, KEYRING, SetClock(NOW - timedelta(days=1)))
    for place, hours in enumerate((-3, -1, 2, 5)):
        number, due = f"+39333000{place:04}", NOW + timedelta(hours=hours)
        promises.promise(number, campaign_id=AUTUMN.id, due_at=due, operator="anna")
    states = (("anna", "in_call"), ("bruno", "available"), ("carla", "break"))
    rows = [{"operator": who, "state": state, "since": NOW - timedelta(minutes=7)} for who, state in states]
    conditions = '{"customer": ["ended"]}'
    route = {"campaign": AUTUMN.id, "position": 1, "conditions": conditions, "script": "offerta", "variant": "former"}

    def work(connection: Any) -> None:
        connection.execute(insert(operator_state), rows)
        connection.execute(insert(campaign_route), route)
        connection.execute(insert(live_call), list(under_way(house.past.made)))

    house.database.write(work)


def under_way(calls: Sequence[Made]) -> Iterator[dict[str, object]]:
    """How far the calls have come that did not end."""
    phases = ("answered", "ringing", "dialled")
    for place, (said, outcome, _) in enumerate(calls):
        if said.verdict == "permit" and outcome is None:
            yield {
                "call_id": said.call_id,
                "gate": "garbo-a",
                "campaign": said.campaign,
                "operator": "anna",
                "phone": "PJSIP/anna",
                "phase": phases[place % 3],
                "decided_at": said.decided_at,
                "changed_at": NOW,
                "answered_at": NOW - timedelta(seconds=97) if place % 3 == 0 else None,
            }


@pytest.fixture
def showroom(empty_house: House) -> House:
    """A morning as it might be, for pictures: thousands of calls, counted, and some of the last minutes."""
    house = empty_house
    house.past.go_by(44, since=NOW - timedelta(minutes=4), lasting=timedelta(minutes=4))
    house.lists = lists_of(NOW)
    go_about(house)
    codes = {"already_customer": 71, "screening_missing": 38, "contacted_recently": 33, "consent_missing": 19}
    counts = [("permit", "", 412), *(("deny", code, number) for code, number in codes.items())]
    counts += [
        ("defer", "outside_calling_window", 6),
        ("deny", "suppressed_principal", 11),
        ("deny", "number_invalid", 2),
    ]
    counts += [
        ("ended", "answered", 131),
        ("ended", "no_answer", 190),
        ("ended", "busy", 61),
        ("ended", "abandoned", 2),
    ]
    hours, spoken_on = [], []
    for hour, share in ((8, 0.6), (9, 1.0), (10, 0.26)):
        for campaign, part in ((AUTUMN.id, 1.0), (WINTER.id, 0.3)):
            at = DAY + timedelta(hours=hour)
            spoken_on.append(
                {"campaign": campaign, "hour": at, "put_through": int(131 * share * part) + 40, "silent": 1}
            )
            for what, word, number in counts:
                row = {
                    "hour": at,
                    "campaign": campaign,
                    "what": what,
                    "word": word,
                    "number": int(number * share * part),
                }
                hours.append(row)
    hours.append({"hour": DAY, "campaign": WINTER.id, "what": "would_refuse", "word": "already_customer", "number": 57})

    def work(connection: Any) -> None:
        connection.execute(delete(hour_count))
        connection.execute(delete(campaign_hour))
        connection.execute(insert(hour_count), hours)
        connection.execute(insert(campaign_hour), spoken_on)

    house.database.write(work)
    return house


@pytest.fixture
def spoken(house: House) -> str:
    """A call with a walk and a word, which has a note."""
    past = [said for said, outcome, _ in house.past.made if outcome == "answered" and said.decided_at < NOW]
    said = max(past, key=lambda said: said.mode == "enforce")
    call_id = said.call_id
    house.past.words.note(
        Word(call_id=call_id, disposition=Disposition.REFUSED, operator="anna", at=NOW, note=SECRET_NOTE)
    )
    steps = [("saluto", "", "who why", 5), ("chi", "", "", 12)]
    taken = [
        {
            "call_id": call_id,
            "seq": place,
            "step": step,
            "answer": answer,
            "discloses": told,
            "operator": "anna",
            "at": said.decided_at + timedelta(seconds=10 + seconds),
        }
        for place, (step, answer, told, seconds) in enumerate(steps, 1)
    ]
    house.database.write(lambda connection: connection.execute(insert(walk_step), taken))
    return call_id


@pytest.fixture
async def server(request: pytest.FixtureRequest) -> AsyncIterator[TestServer]:
    """The site with the floor in it; over `house`, unless a test asked for the empty one alone."""
    empty = "empty_house" in request.fixturenames and "house" not in request.fixturenames
    of: House = request.getfixturevalue("empty_house" if empty else "house")
    app = create_app(
        pages=InventedPages(),
        keyring=KEYRING,
        clock=of.clock,
        ready=lambda: of.health,
        metrics=bytes,
        deliveries=NoDeliveries(),
        rooms=(with_door, floor_room(of.services())),
    )
    running = TestServer(app)
    async with running:
        yield running


@dataclass(slots=True)
class Visitor:
    """Somebody's browser without JavaScript."""

    client: Client
    who: str

    async def get(self, path: str, *, status: int = 200) -> str:
        """A page, with the status that it should have."""
        async with self.client.get(path, cookies={"person": self.who}, allow_redirects=False) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return text

    async def post(self, path: str, **fields: str) -> tuple[int, str, Mapping[str, str]]:
        """Status, text and headers of the answer to a form."""
        fields.setdefault("csrf", PEOPLE[self.who].csrf)
        cookies = {"person": self.who}
        async with self.client.post(path, data=fields, cookies=cookies, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers


@pytest.fixture
async def visit(server: TestServer) -> AsyncIterator[Callable[[str], Visitor]]:
    """Who looks, by name."""
    client: Client
    async with TestClient(server, cookie_jar=None) as client:
        yield lambda who: Visitor(client, who)
