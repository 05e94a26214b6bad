"""The books of the contract, each with what it takes to fill it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import Table, insert
from ulid import ULID

from ari_app.policy.facts import Facts, Known
from ari_app.policy.held import (
    Callback,
    CallerIdEntry,
    Consent,
    Contact,
    Customer,
    Flag,
    OneOffPermit,
    Screening,
    Suppression,
    SuppressionPurpose,
)
from ari_app.policy.needs import Needs
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import CallRequest, Campaign, Operator
from ari_app.ports.reservations import Reservations
from ari_app.ports.tokens import TokenScope
from ari_app.ports.verdicts import Verdicts
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings
from ari_app.stores.phones import PhoneBook
from ari_app.stores.reservations import SqlReservations
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tables import (
    callback,
    caller_id,
    consent,
    contact,
    contact_list,
    customer,
    flag,
    list_version,
    one_off_permit,
    screening,
)
from ari_app.stores.tokens import SqlTokens
from ari_app.stores.verdicts import SqlVerdicts
from tests.fakes.verdicts import MemoryVerdicts
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, record, wanted

WINTER = replace(AUTUMN, id="adsl-inverno", packs=("it",))
RIVAL = replace(AUTUMN, id="rivale", principal="telnet")


class World(Protocol):
    """A book, and what it takes to fill it; facts are those of the sample principal on the sample callee."""

    def gate(self) -> Verdicts: ...
    def campaign(self, campaign: Campaign) -> None: ...
    def operator(self, operator: Operator) -> None: ...
    def sit(self, operator: str, phone: str) -> None: ...
    def suppress(self, scope: str) -> None: ...
    def customer(self, customer: Customer, *, e164: str = MARIO, as_of: datetime = NOW) -> None: ...
    def consent(self, held: Consent) -> None: ...
    def screening(self, held: Screening) -> None: ...
    def contact(self, held: Contact, *, e164: str = MARIO, campaign: str = AUTUMN.id) -> None: ...
    def one_off_permit(self, held: OneOffPermit) -> None: ...
    def callback(self, held: Callback) -> None: ...
    def flag(self, held: Flag) -> None: ...
    def caller_id(self, held: CallerIdEntry) -> None: ...
    def token(self) -> str: ...
    def reservations(self) -> Reservations: ...


class MemoryWorld:
    """In memory; every gate shares the one book."""

    def __init__(self) -> None:
        self.book = MemoryVerdicts()
        self._at = (AUTUMN.principal, MARIO)

    def gate(self) -> MemoryVerdicts:
        return self.book

    def campaign(self, campaign: Campaign) -> None:
        self.book.put_campaign(campaign)

    def operator(self, operator: Operator) -> None:
        self.book.put_operator(operator)

    def sit(self, operator: str, phone: str) -> None:
        self.book.seats[phone] = operator

    def suppress(self, scope: str) -> None:
        entry = Suppression(
            id=scope, scope=scope, purpose=SuppressionPurpose.ALL, reason="asked", source="test", created_at=NOW
        )
        self.book.put_suppression(MARIO, entry)

    def customer(self, customer: Customer, *, e164: str = MARIO, as_of: datetime = NOW) -> None:
        self.book.customers[AUTUMN.principal, e164] = Known(customer, as_of)

    def consent(self, held: Consent) -> None:
        self.book.consents[self._at] = (*self.book.consents.get(self._at, ()), held)

    def screening(self, held: Screening) -> None:
        self.book.screenings[self._at] = (*self.book.screenings.get(self._at, ()), held)

    def contact(self, held: Contact, *, e164: str = MARIO, campaign: str = AUTUMN.id) -> None:
        self.book.contacts[AUTUMN.principal, campaign, e164] = (held,)

    def one_off_permit(self, held: OneOffPermit) -> None:
        self.book.one_off_permits[self._at] = (held,)

    def callback(self, held: Callback) -> None:
        self.book.callbacks[self._at] = (held,)

    def flag(self, held: Flag) -> None:
        self.book.flags[self._at] = (*self.book.flags.get(self._at, ()), held)

    def caller_id(self, held: CallerIdEntry) -> None:
        self.book.caller_ids[AUTUMN.caller_id] = (held,)

    def token(self) -> str:
        return "a token"

    def reservations(self) -> Reservations:
        return self.book


class SqlWorld:
    """A database; every gate has connections and threads of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: list[Database] = []
        self.database = self._connect()
        self._directory = Directory(self.database)
        for principal in ("fastnet", "telnet"):
            self._directory.add_principal(principal, name=principal, country="IT")

    def _connect(self) -> Database:
        self._open.append(Database.open(StoreSettings(url=self._url, wait=timedelta(seconds=20))))
        return self._open[-1]

    def gate(self) -> SqlVerdicts:
        return SqlVerdicts(self._connect(), KEYRING)

    def campaign(self, campaign: Campaign) -> None:
        self._directory.add_campaign(campaign)

    def operator(self, operator: Operator) -> None:
        self._directory.add_operator(operator)

    def sit(self, operator: str, phone: str) -> None:
        PhoneBook(self.database, SetClock()).sit(operator, phone, said_by="test")

    def suppress(self, scope: str) -> None:
        Suppressions(self.database, KEYRING, SetClock()).add(
            MARIO, scope=scope, purpose=SuppressionPurpose.ALL, reason="asked", source="test"
        )

    def customer(self, customer_: Customer, *, e164: str = MARIO, as_of: datetime = NOW) -> None:
        said = asdict(customer_) | {"products": msgspec.json.encode(customer_.products).decode(), "as_of": as_of}
        self._put(customer, said | {"status": customer_.status.value, "list_version": self.version()}, e164)

    def consent(self, held: Consent) -> None:
        self._put(consent, asdict(held) | {"form": held.form.value, "key_id": KEYRING.key_id})

    def screening(self, held: Screening) -> None:
        self._put(screening, asdict(held) | {"batch": str(ULID()), "answered_said_by": "test"})

    def contact(self, held: Contact, *, e164: str = MARIO, campaign: str = AUTUMN.id) -> None:
        version = self.version()
        self._put(contact, asdict(held) | {"campaign": campaign, "list_version": version}, e164)
        listed = {"campaign": campaign, "list_id": held.list_id, "list_version": version}
        self.database.write(lambda connection: connection.execute(insert(contact_list), listed))

    def one_off_permit(self, held: OneOffPermit) -> None:
        said = asdict(held) | {"granted_by": "test", "key_id": KEYRING.key_id}
        del said["uses"]
        self._put(one_off_permit, said)

    def callback(self, held: Callback) -> None:
        said = asdict(held) | {"created_at": held.promised_at}
        del said["promised_at"]
        self._put(callback, said)

    def flag(self, held: Flag) -> None:
        self._put(flag, asdict(held) | {"kind": held.kind.value, "id": str(ULID()), "source": "test"})

    def caller_id(self, held: CallerIdEntry) -> None:
        whole = {"range_start": f"{AUTUMN.caller_id[:-2]}00", "range_end": f"{AUTUMN.caller_id[:-2]}99"}
        row = whole | asdict(held) | {"list_version": self.version()}
        self.database.write(lambda connection: connection.execute(insert(caller_id), row))

    def token(self) -> str:
        return SqlTokens(self.database, SetClock()).create(TokenScope.VERDICTS, principal=None)[0].id

    def reservations(self) -> Reservations:
        return SqlReservations(self._connect())

    def version(self, *, published: bool = True) -> int:
        """A list version of the test's own."""
        row = {"kind": "test", "file_name": "f", "sha256": "", "started_at": NOW}
        new = insert(list_version).values(published_at=NOW if published else None, **row).returning(list_version.c.id)
        return int(self.database.write(lambda connection: connection.execute(new).scalar_one()))

    def close(self) -> None:
        for database in self._open:
            database.close()

    def _put(self, table: Table, row: Mapping[str, Any], e164: str = MARIO) -> None:
        whole = {"principal": AUTUMN.principal, "number_key": KEYRING.number_key(e164), **row}
        self.database.write(lambda connection: connection.execute(insert(table), whole))


async def facts_of(book: Verdicts, request: CallRequest, needs: Needs | None = None) -> Facts:
    """What the book knows of a callee."""
    seen: list[Facts] = []

    def look(facts: Facts) -> VerdictRecord:
        seen.append(facts)
        return record(request)

    await book.preview(request, needs=needs or wanted(request), decide=look)
    return seen[0]
