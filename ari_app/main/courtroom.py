"""Judge and store wired together: for the gate, for `garbo check`, and for a past that a trial needs."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import phonenumbers

from ari_app.config import Settings, read_keyring
from ari_app.judging.hearing import JudgeSettings
from ari_app.judging.judge import Judge
from ari_app.judging.outside import OutsideFacts
from ari_app.judging.records import Bench
from ari_app.main.books import check_key, open_database
from ari_app.main.clocks import SystemClock, Ulids
from ari_app.main.registers import hold_registers
from ari_app.policy.calendar import read_kept_day
from ari_app.policy.numbers import Number, read_number, zones
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.sight import StructlogObserver
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.packs import Choices, PackFolder
from ari_app.stores.registers.serving import HeldRegisters
from ari_app.stores.scripts import Scripts
from ari_app.stores.shelf import ScriptShelf
from ari_app.stores.verdicts import SqlVerdicts

if TYPE_CHECKING:
    from ari_app.crm import HttpCustomers

_WARMED_CAMPAIGNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Courtroom:
    """All that is needed to judge: shared by the gate, `check` and the demo's own history."""

    database: Database
    verdicts: SqlVerdicts
    scripts: ScriptShelf
    packs: PackFolder
    registers: HeldRegisters
    judge: Judge
    observer: Observer
    customers: "HttpCustomers | None"
    """Principals' CRMs; None: there are none."""

    async def close(self) -> None:
        """Settle late commits, then close connections; the database stays open."""
        await self.judge.close()
        if self.customers is not None:
            await self.customers.close()


def open_courtroom(
    settings: Settings, database: Database, *, clock: Clock | None = None, observer: Observer | None = None
) -> Courtroom:
    """
    Judge and store over an open database.

    Raises ConfigError: the key file is missing, or a CRM's certificates cannot be used. Raises StoreConflict: the key
    is not the one the database was made with.
    """
    keyring = read_keyring(settings.privacy.hash_key_file)
    check_key(settings, database, keyring)
    observer = observer or StructlogObserver()
    clock = clock or SystemClock()
    verdicts = SqlVerdicts(database, keyring)
    scripts = ScriptShelf(
        Scripts(database, clock),
        folder=settings.scripts.folder,
        observer=observer,
        must_read=settings.scripts.must_read,
    )
    registers = hold_registers(settings, observer)
    at_hand = packs(settings, observer=observer)
    customers = None
    if settings.crm:
        from ari_app.main.live import live_customers  # a web client is slow to load: only for who asks a CRM

        customers = live_customers(settings, database, keyring=keyring, clock=clock, observer=observer)
    judge = Judge(
        _judge_settings(settings),
        verdicts=verdicts,
        packs=at_hand,
        scripts=scripts,
        clock=clock,
        call_ids=Ulids(),
        observer=observer,
        outside=OutsideFacts(registers=registers, customers=customers),
    )
    return Courtroom(
        database=database,
        verdicts=verdicts,
        scripts=scripts,
        packs=at_hand,
        registers=registers,
        judge=judge,
        observer=observer,
        customers=customers,
    )


def _judge_settings(settings: Settings) -> JudgeSettings:
    return JudgeSettings(
        region=settings.gate.region,
        strip_prefixes=settings.gate.strip_prefixes,
        default_campaign=settings.gate.default_campaign,
        internal_patterns=settings.gate.internal_patterns,
        exempt_numbers=settings.asterisk.exempt_numbers,
        emergency_trunk=settings.asterisk.emergency_trunk,
        deadline=timedelta(milliseconds=settings.gate.deadline_ms),
        bench=Bench(
            gate=settings.asterisk.app,
            libraries={name: version(name) for name in ("garbo", "phonenumbers", "holidays", "tzdata")},
        ),
    )


async def warm_up(room: Courtroom, region: str) -> None:
    """
    Judge an example number for each campaign, leaving no trace, so that no caller waits for what is loaded only once.

    Number metadata, time zones, holidays and compiled statements: cold, the first verdict took more than its deadline.
    Raises StoreError.
    """
    campaigns = Directory(room.database).campaigns()[:_WARMED_CAMPAIGNS]
    for campaign_id, country in [("", region), *((campaign.id, campaign.region) for campaign in campaigns)]:
        example = phonenumbers.example_number(country)
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164) if example else "0"
        ask = Ask(dialled=number, door=Door.CHECK, campaign=campaign_id)
        await room.judge.preview(ask)
        if isinstance(callee := read_number(number, region=country), Number):
            zones(callee)


def check(
    settings: Settings, *, number: str, campaign: str, operator: str = "", at: datetime | None = None
) -> VerdictRecord:
    """The verdict this call would get at `at`, changing nothing. Raises StoreError."""

    async def preview() -> VerdictRecord:
        database = open_database(settings)
        try:
            room = open_courtroom(settings, database)
            try:
                room.scripts.refresh()
                ask = Ask(dialled=number, door=Door.CHECK, campaign=campaign, operator=operator)
                return await room.judge.preview(ask, at=at)
            finally:
                await room.close()
        finally:
            database.close()

    return asyncio.run(preview())


def packs(settings: Settings, *, observer: Observer | None = None) -> PackFolder:
    """The packs at hand, with what the installation has chosen; it may take a second if one was written just now."""
    choices = Choices(
        switched_on=frozenset(settings.packs.switched_on),
        local_days=tuple(read_kept_day(day) for day in settings.holidays.local_days),
    )
    folder = PackFolder(settings.packs.folder, observer or StructlogObserver(), SystemClock(), choices)
    folder.open()
    return folder
