"""Routing tables, languages, what must be read, and offers, as both engines keep and read them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update

from ari_app.policy.disposition import Disposition
from ari_app.policy.facts import Facts, known
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door, Purpose, Route
from ari_app.ports.dispositions import Word
from ari_app.ports.verdicts import Ending, StoreConflict
from ari_app.stores import admission
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.scripts import Scripts
from ari_app.stores.tables import campaign_hour, script, script_read, walk_step
from tests.stores.samples import ANNA, AUTUMN, KEYRING, NOW, SetClock, call, record, say, wanted

TABLE = (
    Route(when={"customer": ("current",), "products": ("fibra", 'a "quoted" ’one’')}, script="tv", variant="customer"),
    Route(when={}, script="care"),
)
MORE = replace(AUTUMN, id="more", purpose=Purpose.UPSELL)


@pytest.fixture
def directory(database: Database) -> Directory:
    """Two principals, and one campaign with a table."""
    directory = Directory(database)
    for name in ("fastnet", "telnet"):
        directory.add_principal(name, name=name, country="IT")
    directory.add_campaign(replace(AUTUMN, routes=TABLE, languages="it de", customers="care", care_script="care"))
    return directory


def test_a_table_comes_with_its_campaign_in_its_order(directory: Directory, database: Database) -> None:
    """As it was kept; exchanged whole, and gone when it is cleared."""
    held = directory.campaign(AUTUMN.id)
    assert held is not None
    assert (held.routes, held.languages, held.customers, held.care_script) == (TABLE, "it de", "care", "care")
    book = VerdictBook(database, KEYRING)
    ask = Ask(dialled="", door=Door.CHECK, campaign=AUTUMN.id)
    assert book.admission(ask, default_campaign="").campaign == held
    turned = directory.set_campaign(AUTUMN.id, routes=TABLE[::-1])
    assert directory.campaign(AUTUMN.id) == turned == replace(held, routes=TABLE[::-1])
    assert directory.set_campaign(AUTUMN.id, sector="energy").routes == TABLE[::-1]
    many = tuple(Route(when={"products": (f"p{n}",)}, script="tv") for n in range(120))
    directory.set_campaign(AUTUMN.id, routes=many)
    assert directory.campaign(AUTUMN.id) == replace(held, routes=many, sector="energy")
    directory.set_campaign(AUTUMN.id, routes=())
    assert directory.campaign(AUTUMN.id) == replace(held, routes=(), sector="energy")
    directory.set_campaign(AUTUMN.id, routes=TABLE)
    directory.remove_campaign(AUTUMN.id)
    directory.add_campaign(AUTUMN)
    assert directory.campaign(AUTUMN.id) == AUTUMN


def test_what_a_campaign_offers_stays_an_upsell_campaign_of_its_principal(directory: Directory) -> None:
    """Whichever of the two is changed."""
    directory.add_campaign(MORE)
    directory.add_campaign(replace(MORE, id="theirs", principal="telnet"))
    for offers, said in (("gone", "no campaign gone"), (AUTUMN.id, "is for acquisition"), ("theirs", "for telnet")):
        with pytest.raises(StoreConflict, match=said):
            directory.set_campaign(AUTUMN.id, offers=offers)
    directory.set_campaign(AUTUMN.id, offers="more")
    with pytest.raises(StoreConflict, match="stay a campaign for upsell"):
        directory.set_campaign("more", purpose=Purpose.RETENTION)
    with pytest.raises(StoreConflict, match="end that first"):
        directory.remove_campaign("more")
    directory.set_campaign(AUTUMN.id, offers=None)
    directory.set_campaign("more", purpose=Purpose.RETENTION)
    directory.remove_campaign("more")


def must_read(database: Database, script_id: str, version: str) -> None:
    """A version is served from now on, and has to be read."""
    Scripts(database, SetClock()).import_script(script_id, version, version, "x" * 20_000)
    this = (script.c.id == script_id) & (script.c.version == version)
    database.write(lambda connection: connection.execute(update(script).where(this).values(must_read=True)))


def reads(database: Database, operator: str, script_id: str, version: str) -> None:
    """Somebody says to have read it."""
    row = {"operator": operator, "script": script_id, "version": version, "read_at": NOW}
    database.write(lambda connection: connection.execute(insert(script_read), row))


def test_an_operator_comes_with_what_they_have_to_read(directory: Directory, database: Database) -> None:
    """By id, by phone and in the list; only what is served, only what must be read, each by themselves."""
    directory.add_operator(replace(ANNA, speaks=("de", "fr"), campaigns=(AUTUMN.id,)))
    directory.add_operator(replace(ANNA, id="bruno", endpoint="PJSIP/102"))
    Scripts(database, SetClock()).import_script("free", "1", "1", "y")
    for version in ("1", "2"):
        must_read(database, "tv", version)
    must_read(database, "care", "9")
    reads(database, "anna", "tv", "1")
    reads(database, "bruno", "tv", "2")
    reads(database, "anna", "care", "9")

    def unread(ask: Ask) -> dict[str, str]:
        found = VerdictBook(database, KEYRING).admission(ask, default_campaign="").operator
        assert found is not None
        return dict(found.unread)

    assert unread(Ask(dialled="", door=Door.STASIS, operator="anna")) == {"tv": "2"}
    assert unread(Ask(dialled="", door=Door.STASIS, endpoint="PJSIP/102")) == {"care": "9"}
    assert [dict(each.unread) for each in directory.operators()] == [{"tv": "2"}, {"care": "9"}]
    assert directory.operators()[0].languages == ("it", "de", "fr")
    reads(database, "anna", "tv", "2")
    assert unread(Ask(dialled="", door=Door.STASIS, operator="anna")) == {}
    Scripts(database, SetClock()).import_script("tv", "1", "1", "x" * 20_000)
    assert unread(Ask(dialled="", door=Door.STASIS, operator="bruno")) == {"tv": "1", "care": "9"}


def test_what_must_be_read_is_found_by_its_index(database: Database) -> None:
    """No verdict walks through the texts of all scripts."""
    if database.engine.dialect.name == "sqlite":
        statement, values = admission._BY_ID.bound("sqlite", {"id": "anna"})
        with database.engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        steps = [str(row[-1]) for row in plan if "script" in str(row[-1])]
        assert any("ix_script_must_read" in step for step in steps), plan
    else:
        with database.engine.connect() as connection:
            connection.execute(text("SET enable_seqscan = off"))
            plan = connection.execute(text("EXPLAIN SELECT id FROM script WHERE must_read AND current")).all()
        assert "ix_script_must_read" in str(plan)


# Offers.


def offer(directory: Directory, database: Database) -> tuple[VerdictBook, str, str]:
    """A care call and the offer in it, counted: their ids."""
    directory.add_campaign(replace(AUTUMN, id="care", purpose=Purpose.CARE, packs=()))
    directory.add_campaign(replace(MORE, packs=()))
    book = VerdictBook(database, KEYRING)
    care = call(campaign=directory.campaign("care"))
    book.judge(care, needs=wanted(care), decide=say(care))
    request = asked(directory, care.call_id)
    book.judge(request, needs=wanted(request), decide=say(request))
    book.close(request.call_id, Ending(outcome=Outcome.ANSWERED, ended_at=NOW, within=care.call_id))
    row = {"call_id": care.call_id, "seq": 1, "step": "offer", "operator": "anna", "at": NOW}
    row |= {"offer_call": request.call_id}
    database.write(lambda connection: connection.execute(insert(walk_step), row))
    return book, care.call_id, request.call_id


def asked(directory: Directory, call_id: str, door: Door = Door.DESK):  # type: ignore[no-untyped-def]
    """The request for an offer in this call."""
    request = call(campaign=directory.campaign("more"), key=f"offer:{call_id}")
    return replace(request, ask=replace(request.ask, door=door))


def attempts(book: VerdictBook) -> dict[str, tuple[object, object]]:
    """Outcome and word of each call that the next one meets."""
    request, seen = call(at=NOW + timedelta(days=1)), []

    def look(facts: Facts) -> VerdictRecord:
        seen.append(facts)
        return record(request)

    book.preview(request, needs=wanted(request), decide=look)
    return {each.call_id: (each.outcome, each.disposition) for each in known(seen[0].attempts)}


def test_a_no_in_a_call_is_a_no_to_its_offer(directory: Directory, database: Database) -> None:
    """And when it is corrected, that is too; a call without an offer changes nobody else's."""
    book, care, offered = offer(directory, database)
    words = SqlDispositions(database, KEYRING)
    for minutes, said in ((1, Disposition.REFUSED), (2, Disposition.INTERESTED)):
        at = NOW + timedelta(minutes=minutes)
        words.note(Word(call_id=care, disposition=said, operator="anna", at=at))
        assert attempts(book) == {care: (None, said), offered: (Outcome.ANSWERED, said)}
    other = call(campaign=directory.campaign("care"))
    book.judge(other, needs=wanted(other), decide=say(other))
    words.note(Word(call_id=other.call_id, disposition=Disposition.SOLD, operator="anna", at=NOW))
    assert attempts(book)[offered] == (Outcome.ANSWERED, Disposition.INTERESTED)


def test_an_offer_is_no_call_that_was_put_through(directory: Directory, database: Database) -> None:
    """It must not water down the rate of silent calls."""
    offer(directory, database)
    hours = database.read(lambda connection: connection.execute(campaign_hour.select()).all())
    assert hours == []


def test_an_offer_asked_again_is_the_same_after_it_was_counted(directory: Directory, database: Database) -> None:
    """Another door, or one that was given back, is judged anew."""
    book, care, offered = offer(directory, database)
    again = asked(directory, care)
    given = book.judge(again, needs=wanted(again), decide=say(again))
    assert (given.call_id, given.repeated, given.outcome) == (offered, True, "answered")
    stasis = asked(directory, care, Door.STASIS)
    assert not book.judge(stasis, needs=wanted(stasis), decide=say(stasis)).repeated
    book.close(stasis.call_id, Ending(outcome=Outcome.NOT_DIALLED, ended_at=NOW))
    third = asked(directory, care)
    assert not book.judge(third, needs=wanted(third), decide=say(third)).repeated
