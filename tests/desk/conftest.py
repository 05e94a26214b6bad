"""A brand with its campaigns, operators and a judge, on a real database, at a time that is set."""

import asyncio
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, func, insert, select
from ulid import ULID

from ari_app.desk.contacts import Contacts
from ari_app.desk.dispositions import Noting
from ari_app.desk.story import Stories
from ari_app.judging.hearing import JudgeSettings
from ari_app.judging.judge import Judge
from ari_app.judging.records import Bench
from ari_app.policy.grammar import parse_pack
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Campaign, Door, Operator, Purpose, Role
from ari_app.ports.dispositions import Noted, Word
from ari_app.ports.live_calls import Phase
from ari_app.ports.verdicts import Ending
from ari_app.stores import installation
from ari_app.stores.bulk import SqlArchive
from ari_app.stores.contacts import SqlContacts
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.engine import StoreSettings
from ari_app.stores.stories import SqlStories
from ari_app.stores.tables import contact, contact_list, list_version, live_call
from ari_app.stores.verdicts import SqlVerdicts
from tests.cli.conftest import HOURS
from tests.fakes.world import BuiltIn, CountedIds, Heard
from tests.stores.databases import database, database_url, fresh
from tests.stores.samples import KEYRING, SetClock

__all__ = ["database", "database_url"]

# Said once, asyncio makes no loop of its own for plugins that only ask for one; nobody would close it.
asyncio.set_event_loop(None)

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Ten in the morning in Rome."""
MARIO, PAOLA = "+393330000001", "+393330000002"
AUTUMN = Campaign(
    id="autumn",
    principal="lumina",
    purpose=Purpose.ACQUISITION,
    sector="telecom",
    packs=("hours",),
    trunk="PJSIP/trunk",
    caller_id="+390212345678",
    region="IT",
)


class _Words:
    """Words on the database's own threads, as `main` wires them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._words = SqlDispositions(database, KEYRING)

    async def note(self, word: Word) -> Noted:
        """As the port."""
        return await self._database.on_writer(partial(self._words.note, word))

    async def operators_of(self, call_id: str) -> frozenset[str]:
        """As the port."""
        return await self._database.on_reader(partial(self._words.operators_of, call_id))


@dataclass
class House:
    """The services over one database, and what it takes to fill it."""

    database: Database
    clock: SetClock
    judge: Judge
    verdicts: SqlVerdicts
    directory: Directory
    heard: Heard = field(default_factory=Heard)

    @property
    def noting(self) -> Noting:
        """Notes words."""
        return Noting(words=_Words(self.database), verdicts=self.verdicts, judge=self.judge, clock=self.clock)

    @property
    def stories(self) -> Stories:
        """Tells stories."""
        return Stories(SqlStories(self.database, KEYRING), self.clock)

    def contacts(self) -> Contacts:
        """Finds whom to call; one that remembers nothing yet."""

        async def reading(work: Callable[[], Sequence[Hashable]]) -> Sequence[Hashable]:
            return await self.database.on_reader(work)

        return Contacts(
            book=SqlContacts(self.database, KEYRING),
            verdicts=self.verdicts,
            judge=self.judge,
            archive=SqlArchive(self.database, KEYRING),
            reading=reading,
            clock=self.clock,
            zones=("Europe/Rome",),
        )

    def rows(self, table: Table) -> int:
        """How many there are."""
        count = select(func.count()).select_from(table)
        return self.database.read(lambda connection: connection.execute(count).scalar_one())

    async def asked(self, e164: str, *, campaign: str = "autumn", operator: str = "anna") -> VerdictRecord:
        """What a call to the number would get now."""
        return await self.judge.preview(Ask(dialled=e164, door=Door.CHECK, campaign=campaign, operator=operator))

    async def codes(self, e164: str, *, campaign: str = "autumn", operator: str = "anna") -> list[str]:
        """The reasons of that."""
        return [reason.code for reason in (await self.asked(e164, campaign=campaign, operator=operator)).reasons]

    async def call(
        self,
        e164: str,
        *,
        campaign: str = "autumn",
        operator: str = "anna",
        outcome: Outcome | None = Outcome.ANSWERED,
        talked: timedelta = timedelta(minutes=2),
    ) -> VerdictRecord:
        """A call that was permitted, and ended so; None: it is under way."""
        record = await self.judge.judge(
            Ask(dialled=e164, door=Door.STASIS, campaign=campaign, operator=operator, attended=True)
        )
        assert record.verdict == "permit", record.reasons
        now = self.clock.now()
        await self.verdicts.confirm(record.call_id, at=now)
        row = {"call_id": record.call_id, "gate": "garbo-a", "campaign": campaign, "operator": operator, "phone": ""}
        row |= {"phase": Phase.ANSWERED.value}
        instants = {"decided_at": now, "changed_at": now}
        self.database.write(lambda connection: connection.execute(insert(live_call), {**row, **instants}))
        if outcome is not None:
            answered = now if outcome is Outcome.ANSWERED else None
            await self.verdicts.close(
                record.call_id, Ending(outcome=outcome, ended_at=now + talked, dialled_at=now, answered_at=answered)
            )
        return record

    def list_of(self, *numbers: str, campaign: str = "autumn", principal: str = "lumina", name: str = "") -> None:
        """A contact list that was published just now, in place of the one before."""
        now = self.clock.now()
        version = {"kind": "contacts", "file_name": "l.csv", "sha256": "", "started_at": now, "published_at": now}

        def work(connection: Connection) -> None:
            new = insert(list_version).values(**version).returning(list_version.c.id)
            number = connection.execute(new).scalar_one()
            named = {"campaign": campaign, "list_id": "l", "list_version": number}
            connection.execute(insert(contact_list), named)
            rows = [
                {
                    **named,
                    "principal": principal,
                    "number_key": KEYRING.number_key(each),
                    "sealed_number": KEYRING.sealed_number(each),
                    "list_source": "fair",
                    "approved_by": "boss",
                    "imported_at": now,
                    "name": name,
                }
                for each in numbers
            ]
            connection.execute(insert(contact), rows)

        self.database.write(work)


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """The brand Lumina with three campaigns, its rival, three operators and a supervisor."""
    database = Database.open(StoreSettings(url=fresh(request, tmp_path, "sqlite"), wait=timedelta(seconds=10)))
    installation.claim(database, KEYRING.key_id)
    directory = Directory(database)
    for principal in ("lumina", "rival"):
        directory.add_principal(principal, name=principal.title(), country="IT")
    for campaign in (
        AUTUMN,
        replace(AUTUMN, id="spring", packs=()),
        replace(AUTUMN, id="courteous", packs=("house", "hours")),
        replace(AUTUMN, id="survey", purpose=Purpose.RESEARCH),
        replace(AUTUMN, id="care", purpose=Purpose.CARE, packs=()),
        replace(AUTUMN, id="theirs", principal="rival"),
    ):
        directory.add_campaign(campaign)
    for name, role in {"anna": Role.OPERATOR, "bruno": Role.OPERATOR, "carla": Role.SUPERVISOR}.items():
        known = ("autumn", "spring", "courteous", "survey", "care", "theirs")
        directory.add_operator(Operator(id=name, endpoint=f"PJSIP/{name}", language="it", role=role, campaigns=known))
    directory.add_operator(Operator(id="outsider", endpoint="PJSIP/9", language="it", campaigns=("theirs",)))
    packs, clock = BuiltIn(), SetClock(MONDAY)
    packs.packs["hours"] = parse_pack(HOURS, name="hours.toml")
    verdicts = SqlVerdicts(database, KEYRING)
    settings = JudgeSettings(
        region="IT",
        strip_prefixes=(),
        default_campaign="",
        internal_patterns=(),
        exempt_numbers=(),
        emergency_trunk="PJSIP/trunk",
        deadline=timedelta(seconds=10),
        bench=Bench(gate="garbo-a", libraries={}),
    )
    judge = Judge(
        settings,
        verdicts=verdicts,
        packs=packs,
        scripts=packs,
        clock=clock,
        call_ids=_Ids(),
        observer=Heard(),
    )
    yield House(database=database, clock=clock, judge=judge, verdicts=verdicts, directory=directory)
    database.close()


class _Ids(CountedIds):
    """Ids as they are in life, so that calls of one instant differ."""

    def new(self) -> str:
        """As the port."""
        return str(ULID())
