"""A database in which numbers differ in everything that can be held of them, filled by chance from a seed."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert

from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.outcome import Outcome
from ari_app.stores.tables import (
    MANUAL,
    attempt,
    callback,
    caller_id,
    campaign_hour,
    consent,
    contact,
    contact_list,
    customer,
    flag,
    one_off_permit,
    screening,
    suppression,
)
from tests.contract.worlds import RIVAL, WINTER, SqlWorld
from tests.stores.samples import AUTUMN, KEYRING, NOW

CAMPAIGNS = {AUTUMN.id: "fastnet", WINTER.id: "fastnet", RIVAL.id: "telnet"}
NUMBERS = (
    *(f"+39333000{place:04}" for place in range(90)),
    *(f"+3902123450{place:02}" for place in range(10)),
    *(f"+3906698123{place:02}" for place in range(4)),
    *(f"+1212555010{place}" for place in range(8)),
    *(f"+1305555010{place}" for place in range(4)),
    *(f"+336390198{place:02}" for place in range(10)),
    *(f"+44770090000{place}" for place in range(4)),
)
_WORDS = ("", 'a "quoted" word', 'è "id":"x", "person" : "y" \\', "web", "fair")
_PERSONS = ("", "p-1", "p-2", 'p "3"', "p-4")


class Chance:
    """Rows by chance, most of them of one list or another; one of the lists is not published."""

    def __init__(self, seed: int, versions: list[int]) -> None:
        """`versions` may be that of no list."""
        self.random = random.Random(seed)  # noqa: S311  a test's own database
        self.rows: list[tuple[Table, dict[str, Any]]] = []
        self._versions = versions
        self._serial = 0

    def put(self, table: Table, **row: Any) -> None:
        """One row more."""
        self.rows.append((table, row))

    def often(self, share: float) -> bool:
        """True in this share of cases."""
        return self.random.random() < share

    def past(self, days: int = 90) -> datetime:
        """An instant around now, most of them before; some agree, as those of one import do."""
        if self.often(0.3):
            return NOW - timedelta(days=self.random.randrange(days))
        return NOW - timedelta(seconds=self.random.randrange(-86_400, days * 86_400), microseconds=7)

    def maybe(self, at: Callable[[], datetime]) -> datetime | None:
        """An instant, or none."""
        return at() if self.often(0.3) else None

    def word(self) -> str:
        """A text."""
        return self.random.choice(_WORDS)

    def id(self) -> str:
        """A new one."""
        self._serial += 1
        return f"ID{self._serial:06}"

    def version(self) -> int:
        """Of some list."""
        return self.random.choice(self._versions)


def fill(world: SqlWorld, seed: int) -> None:
    """Hold something different of most numbers, for both principals."""
    lists = [world.version(), world.version(), world.version(published=False), world.version()]
    chance = Chance(seed, lists)
    for e164 in NUMBERS:
        for principal in ("fastnet", "telnet"):
            _hold(chance, principal, KEYRING.number_key(e164))
    for campaign in CAMPAIGNS:
        for list_id in ("l-1", "l-2"):
            for version in chance.random.sample(lists, 2):
                chance.put(contact_list, campaign=campaign, list_id=list_id, list_version=version)
        hour = NOW.replace(minute=0, second=0, microsecond=0)
        for back in range(3):
            counts = {"put_through": 20 + back, "silent": back}
            chance.put(campaign_hour, campaign=campaign, hour=hour - timedelta(hours=back), **counts)
    whole = {"range_start": "+390200000000", "range_end": "+390200000099", "owner": "fastnet", "registered_in": "ROC"}
    chance.put(caller_id, **whole, list_version=lists[0])

    def work(connection: Connection) -> None:
        for table, row in chance.rows:
            connection.execute(insert(table), row)

    world.database.write(work)


def _hold(chance: Chance, principal: str, key: bytes) -> None:
    own = {"principal": principal, "number_key": key}
    campaigns = [campaign for campaign, owner in CAMPAIGNS.items() if owner == principal]
    if chance.often(0.15):
        _suppress(chance, key, principal, campaigns)
    if chance.often(0.3):
        for version in {chance.version() for _ in range(2)}:
            _customer(chance, own, version)
    for _ in range(chance.random.choice((0, 0, 1, 2))):
        _consent(chance, own)
    for batch in range(chance.random.choice((0, 1, 1, 2))):
        _screening(chance, own, f"b{batch}")
    for campaign in campaigns:
        if chance.often(0.7):
            _contact(chance, own, campaign)
        for _ in range(chance.random.choice((0, 0, 0, 1, 3))):
            _attempt(chance, own, campaign)
    _promise(chance, own, campaigns[0])


def _screening(chance: Chance, own: dict[str, Any], batch: str) -> None:
    at = chance.past(30)
    said = {"answer": chance.random.choice(("clear", "clear", "listed")), "answered_said_by": "test", "batch": batch}
    until = {"answered_at": at, "valid_until": at + timedelta(days=15), "per_controller": chance.often(0.8)}
    register = chance.random.choice(("RPO", "TPS"))
    chance.put(screening, **own, **said, **until, register=register, list_version=chance.version())


def _promise(chance: Chance, own: dict[str, Any], campaign: str) -> None:
    if chance.often(0.1):
        due = {"created_at": chance.past(5), "due_at": chance.past(3), "done_at": chance.maybe(chance.past)}
        chance.put(callback, **own, **due, id=chance.id(), campaign=campaign, operator="")
    if chance.often(0.15):
        kind = chance.random.choice([each for each in FlagKind if each is not FlagKind.HOURS])
        value = {FlagKind.LANGUAGE: "de", FlagKind.WRONG_NUMBER: chance.random.choice(_PERSONS)}.get(kind, "")
        when = {"since": chance.past(60), "cleared_at": chance.maybe(chance.past)}
        chance.put(flag, **own, **when, id=chance.id(), kind=kind.value, value=value, source="test")
    if chance.often(0.1):
        granted = {"granted_at": chance.past(20), "granted_by": "test", "expires_at": chance.maybe(chance.past)}
        permit = {"id": chance.id(), "key_id": KEYRING.key_id, "source": "inbound_call"}
        chance.put(one_off_permit, **own, **permit, **granted)


def _suppress(chance: Chance, key: bytes, principal: str, campaigns: list[str]) -> None:
    scopes = ("*", f"principal:{principal}", f"campaign:{campaigns[0]}", "principal:somebody")
    for scope in {chance.random.choice(scopes) for _ in range(2)}:
        words = {
            "reason": chance.word(),
            "source": chance.word(),
            "purpose": chance.random.choice(("marketing", "all")),
        }
        when = {"created_at": chance.past(), "expires_at": chance.maybe(chance.past)}
        chance.put(
            suppression,
            **words,
            **when,
            id=chance.id(),
            number_key=key,
            key_id=KEYRING.key_id,
            scope=scope,
            list_version=chance.version(),
        )


def _customer(chance: Chance, own: dict[str, Any], version: int) -> None:
    status = chance.random.choice(("current", "ended"))
    words = {"status": status, "products": chance.random.choice(("[]", '["adsl"]')), "list_version": version}
    person = chance.random.choice((None, *_PERSONS))
    when = {name: chance.maybe(chance.past) for name in ("since", "until", "inquired_at")}
    chance.put(customer, **own, **words, **when, person=person, as_of=chance.past(10))


def _consent(chance: Chance, own: dict[str, Any]) -> None:
    words = {"id": chance.id(), "key_id": KEYRING.key_id, "purpose": "marketing", "text_version": "1"}
    words |= {"form": chance.random.choice(("express", "written")), "evidence": chance.word()}
    when = {"given_at": chance.past(), "withdrawn_at": chance.maybe(chance.past)}
    chance.put(consent, **own, **words, **when, list_version=chance.version())


def _contact(chance: Chance, own: dict[str, Any], campaign: str) -> None:
    for list_id in {chance.random.choice(("l-1", "l-2")) for _ in range(2)}:
        chance.put(
            contact,
            **own,
            campaign=campaign,
            list_id=list_id,
            list_source=chance.word(),
            approved_by=chance.random.choice(("", "dpo")),
            agency="",
            imported_at=chance.past(30),
            listed=chance.random.choice((True, False, None)),
            party=chance.random.choice(("consumer", "business", None)),
            person=chance.random.choice(_PERSONS),
            generated=chance.often(0.1),
            list_version=chance.version(),
        )


def _attempt(chance: Chance, own: dict[str, Any], campaign: str) -> None:
    imported = chance.often(0.4)
    name = chance.id()
    chance.put(
        attempt,
        **own,
        id=name,
        call_id=None if imported else name,
        campaign=campaign,
        purpose="acquisition",
        operator="anna",
        at=chance.past(120),
        state=chance.random.choice(("confirmed", "confirmed", "reserved", "released")),
        outcome=chance.random.choice((None, *(each.value for each in Outcome))),
        disposition=chance.random.choice((None, None, *(each.value for each in Disposition))),
        talked_s=chance.random.choice((None, 3.25, 90.0)),
        attended=chance.often(0.7),
        list_version=chance.version() if imported else MANUAL,
    )
