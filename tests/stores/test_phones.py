"""Who sits at which phone, on both engines, and who is taken for the caller."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from ari_app.policy.request import Ask, Door
from ari_app.ports.phones import AT_THE_DESK, NoOperator, Place, SatDown, Seat
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.admission import AT_PHONE, admit
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.logins import LoginBook
from ari_app.stores.passwords import Passwords
from ari_app.stores.phones import PhoneBook
from ari_app.stores.tables import web_session
from ari_app.stores.web_sessions import SESSION, SessionBook
from tests.stores.samples import ANNA, NOW, SetClock
from tests.stores.test_logins import QUICK
from tests.stores.test_plans import plan, whole_tables

BRUNO = replace(ANNA, id="bruno", endpoint="PJSIP/102")
CARLA = replace(ANNA, id="carla", endpoint="")
SHARED, SEAT = "PJSIP/205", "Local/8600051@default"


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands."""
    return SetClock()


@pytest.fixture
def book(database: Database, clock: SetClock) -> PhoneBook:
    """Anna and Bruno with a phone each, Carla without."""
    for each in (ANNA, BRUNO, CARLA):
        Directory(database).add_operator(each)
    return PhoneBook(database, clock)


def caller(database: Database, endpoint: str, operator: str = "") -> str:
    """The id of whoever is taken for the caller; empty: nobody."""
    ask = Ask(dialled="333", door=Door.STASIS, endpoint=endpoint, operator=operator)
    return database.read(lambda connection: admit(connection, ask, "")).operator_id


def test_nobody_sat_down(book: PhoneBook, database: Database) -> None:
    """Each phone is its owner's; one of nobody is nobody's."""
    phones = ("PJSIP/101", "PJSIP/102", SHARED, SEAT, "")
    assert [caller(database, phone) for phone in phones] == ["anna", "bruno", "", "", ""]
    assert book.place("anna") == Place(own="PJSIP/101")
    assert book.place("carla") == book.place("nobody") == Place()
    assert book.known() == (("PJSIP/101", "anna"), ("PJSIP/102", "bruno"))


def test_a_dialers_seat_and_ones_own_phone(book: PhoneBook, database: Database) -> None:
    """Both lead to the operator: who sits at a dialer's seat calls from their own phone too."""
    sat = book.sit("anna", SEAT, said_by="cli")
    assert sat == SatDown(seat=Seat(phone=SEAT, operator="anna", since=NOW, said_by="cli"))
    assert caller(database, SEAT) == caller(database, "PJSIP/101") == "anna"
    assert book.place("anna").phones == (SEAT, "PJSIP/101")
    assert (SEAT, "anna") in book.known()


def test_a_shared_phone_is_whose_sat_down_last(book: PhoneBook, database: Database) -> None:
    """The one before is named, and has it no more; leaving makes it nobody's."""
    assert book.sit("carla", SHARED, said_by=AT_THE_DESK).instead_of == ""
    assert caller(database, SHARED) == "carla"
    assert book.sit("bruno", SHARED, said_by=AT_THE_DESK).instead_of == "carla"
    assert caller(database, SHARED) == "bruno"
    assert book.place("carla") == Place()
    assert book.leave("carla") is None
    assert book.leave("bruno") is not None
    assert caller(database, SHARED) == ""


def test_ones_own_phone_taken_and_given_back(book: PhoneBook, database: Database) -> None:
    """The owner is not taken for the caller while another sits there; leaving gives it back, so does sitting down."""
    sat = book.sit("bruno", "PJSIP/101", said_by=AT_THE_DESK)
    assert sat.instead_of == "anna"
    assert caller(database, "PJSIP/101") == "bruno"
    assert book.place("anna") == Place(own="PJSIP/101", taken=sat.seat)
    assert book.place("anna").phones == ()
    book.leave("bruno")
    assert caller(database, "PJSIP/101") == "anna"
    book.sit("bruno", "PJSIP/101", said_by=AT_THE_DESK)
    assert book.sit("anna", "PJSIP/101", said_by=AT_THE_DESK).instead_of == "bruno"
    assert caller(database, "PJSIP/101") == "anna"
    assert book.place("anna").phones == ("PJSIP/101",)
    book.leave("anna")
    assert caller(database, "PJSIP/101") == "anna"


def test_a_person_sits_at_one_place(book: PhoneBook, database: Database) -> None:
    """Sitting down elsewhere leaves the first phone."""
    book.sit("carla", SHARED, said_by="cli")
    book.sit("carla", SEAT, said_by="cli")
    assert (caller(database, SHARED), caller(database, SEAT)) == ("", "carla")


def test_the_same_again_changes_nothing(book: PhoneBook, clock: SetClock) -> None:
    """Several desks share one phone; what a dialer said is not undone by the page saying the same."""
    first = book.sit("carla", SHARED, said_by="cli")
    clock.pass_by(timedelta(hours=1))
    assert book.sit("carla", SHARED, said_by=AT_THE_DESK) == first
    assert book.leave("carla", only_said_by=AT_THE_DESK) is None
    assert book.place("carla").seat == first.seat
    book.leave("carla")
    book.sit("carla", SHARED, said_by=AT_THE_DESK)
    assert book.sit("carla", SHARED, said_by="01TOKEN").seat.said_by == "01TOKEN"
    assert book.leave("carla", only_said_by=AT_THE_DESK) is None


def test_a_named_operator_is_believed_first(book: PhoneBook, database: Database) -> None:
    """`GARBO_OPERATOR` names who calls, whoever sits at the phone; a name that nobody has is not replaced."""
    book.sit("bruno", "PJSIP/101", said_by="cli")
    assert caller(database, "PJSIP/101", "carla") == "carla"
    assert caller(database, "PJSIP/101", "nobody") == "nobody"


def test_nobody_is_nowhere(book: PhoneBook, database: Database) -> None:
    """There has to be such an operator; a removed one sits nowhere, and whose own the phone is has it again."""
    for act in (lambda: book.sit("nobody", SHARED, said_by="cli"), lambda: book.leave("nobody")):
        with pytest.raises(NoOperator, match="no operator nobody"):
            act()
    book.sit("bruno", "PJSIP/101", said_by="cli")
    Directory(database).remove_operator("bruno")
    assert caller(database, "PJSIP/101") == "anna"


def test_a_taken_phone_stays_its_owners_to_keep(book: PhoneBook, database: Database) -> None:
    """Who sits at a phone does not get in the way of whose own it is on record."""
    book.sit("bruno", "PJSIP/101", said_by="cli")
    Directory(database).set_operator("anna", language="en")
    with pytest.raises(StoreConflict, match="is the phone of operator anna"):
        Directory(database).set_operator("carla", endpoint="PJSIP/101")
    Directory(database).set_operator("carla", endpoint=SHARED)


def test_who_is_signed_in_no_more_has_left(book: PhoneBook, database: Database, clock: SetClock) -> None:
    """What was chosen in the page is given up; what a dialer said stays, and so does who is still there."""
    logins, sessions = LoginBook(database, Passwords(QUICK), clock), SessionBook(database, clock)
    for each in ("anna", "bruno"):
        logins.set_password(each, "un gatto sul tetto (test)", must_change=False)
    from ari_app.ports.sign_in import Proof

    sessions.begin(Proof(operator="bruno", changed_at=NOW))
    book.sit("bruno", "PJSIP/101", said_by=AT_THE_DESK)
    book.sit("carla", SEAT, said_by="cli")
    assert book.clear_left() == ()
    book.clear_own("anna")
    assert caller(database, "PJSIP/101") == "bruno"
    database.write(lambda connection: connection.execute(delete(web_session)))
    book.clear_own("anna")
    assert caller(database, "PJSIP/101") == "anna"
    book.sit("bruno", "PJSIP/101", said_by=AT_THE_DESK)
    assert [seat.phone for seat in book.clear_left()] == ["PJSIP/101"]
    assert (caller(database, "PJSIP/101"), caller(database, SEAT)) == ("anna", "carla")


def test_people_who_change_places_do_not_wait_for_ever(book: PhoneBook, database: Database) -> None:
    """Two of them, to and fro at once: each phone is one person's in the end, each person at one phone."""

    def to_and_fro(who: str) -> None:
        for turn in range(12):
            book.sit(who, (SHARED, SEAT)[(turn + (who == "bruno")) % 2], said_by="cli")

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(to_and_fro, who) for who in ("bruno", "carla")]:
            done.result()
    held = [seat for seat in (book.place(who).seat for who in ("bruno", "carla")) if seat is not None]
    assert len({seat.phone for seat in held}) == len(held) >= 1


def test_they_are_found_by_their_indexes(database: Database) -> None:
    """The caller by phone with every verdict, the session with every page: no table is read whole."""
    given = {"endpoint": "PJSIP/101", "id_hash": b"h" * 32, "idle_since": NOW, "noted_since": NOW}
    for statement in (AT_PHONE, SESSION):
        assert whole_tables(plan(database, statement, given)) == set()
