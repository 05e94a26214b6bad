"""Legs, each day's figures and canary calls, as they are kept."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from ari_app.policy.legs import Reconciliation, TrunkLeg
from ari_app.policy.outcome import Outcome
from ari_app.ports.canaries import Canary, CanaryResult, CanaryVerdict
from ari_app.ports.verdicts import Ending
from ari_app.stores.book import VerdictBook
from ari_app.stores.canaries import SqlCanaries
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.tables import reconciliation
from ari_app.stores.trunk_legs import SqlTrunkLegs
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, call, say, wanted

LEG = TrunkLeg(
    id="pbx-1.2",
    at=NOW,
    trunk="PJSIP/trunk",
    channel="PJSIP/trunk-0000000a",
    asked_by="pbx-1.1",
    numbers=(KEYRING.number_key(MARIO),),
    shown="",
    permit_of="01A",
)


@pytest.fixture
def book(database: Database) -> VerdictBook:
    """A book with one campaign."""
    directory = Directory(database)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    directory.add_campaign(AUTUMN)
    return VerdictBook(database, KEYRING)


@pytest.fixture
def legs(database: Database) -> SqlTrunkLegs:
    return SqlTrunkLegs(database)


def test_a_leg_that_two_gates_saw_is_kept_once(legs: SqlTrunkLegs) -> None:
    """By its channel; and is found by the instant it began at."""
    legs.keep([LEG, replace(LEG, id="pbx-1.3", numbers=(), permit_of="", exempt=True)], gate="garbo-a")
    legs.keep([LEG], gate="garbo-b")
    legs.keep([], gate="garbo-b")
    found = legs.legs(NOW, NOW + timedelta(seconds=1))
    assert found == [LEG, replace(LEG, id="pbx-1.3", numbers=(), permit_of="", exempt=True)]
    assert legs.legs(NOW - timedelta(days=1), NOW) == []
    assert legs.forget(NOW) == 0
    assert legs.forget(NOW + timedelta(seconds=1)) == 2


def test_permits_are_those_whose_call_dialled(book: VerdictBook, legs: SqlTrunkLegs) -> None:
    """With their channel, and when they ended."""
    dialled, given_back = call(), call()
    for request in (dialled, given_back):
        book.judge(request, needs=wanted(request), decide=say(request))
    book.confirm(dialled.call_id, at=NOW)
    book.close(dialled.call_id, Ending(outcome=Outcome.ANSWERED, ended_at=NOW + timedelta(minutes=1), dialled_at=NOW))
    book.close(given_back.call_id, Ending(outcome=Outcome.NOT_DIALLED, ended_at=NOW))
    [found] = legs.permits(NOW - timedelta(minutes=1), NOW + timedelta(minutes=1))
    assert (found.call_id, found.number, found.channel_id) == (
        dialled.call_id,
        KEYRING.number_key(MARIO),
        dialled.ask.channel_id,
    )
    assert found.ended_at == NOW + timedelta(minutes=1)


def test_a_day_that_is_said_again_is_replaced(database: Database, legs: SqlTrunkLegs) -> None:
    """The newest day counts."""
    assert legs.newest() is None
    day = Reconciliation(day=date(2026, 11, 21), source="ami", legs=3, exempt=1, permits=1, unchecked=(LEG,), unseen=())
    legs.note(day, NOW)
    legs.note(replace(day, unchecked=()), NOW)
    legs.note(replace(day, day=date(2026, 11, 20)), NOW)
    assert legs.newest() == (date(2026, 11, 21), 0)
    rows = database.read(lambda connection: connection.execute(select(reconciliation.c.unchecked)).all())
    assert sorted(rows) == [(0,), (1,)]


def test_canaries_are_kept_and_their_verdict_is_found(database: Database, book: VerdictBook) -> None:
    """The newest first; a verdict of before says nothing of this one."""
    canaries = SqlCanaries(database, KEYRING)
    sent = Canary(at=NOW, gate="garbo-a", context="x", result=CanaryResult.BLOCKED, call_id="01A", took_ms=2.0)
    asyncio.run(canaries.keep(sent))
    asyncio.run(canaries.keep(replace(sent, at=NOW + timedelta(hours=1), result=CanaryResult.UNAVAILABLE, call_id="")))
    assert [(each.result, each.call_id) for each in canaries.list()] == [("unavailable", None), ("blocked", "01A")]
    assert len(canaries.list(since=NOW + timedelta(minutes=1))) == 1
    request = call()
    book.judge(request, needs=wanted(request), decide=say(request, "deny"))
    said = asyncio.run(canaries.verdict(MARIO, since=NOW - timedelta(days=1)))
    assert said == CanaryVerdict(call_id=request.call_id, permitted=False)
    assert asyncio.run(canaries.verdict(MARIO, since=NOW + timedelta(days=1))) is None
