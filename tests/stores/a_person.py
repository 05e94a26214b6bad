"""A person of whom everything is held that can be, for two principals, beside somebody else."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.keyring import Keyring
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.ports.dispositions import Word
from ari_app.ports.verdicts import Ending
from ari_app.stores import installation
from ari_app.stores.book import VerdictBook
from ari_app.stores.callbacks import Callbacks
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.flags import Flags
from ari_app.stores.one_off_permits import OneOffPermits
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tables import (
    MANUAL,
    consent,
    contact,
    customer,
    list_version,
    live_customer,
    metadata,
    screening,
)
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, call, say, wanted

PAOLA, SECOND = "+393330000002", "+393330000003"
"""Somebody else, and another number of Mario's."""
RIVAL = replace(AUTUMN, id="rivale", principal="telnet")
KEY = KEYRING.number_key(MARIO)


def fill(database: Database, *, keyring: Keyring = KEYRING) -> VerdictBook:
    """Put everything on record, at NOW."""
    installation.claim(database, keyring.key_id)
    directory = Directory(database)
    for name in ("fastnet", "telnet"):
        directory.add_principal(name, name=name, country="IT")
    for campaign in (AUTUMN, RIVAL):
        directory.add_campaign(campaign)
    clock = SetClock()
    Suppressions(database, keyring, clock).add(
        MARIO, scope="principal:fastnet", reason="Mario Rossi said so", source="his wife"
    )
    for campaign in (AUTUMN, RIVAL):
        for e164 in (MARIO, PAOLA):
            put_rows(database, campaign.principal, campaign.id, keyring.number_key(e164), keyring.key_id)
            Flags(database, keyring, clock).add(e164, principal=campaign.principal, kind=FlagKind.MINOR, source="op")
            OneOffPermits(database, keyring, clock).grant(
                e164, principal=campaign.principal, source="web_form", by="op"
            )
            Callbacks(database, keyring, clock).promise(e164, campaign_id=campaign.id, due_at=NOW + timedelta(days=1))
    put_rows(database, "fastnet", AUTUMN.id, keyring.number_key(SECOND), keyring.key_id, person="P-1")
    _join(database, keyring.number_key(MARIO))
    book = VerdictBook(database, keyring)
    for campaign in (AUTUMN, RIVAL):
        for e164 in (MARIO, PAOLA):
            ended(database, book, e164, campaign=campaign)
    return book


def ended(database: Database, book: VerdictBook, e164: str, campaign: Any = AUTUMN, note: str = "fond of cats") -> str:
    """A call that was permitted, answered, and noted of; its id."""
    asked = call(callee=Number(e164), campaign=campaign, key=f"{e164} {campaign.id}")
    asked = replace(asked, ask=replace(asked.ask, dialled=e164))
    book.judge(asked, needs=wanted(asked), decide=say(asked))
    at = NOW + timedelta(minutes=1)
    book.close(asked.call_id, Ending(outcome=Outcome.ANSWERED, ended_at=at, answered_at=at))
    word = Word(call_id=asked.call_id, disposition=Disposition.INTERESTED, operator="anna", at=at, note=note)
    SqlDispositions(database, KEYRING).note(word)
    return asked.call_id


def put_rows(
    database: Database,
    principal: str,
    campaign: str,
    key: bytes,
    key_id: str,
    *,
    person: str = "",
    version: int = MANUAL,
    at: datetime = NOW,
) -> None:
    """A customer, a live answer, a consent, a contact and a screening."""
    of: dict[str, Any] = {"principal": principal, "number_key": key}
    listed = {"list_version": version}
    known = {"status": "current", "products": '["adsl"]', "person": person or None}
    own = f"{principal}{key.hex()}" + (f" {version}" if version > MANUAL else "")
    given = {"id": own, "key_id": key_id, "purpose": "marketing", "given_at": at}
    rows = {
        customer: {**of, **known, **listed, "as_of": at, "source": "crm"},
        consent: {**of, **given, **listed, "text_version": "1", "evidence": "letter 12"},
        contact: {**of, **listed, "campaign": campaign, "list_id": "l", "list_source": "the fair", "imported_at": at},
        screening: {
            **of,
            **listed,
            "register": "RPO",
            "batch": str(version),
            "answer": "clear",
            "answered_at": NOW,
            "answered_said_by": "op",
            "valid_until": NOW + timedelta(days=15),
        },
    }
    if version == MANUAL:
        rows[live_customer] = {**of, **known, "answered_at": at}
    database.write(lambda connection: [connection.execute(insert(table), row) for table, row in rows.items()])


def unpublished(database: Database) -> int:
    """A list version that nobody sees."""
    row = {"kind": "contacts", "file_name": "half.csv", "sha256": "", "started_at": NOW}
    query = insert(list_version).values(**row).returning(list_version.c.id)
    return database.write(lambda connection: int(connection.execute(query).scalar_one()))


def rows_of(database: Database, key: bytes = KEY) -> dict[str, int]:
    """How many rows each table has under a number's key."""

    def work(connection: Any) -> dict[str, int]:
        return {
            table.name: len(connection.execute(select(table).where(table.c.number_key == key)).all())
            for table in metadata.sorted_tables
            if "number_key" in table.c
        }

    return database.read(work)


def all_rows(database: Database) -> dict[str, list[Any]]:
    """Every row of every table, sorted."""

    def work(connection: Any) -> dict[str, list[Any]]:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all())) for table in metadata.sorted_tables
        }

    return database.read(work)


def _join(database: Database, key: bytes) -> None:
    same = update(customer).where(customer.c.principal == "fastnet", customer.c.number_key == key)
    database.write(lambda connection: connection.execute(same.values(person="P-1")))
