"""The book of answers, on both engines: versions, approval by another, withdrawal, search."""

from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import pytest

from ari_app.desk.answers_file import AnswersError, parse_answers
from ari_app.desk.book import AnswerText, Book, plain_words
from ari_app.desk.refusals import AtTheServer, Refused
from ari_app.policy.request import Role
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.answers import SqlAnswers
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from tests.stores.samples import SetClock

SARA, PIA, AUDITOR = AtTheServer("sara", Role.SUPERVISOR), AtTheServer("pia"), AtTheServer("aldo", Role.AUDITOR)
PRICE = AnswerText(
    id="price-rise",
    topic="billing",
    question={"it": "Perché è aumentato il prezzo?", "en": "Why did the price go up?"},
    text={"it": "Il canone è adeguato all'inflazione.", "en": "The fee follows inflation, by 100%_at most."},
)


@pytest.fixture
def clock() -> SetClock:
    """It stands."""
    return SetClock()


@pytest.fixture
def book(database: Database, clock: SetClock) -> Book:
    """Empty, with two principals."""
    for principal in ("fastnet", "luce"):
        Directory(database).add_principal(principal, name=principal, country="IT")
    return Book(SqlAnswers(database), clock)


def ids(book: Book, sought: str = "", *, principal: str | None = None) -> list[str]:
    """What is found."""
    return [each.said.id for each in book.find(sought, principal=principal)]


def test_an_answer_counts_once_another_has_approved_it(book: Book, clock: SetClock) -> None:
    """Dated and named; until then nobody finds it, and its author cannot approve it."""
    assert book.add(SARA, PRICE) == 1
    assert ids(book) == []
    assert [each.said.id for each in book.waiting()] == ["price-rise"]
    with pytest.raises(Refused) as failure:
        book.approve(SARA, "price-rise", 1)
    assert failure.value.code == "own_answer"
    clock.pass_by(timedelta(days=1))
    entry = book.approve(PIA, "price-rise", 1)
    assert (entry.approved_by, entry.approved_at, entry.counts) == ("pia", clock.now(), True)
    assert book.find("prezzo") == (entry,)
    assert book.waiting() == ()
    with pytest.raises(Refused) as failure:
        book.approve(PIA, "price-rise", 1)
    assert failure.value.code == "settled"


def test_the_version_before_counts_until_the_next_is_approved(book: Book) -> None:
    """An older one that waits is passed over; the same words make no version."""
    book.add(SARA, PRICE)
    book.approve(PIA, "price-rise", 1)
    assert book.add(SARA, PRICE) == 0
    for text in ("second", "third"):
        book.add(SARA, replace(PRICE, text={"it": text, "en": text}))
    assert book.find("prezzo")[0].version == 1
    with pytest.raises(Refused) as failure:
        book.approve(PIA, "price-rise", 2)
    assert failure.value.code == "old_version"
    book.approve(PIA, "price-rise", 3)
    assert [(each.version, each.said.text["en"]) for each in book.find("")] == [(3, "third")]
    assert [each.version for each in book.versions("price-rise")] == [3, 2, 1]


def test_what_is_withdrawn_counts_in_no_version(book: Book) -> None:
    """Not even in the one before; a new version may count again."""
    book.add(SARA, PRICE)
    book.approve(PIA, "price-rise", 1)
    book.add(SARA, replace(PRICE, topic="prices"))
    book.withdraw(SARA, "price-rise")
    assert ids(book) == []
    assert book.waiting() == ()
    for attempt in (lambda: book.withdraw(SARA, "price-rise"), lambda: book.approve(PIA, "price-rise", 2)):
        with pytest.raises(Refused) as failure:
            attempt()
        assert failure.value.code == "settled"
    book.add(SARA, replace(PRICE, topic="prices"))
    book.approve(PIA, "price-rise", 3)
    assert ids(book) == ["price-rise"]


@pytest.mark.parametrize(
    "sought", ["PERCHE", "perché", "Perche' prezzo", "  inflation  up", "price-rise", "canòne", ""]
)
def test_words_are_found_whatever_their_accents(book: Book, sought: str) -> None:
    """In question, answer, topic and id, in each language; every word has to be there."""
    book.add(SARA, PRICE)
    book.approve(PIA, "price-rise", 1)
    assert ids(book, sought) == ["price-rise"]


@pytest.mark.parametrize("sought", ["sconto", "perche sconto", "100000"])
def test_words_that_are_not_there_find_nothing(book: Book, sought: str) -> None:
    """One of them is enough."""
    book.add(SARA, PRICE)
    book.approve(PIA, "price-rise", 1)
    assert ids(book, sought) == []


def test_a_principal_has_its_own_answers(book: Book) -> None:
    """With those for all; another one's are not shown for it."""
    for principal in (None, "fastnet", "luce"):
        said = replace(PRICE, id=f"price-{principal}", principal=principal)
        book.add(SARA, said)
        book.approve(PIA, said.id, 1)
    assert ids(book, "prezzo", principal="fastnet") == ["price-None", "price-fastnet"]
    assert len(ids(book)) == 3
    with pytest.raises(StoreConflict, match="no principal nobody"):
        book.add(SARA, replace(PRICE, principal="nobody"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "no space"}, "bad_id"),
        ({"id": ""}, "bad_id"),
        ({"id": ".."}, "bad_id"),
        ({"id": "x" * 65}, "bad_id"),
        ({"topic": " "}, "empty"),
        ({"text": {"it": "solo"}}, "no_language"),
        ({"question": {"it": "sì", "en": " "}}, "empty"),
        ({"text": {"it": "x" * 10_001, "en": "y"}}, "too_long"),
        ({"text": {"it": "\0", "en": "y"}}, "not_unicode"),
    ],
)
def test_half_an_answer_is_none(book: Book, change: dict[str, object], code: str) -> None:
    """Nothing of it is kept, and what is wrong is said."""
    with pytest.raises(Refused) as failure:
        book.add(SARA, replace(PRICE, **change))  # type: ignore[arg-type]
    assert failure.value.code == code
    assert book.waiting() == ()


def test_only_who_writes_changes_the_book(book: Book) -> None:
    """Auditors and operators read it."""
    for who in (AUDITOR, AtTheServer("anna", Role.OPERATOR)):
        for attempt in (
            lambda who=who: book.add(who, PRICE),
            lambda who=who: book.approve(who, "price-rise", 1),
            lambda who=who: book.withdraw(who, "price-rise"),
            lambda who=who: book.take(who, [PRICE], approved_by="Rossi"),
        ):
            with pytest.raises(Refused) as failure:
                attempt()
            assert failure.value.code == "not_yours"


FILE = """
[[answer]]
id = "roaming"
topic = "mobile"
question = { it = "Posso usarlo all'estero?", en = "Can I use it abroad?" }
text = { it = "Sì, in tutta l'UE.", en = "Yes, in all of the EU." }

[[answer]]
id = "moving"
topic = "moving"
principal = "fastnet"
question = { it = "Cambio casa", en = "I am moving" }
text = { it = "La linea La segue.", en = "The line moves with you." }
"""


def test_a_file_of_answers_is_taken_whole(book: Book) -> None:
    """Approved by whom it says, or to be approved; again it changes nothing."""
    said = parse_answers(FILE, name="book.toml")
    assert book.take(SARA, said, approved_by=None) == 2
    assert ids(book) == []
    assert book.take(SARA, said, approved_by="Rossi, Fastnet") == 2
    assert ids(book) == ["roaming", "moving"]
    assert book.take(SARA, said, approved_by="Rossi, Fastnet") == 0
    assert {each.approved_by for each in book.find("")} == {"Rossi, Fastnet"}
    with pytest.raises(Refused) as failure:
        book.take(SARA, said, approved_by="sara")
    assert failure.value.code == "own_answer"
    with pytest.raises(StoreConflict, match="nobody"):
        book.take(SARA, [PRICE, replace(said[1], principal="nobody")], approved_by=None)
    assert [each.said.id for each in book.waiting()] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "answer"),
        ("answer = 3", "book.toml:1"),
        (FILE.replace('topic = "moving"\n', ""), "book.toml:8: answer.moving"),
        (FILE.replace('id = "moving"', 'id = "roaming"'), "roaming is given twice"),
        (FILE.replace(', en = "I am moving"', ""), "has nothing in en"),
        (FILE + "colour = 1\n", "colour"),
        (FILE.replace('"moving"', '"no id"', 1), "answer"),
    ],
)
def test_a_file_that_is_wrong_names_its_line(text: str, told: str) -> None:
    """Whole or not at all."""
    with pytest.raises(AnswersError, match=r"book\.toml") as failure:
        parse_answers(text, name="book.toml")
    assert told in str(failure.value)


def test_steps_name_answers_that_count(book: Book) -> None:
    """One that waits or is not there is left out."""
    book.add(SARA, PRICE)
    book.add(SARA, replace(PRICE, id="other"))
    book.approve(PIA, "price-rise", 1)
    assert list(book.of_step(("price-rise", "other", "nothing"))) == ["price-rise"]
    assert book.of_step(()) == {}
    with pytest.raises(Refused) as failure:
        book.versions("nothing")
    assert failure.value.code == "no_answer"


def test_a_few_thousand_answers_are_searched_at_once(book: Book, figures: list[str]) -> None:
    """What is found is never more than the page shows."""
    many = [replace(PRICE, id=f"answer-{number}", topic=f"topic {number % 7}") for number in range(3_000)]
    book.take(SARA, many, approved_by="Rossi")
    begun = perf_counter()
    found = book.find("perche inflazione topic 3")
    figures.append(f"answers: {len(many)} searched in {(perf_counter() - begun) * 1000:.0f} ms")
    assert len(found) == book.most_found


def test_plain_words() -> None:
    """Case, accents, apostrophes and punctuation are no part of a word."""
    assert plain_words("Perché l'ADSL è più LENTA?  ＷｉＦｉ Straße") == (
        *("perche", "l", "adsl", "e", "piu", "lenta", "wifi", "strasse"),
    )
