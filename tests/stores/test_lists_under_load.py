"""
Lists renewed while calls are judged: fifty asks a second, and no verdict sees a list that is missing or half there.

The judge is the gate's own, over a real database. Other processes import, again and again; one of them is killed.
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, func, insert, select, update

from ari_app.config import Settings, create_key_file, load_settings
from ari_app.main.books import open_database
from ari_app.main.courtroom import open_courtroom
from ari_app.main.schema import upgrade_database
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Campaign, Door, Purpose
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.tables import contact, contact_list, list_version, suppression
from tests.stores.databases import fresh

RATE = 50
AT_LEAST = timedelta(seconds=8)
SUPPRESSED = tuple(f"+39333{place:07}" for place in range(1_000_000, 1_020_000))
CONTACTS = tuple(f"+39347{place:07}" for place in range(1_000_000, 1_002_000))
ALWAYS_LISTED = CONTACTS[:200]
"""In every version of the campaign's list; of the others each version leaves out some."""
CHUNK = 100
CAMPAIGN = Campaign(
    id="adsl",
    principal="fastnet",
    purpose=Purpose.ACQUISITION,
    sector="telecom",
    packs=("it",),
    trunk="trunk",
    caller_id="+390844123456",
    region="IT",
)
NEVER = frozenset({"facts_unavailable", "rule_error"})
NEVER_OF_A_CONTACT = frozenset(
    {"number_provenance_missing", "screening_missing", "screening_expired", "register_listed", *NEVER}
)


@dataclass
class Traffic:
    """Calls for numbers of whom one thing is known for sure, each verdict held against it."""

    judge: Callable[[Ask], Awaitable[VerdictRecord]]
    suppressed: Sequence[str]
    faults: Counter[str] = field(default_factory=Counter)
    """What a verdict said, or did not say, that cannot be; and how often."""
    taken_ms: list[float] = field(default_factory=list)

    async def run(self, until: asyncio.Event) -> None:
        """Ask, whether or not the verdicts before have come."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as asking:
            for place in count():
                await asyncio.sleep(max(0.0, began + place / RATE - loop.time()))
                if until.is_set():
                    return
                kind, numbers = (self._suppressed, self.suppressed) if place % 2 else (self._contact, ALWAYS_LISTED)
                # In steps that share no factor with how many there are: beginning, middle and end come in turns.
                asking.create_task(self._ask(numbers[place // 2 * 7919 % len(numbers)], kind))

    async def given(self, more: int) -> None:
        """Wait until so many more verdicts were given."""
        goal = len(self.taken_ms) + more
        while len(self.taken_ms) < goal:  # noqa: ASYNC110  counted, not waited for: the traffic goes on by itself
            await asyncio.sleep(1 / RATE)

    def told(self) -> str:
        """How many verdicts, and how long they took."""
        taken = sorted(self.taken_ms)
        return f"{len(taken)} verdicts, p50 {taken[len(taken) // 2]:.1f} ms, p99 {taken[len(taken) * 99 // 100]:.1f} ms"

    async def _ask(self, number: str, check: Callable[[VerdictRecord, frozenset[str]], Iterable[str]]) -> None:
        began = time.perf_counter()
        record = await self.judge(Ask(dialled=number, door=Door.STASIS, campaign=CAMPAIGN.id, attended=True))
        self.taken_ms.append((time.perf_counter() - began) * 1000)
        self.faults.update(check(record, frozenset(reason.code for reason in record.reasons)))

    def _suppressed(self, record: VerdictRecord, codes: frozenset[str]) -> Iterable[str]:
        if record.verdict != "deny" or "suppressed_global" not in codes:
            yield "a suppressed number was not found to be one"
        yield from codes & NEVER

    def _contact(self, _: VerdictRecord, codes: frozenset[str]) -> Iterable[str]:
        return codes & NEVER_OF_A_CONTACT


class Desk:
    """Whoever brings lists, by `garbo` in a process of its own."""

    def __init__(self, settings: Settings, suppressed: Sequence[str] = SUPPRESSED) -> None:
        self.suppressed = suppressed
        self._settings = settings
        self._versions = count(1)
        self.imports: Counter[str] = Counter()

    async def first(self) -> None:
        """Everything, once, before anybody calls."""
        for bring in (self.suppressions, self.contacts, self.screening):
            await bring()

    async def suppressions(self) -> None:
        """All of them, with another reason than before: every row is written anew."""
        await self._garbo("import", "suppressions", self._suppressions_file())

    async def contacts(self) -> None:
        """A newer version of the campaign's list, in the place of the one before."""
        version = next(self._versions)
        some = [number for place, number in enumerate(CONTACTS) if place < 200 or place % 5 != version % 5]
        file = self._write("autumn.csv", "number,list_source", [f"{number},form {version}" for number in some])
        await self._garbo("import", "contacts", file, "--campaign", CAMPAIGN.id, "--approved-by", "Rossi")

    async def screening(self) -> None:
        """A newer answer of the register, which says the same."""
        file = self._write("answers.csv", "number,answer", [f"{number},clear" for number in CONTACTS])
        at = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        ask = ("--principal", CAMPAIGN.principal, "--register", "RPO", "--answers", file, "--returned-at", at)
        await self._garbo("screening", "import", *ask)

    async def killed(self, database: Database) -> None:
        """An import of suppressions that is killed half-way."""
        process = await self._started("import", "suppressions", self._suppressions_file())
        while not await asyncio.to_thread(database.read, _unpublished_rows):
            assert process.returncode is None, "it was through before it could be killed"
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
        self.imports["killed"] += 1

    def _suppressions_file(self) -> str:
        version = next(self._versions)
        return self._write(
            f"dnc{version}.csv", "number,reason", [f"{number},list {version}" for number in self.suppressed]
        )

    def _write(self, name: str, header: str, rows: list[str]) -> str:
        (self._settings.folder / name).write_text("\n".join((header, *rows)) + "\n")
        return name

    async def _garbo(self, *words: str) -> None:
        process = await self._started(*words)
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        self.imports[words[1] if words[0] == "import" else words[0]] += 1

    async def _started(self, *words: str) -> asyncio.subprocess.Process:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GARBO_")}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ari_app", "--config", "garbo.toml", *words),
            cwd=self._settings.folder,
            env=environ,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )


def installed(folder: Path, url: str) -> Settings:
    """An installation with one campaign. Its deadline is long: what is late here is no fault of a list."""
    (folder / "garbo.toml").write_text(f'[database]\nurl = "{url}"\n[gate]\ndeadline_ms = 5000\n')
    settings = load_settings(folder / "garbo.toml", {})
    create_key_file(settings.privacy.hash_key_file)
    upgrade_database(settings)
    with closing(open_database(settings)) as database:
        Directory(database).add_principal("fastnet", name="Fastnet", country="IT")
        Directory(database).add_campaign(CAMPAIGN)
    return settings


async def under_load(settings: Settings, desk: Desk, work: Callable[[Traffic, Database], Awaitable[None]]) -> Traffic:
    """The traffic that went on while the work was done."""
    with closing(open_database(settings, wait=timedelta(seconds=4))) as gate, closing(open_database(settings)) as own:
        room = open_courtroom(settings, gate)
        traffic, done = Traffic(room.judge.judge, desk.suppressed), asyncio.Event()
        calling = asyncio.create_task(traffic.run(done))
        try:
            await traffic.given(RATE // 5)
            await work(traffic, own)
        finally:
            done.set()
            await calling
            await room.judge.close()
    return traffic


@pytest.mark.timeout(180)
async def test_no_verdict_sees_a_list_that_is_missing_or_half_there(
    database_url: str, tmp_path: Path, figures: list[str]
) -> None:
    """Suppressions, contacts and screenings renewed by processes of their own, one of them killed."""
    settings = installed(tmp_path, database_url)
    desk = Desk(settings)
    await desk.first()

    async def renew(_: Traffic, database: Database) -> None:
        began = time.monotonic()
        await desk.killed(database)
        while not desk.imports["screening"] > 1 or time.monotonic() - began < AT_LEAST.total_seconds():
            async with asyncio.TaskGroup() as importing:
                importing.create_task(desk.suppressions())
                importing.create_task(_in_turn(desk.contacts, desk.screening))

    traffic = await under_load(settings, desk, renew)
    imports = ", ".join(f"{times} {kind}" for kind, times in sorted(desk.imports.items()))
    figures.append(f"{traffic.told()} beside imports ({imports}) on {database_url.partition(':')[0]}")
    assert traffic.faults == {}
    assert desk.imports["killed"] == 1


@pytest.mark.timeout(120)
async def test_an_import_that_leaves_a_gap_is_caught(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Emptied and filled again, or shown before it is whole: the same checks find each of them."""
    settings = installed(tmp_path, fresh(request, tmp_path, "sqlite"))
    desk = Desk(settings, SUPPRESSED[:1000])
    await desk.first()
    for gap, found in (
        (_emptied(suppression), "a suppressed number was not found to be one"),
        (_emptied(contact), "number_provenance_missing"),
        (_shown_too_early, "number_provenance_missing"),
    ):
        traffic = await under_load(settings, desk, gap)
        assert set(traffic.faults) == {found}
    assert (await under_load(settings, desk, _nothing)).faults == {}


def _emptied(table: Table) -> Callable[[Traffic, Database], Awaitable[None]]:
    """Deletes a list and fills it again, in short transactions as an import has them."""

    async def work(traffic: Traffic, database: Database) -> None:
        rows = [dict(row) for row in database.read(lambda c: c.execute(select(table)).mappings().all())]
        database.write(lambda connection: connection.execute(delete(table)))
        await asyncio.to_thread(_fill, database, table, rows[::2])
        await traffic.given(RATE)
        await asyncio.to_thread(_fill, database, table, rows[1::2])

    return work


async def _shown_too_early(traffic: Traffic, database: Database) -> None:
    """Publishes a version of the contact list first, and fills it then."""
    rows = [dict(row) for row in database.read(lambda c: c.execute(select(contact)).mappings().all())]
    version = database.write(
        lambda connection: connection.scalar(
            insert(list_version)
            .values(kind="contacts", principal="fastnet", file_name="x", sha256="", started_at=datetime.now(UTC))
            .returning(list_version.c.id)
        )
    )
    named: dict[str, Any] = {"campaign": CAMPAIGN.id, "list_id": "autumn", "list_version": version}
    database.write(lambda connection: connection.execute(insert(contact_list), named))
    shown = update(list_version).where(list_version.c.id == version).values(published_at=datetime.now(UTC))
    database.write(lambda connection: connection.execute(shown))
    await traffic.given(RATE)
    await asyncio.to_thread(_fill, database, contact, [row | {"list_version": version} for row in rows])


async def _nothing(traffic: Traffic, _: Database) -> None:
    await traffic.given(RATE)


async def _in_turn(*works: Callable[[], Awaitable[None]]) -> None:
    for work in works:
        await work()


def _fill(database: Database, table: Table, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        database.write(partial(Connection.execute, statement=insert(table), parameters=some))


def _unpublished_rows(connection: Connection) -> int:
    """Rows of suppressions under versions that nobody sees."""
    hidden = select(list_version.c.id).where(list_version.c.published_at.is_(None))
    some = select(func.count()).select_from(suppression).where(suppression.c.list_version.in_(hidden))
    return connection.scalar(some) or 0
