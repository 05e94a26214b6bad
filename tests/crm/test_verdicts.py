"""Whole verdicts, with a real CRM beside a real database: up, slow, down, and what it said last."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ari_app.config import load_settings, read_or_create_keyring
from ari_app.main.books import open_database
from ari_app.main.courtroom import Courtroom, open_courtroom
from ari_app.policy.disposition import FlagKind
from ari_app.policy.held import CustomerStatus
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Campaign, Door, Purpose
from ari_app.ports.lists import CustomerRow, ListFile
from ari_app.stores import installation
from ari_app.stores.directory import Directory
from ari_app.stores.flags import Flags
from ari_app.stores.lists import SqlLists
from tests.crm.invented import InventedCrm, says
from tests.fakes.world import Heard
from tests.stores.samples import SetClock

DIALLED, MARIO = "333 000 1234", "+393330001234"
ADSL = Campaign(
    id="adsl",
    principal="fastnet",
    purpose=Purpose.ACQUISITION,
    sector="telecom",
    packs=(),
    trunk="trunk",
    caller_id="+390200000001",
    region="IT",
)
CONFIG = """
[database]
url = "{database}"
[gate]
deadline_ms = 5000
[crm.fastnet]
url = "{crm}"
timeout_ms = {timeout_ms}
current = ["active"]
none = ["none"]
"""


class Installation:
    """A gate's courtroom, its clock and its lists."""

    def __init__(self, room: Courtroom, clock: SetClock, folder: Path) -> None:
        self.room = room
        self.clock = clock
        self.keyring = read_or_create_keyring(folder / "garbo.key")

    async def verdict(self, *, preview: bool = False) -> VerdictRecord:
        """Of a new call to the number."""
        ask = Ask(dialled=DIALLED, door=Door.STASIS, campaign="adsl")
        return await (self.room.judge.preview(ask) if preview else self.room.judge.judge(ask))

    async def codes(self, *, preview: bool = True) -> list[str]:
        """Its reasons; none: it may go out."""
        return [reason.code for reason in (await self.verdict(preview=preview)).reasons]

    def listed(self, status: CustomerStatus) -> None:
        """A list says so as of now."""
        lists = SqlLists(self.room.database, self.keyring, self.clock)
        version = lists.begin(ListFile(kind="customers", principal="fastnet", file_name="c.csv", sha256=""))
        lists.put_customers(version, "fastnet", [CustomerRow(e164=MARIO, status=status)])
        lists.publish(version, {})


@asynccontextmanager
async def gate(
    url: str, crm: InventedCrm, folder: Path, *, timeout_ms: int = 3000, more: str = ""
) -> AsyncIterator[Installation]:
    """A gate over this database, whose one brand has this CRM."""
    file = folder / "garbo.toml"
    file.write_text(CONFIG.format(database=url, crm=crm.url, timeout_ms=timeout_ms) + more)
    settings = load_settings(file, {})
    keyring = read_or_create_keyring(settings.privacy.hash_key_file)
    database = open_database(settings)
    try:
        installation.claim(database, keyring.key_id)
        Directory(database).add_principal("fastnet", name="Fastnet", country="IT")
        Directory(database).add_campaign(ADSL)
        clock = SetClock()
        room = open_courtroom(settings, database, clock=clock, observer=Heard())
        try:
            yield Installation(room, clock, folder)
        finally:
            await room.close()
    finally:
        database.close()


LAST_KNOWN = 'on_failure = "last_known"\nlast_known_hours = 24\n'


async def test_a_customer_of_the_crm_is_not_called(database_url: str, crm: InventedCrm, tmp_path: Path) -> None:
    """And nobody's customer is; the answer of this instant binds, in a preview and in a call."""
    async with gate(database_url, crm, tmp_path) as there:
        assert await there.codes() == []
        crm.mood = says('{"status": "active"}')
        assert await there.codes() == ["already_customer"]
        assert await there.codes(preview=False) == ["already_customer"]
        crm.mood = says("", status=404)
        assert (await there.verdict()).verdict == "permit"


async def test_a_crm_that_does_not_answer_stops_the_call(database_url: str, crm: InventedCrm, tmp_path: Path) -> None:
    """Slow or down: the fact is unknown, the verdict is on record, and it is not the deadline that made it."""
    async with gate(database_url, crm, tmp_path, timeout_ms=100) as there:
        there.listed(CustomerStatus.ENDED)
        crm.mood = crm.hang
        record = await there.verdict()
        assert (record.verdict, [reason.code for reason in record.reasons]) == ("deny", ["facts_unavailable"])
        assert await there.room.verdicts.show(record.call_id) is not None
        await crm.stop()
        assert await there.codes(preview=False) == ["facts_unavailable"]
        assert await there.codes() == ["facts_unavailable"]


async def test_what_it_said_last_carries_calls_for_a_while(database_url: str, crm: InventedCrm, tmp_path: Path) -> None:
    """A prospect is called and a customer is not, as it said; when that is too old, or there is nothing, nobody is."""
    async with gate(database_url, crm, tmp_path, more=LAST_KNOWN) as there:
        assert there.room.customers is not None
        assert await there.codes() == []
        await there.room.customers.last_known.flush()
        await crm.stop()
        there.clock.pass_by(timedelta(hours=24))
        assert (await there.verdict()).verdict == "permit"
        there.clock.pass_by(timedelta(seconds=1))
        record = await there.verdict()
        assert (record.verdict, record.reasons[0].code) == ("deny", "facts_unavailable")


async def test_a_list_that_is_newer_than_what_it_said_last_counts(
    database_url: str, crm: InventedCrm, tmp_path: Path
) -> None:
    """It said that he is nobody; since then he signed."""
    async with gate(database_url, crm, tmp_path, more=LAST_KNOWN) as there:
        assert await there.codes() == []
        await crm.stop()
        there.clock.pass_by(timedelta(hours=1))
        assert await there.codes() == []
        there.listed(CustomerStatus.CURRENT)
        assert await there.codes() == ["already_customer"]


async def test_a_last_word_from_before_a_wrong_number_says_nothing(
    database_url: str, crm: InventedCrm, tmp_path: Path
) -> None:
    """It was said of somebody who is not there: it makes nobody a customer."""
    crm.mood = says('{"status": "active"}')
    async with gate(database_url, crm, tmp_path, more=LAST_KNOWN) as there:
        assert await there.codes() == ["already_customer"]
        await crm.stop()
        there.clock.pass_by(timedelta(hours=1))
        flags = Flags(there.room.database, there.keyring, there.clock)
        flags.add(MARIO, principal="fastnet", kind=FlagKind.WRONG_NUMBER, source="test")
        assert await there.codes() == ["wrong_number"]


async def test_a_restarted_gate_knows_what_was_said_before(database_url: str, crm: InventedCrm, tmp_path: Path) -> None:
    """It is on record, under the number's key."""
    async with gate(database_url, crm, tmp_path, more=LAST_KNOWN) as there:
        assert there.room.customers is not None
        await there.verdict(preview=True)
        await there.room.customers.last_known.flush()
        await crm.stop()
        settings = load_settings(tmp_path / "garbo.toml", {})
        second = open_courtroom(settings, there.room.database, clock=there.clock, observer=Heard())
        record = await second.judge.preview(Ask(dialled=DIALLED, door=Door.CHECK, campaign="adsl"))
        await second.close()
        assert (record.verdict, record.reasons) == ("permit", ())


async def test_a_brand_without_a_crm_is_judged_as_ever(database_url: str, crm: InventedCrm, tmp_path: Path) -> None:
    """Nobody is asked on its behalf."""
    async with gate(database_url, crm, tmp_path) as there:
        Directory(there.room.database).add_principal("telnet", name="Telnet", country="IT")
        Directory(there.room.database).add_campaign(replace(ADSL, id="rivale", principal="telnet"))
        record = await there.room.judge.judge(Ask(dialled=DIALLED, door=Door.STASIS, campaign="rivale"))
        assert (record.verdict, crm.asked) == ("permit", [])


async def test_the_deadline_of_a_verdict_stands_above_all(database_url: str, crm: InventedCrm, tmp_path: Path) -> None:
    """Forty calls at once while the CRM hangs: each is denied."""
    crm.mood = crm.hang
    async with gate(database_url, crm, tmp_path, timeout_ms=100) as there:
        records = await asyncio.gather(*(there.verdict() for _ in range(40)))
        assert {record.verdict for record in records} == {"deny"}


@pytest.mark.parametrize("body", ['{"status": "\\u0000"}', '{"status": "active", "person": "a\\u0000"}'])
async def test_an_answer_that_no_database_holds_breaks_nothing(
    database_url: str, crm: InventedCrm, tmp_path: Path, body: str
) -> None:
    """It is denied like any that is not understood."""
    crm.mood = says(body)
    async with gate(database_url, crm, tmp_path) as there:
        assert await there.codes(preview=False) == ["facts_unavailable"]
