"""
The desk's page over a floor of its own: calls live and die by being told so, words and walks are on record in SQLite.

Nothing here answers from a list of answers: each part keeps its state and follows from what was done before.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp_sse import sse_response

from ari_app.desk.walks import Walks
from ari_app.policy.disposition import Disposition
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Role
from ari_app.ports.dispositions import Noted, Word
from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.key_maps import SqlKeyMaps
from ari_app.stores.walks import SqlWalkSteps
from ari_app.web.access import PERSON, Handler, Person, only, person_of
from ari_app.web.application import Room
from ari_app.web.desk.services import (
    BookAnswer,
    DeskServices,
    DueCallback,
    NextContact,
    PastContact,
    Refusal,
    Story,
    Unread,
)
from tests.desk.samples import CARLA, MARIO, OneScript, fill_directory, judged, live, situation_of
from tests.stores.samples import KEYRING, NOW, SetClock

ROME = ZoneInfo("Europe/Rome")
PEOPLE = {
    "anna": Person(id="anna", name="Anna Bianchi", language="it", role=Role.OPERATOR, csrf="anna-test-token"),
    "bruno": Person(id="bruno", name="Bruno Neri", language="en", role=Role.OPERATOR, csrf="bruno-test-token"),
    "dora": Person(id="dora", name="Dora Verdi", language="it", role=Role.AUDITOR, csrf="dora-test-token"),
}
NAMES = {MARIO: "Mario Rossi", CARLA: "Carla Conti"}


@dataclass
class Switchboard:
    """Implements services.Desks and States: a state machine of calls, as their events tell it."""

    calls: dict[str, LiveCall] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    hearing: set[tuple[str, "asyncio.Event"]] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)
    closed: bool = False

    def of(self, operator: str) -> LiveCall | None:
        """Their call."""
        return self.calls.get(operator)

    def mark(self, operator: str) -> str:
        """Of what they were told last."""
        return f"life.{self.told[operator]}"

    def look_again(self, operator: str) -> None:
        """As the service."""
        self.tell(operator)

    def done(self, operator: str, call_id: str) -> None:
        """The work after it is over."""
        if operator in self.calls and self.calls[operator].call_id == call_id:
            del self.calls[operator]
            self.states[operator] = "available"
            self.tell(operator)

    def judged(self, record: VerdictRecord) -> None:
        """There is a verdict."""
        self._put(live(record, Phase.DIALLED if record.verdict == "permit" else Phase.REFUSED))

    def ringing(self, operator: str) -> None:
        """The callee's phone rings."""
        self._put(replace(self.calls[operator], phase=Phase.RINGING))

    def answered(self, operator: str) -> None:
        """Somebody answered."""
        call = self.calls[operator]
        assert call.phase in (Phase.DIALLED, Phase.RINGING)
        self._put(replace(call, phase=Phase.ANSWERED, answered_at=NOW), "in_call")

    def ended(self, operator: str) -> None:
        """The call is over."""
        call = self.calls[operator]
        assert call.phase is not Phase.REFUSED
        self._put(replace(call, phase=Phase.ENDED), "after_call")

    def _put(self, call: LiveCall, state: str = "") -> None:
        self.calls[call.operator] = call
        if state:
            self.states[call.operator] = state
        self.tell(call.operator)

    def tell(self, operator: str) -> None:
        """Look again."""
        self.told[operator] += 1
        for who, event in self.hearing:
            if who == operator:
                event.set()

    async def close(self, _: web.Application) -> None:
        """Whoever still hears is let go."""
        self.closed = True
        for _who, event in self.hearing:
            event.set()

    async def changes(self, operator: str) -> AsyncIterator[str]:
        """Level-triggered: at once, then each time something is told."""
        own = (operator, asyncio.Event())
        own[1].set()  # what was told before the page listened
        self.hearing.add(own)
        try:
            while not self.closed:
                await own[1].wait()
                own[1].clear()
                yield self.mark(operator)
        finally:
            self.hearing.discard(own)


@dataclass
class StateBook:
    """Implements services.States over the switchboard's."""

    board: Switchboard

    async def of(self, operator: str) -> str:
        """Now."""
        return self.board.states.get(operator, "available")

    async def set(self, operator: str, state: str) -> bool:
        """From now on, but not in a call."""
        if self.board.states.get(operator) == "in_call":
            return False
        self.board.states[operator] = state
        self.board.tell(operator)
        return True


@dataclass
class Floor:
    """Everything behind the page; implements the rest of the services."""

    database: Database
    clock: SetClock = field(default_factory=SetClock)
    board: Switchboard = field(default_factory=Switchboard)
    down: bool = False
    queue: list[tuple[str, str]] = field(default_factory=lambda: [(CARLA, "Carla Conti")])
    promised: list[DueCallback] = field(default_factory=list)
    promiser: str = "anna"
    unread: list[Unread] = field(default_factory=list)
    offer: str = "deny"
    needs: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The book and what writes into it."""
        self.book: VerdictBook = fill_directory(self.database)
        self.words = SqlDispositions(self.database, KEYRING)
        self.key_maps = SqlKeyMaps(self.database)
        self.steps = SqlWalkSteps(self.database)

    def services(self) -> DeskServices:
        """For the room."""
        walks = Walks(steps=self.steps, scripts=OneScript(), offers=self, situation_of=situation_of, clock=self.clock)
        return DeskServices(
            desks=self.board,
            states=StateBook(self.board),
            calls=self,
            walks=walks,
            stories=Tales(self),
            wording=Filling(self),
            noting=self,
            contacts=self,
            dialling=Dialler(self),
            reading=Shelf(self),
            phones=Seats(),
            key_maps=self.key_maps,
            clock=self.clock,
            zone=ROME,
        )

    # what happens

    def judge(self, operator: str = "anna", **how: str) -> VerdictRecord:
        """A verdict on a call of theirs, told to the switchboard."""
        record = judged(self.book, operator=operator, language=PEOPLE[operator].language, at=self.clock.now(), **how)
        self.board.judged(record)
        return record

    def talk(self, operator: str = "anna", **how: str) -> VerdictRecord:
        """A call that was answered."""
        record = self.judge(operator, **how)
        self.board.ringing(operator)
        self.board.answered(operator)
        return record

    # services.Calls

    async def call(self, call_id: str) -> VerdictRecord | None:
        """On record."""
        if self.down:
            raise StoreUnavailable("no database")
        return self.book.show(call_id)

    async def noted(self, call_id: str) -> tuple[Noted, ...]:
        """On record."""
        return self.words.of_call(call_id)

    async def brand(self, record: VerdictRecord) -> str:
        """By its name."""
        return {"fastnet": "Fastnet"}[record.principal or ""]

    # desk.walks.Offers

    async def ask(self, call_id: str, *, operator: str) -> VerdictRecord | None:
        """Judged under the upsell campaign, if there is one; only of the call that they are in."""
        call = self.board.of(operator)
        assert call is not None
        assert call.call_id == call_id
        if not self.offer:
            return None
        return judged(self.book, operator=operator, language=PEOPLE[operator].language, verdict=self.offer)

    # services.Noting

    async def note(
        self,
        call_id: str,
        *,
        person: Person,
        word: Disposition,
        note: str = "",
        needs: tuple[str, ...] = (),
        due_at: datetime | None = None,
        callback_by: str = "",
        value: str = "",
    ) -> Noted | Refusal:
        """In the book; a promise only within hours, by the callee's clock."""
        if self.down:
            raise StoreUnavailable("no database")
        if due_at is not None and not 9 <= due_at.astimezone(ROME).hour < 20:
            there = due_at.astimezone(ROME)
            day = there if there.hour < 9 else there + timedelta(days=1)
            first = day.replace(hour=9, minute=0, second=0, microsecond=0)
            said = {"it": "Si richiama fra le 9 e le 20.", "en": "Callbacks are between 9 and 20."}[person.language]
            return Refusal(reasons=(said,), first_allowed=first)
        noted = self.words.note(
            Word(
                call_id=call_id,
                disposition=word,
                operator=person.id,
                at=self.clock.now(),
                note=note,
                value=value,
                due_at=due_at,
                callback_by=callback_by,
            )
        )
        self.needs.setdefault(call_id, []).extend(needs)
        return noted

    # services.Contacts

    async def next_for(self, person: Person) -> NextContact | None:
        """The first of the queue, for those who call."""
        if not self.queue or person.role is not Role.OPERATOR:
            return None
        e164, name = self.queue[0]
        return NextContact(e164=e164, campaign_id="adsl-autunno", campaign="ADSL d'autunno", name=name)

    async def due(self, operator: str) -> tuple[DueCallback, ...]:
        """As promised."""
        return tuple(self.promised) if operator == self.promiser else ()

    async def day(self, operator: str) -> Mapping[str, int]:
        """As counted; Bruno has just come."""
        return {"calls": 14, "conversations": 6, "sold": 1} if operator == "anna" else {"calls": 0}


@dataclass
class Tales:
    """Implements services.Stories."""

    floor: Floor

    async def of(self, record: VerdictRecord) -> Story:
        """By the number."""
        number = record.callee or ""
        past = PastContact(
            at=NOW - timedelta(days=40),
            operator="bruno",
            campaign="adsl-autunno",
            word="not_now",
            note="Richiamare dopo le vacanze",
        )
        return Story(
            name=NAMES.get(number, ""),
            number=number,
            customer="current" if record.purpose == "care" else "none",
            products=("ADSL 20",) if record.purpose == "care" else (),
            contacts=(past,),
            promises=(NOW + timedelta(days=2),),
            needs=("Telefona spesso in Germania",),
        )


@dataclass
class Filling:
    """Implements services.Wording: puts names into the places of names."""

    floor: Floor

    async def filler(self, record: VerdictRecord, person: Person) -> "Filled":
        """For this call."""
        return Filled({"name": NAMES.get(record.callee or "", ""), "operator_name": person.name.split()[0]})


@dataclass
class Filled:
    """Implements services.Fill."""

    fields: Mapping[str, str]

    def __call__(self, text: str) -> str:
        """Each field by its name."""
        for name, value in self.fields.items():
            text = text.replace("{{ " + name + " }}", value)
        return text


@dataclass
class Dialler:
    """Implements services.Dialling: the number is judged, and known suppressions deny it."""

    floor: Floor
    asked: int = 0

    async def call(self, person: Person, *, e164: str, campaign_id: str) -> Refusal | None:
        """Judged like any other, then dialled."""
        self.asked += 1
        if campaign_id != "adsl-autunno":
            said = {"it": "Campagna sconosciuta.", "en": "Unknown campaign."}[person.language]
            return Refusal(reasons=(said,))
        self.floor.judge(person.id, callee=e164)
        return None


@dataclass
class Shelf:
    """Implements services.Reading."""

    floor: Floor

    async def notices(self, person: Person) -> tuple[Unread, ...]:
        """Notices to those who call."""
        told = self.floor.unread if person.role is Role.OPERATOR else []
        return tuple(each for each in told if each.link.startswith("/notices"))

    async def scripts(self, person: Person) -> tuple[Unread, ...]:
        """Scripts of those who call."""
        told = self.floor.unread if person.role is Role.OPERATOR else []
        return tuple(each for each in told if not each.link.startswith("/notices"))

    async def answers(self, ids: Sequence[str], *, language: str) -> tuple[BookAnswer, ...]:
        """The book has one entry."""
        book = {
            "da-dove": {
                "it": BookAnswer(question="Da dove avete il mio numero?", text="Dall'elenco dei clienti di Fastnet."),
                "en": BookAnswer(question="Where did you get my number?", text="From Fastnet's list of customers."),
            }
        }
        return tuple(book[each][language] for each in ids if each in book)


class Seats:
    """Implements services.Phones."""

    async def of(self, operator: str) -> str:
        """By who they are."""
        return {"anna": "PJSIP/101", "bruno": "PJSIP/102"}.get(operator, "")


def door(board: Switchboard) -> Room:
    """Who is signed in, by a cookie of the tests; and the events of their desk."""

    @web.middleware
    async def sign_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        person = PEOPLE.get(request.cookies.get("person", ""))
        if person is not None:
            request[PERSON] = person
        return await handler(request)

    async def events(request: web.Request) -> web.StreamResponse:
        async with sse_response(request) as stream:
            async for mark in board.changes(person_of(request).id):
                await stream.send(mark, event="changed")
        return stream

    async def login(_: web.Request) -> web.StreamResponse:
        return web.Response(text="sign in")

    def room(app: web.Application) -> None:
        app.on_shutdown.append(board.close)
        app.middlewares.append(sign_in)
        app.router.add_get("/desk/events", only()(events))
        app.router.add_get("/login", login)

    return room
