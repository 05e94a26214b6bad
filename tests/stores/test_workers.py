"""The workers' agreement, on both engines: without one no operator's time is written at all."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ari_app.policy.request import Role
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.tables import operator_time
from ari_app.stores.workers import AgreementBook
from tests.stores.samples import ANNA, NOW, SetClock

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands."""
    return SetClock()


@pytest.fixture
def book(database: Database, clock: SetClock) -> AgreementBook:
    """No agreement."""
    return AgreementBook(database, clock)


def spans(database: Database) -> list[tuple[str, datetime, datetime]]:
    """What is on record of operators' time."""
    query = select(operator_time).order_by(operator_time.c.since)
    rows = database.read(lambda connection: connection.execute(query).all())
    return [(row.state, row.since, row.until) for row in rows]


def test_without_an_agreement_nothing_is_written(book: AgreementBook, database: Database) -> None:
    """Whoever asks for it."""
    assert not book.keep_time("anna", "break", since=NOW, until=NOW + HOUR)
    assert spans(database) == []
    assert book.in_force() is None


def test_with_one_what_comes_after_it_is(book: AgreementBook, database: Database, clock: SetClock) -> None:
    """What lies before it is left out, wholly or in part."""
    made = book.make("accordo 12/2026", by="rsu")
    assert (made.reference, made.made_by, made.made_at, made.ended_at) == ("accordo 12/2026", "rsu", NOW, None)
    assert book.in_force() == made
    assert not book.keep_time("anna", "break", since=NOW - HOUR, until=NOW)
    assert book.keep_time("anna", "break", since=NOW - HOUR, until=NOW + HOUR)
    assert book.keep_time("anna", "available", since=NOW + HOUR, until=NOW + 2 * HOUR)
    assert spans(database) == [("break", NOW, NOW + HOUR), ("available", NOW + HOUR, NOW + 2 * HOUR)]
    clock.pass_by(3 * HOUR)


def test_its_end_removes_what_was_written(book: AgreementBook, database: Database, clock: SetClock) -> None:
    """All of it, however much; who ended it and when stays on record."""
    book.make("accordo 12/2026", by="rsu")
    for hour in range(1, 12):
        book.keep_time("anna", "break", since=NOW, until=NOW + hour * HOUR)
    clock.pass_by(HOUR)
    ended = book.end(by="direzione")
    assert (ended.ended_at, ended.ended_by) == (NOW + HOUR, "direzione")
    assert spans(database) == []
    assert not book.keep_time("anna", "break", since=NOW, until=NOW + 9 * HOUR)
    again = book.make("accordo 1/2027", by="rsu")
    assert book.all() == [ended, again]


def test_one_at_a_time(book: AgreementBook) -> None:
    """A second is refused while one is in force; none can be ended twice."""
    with pytest.raises(StoreConflict, match="no agreement is in force"):
        book.end(by="x")
    book.make("accordo 12/2026", by="rsu")
    with pytest.raises(StoreConflict, match="accordo 12/2026 is in force"):
        book.make("another", by="rsu")
    assert len(book.all()) == 1


def test_teams_count_operators_alone(book: AgreementBook, database: Database) -> None:
    """Supervisors, admins and auditors are in nobody's figures."""
    directory = Directory(database)
    for place, (team, role) in enumerate(
        [("nord", "operator"), ("nord", "operator"), ("", "operator"), ("nord", "supervisor"), ("sud", "auditor")]
    ):
        directory.add_operator(replace(ANNA, id=f"o{place}", endpoint="", team=team, role=Role(role)))
    assert book.teams() == {"nord": 2, "": 1}
