"""Calls that went round the gate, as they are kept, forgotten and shown."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ari_app.policy.numbers import Number
from ari_app.policy.retention import Keeping
from ari_app.ports.bypasses import Bypass, Done, Way, Why
from ari_app.stores.bypasses import SqlBypasses
from ari_app.stores.database import Database
from ari_app.stores.erasing import Erasures
from ari_app.stores.holdings import Holdings
from ari_app.stores.tables import bypass
from tests.stores.samples import KEYRING, MARIO, NOW, SetClock

FOUND = Bypass(
    id="pbx-1.7",
    at=NOW,
    gate="garbo-a",
    trunk="PJSIP/trunk",
    channel="PJSIP/trunk-0000000a",
    caller="PJSIP/101",
    callee=Number(MARIO),
    way=Way.DIALLED,
    where={"context": "from-internal", "exten": "3330****01", "application": "Dial", "channel": "PJSIP/101-00000009"},
    why=Why.NO_PERMIT,
    done=Done.HUNG_UP,
    took_ms=1.5,
)


@pytest.fixture
def bypasses(database: Database) -> SqlBypasses:
    return SqlBypasses(database, KEYRING)


def record(bypasses: SqlBypasses, found: Bypass) -> bool:
    """As a gate does."""
    return asyncio.run(bypasses.record(found))


def test_two_gates_keep_it_once(bypasses: SqlBypasses) -> None:
    """The first is told so; of what failed at one the other's success counts."""
    assert record(bypasses, replace(FOUND, done=Done.FAILED))
    assert not record(bypasses, replace(FOUND, gate="garbo-b", took_ms=9.0))
    assert not record(bypasses, replace(FOUND, gate="garbo-c", done=Done.FAILED))
    [kept] = bypasses.list()
    assert (kept.done, kept.gate, kept.took_ms) == ("hung_up", "garbo-a", 9.0)


def test_the_newest_come_first_and_only_those_asked_for(bypasses: SqlBypasses) -> None:
    """By the instant from which they are wanted, and at most so many."""
    for hour in range(3):
        record(bypasses, replace(FOUND, id=str(hour), at=NOW + timedelta(hours=hour)))
    assert [each.id for each in bypasses.list()] == ["2", "1", "0"]
    assert [each.id for each in bypasses.list(since=NOW + timedelta(hours=1))] == ["2", "1"]
    assert [each.id for each in bypasses.list(limit=1)] == ["2"]


def test_a_number_is_held_and_forgotten_and_the_bypass_stays(bypasses: SqlBypasses, database: Database) -> None:
    """What is held tells of it; after an erasure nothing says to whom it was."""
    record(bypasses, FOUND)
    record(bypasses, replace(FOUND, id="unread", callee=None))
    [held] = Holdings(database, KEYRING).of(MARIO)["bypasses"]
    assert held["how"]["way"] == "dialled"
    erased = Erasures(database, KEYRING, SetClock(datetime(2026, 12, 1, tzinfo=UTC))).erase(
        MARIO, principal_id=None, keepings=lambda _: Keeping(), reason="asked by letter", by="dpo"
    )
    assert erased.removed["bypass"] == 1
    assert Holdings(database, KEYRING).of(MARIO)["bypasses"] == []
    keys = database.read(lambda connection: list(connection.scalars(select(bypass.c.number_key))))
    assert keys == [None, None]


def test_a_permit_of_a_call_that_is_not_on_record_claims_nothing(bypasses: SqlBypasses) -> None:
    """Whatever stands in it."""
    assert asyncio.run(bypasses.claim("01NOBODY")) is None
