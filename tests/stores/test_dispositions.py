"""What is noted of calls and people on both engines: words, flags, promises, permits, registrations."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.facts import Facts, known
from ari_app.policy.held import SuppressionPurpose
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door, Registration
from ari_app.ports.dispositions import Word
from ari_app.ports.verdicts import Ending, StoreConflict
from ari_app.stores.book import VerdictBook
from ari_app.stores.callbacks import Callbacks
from ari_app.stores.database import Database
from ari_app.stores.directory import Agency, Directory
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.flags import Flags
from ari_app.stores.one_off_permits import OneOffPermits
from ari_app.stores.registrations import Registrations
from ari_app.stores.suppressions import Suppressions
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, call, record, say, wanted

LATER = NOW + timedelta(hours=2)
SOON = NOW + timedelta(seconds=90)


@pytest.fixture
def book(database: Database) -> VerdictBook:
    """A book with one campaign."""
    directory = Directory(database)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    directory.add_agency(Agency(id="callia", name="Callia", roc="12345", roc_until=LATER))
    directory.add_campaign(replace(AUTUMN, agency="callia"))
    return VerdictBook(database, KEYRING)


@pytest.fixture
def words(database: Database) -> SqlDispositions:
    """Where words are noted."""
    return SqlDispositions(database, KEYRING)


def judged(book: VerdictBook, verdict: str = "permit", *, minutes: int = 0, outcome: Outcome | None = None) -> str:
    """The id of a call with this verdict, and this outcome."""
    request = call(at=NOW + timedelta(minutes=minutes))
    book.judge(request, needs=wanted(request), decide=say(request, verdict))
    if outcome is not None:
        ended_at = request.asked_at + timedelta(minutes=1)
        book.close(request.call_id, Ending(outcome=outcome, ended_at=ended_at, answered_at=ended_at))
    return request.call_id


def facts_of(book: VerdictBook) -> Facts:
    """What the next call of a day later sees."""
    request, seen = call(at=NOW + timedelta(days=1)), []

    def look(facts: Facts) -> VerdictRecord:
        seen.append(facts)
        return record(request)

    book.preview(request, needs=wanted(request), decide=look)
    return seen[0]


def word(call_id: str, disposition: Disposition, *, note: str = "") -> Word:
    """A word of Anna's, half a minute into the call."""
    at = NOW + timedelta(seconds=30)
    value = "de" if disposition is Disposition.LANGUAGE else ""
    due_at = LATER if disposition is Disposition.CALLBACK else None
    return Word(call_id=call_id, disposition=disposition, operator="anna", at=at, note=note, value=value, due_at=due_at)


@pytest.mark.parametrize("disposition", list(Disposition))
def test_every_word_is_seen_by_the_next_verdict(
    book: VerdictBook, words: SqlDispositions, disposition: Disposition
) -> None:
    """The attempt carries its word, and what the word sets down holds at once."""
    call_id = judged(book)
    noted = words.note(word(call_id, disposition, note="lo ha detto"))
    facts = facts_of(book)
    assert [each.disposition for each in known(facts.attempts)] == [disposition]
    assert len(known(facts.suppressions)) == (noted.suppression is not None)
    assert len(known(facts.flags)) == (noted.flag is not None)
    assert [each.id for each in known(facts.callbacks)] == ([noted.callback] if noted.callback else [])
    assert words.of_call(call_id) == (noted,)


@pytest.mark.parametrize(
    ("disposition", "purpose"), [(Disposition.NEVER_AGAIN, "marketing"), (Disposition.DECEASED, "all")]
)
def test_a_correction_never_undoes_a_suppression(
    book: VerdictBook, words: SqlDispositions, database: Database, disposition: Disposition, purpose: str
) -> None:
    """The later word counts and the first one's flag is gone, but who was suppressed stays so, with the history."""
    call_id = judged(book)
    first = words.note(word(call_id, disposition))
    words.note(replace(word(call_id, Disposition.SOLD), at=SOON))
    (held,) = known(facts_of(book).suppressions)
    assert (held.purpose, held.scope, held.expires_at) == (SuppressionPurpose(purpose), "principal:fastnet", None)
    assert known(facts_of(book).flags) == ()
    assert [each.disposition for each in words.of_call(call_id)] == [disposition, Disposition.SOLD]
    assert words.of_call(call_id)[0] == first
    shown = Suppressions(database, KEYRING, SetClock()).show(MARIO)
    assert [each.suppression.id for each in shown] == [first.suppression]


def test_the_same_word_twice_is_one(book: VerdictBook, words: SqlDispositions) -> None:
    """A form that is sent twice changes nothing."""
    call_id = judged(book)
    assert words.note(word(call_id, Disposition.CALLBACK)) == words.note(word(call_id, Disposition.CALLBACK))
    assert len(words.of_call(call_id)) == 1
    assert len(known(facts_of(book).callbacks)) == 1


def test_a_corrected_promise_is_withdrawn(book: VerdictBook, words: SqlDispositions) -> None:
    """The promise of the word before does not stand beside that of the new one."""
    call_id = judged(book)
    words.note(word(call_id, Disposition.CALLBACK))
    second = words.note(replace(word(call_id, Disposition.CALLBACK), due_at=LATER + timedelta(hours=1), at=SOON))
    assert [each.id for each in known(facts_of(book).callbacks)] == [second.callback]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"call_id": "01JNOBODY"}, "no verdict"),
        ({"disposition": Disposition.LANGUAGE}, "language"),
        ({"disposition": Disposition.CALLBACK}, "instant"),
        ({"due_at": NOW}, "past"),
    ],
)
def test_what_cannot_be_noted_is_refused(
    book: VerdictBook, words: SqlDispositions, wrong: dict[str, object], said: str
) -> None:
    """An unknown call, a language without a name, a promise without an instant or for one that is past."""
    whole = word(judged(book), Disposition.SOLD)
    with pytest.raises(StoreConflict, match=said):
        words.note(replace(whole, **wrong))  # type: ignore[arg-type]  # each of its own type


def test_nothing_is_said_in_a_call_that_was_denied(book: VerdictBook, words: SqlDispositions) -> None:
    """A call that was not permitted has no words."""
    with pytest.raises(StoreConflict, match="not permitted"):
        words.note(word(judged(book, "deny"), Disposition.SOLD))


def test_a_wrong_number_names_whom_the_call_meant(
    book: VerdictBook, words: SqlDispositions, database: Database
) -> None:
    """The flag's value is the person of the attempt, unless another was named."""
    call_id = judged(book)
    words.note(replace(word(call_id, Disposition.WRONG_NUMBER), value="p-7"))
    (noted,) = known(facts_of(book).flags)
    assert (noted.kind, noted.value) == (FlagKind.WRONG_NUMBER, "p-7")
    (entry,) = Flags(database, KEYRING, SetClock()).show(MARIO)
    assert (entry.flag, entry.source) == (noted, f"call {call_id}")


# Promises.


@pytest.mark.parametrize(
    ("outcome", "noted", "kept"),
    [
        (Outcome.ANSWERED, None, True),
        (Outcome.UNOBSERVED, None, True),
        (Outcome.ABANDONED, None, False),
        (Outcome.NO_ANSWER, None, False),
        (Outcome.ANSWERED, Disposition.VOICEMAIL, False),
        (Outcome.ANSWERED, Disposition.REFUSED, True),
    ],
)
def test_a_later_conversation_keeps_a_promise(
    book: VerdictBook,
    words: SqlDispositions,
    database: Database,
    outcome: Outcome,
    noted: Disposition | None,
    kept: bool,
) -> None:
    """By the word on the call, before or after it ended, else by its outcome; silence keeps none."""
    for minutes, word_first in ((5, True), (10, False)):
        callbacks = Callbacks(database, KEYRING, SetClock())
        promised = callbacks.promise(MARIO, campaign_id=AUTUMN.id, due_at=LATER, operator="anna")
        call_id = judged(book, minutes=minutes)
        ended_at = NOW + timedelta(minutes=minutes + 1)
        if noted is not None and word_first:
            words.note(word(call_id, noted))
        book.close(call_id, Ending(outcome=outcome, ended_at=ended_at))
        if noted is not None and not word_first:
            words.note(replace(word(call_id, noted), at=ended_at))
        entry = next(each for each in callbacks.show(MARIO) if each.callback == promised)
        assert (entry.done_in == call_id, entry.done_at is not None) == (kept, kept)
        callbacks.done(promised.id)


def test_the_call_in_which_it_was_promised_keeps_no_promise(book: VerdictBook, words: SqlDispositions) -> None:
    """Somebody who asks to be called again is still owed that call when they hang up."""
    call_id = judged(book)
    words.note(word(call_id, Disposition.CALLBACK))
    book.close(call_id, Ending(outcome=Outcome.ANSWERED, ended_at=SOON))
    assert len(known(facts_of(book).callbacks)) == 1


def test_promises_are_listed_until_they_are_done(book: VerdictBook, database: Database) -> None:
    """Open ones of a principal that are due before an instant; done once, done for good."""
    clock = SetClock()
    callbacks = Callbacks(database, KEYRING, clock)
    promised = callbacks.promise(MARIO, campaign_id=AUTUMN.id, due_at=LATER)
    assert callbacks.open_of("fastnet", until=LATER) == []
    assert [each.callback for each in callbacks.open_of("fastnet", until=LATER + timedelta(1))] == [promised]
    done = callbacks.done(promised.id)
    clock.pass_by(timedelta(hours=1))
    assert callbacks.done(promised.id) == done
    assert callbacks.open_of("fastnet", until=LATER + timedelta(1)) == []
    for wrong in (
        {"campaign_id": "nowhere", "due_at": LATER + timedelta(1)},
        {"campaign_id": AUTUMN.id, "due_at": NOW},
    ):
        with pytest.raises(StoreConflict):
            callbacks.promise(MARIO, **wrong)  # type: ignore[arg-type]
    with pytest.raises(StoreConflict):
        callbacks.done("nobody's")


# Flags, permits, registrations.


def test_a_cleared_flag_holds_no_more(book: VerdictBook, database: Database) -> None:
    """It stays on record, with who cleared it; clearing it again changes nothing."""
    flags = Flags(database, KEYRING, SetClock())
    added = flags.add(MARIO, principal="fastnet", kind=FlagKind.VULNERABLE, source="letter")
    assert known(facts_of(book).flags) == (added.flag,)
    cleared = flags.clear(added.id, by="boss")
    assert flags.clear(added.id, by="somebody else") == cleared
    assert flags.show(MARIO) == [replace(added, cleared_at=NOW, cleared_by="boss")]
    assert known(facts_of(book).flags) == ()
    with pytest.raises(StoreConflict, match="no flag"):
        flags.clear("none", by="boss")
    with pytest.raises(StoreConflict, match="no principal"):
        flags.add(MARIO, principal="nobody", kind=FlagKind.MINOR, source="letter")
    with pytest.raises(StoreConflict, match="value"):
        flags.add(MARIO, principal="fastnet", kind=FlagKind.HOURS, source="letter")


def test_a_granted_permit_is_seen_with_its_uses(book: VerdictBook, database: Database) -> None:
    """By the next verdict, and when it is shown."""
    permits = OneOffPermits(database, KEYRING, SetClock())
    granted = permits.grant(MARIO, principal="fastnet", source="web_form", by="anna", expires_at=LATER)
    request = call()
    whole = replace(record(request), redeems=granted.id)
    book.judge(request, needs=wanted(request), decide=lambda _facts: whole)
    shown = book.show(request.call_id)
    assert shown is not None
    assert shown.redeems == granted.id
    assert known(facts_of(book).one_off_permits) == (replace(granted, uses=1),)
    (entry,) = permits.show(MARIO)
    assert (entry.permit, entry.granted_by, entry.principal) == (replace(granted, uses=1), "anna", "fastnet")
    with pytest.raises(StoreConflict, match="expired"):
        permits.grant(MARIO, principal="fastnet", source="web_form", by="anna", expires_at=NOW)


def test_a_campaign_comes_with_its_registrations(book: VerdictBook, database: Database) -> None:
    """The agency's number in the ROC, and what was added for agency or principal; the same number again replaces it."""
    registrations = Registrations(database)
    licence = Registration(register="TPS", holder="principal", number="t-1", valid_until=NOW)
    registrations.add("fastnet", licence)
    registrations.add("fastnet", replace(licence, valid_until=None))
    registrations.add("callia", Registration(register="SAN", holder="agency", number="s-1"))
    roc = Registration(register="ROC", holder="agency", number="12345", valid_until=LATER)
    found = book.admission(Ask(dialled="1", door=Door.STASIS, campaign=AUTUMN.id), default_campaign="").campaign
    assert found is not None
    assert set(found.registrations) == {
        roc,
        replace(licence, valid_until=None),
        Registration(register="SAN", holder="agency", number="s-1"),
    }
    assert [holder for holder, _ in registrations.all()] == ["callia", "fastnet"]
    with pytest.raises(StoreConflict, match="no agency"):
        registrations.add("nobody", Registration(register="SAN", holder="agency", number="s-1"))
