"""Records on both engines: past calls, erasure, seals and the plans of the hot queries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, delete, select, update

from ari_app.policy.outcome import Outcome
from ari_app.ports.verdicts import Ending
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.records import commitment, digest
from ari_app.stores.seals import Seals
from ari_app.stores.tables import outcome, seal, verdict, verdict_personal
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, call, record, say, wanted


@pytest.fixture
def book(database: Database) -> VerdictBook:
    """A book with one campaign."""
    directory = Directory(database)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    directory.add_campaign(AUTUMN)
    return VerdictBook(database, KEYRING)


def judged(book: VerdictBook, verdict: str = "permit", *, minutes: int = 0, gate: str = "garbo-a") -> str:
    """The id of a call with this verdict."""
    request = call(at=NOW + timedelta(minutes=minutes))
    book.judge(request, needs=wanted(request), decide=say(request, verdict, gate=gate))
    return request.call_id


def ended(book: VerdictBook, call_id: str) -> None:
    """Close a call as answered."""
    book.close(call_id, Ending(outcome=Outcome.ANSWERED, ended_at=NOW + timedelta(minutes=5)))


def test_past_calls_are_found(book: VerdictBook) -> None:
    """Calls are listed newest first with their outcomes; `since` is included and `until` is not."""
    first, second, third = (judged(book, each, minutes=n) for n, each in enumerate(("permit", "deny", "permit")))
    ended(book, first)
    assert [(each.call_id, each.outcome) for each in book.calls()] == [
        (third, None),
        (second, "denied"),
        (first, "answered"),
    ]
    between = book.calls(since=NOW, until=NOW + timedelta(minutes=2))
    assert [each.call_id for each in between] == [second, first]
    assert len(book.calls(number=MARIO, campaign="adsl-autunno", principal="fastnet")) == 3
    assert book.calls(number="+393330000000") == []
    assert [each.call_id for each in book.calls(limit=1)] == [third]


def test_personal_fields_are_only_committed_to(book: VerdictBook, database: Database) -> None:
    """The public part tells nobody's number, and its commitments open with the erasable salt."""
    judged(book)
    row = database.read(
        lambda c: c.execute(select(verdict.c.public, verdict.c.digest, verdict_personal).join(verdict_personal)).one()
    )
    for personal in (MARIO, "333 1234567", "PJSIP/101", "attempts"):
        assert personal not in row.public
    assert commitment(row.salt, "callee", MARIO) in row.public
    assert row.digest == digest(row.public)


def test_erasure_leaves_every_digest_verifiable(book: VerdictBook, database: Database) -> None:
    """Once the personal part is gone the record tells of nobody, and the ledger still verifies."""
    call_id = judged(book)
    seals = Seals(database, SetClock())
    seals.seal("garbo-a")
    database.write(lambda connection: connection.execute(delete(verdict_personal)))
    shown = book.show(call_id)
    assert shown is not None
    assert (shown.callee, shown.dialled, shown.number, shown.evidence.facts) == (None, "", None, {})
    whole = record(call())
    gone = replace(whole.evidence, facts={}, channel_id="")
    assert shown == replace(whole, call_id=call_id, callee=None, dialled="", number=None, evidence=gone)
    assert seals.verify() == []


def test_seals_chain_each_gate_s_records_once(book: VerdictBook, database: Database) -> None:
    """Verdicts and outcomes of a gate get consecutive seals in their order, each once, apart from other gates'."""
    first, second = judged(book), judged(book, minutes=1)
    judged(book, gate="garbo-b")
    ended(book, first)
    seals = Seals(database, SetClock())
    assert [seals.seal("garbo-a", limit=2), seals.seal("garbo-a"), seals.seal("garbo-a")] == [2, 1, 0]
    assert seals.seal("garbo-b") == 1
    rows = database.read(
        lambda c: c.execute(select(seal.c.record, seal.c.call_id).where(seal.c.gate == "garbo-a").order_by(seal.c.seq))
    )
    assert rows.all() == [("verdict", first), ("verdict", second), ("outcome", first)]
    assert seals.verify() == []


def _altered(text_of: str) -> str:
    return text_of.replace("permit", "deny")


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda row: update(verdict).values(public=_altered(row.public)), "was altered"),
        (
            lambda row: update(verdict).values(public=_altered(row.public), digest=digest(_altered(row.public))),
            "was altered",
        ),
        (lambda _row: update(verdict).values(verdict="deny"), "another verdict"),
        (lambda _row: update(outcome).values(outcome="busy"), "another outcome"),
        (lambda _row: delete(outcome), "was deleted"),
        (lambda _row: delete(seal).where(seal.c.seq == 1), "missing"),
        (lambda _row: update(seal).where(seal.c.seq == 1).values(chain_digest=b"x" * 32), "chain is broken"),
    ],
)
def test_tampering_is_named(book: VerdictBook, database: Database, tamper: Callable[[Any], Any], said: str) -> None:
    """Whatever is changed, taken away or recalculated behind Garbo's back is named, with its gate."""
    ended(book, judged(book))
    seals = Seals(database, SetClock())
    seals.seal("garbo-a")
    assert seals.verify() == []
    row = database.read(lambda c: c.execute(select(verdict.c.public)).one())
    database.write(lambda connection: connection.execute(tamper(row)))
    (fault,) = seals.verify()
    assert said in fault
    assert "gate garbo-a" in fault


def test_tampering_before_the_seal_is_named(book: VerdictBook, database: Database) -> None:
    """A record that was altered before it was sealed does not fit its digest."""
    judged(book)
    database.write(lambda connection: connection.execute(update(verdict).values(public="{}")))
    (fault,) = Seals(database, SetClock()).verify()
    assert "not sealed yet" in fault


def test_every_table_with_a_key_in_the_clear_is_known() -> None:
    """Numbers in the clear stand in three tables only; a new one has to be thought about."""
    clear = {"e164", "callee", "dialled", "range_start"}
    tables: set[Table] = {
        column.table for table in verdict.metadata.tables.values() for column in table.c if column.name in clear
    }
    assert {table.name for table in tables} == {"number", "verdict_personal", "caller_id"}
