"""
The operator's page, wired: what it asks for in its own terms, answered by the shells that know.

Each class here fits one of `web.desk.services` to what stands behind it. A desk looks again at each change of its call,
so what its looks have in common is remembered for a moment: the story until a word is noted, what is due, the day.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from ari_app.desk.book import Book
from ari_app.desk.contacts import Contacts
from ari_app.desk.dialling import Caller, Dialling, DiallingError
from ari_app.desk.dispositions import WRONG_IN_ITSELF, Noting, NotTheirs, WordRefused
from ari_app.desk.live import Desks
from ari_app.desk.notices import Notices
from ari_app.desk.offers import NoOffer, Offers
from ari_app.desk.remembered import Remembered
from ari_app.desk.seats import Seats
from ari_app.desk.states import NotToBeSetError, States
from ari_app.desk.story import Stories, Story
from ari_app.desk.versions import Versions
from ari_app.desk.walks import Walks
from ari_app.main.courtroom import Courtroom
from ari_app.policy.disposition import Disposition
from ari_app.policy.numbers import Number, zones
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Campaign, Operator
from ari_app.policy.scripts import Script, situation_of_record
from ari_app.policy.scripts.fields import FieldError, fill, merge_fields
from ari_app.ports.clock import Clock
from ari_app.ports.dispositions import Noted
from ari_app.ports.observer import Observer
from ari_app.ports.operator_states import State
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores import admission
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.key_maps import SqlKeyMaps
from ari_app.stores.walks import SqlWalkSteps
from ari_app.web.access import Person
from ari_app.web.application import Room
from ari_app.web.desk import desk_room, services
from ari_app.web.desk.services import DeskServices

T = TypeVar("T")

_STORY_LASTS, _CAMPAIGN_LASTS = timedelta(seconds=10), timedelta(seconds=1)
_OTHERS_LAST, _OWN_LASTS, _NEXT_LASTS = timedelta(seconds=5), timedelta(seconds=30), timedelta(seconds=1)
"""What is an operator's own is read anew at once after whatever they do themselves; these are for what others do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The shells that the page's services stand before."""

    room: Courtroom
    desks: Desks
    states: States
    seats: Seats
    stories: Stories
    noting: Noting
    contacts: Contacts
    dialling: Dialling
    notices: Notices
    versions: Versions
    book: Book
    dispositions: SqlDispositions


def desk_pages(behind: Behind, *, clock: Clock, observer: Observer, zone: tzinfo) -> Room:
    """`/desk` and all under it; `zone` is where the operators work."""
    room = behind.room
    offers = Offers(judge=room.judge, verdicts=room.verdicts, lines=behind.desks, clock=clock, observer=observer)
    scripts = _Scripts(room)
    walks = Walks(
        steps=SqlWalkSteps(room.database),
        scripts=scripts,
        offers=_Offers(offers),
        situation_of=situation_of_record,
        clock=clock,
    )
    people = _People(room, clock)
    told = _Told(behind.stories, clock)
    contacts = _Contacts(behind.contacts, people, clock)
    return desk_room(
        DeskServices(
            desks=behind.desks,
            states=_States(behind.states),
            calls=_Calls(room, behind.desks, behind.dispositions, people),
            walks=walks,
            stories=_Stories(told),
            wording=_Wording(told, people),
            noting=_Noting(behind.noting, told, contacts),
            contacts=contacts,
            dialling=_Dialling(behind.dialling, behind.seats, contacts),
            reading=_Reading(behind, people),
            phones=_Phones(behind.seats, clock),
            key_maps=_KeyMaps(SqlKeyMaps(room.database), clock),
            clock=clock,
            zone=zone,
        )
    )


class _People:
    """Campaigns as they were a second ago, and operators as they are now."""

    def __init__(self, room: Courtroom, clock: Clock) -> None:
        self._database = room.database
        self._campaigns: Remembered[str, Campaign | None] = Remembered(lasts=_CAMPAIGN_LASTS, clock=clock)

    async def campaign(self, campaign_id: str) -> Campaign | None:
        def look() -> Campaign | None:
            return self._database.read(lambda connection: admission.campaign_by_id(connection, campaign_id))

        return await self._campaigns.of(campaign_id, lambda: self._database.on_reader(look))

    async def operator(self, operator_id: str) -> Operator | None:
        return await self._database.on_reader(
            lambda: self._database.read(lambda c: admission.operator_by_id(c, operator_id))
        )

    async def campaigns_of(self, operator_id: str) -> tuple[Campaign, ...]:
        operator = await self.operator(operator_id)
        found = [await self.campaign(each) for each in (operator.campaigns if operator else ())]
        return tuple(each for each in found if each is not None and not each.closed)


class _Scripts:
    """Scripts by the version that a verdict names."""

    def __init__(self, room: Courtroom) -> None:
        self._room = room

    async def script(self, script_id: str, script_version: str) -> Script | None:
        return await self._room.database.on_reader(lambda: self._room.scripts.version(script_id, script_version))


class _Offers:
    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    async def ask(self, call_id: str, *, operator: str) -> VerdictRecord | None:
        try:
            return await self._offers.ask(call_id, operator=operator)
        except NoOffer:
            return None


class _States:
    def __init__(self, states: States) -> None:
        self._states = states

    async def of(self, operator: str) -> str:
        return self._states.of(operator).value

    async def set(self, operator: str, state: str) -> bool:
        try:
            self._states.set(operator, State(state))
        except NotToBeSetError:
            return False
        return True


class _Calls:
    def __init__(self, room: Courtroom, desks: Desks, dispositions: SqlDispositions, people: _People) -> None:
        self._room = room
        self._desks = desks
        self._dispositions = dispositions
        self._people = people

    async def call(self, call_id: str) -> VerdictRecord | None:
        under_way = self._desks.record(call_id) if self._desks.under_way(call_id) else None
        return under_way or await self._room.verdicts.show(call_id)

    async def noted(self, call_id: str) -> tuple[Noted, ...]:
        return await self._room.database.on_reader(lambda: self._dispositions.of_call(call_id))

    async def brand(self, record: VerdictRecord) -> str:
        campaign = await self._people.campaign(record.campaign)
        return (campaign.principal_name if campaign else "") or record.principal or ""


class _Told:
    """The story of each call, once for all looks of a moment."""

    def __init__(self, stories: Stories, clock: Clock) -> None:
        self._stories = stories
        self._told: Remembered[str, Story] = Remembered(lasts=_STORY_LASTS, clock=clock)

    async def of(self, record: VerdictRecord) -> Story:
        return await self._told.of(record.call_id, lambda: self._stories.of(record))

    def forget(self, call_id: str) -> None:
        self._told.forget(call_id)


class _Stories:
    def __init__(self, told: _Told) -> None:
        self._told = told

    async def of(self, record: VerdictRecord) -> services.Story:
        told = await self._told.of(record)
        return services.Story(
            name=told.name or told.person,
            number=record.callee or record.dialled,
            customer=told.customer.status.value,
            products=told.customer.products,
            since=told.customer.since,
            contacts=tuple(
                services.PastContact(
                    at=each.at,
                    operator=each.operator_name or each.operator,
                    campaign=each.campaign,
                    word=str(each.word or each.outcome or ""),
                    note=each.note,
                )
                for each in told.contacts
            ),
            promises=tuple(each.due_at for each in told.promises),
            needs=(*told.flags_in(record.language), *(each.text for each in told.needs)),
        )


class _Wording:
    """Fills a call's words with what its verdict knew, in the script's own language."""

    def __init__(self, told: _Told, people: _People) -> None:
        self._told = told
        self._people = people

    async def filler(self, record: VerdictRecord, person: Person) -> services.Fill:
        campaign, story = await asyncio.gather(self._people.campaign(record.campaign), self._told.of(record))
        fields = merge_fields(
            situation_of_record(record),
            language=record.script.language if record.script else record.language,
            operator=person.id,
            operator_name=person.name,
            campaign=campaign,
            callee_name=story.name,
            zone=_zone_of(record),
        )

        def filled(text: str) -> str:
            try:
                return fill(text, fields)
            except FieldError:
                return text

        return filled


def _zone_of(record: VerdictRecord) -> tzinfo:
    found = zones(Number(record.callee)) if record.callee else ()
    return ZoneInfo(found[0] if found else "UTC")


class _Noting:
    def __init__(self, noting: Noting, told: _Told, contacts: "_Contacts") -> None:
        self._noting = noting
        self._told = told
        self._contacts = contacts

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
    ) -> Noted | services.Refusal:
        try:
            return await self._noting.note(
                call_id,
                operator=person.id,
                word=word,
                note=note,
                needs=needs,
                due_at=due_at,
                callback_by=callback_by,
                value=value,
            )
        except WordRefused as refused:
            if refused.code in WRONG_IN_ITSELF:
                return services.Refusal(reasons=(), code=refused.code)
            if not refused.reasons:
                raise StoreConflict(str(refused)) from refused
            return services.Refusal(
                reasons=tuple(reason.text for reason in refused.reasons), first_allowed=refused.first_allowed
            )
        except NotTheirs as refused:
            raise StoreConflict(str(refused)) from refused
        finally:
            self._told.forget(call_id)
            self._contacts.forget(person.id)


class _Contacts:
    def __init__(self, contacts: Contacts, people: _People, clock: Clock) -> None:
        self._contacts = contacts
        self._people = people
        self._next: Remembered[str, services.NextContact | None] = Remembered(lasts=_NEXT_LASTS, clock=clock)
        self._due: Remembered[str, tuple[services.DueCallback, ...]] = Remembered(lasts=_OWN_LASTS, clock=clock)
        self._day: Remembered[str, Mapping[str, int]] = Remembered(lasts=_OWN_LASTS, clock=clock)

    def forget(self, operator: str) -> None:
        """They did something."""
        for each in (self._next, self._due, self._day):
            each.forget(operator)

    async def next_for(self, person: Person) -> services.NextContact | None:
        return await self._next.of(person.id, lambda: self._next_for(person))

    async def due(self, operator: str) -> tuple[services.DueCallback, ...]:
        return await self._due.of(operator, lambda: self._due_of(operator))

    async def day(self, operator: str) -> Mapping[str, int]:
        return await self._day.of(operator, lambda: self._day_of(operator))

    async def _next_for(self, person: Person) -> services.NextContact | None:
        for campaign in await self._people.campaigns_of(person.id):
            found = await self._contacts.next_for(person.id, campaign.id)
            if found is not None:
                return services.NextContact(
                    e164=found.e164,
                    campaign_id=campaign.id,
                    campaign=campaign.principal_name or campaign.id,
                    name=found.name,
                )
        return None

    async def _due_of(self, operator: str) -> tuple[services.DueCallback, ...]:
        return tuple(
            services.DueCallback(
                due_at=each.due_at,
                e164=each.e164,
                campaign_id=each.campaign,
                campaign=each.campaign,
                name=each.name,
                overdue=True,
            )
            for each in await self._contacts.due(operator)
        )

    async def _day_of(self, operator: str) -> Mapping[str, int]:
        day = await self._contacts.day(operator)
        return {"calls": day.calls, "conversations": day.conversations, "sold": day.sold, "callbacks": day.kept}


class _Dialling:
    def __init__(self, dialling: Dialling, seats: Seats, contacts: _Contacts) -> None:
        self._dialling = dialling
        self._seats = seats
        self._contacts = contacts

    async def call(self, person: Person, *, e164: str, campaign_id: str) -> services.Refusal | None:
        phones = (await self._seats.place(person.id)).phones
        caller = Caller(operator=person.id, phone=phones[0] if phones else "")
        try:
            record = await self._dialling.call(caller, e164=e164, campaign=campaign_id)
        except DiallingError as error:
            return services.Refusal(reasons=(str(error),))
        finally:
            self._contacts.forget(person.id)
        if record.verdict == "permit":
            return None
        return services.Refusal(
            reasons=tuple(reason.text for reason in record.reasons), first_allowed=record.not_before
        )


class _Reading:
    def __init__(self, behind: Behind, people: _People) -> None:
        self._behind = behind
        self._people = people

    async def notices(self, person: Person) -> tuple[services.Unread, ...]:
        shown = await self._read(lambda: self._behind.notices.of(person))
        return tuple(services.Unread(title=notice.title, link="/notices") for notice, read in shown if not read)

    async def scripts(self, person: Person) -> tuple[services.Unread, ...]:
        unread = await self._read(lambda: self._behind.versions.unread(person))
        return tuple(
            services.Unread(title=f"{script} {version}", link=f"/scripts/{script}")
            for script, version in sorted(unread.items())
        )

    async def answers(self, ids: Sequence[str], *, language: str) -> tuple[services.BookAnswer, ...]:
        held = await self._read(lambda: self._behind.book.of_step(ids))
        return tuple(
            services.BookAnswer(
                question=_in(held[each].said.question, language), text=_in(held[each].said.text, language)
            )
            for each in ids
            if each in held
        )

    async def _read(self, work: Callable[[], T]) -> T:
        return await self._behind.room.database.on_reader(work)


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


class _Phones:
    def __init__(self, seats: Seats, clock: Clock) -> None:
        self._seats = seats
        self._of: Remembered[str, str] = Remembered(lasts=_OTHERS_LAST, clock=clock)
        seats.follow(self._of.forget)

    async def of(self, operator: str) -> str:
        return await self._of.of(operator, lambda: self._read(operator))

    async def _read(self, operator: str) -> str:
        phones = (await self._seats.place(operator)).phones
        return phones[0] if phones else ""


class _KeyMaps:
    def __init__(self, kept: SqlKeyMaps, clock: Clock) -> None:
        self._kept = kept
        self._of: Remembered[str, Mapping[str, str]] = Remembered(lasts=_OWN_LASTS, clock=clock)

    async def of(self, operator: str) -> Mapping[str, str]:
        return await self._of.of(operator, lambda: self._kept.of(operator))

    async def save(self, operator: str, keys: Mapping[str, str]) -> None:
        await self._kept.save(operator, keys)
        self._of.forget(operator)
