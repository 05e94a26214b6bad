"""What the desk keeps and reads, on both engines: words that race, claims, needs, stories, turns and leases."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, event, insert

from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.facts import Facts, known
from ari_app.policy.held import CustomerStatus, SuppressionPurpose
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Purpose
from ari_app.policy.retention import Keeping
from ari_app.ports.contacts import NEVER, PutOff
from ari_app.ports.dispositions import Word
from ari_app.ports.verdicts import Ending, StoreConflict
from ari_app.stores import contacts, installation, needs, turns
from ari_app.stores.book import VerdictBook
from ari_app.stores.callbacks import Callbacks
from ari_app.stores.claims import Claims
from ari_app.stores.contacts import SqlContacts
from ari_app.stores.customers import Customers
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.erasing import Erasures
from ari_app.stores.holdings import Holdings
from ari_app.stores.needs import SqlNeeds
from ari_app.stores.stories import SqlStories
from ari_app.stores.tables import consent, contact, contact_list, customer, list_version, live_call
from ari_app.stores.turns import SqlTurns
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, call, record, wanted
from tests.stores.test_plans import whole_tables

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
KEY = KEYRING.number_key(MARIO)
SURVEY = replace(AUTUMN, id="indagine", purpose=Purpose.RESEARCH)
_numbers = count(1)


@pytest.fixture
def book(database: Database) -> VerdictBook:
    """A book with two campaigns of one principal."""
    directory = Directory(database)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    for campaign in (AUTUMN, SURVEY):
        directory.add_campaign(campaign)
    return VerdictBook(database, KEYRING)


@pytest.fixture
def words(database: Database) -> SqlDispositions:
    """Where words are noted."""
    return SqlDispositions(database, KEYRING)


def judged(book: VerdictBook, e164: str = MARIO, *, campaign: Any = AUTUMN) -> str:
    """The id of a call that was permitted at NOW."""
    request = call(callee=Number(e164), campaign=campaign)
    whole = replace(record(request), callee=e164, campaign=campaign.id)
    book.judge(request, needs=wanted(request), decide=lambda _facts: whole)
    return request.call_id


def facts_of(book: VerdictBook, e164: str = MARIO, *, campaign: Any = AUTUMN, at: Any = NOW + DAY) -> Facts:
    """What the next call sees."""
    request, seen = call(callee=Number(e164), campaign=campaign, at=at), []

    def look(facts: Facts) -> VerdictRecord:
        seen.append(facts)
        return record(request)

    book.preview(request, needs=wanted(request), decide=look)
    return seen[0]


def word(call_id: str, said: Disposition, *, after: timedelta = SECOND, **more: Any) -> Word:
    """A word of Anna's."""
    value = "de" if said is Disposition.LANGUAGE else ""
    due_at = NOW + DAY if said is Disposition.CALLBACK else None
    return Word(
        call_id=call_id, disposition=said, operator="anna", at=NOW + after, **{"value": value, "due_at": due_at, **more}
    )


def put(database: Database, table: Table, **row: Any) -> None:
    """A row about Mario, of the sample principal."""
    whole = {"principal": "fastnet", "number_key": KEY, **row}
    database.write(lambda connection: connection.execute(insert(table), whole))


def list_of(database: Database, *numbers: str, name: str = "", campaign: str = AUTUMN.id) -> None:
    """A list that is published, in place of the one before."""
    version = {"kind": "contacts", "file_name": "l", "sha256": "", "started_at": NOW, "published_at": NOW}

    def work(connection: Any) -> None:
        number = connection.execute(insert(list_version).values(**version).returning(list_version.c.id)).scalar_one()
        named = {"campaign": campaign, "list_id": "l", "list_version": number}
        connection.execute(insert(contact_list), named)
        same = {**named, "principal": "fastnet", "list_source": "fair", "imported_at": NOW, "name": name}
        rows = [
            {**same, "number_key": KEYRING.number_key(each), "sealed_number": KEYRING.sealed_number(each)}
            for each in numbers
        ]
        connection.execute(insert(contact), rows)

    database.write(work)


# Never again.


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(st.tuples(st.sampled_from(Disposition), st.booleans()), max_size=5),
    then=st.lists(st.tuples(st.sampled_from(Disposition), st.booleans()), min_size=1, max_size=6),
    calls=st.integers(1, 2),
)
def test_no_word_takes_back_never_again(
    book: VerdictBook,
    words: SqlDispositions,
    said: Sequence[tuple[Disposition, bool]],
    then: Sequence[tuple[Disposition, bool]],
    calls: int,
) -> None:
    """Whatever is noted before and after, corrected by recordings or not, in this call or another: it stays so."""
    e164 = f"+39333{next(_numbers):07}"
    ids = [judged(book, e164) for _ in range(calls)]
    for place, (disposition_, corrects) in enumerate([*said, (Disposition.NEVER_AGAIN, True), *then]):
        recording = f"rec-{place}" if corrects else ""
        try:
            words.note(word(ids[place % calls], disposition_, after=(place + 1) * SECOND, recording=recording))
        except StoreConflict as refused:
            assert "corrected" in str(refused)  # noqa: PT017  some of what is drawn is refused
        if place >= len(said):
            held = known(facts_of(book, e164).suppressions)
            assert {each.purpose for each in held if each.scope == "principal:fastnet"} >= {
                SuppressionPurpose.MARKETING
            }
            assert all(each.expires_at is None for each in held)


def test_never_again_in_a_survey_ends_the_survey(book: VerdictBook, words: SqlDispositions) -> None:
    """An entry for the campaign beside that for the brand's marketing; said twice, it is two and no more."""
    call_id = judged(book, campaign=SURVEY)
    for after in (1, 2):
        words.note(word(call_id, Disposition.NEVER_AGAIN, after=after * SECOND))
    held = known(facts_of(book, campaign=SURVEY).suppressions)
    assert {(each.scope, each.purpose.value) for each in held} == {
        ("principal:fastnet", "marketing"),
        ("campaign:indagine", "all"),
    }
    assert len(held) == 2
    assert [each.scope for each in known(facts_of(book).suppressions)] == ["principal:fastnet"]


def test_desks_that_race_write_one_row(book: VerdictBook, words: SqlDispositions, database: Database) -> None:
    """Eight at once, each at an instant of its own: one word, one promise, one need."""
    call_id = judged(book)
    said = [word(call_id, Disposition.CALLBACK, after=each * SECOND, needs=("fibre",)) for each in range(1, 9)]
    with ThreadPoolExecutor(8) as desks:
        noted = set(desks.map(words.note, said))
    assert len(noted) == 1
    assert len(words.of_call(call_id)) == 1
    assert len(known(facts_of(book).callbacks)) == 1
    assert len(SqlNeeds(database, KEYRING, SetClock()).of(MARIO, principal="fastnet")) == 1


def test_desks_that_race_with_different_words_keep_both(book: VerdictBook, words: SqlDispositions) -> None:
    """One after the other, the second correcting the first; "never again" among them holds."""
    call_id = judged(book)
    said = (Disposition.NEVER_AGAIN, Disposition.SOLD, Disposition.REFUSED)
    with ThreadPoolExecutor(3) as desks:
        list(desks.map(words.note, [word(call_id, each) for each in said]))
    assert sorted(each.disposition for each in words.of_call(call_id)) == sorted(said)
    assert [each.scope for each in known(facts_of(book).suppressions)] == ["principal:fastnet"]


# Wrong numbers.


def test_a_wrong_number_voids_until_it_is_verified_again(
    book: VerdictBook, words: SqlDispositions, database: Database
) -> None:
    """Consents, customer and contacts of before; what comes later counts, and a correction gives all back."""
    given = {"key_id": KEYRING.key_id, "purpose": "marketing", "text_version": "1", "evidence": "signed"}
    put(database, consent, id="before", given_at=NOW - DAY, **given)
    put(database, customer, status="current", products="[]", as_of=NOW - DAY)
    call_id = judged(book)
    words.note(word(call_id, Disposition.WRONG_NUMBER))
    facts = facts_of(book)
    assert (known(facts.consents), known(facts.customer).status) == ((), CustomerStatus.NONE)
    put(database, consent, id="after", given_at=NOW + timedelta(hours=1), **given)
    assert [each.id for each in known(facts_of(book).consents)] == ["after"]
    words.note(word(call_id, Disposition.NOT_NOW, after=2 * SECOND, recording="rec-1"))
    facts = facts_of(book)
    assert {each.id for each in known(facts.consents)} == {"before", "after"}
    assert known(facts.customer).status is CustomerStatus.CURRENT


# Claims.


def test_a_claim_is_confirmed_or_denied(book: VerdictBook, words: SqlDispositions, database: Database) -> None:
    """Until then it is a flag; then the brand's own word, or nothing; what was said stays on record."""
    clock = SetClock(NOW + timedelta(minutes=1))
    claims = Claims(database, KEYRING, clock)
    put(database, customer, status="ended", products='["adsl"]', as_of=NOW - DAY, person="P-1")
    words.note(word(judged(book), Disposition.ALREADY_CUSTOMER))
    assert [each.kind for each in known(facts_of(book).flags)] == [FlagKind.ALREADY_CUSTOMER]
    (claim,) = claims.open_of("fastnet")
    assert (claim.e164, claim.since) == (MARIO, NOW + SECOND)
    claims.confirm(MARIO, principal="fastnet", by="Rossi", products=["fibra"], since=NOW - 9 * DAY)
    facts = facts_of(book)
    said = known(facts.customer)
    assert (said.status, said.products, said.person) == (CustomerStatus.CURRENT, ("fibra",), "P-1")
    assert (said.since, known(facts.flags), claims.open_of("fastnet")) == (NOW - 9 * DAY, (), ())
    shown = Customers(database, KEYRING).show(MARIO, principal="fastnet").listed
    assert shown is not None
    assert "Rossi" in shown.source
    for answer in (claims.confirm, claims.deny):
        with pytest.raises(StoreConflict, match="nobody at this number"):
            answer(MARIO, principal="fastnet", by="Rossi")
    words.note(word(judged(book), Disposition.ALREADY_CUSTOMER, after=timedelta(hours=2)))
    claims.deny(MARIO, principal="fastnet", by="Rossi")
    assert (known(facts_of(book).flags), claims.open_of("fastnet")) == ((), ())
    with pytest.raises(StoreConflict, match="no principal"):
        claims.open_of("nobody")


@pytest.mark.parametrize(("stood_since", "answered"), [(None, True), (NOW - DAY, False), (NOW + SECOND, False)])
def test_a_brand_s_later_word_answers_a_claim(
    book: VerdictBook, words: SqlDispositions, database: Database, stood_since: Any, answered: bool
) -> None:
    """A list that says something new of the number does; one that says again what it had said before does not."""
    words.note(word(judged(book), Disposition.ALREADY_CUSTOMER))
    as_of = NOW + timedelta(hours=1)
    put(database, customer, status="ended", products="[]", as_of=as_of, stood_since=stood_since)
    assert (known(facts_of(book).flags) == ()) is answered
    assert (Claims(database, KEYRING, SetClock()).open_of("fastnet") == ()) is answered


# Needs.


def test_needs_are_kept_until_they_are_met(book: VerdictBook, words: SqlDispositions, database: Database) -> None:
    """In the order in which they were said, each once; met once, met for good."""
    clock = SetClock()
    needs = SqlNeeds(database, KEYRING, clock)
    call_id = judged(book)
    words.note(word(call_id, Disposition.INTERESTED, needs=("fibre", " fibre ", "", "a second line")))
    first, second = needs.of(MARIO, principal="fastnet")
    assert (first.text, first.call_id, first.campaign, first.operator) == ("fibre", call_id, AUTUMN.id, "anna")
    met = needs.met(first.id, principal="fastnet")
    clock.pass_by(DAY)
    assert needs.met(first.id, principal="fastnet") == met == replace(first, met_at=NOW)
    assert needs.of(MARIO, principal="fastnet") == (met, second)
    with pytest.raises(StoreConflict, match="no need"):
        needs.met(first.id, principal="telnet")


@pytest.mark.parametrize("whose", [None, "fastnet"])
def test_what_the_desk_keeps_is_told_and_erased(
    book: VerdictBook, words: SqlDispositions, database: Database, whose: str | None
) -> None:
    """Needs, turn and lease, and the sealed number with its contact; somebody else's stay."""
    clock, other = SetClock(NOW + DAY), "+393330000099"
    installation.claim(database, KEYRING.key_id)
    list_of(database, MARIO, other)
    turns_ = stocked(database)
    for e164 in (MARIO, other):
        call_id = judged(book, e164)
        words.note(word(call_id, Disposition.CALLBACK, needs=("fibre",), note="after six"))
        book.close(call_id, Ending(outcome=Outcome.ANSWERED, ended_at=NOW + SECOND))
        given: dict[str, Any] = {"principal": "fastnet", "campaign": AUTUMN.id, "now": NOW, "until": NOW + DAY}
        assert turns_.lease(KEYRING.number_key(e164), operator=e164, **given)
    held = Holdings(database, KEYRING).of(MARIO, principal_id=whose)
    assert [len(held[name]) for name in ("needs", "turns", "leases", "callbacks")] == [1, 1, 1, 1]
    assert held["callbacks"][0]["note"] == "after six"
    assert "sealed_number" not in held["contacts"][0]
    done = Erasures(database, KEYRING, clock).erase(
        MARIO, principal_id=whose, keepings=lambda _owner: Keeping(), reason="asked", by="dpo"
    )
    assert {"need", "contact_turn", "contact_lease", "contact"} <= done.removed.keys()
    names = ("needs", "turns", "leases", "callbacks", "contacts")
    assert [len(Holdings(database, KEYRING).of(MARIO)[name]) for name in names] == [0] * 5
    assert [len(Holdings(database, KEYRING).of(other)[name]) for name in names] == [1] * 5


# Stories.


def test_a_story_of_many_calls_is_cut_where_it_is_told(
    book: VerdictBook, words: SqlDispositions, database: Database
) -> None:
    """The newest calls with the last word's note, never the call itself; names of the campaign's list first."""
    list_of(database, MARIO, name="Signor Rossi", campaign=SURVEY.id)
    list_of(database, MARIO, name="Mario Rossi")
    ids = [judged(book) for _ in range(40)]
    for note in ("first", "last"):
        words.note(word(ids[-2], Disposition.NOT_NOW, note=note))
    whole = book.show(ids[-1])
    assert whole is not None
    story = SqlStories(database, KEYRING).read(whole, now=NOW + SECOND, calls=30)
    assert story is not None
    assert (len(story.calls), story.name) == (30, "Mario Rossi")
    assert ids[-1] not in {past.call_id for past in story.calls}
    assert [past.note for past in story.calls if past.call_id == ids[-2]] == ["last"]
    assert SqlStories(database, KEYRING).read(replace(whole, callee=None), now=NOW, calls=30) is None
    assert SqlStories(database, KEYRING).read(replace(whole, campaign="gone"), now=NOW, calls=30) is None


# Turns and leases.


def the_turns(database: Database, *, after: Any = None, limit: int = 50, now: Any = NOW) -> list[str]:
    """The numbers whose turn it is."""
    found = SqlTurns(database, KEYRING).turns(AUTUMN.id, principal="fastnet", after=after, now=now, limit=limit)
    return [turn.e164 for turn in found]


def stocked(database: Database, now: Any = NOW) -> SqlTurns:
    """With every contact's turn given."""
    turns = SqlTurns(database, KEYRING)
    while turns.stock_up(AUTUMN.id, principal="fastnet", now=now):
        pass
    return turns


def test_every_contact_gets_its_turn_once(book: VerdictBook, database: Database) -> None:
    """However long the principal's lists are; those of another campaign, or of a list that was replaced, get none."""
    mine = [f"+39333{each:07}" for each in range(2_500)]
    list_of(database, *(f"+39334{each:07}" for each in range(500)), campaign=SURVEY.id)
    list_of(database, "+393350000001")
    list_of(database, *mine)
    stocked(database)
    found: list[str] = []
    after = None
    while some := SqlTurns(database, KEYRING).turns(AUTUMN.id, principal="fastnet", after=after, now=NOW, limit=400):
        found += [turn.e164 for turn in some]
        after = (some[-1].called_at, some[-1].number_key)
    assert sorted(found) == mine
    list_of(database, *mine, "+393350000002")
    stocked(database)
    last = SqlTurns(database, KEYRING).turns(AUTUMN.id, principal="fastnet", after=None, now=NOW, limit=5_000)
    assert len(last) == 2_501


def test_a_turn_that_was_put_off_comes_again(book: VerdictBook, database: Database) -> None:
    """At its very instant, at the place of when it was called last; who is gone has none."""
    first, second, third = (f"+39333000000{each}" for each in (1, 2, 3))
    list_of(database, first, second, third)
    turns = stocked(database)
    later = PutOff(number_key=KEYRING.number_key(first), called_at=NOW, not_before=NOW + DAY)
    gone = [KEYRING.number_key(third)]
    turns.put_off(AUTUMN.id, [later], principal="fastnet", gone=gone)
    assert the_turns(database) == [second]
    stocked(database, NOW + DAY - SECOND)
    assert the_turns(database) == [second]
    stocked(database, NOW + DAY)
    assert the_turns(database) == [second, third, first]  # the walk of a day later finds who is in the list still
    turn = turns.turns(AUTUMN.id, principal="fastnet", after=None, now=NOW, limit=1)[0]
    assert (turn.called_at, turn.last_at, turn.promised_for) == (NEVER, None, None)


def test_a_turn_knows_calls_and_promises(book: VerdictBook, database: Database) -> None:
    """When the number was called last for the principal, and what it is owed."""
    list_of(database, MARIO)
    judged(book)
    Callbacks(database, KEYRING, SetClock()).promise(MARIO, campaign_id=SURVEY.id, due_at=NOW + DAY)
    turns = stocked(database)
    (turn,) = turns.turns(AUTUMN.id, principal="fastnet", after=None, now=NOW, limit=9)
    assert (turn.called_at, turn.last_at, turn.promised_for) == (NOW, NOW, NOW + DAY)


def test_of_operators_who_race_one_gets_the_number(book: VerdictBook, database: Database) -> None:
    """Eight at once; the lease ends at its very instant, and then it is the next one's."""
    list_of(database, MARIO)
    turns = stocked(database)
    until = NOW + timedelta(minutes=5)
    who = {"principal": "fastnet", "campaign": AUTUMN.id}

    def take(operator: str, *, now: Any = NOW) -> bool:
        return turns.lease(KEY, **who, operator=operator, now=now, until=now + timedelta(minutes=5))

    with ThreadPoolExecutor(8) as desks:
        got = list(desks.map(take, [f"operator-{each}" for each in range(8)]))
    assert sum(got) == 1
    owner = f"operator-{got.index(True)}"
    lease = turns.leased(owner, AUTUMN.id, now=until - SECOND)
    assert lease is not None
    assert (lease.e164, lease.called, lease.until) == (MARIO, False, until)
    assert the_turns(database) == []
    judged(book)
    again = turns.leased(owner, AUTUMN.id, now=NOW)
    assert again is not None
    assert again.called
    assert turns.leased(owner, AUTUMN.id, now=until) is None
    assert take("somebody else", now=until)
    assert turns.leased(owner, AUTUMN.id, now=until) is None


def test_what_is_due_and_what_was_done(book: VerdictBook, words: SqlDispositions, database: Database) -> None:
    """Promises with name and number, calls of the day with what they came to."""
    list_of(database, MARIO, name="Mario Rossi")
    promised = Callbacks(database, KEYRING, SetClock()).promise(
        MARIO, campaign_id=AUTUMN.id, due_at=NOW + SECOND, operator="anna"
    )
    call_id = judged(book)
    put_live(database, call_id)
    desk = SqlContacts(database, KEYRING)

    async def look() -> Any:
        due = await desk.callbacks([AUTUMN.id], until=NOW + SECOND)
        early = await desk.callbacks([AUTUMN.id], until=NOW)
        none = await desk.callbacks([], until=NOW + DAY)
        name = await desk.name_of(KEY, campaign=AUTUMN.id)
        return due, early, none, name, await desk.calls_of("anna", since=NOW)

    (due,), early, none, name, (mine,) = asyncio.run(look())
    assert (due.id, due.e164, due.name, due.operator) == (promised.id, MARIO, "Mario Rossi", "anna")
    assert (early, none, name) == ((), (), "Mario Rossi")
    assert (mine.call_id, mine.word, mine.kept, mine.talked_s) == (call_id, None, False, None)
    ending = Ending(outcome=Outcome.ANSWERED, ended_at=NOW + DAY, answered_at=NOW + DAY - SECOND)
    book.close(call_id, ending)
    words.note(word(call_id, Disposition.SOLD))
    (mine,) = asyncio.run(look_at_day(desk))
    assert (mine.word, mine.outcome, mine.kept, mine.talked_s) == (Disposition.SOLD, Outcome.ANSWERED, True, 1.0)


async def look_at_day(desk: SqlContacts) -> Any:
    """Anna's calls."""
    return await desk.calls_of("anna", since=NOW)


def put_live(database: Database, call_id: str) -> None:
    """The call as the desk has followed it."""
    row = {"call_id": call_id, "gate": "garbo-a", "campaign": AUTUMN.id, "operator": "anna", "phone": "PJSIP/101"}
    row |= {"phase": "ended"}
    at = {"decided_at": NOW, "changed_at": NOW}
    database.write(lambda connection: connection.execute(insert(live_call), {**row, **at}))


# Plans.


def explained(database: Database, query: Any) -> str:
    """How the engine would run it, if it would rather not read tables whole."""
    sqlite = database.engine.dialect.name == "sqlite"
    sent: list[tuple[str, Any]] = []
    with database.engine.begin() as connection:
        event.listen(connection, "before_cursor_execute", lambda *told: sent.append((told[2], told[3])))
        connection.execute(query)
        text, given = sent.pop()
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql(f"{'EXPLAIN QUERY PLAN' if sqlite else 'EXPLAIN'} {text}", given)
        return "\n".join(map(str, plan))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (turns.ripe(AUTUMN.id, "fastnet", NOW), "ix_contact_turn_ripe"),
        (contacts.DUE.params(campaigns=[AUTUMN.id, SURVEY.id], until=NOW), "ix_callback_open"),
        (contacts.CALLS_OF.params(operator="anna", since=NOW), "ix_live_call_operator_decided_at"),
        (needs.NEEDS_OF.params(principal="fastnet", number_key=KEY), "ix_need_principal_number_key"),
    ],
)
def test_what_the_desk_asks_often_is_read_by_its_index(database: Database, query: Any, index: str) -> None:
    """No table that grows is read whole."""
    found = explained(database, query)
    assert index in found
    assert whole_tables(found) - {"campaign"} == set()
