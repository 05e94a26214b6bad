"""Consents, contacts, attempts, caller ids and screenings from lists, on both engines: what is on record afterwards."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ari_app.policy.held import ConsentForm
from ari_app.policy.outcome import Outcome
from ari_app.ports.lists import (
    Answered,
    Approval,
    AttemptRow,
    CallerIdRow,
    ConsentRow,
    ContactRow,
    Counts,
    ListFile,
    ScreeningBatch,
    ScreeningRow,
)
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.fact_queries import caller_ids
from ari_app.stores.lists import SqlLists
from ari_app.stores.person_queries import listed_now
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tables import attempt, caller_id, consent, contact, contact_list, screening
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock

LUISA = "+393331234568"
HOUR = timedelta(hours=1)
GIVEN = ConsentRow(e164=MARIO, purpose="marketing", given_at=NOW - 90 * HOUR, text_version="3", evidence="form 17")
ENTRY = ContactRow(e164=MARIO, list_id="a", list_source="directory", listed=True)
CALLED = AttemptRow(e164=MARIO, campaign=AUTUMN.id, at=NOW - 24 * HOUR, outcome=Outcome.ANSWERED)
RANGE = CallerIdRow(range_start="+390844100000", range_end="+390844199999", owner="fastnet", registered_in="ROC")
APPROVED = Approval(campaign=AUTUMN.id, agency="voce", approved_by="Rossi")


class Office:
    """Lists over one database, with a clock that goes on."""

    def __init__(self, database: Database) -> None:
        directory = Directory(database)
        for principal in ("fastnet", "telnet"):
            directory.add_principal(principal, name=principal, country="IT")
        directory.add_campaign(AUTUMN)
        directory.add_campaign(replace(AUTUMN, id="adsl-inverno"))
        self.database = database
        self.clock = SetClock()
        self.lists = SqlLists(database, KEYRING, self.clock)

    def bring(self, kind: str, rows: Sequence[Any], *head: Any, publish: bool = True) -> Counts:
        """Import rows of a kind: `put_KIND(version, *head, rows)`."""
        self.clock.pass_by(HOUR)
        version = self.lists.begin(ListFile(kind=kind, principal="fastnet", file_name="x.csv", sha256=""))
        counts: Counts = getattr(self.lists, f"put_{kind}")(version, *head, rows)
        if publish:
            self.lists.publish(version, {"read": len(rows)})
        return counts

    def rows(self, table: Any, *columns: str) -> list[tuple[Any, ...]]:
        """What a table holds, by its version."""
        query = select(*(table.c[name] for name in columns)).order_by(table.c.list_version, *table.primary_key)
        return self.database.read(lambda connection: [tuple(row) for row in connection.execute(query)])


@pytest.fixture
def office(database: Database) -> Office:
    """An office with two principals and two campaigns."""
    return Office(database)


def test_the_same_list_again_changes_nothing(office: Office) -> None:
    """Of every kind; a contact list is written anew, with what it said before."""
    batch = ScreeningBatch(
        principal="fastnet", register="RPO", answered_at=NOW, said_by="x", valid_until=NOW + 360 * HOUR
    )
    lists: list[tuple[str, Any, tuple[Any, ...]]] = [
        ("consents", GIVEN, ("fastnet",)),
        ("contacts", ENTRY, (APPROVED,)),
        ("attempts", CALLED, ()),
        ("caller_ids", RANGE, ()),
        ("screenings", ScreeningRow(e164=MARIO, answer="listed"), (batch,)),
    ]
    for kind, row, head in lists:
        assert office.bring(kind, [row], *head) == Counts(added=1), kind
        assert office.bring(kind, [row], *head) == Counts(unchanged=1), kind
    assert [len(office.rows(table, "list_version")) for table in (consent, attempt, caller_id, screening)] == [1] * 4


def test_a_withdrawal_is_put_beside_the_consent_and_never_lost(office: Office) -> None:
    """A list that has forgotten it adds nothing."""
    withdrawn = replace(GIVEN, withdrawn_at=NOW - HOUR)
    office.bring("consents", [GIVEN], "fastnet")
    assert office.bring("consents", [withdrawn], "fastnet") == Counts(updated=1)
    assert office.bring("consents", [GIVEN], "fastnet") == Counts(unchanged=1)
    assert [at for (at,) in office.rows(consent, "withdrawn_at")] == [None, NOW - HOUR]


def test_consents_of_one_number_stand_beside_each_other(office: Office) -> None:
    """By purpose, form and instant, in one list as in several; another principal's are its own."""
    later = replace(GIVEN, given_at=NOW - 2 * HOUR, form=ConsentForm.WRITTEN)
    counts = office.bring("consents", [GIVEN, later, replace(GIVEN, purpose="energy")], "fastnet")
    assert counts == Counts(added=2, updated=1)
    assert office.bring("consents", [GIVEN], "telnet") == Counts(added=1)
    said = office.rows(consent, "principal", "purpose", "form")
    assert sorted(said) == [
        ("fastnet", "energy", "express"),
        ("fastnet", "marketing", "express"),
        ("fastnet", "marketing", "written"),
        ("telnet", "marketing", "express"),
    ]


def test_a_consent_withdrawn_by_another_record_lifts_nothing(office: Office) -> None:
    """Whoever withdrew, withdrew all they had given for that purpose until then."""
    entries = Suppressions(office.database, KEYRING, office.clock)
    office.bring("consents", [replace(GIVEN, given_at=NOW + HOUR)], "fastnet")
    entries.add(MARIO, scope="principal:fastnet", reason="asked", source="call")
    office.clock.pass_by(9 * HOUR)
    given = replace(GIVEN, given_at=NOW + 5 * HOUR)
    office.bring("consents", [given], "fastnet")
    office.bring("consents", [replace(GIVEN, given_at=NOW, withdrawn_at=NOW + 6 * HOUR)], "fastnet")
    ids = {at: each for each, at in office.rows(consent, "id", "given_at")}
    with pytest.raises(StoreConflict, match="withdrawn"):
        entries.lift(MARIO, consent_id=ids[given.given_at], by="carla")


def test_a_contact_list_brought_anew_is_written_whole(office: Office) -> None:
    """Who is no more in it is not in its newest version; another list, and the same of another campaign, stay."""
    office.bring("contacts", [ENTRY, replace(ENTRY, e164=LUISA), replace(ENTRY, list_id="b")], APPROVED)
    office.bring("contacts", [ENTRY], replace(APPROVED, campaign="adsl-inverno"))
    counts = office.bring("contacts", [replace(ENTRY, language="de")], APPROVED)
    assert counts == Counts(updated=1)
    lists = [(name, list_id) for name, list_id in office.rows(contact_list, "campaign", "list_id")]
    assert lists == [(AUTUMN.id, "a"), (AUTUMN.id, "b"), ("adsl-inverno", "a"), (AUTUMN.id, "a")]
    newest = office.rows(contact, "list_version", "campaign", "list_id", "language", "approved_by", "agency")[-1]
    assert newest[1:] == (AUTUMN.id, "a", "de", "Rossi", "voce")


def test_an_entry_that_says_the_same_again_is_as_old_as_it_was(office: Office) -> None:
    """Brought anew it is no newer word on whose number that is; changed, it is."""
    office.bring("contacts", [ENTRY], APPROVED)
    first = office.clock.now()
    office.bring("contacts", [ENTRY], APPROVED)
    office.bring("contacts", [replace(ENTRY, person="P-1")], APPROVED)
    assert [at for (at,) in office.rows(contact, "imported_at")] == [first, first, office.clock.now()]


def test_an_entry_approved_by_somebody_else_is_changed(office: Office) -> None:
    """Who approved it, and for whom, is part of what a list says."""
    office.bring("contacts", [ENTRY], APPROVED)
    assert office.bring("contacts", [ENTRY], replace(APPROVED, approved_by="")) == Counts(updated=1)
    assert office.bring("contacts", [ENTRY], replace(APPROVED, approved_by="")) == Counts(unchanged=1)


def test_a_call_of_the_past_is_its_principals(office: Office) -> None:
    """Under its campaign's principal and purpose; one that was never made is released; an outcome may be corrected."""
    never = replace(CALLED, at=NOW - 2 * HOUR, outcome=Outcome.NOT_DIALLED)
    assert office.bring("attempts", [CALLED, never]) == Counts(added=2)
    assert office.bring("attempts", [replace(CALLED, outcome=Outcome.BUSY)]) == Counts(updated=1)
    held = office.rows(attempt, "principal", "purpose", "state", "outcome", "operator", "call_id")
    assert sorted(held) == [
        ("fastnet", "acquisition", "confirmed", "answered", "", None),
        ("fastnet", "acquisition", "confirmed", "busy", "", None),
        ("fastnet", "acquisition", "released", "not_dialled", "", None),
    ]
    with pytest.raises(StoreConflict, match="no campaign nowhere"):
        office.bring("attempts", [replace(CALLED, campaign="nowhere")])


def test_a_range_changes_hands(office: Office) -> None:
    """The newest version's word on the very same range is put beside the older."""
    office.bring("caller_ids", [RANGE])
    assert office.bring("caller_ids", [replace(RANGE, owner="voce", registered_in="")]) == Counts(updated=1)
    assert [owner for (owner,) in office.rows(caller_id, "owner")] == ["fastnet", "voce"]


def test_a_caller_id_is_whose_narrowest_range_it_is(office: Office) -> None:
    """A number inside a range can be somebody else's; of ranges as narrow the newest, of one its newest word."""

    def owners(number: str) -> list[str]:
        query = caller_ids()
        found = office.database.read(lambda connection: connection.execute(query, {"caller_id": number}).all())
        return [each.owner for each in found]

    single, inside = "+390844100007", "+390844100008"
    office.bring("caller_ids", [replace(RANGE, range_start=single, range_end=single, owner="voce")])
    office.bring("caller_ids", [RANGE, replace(RANGE, range_start="+390844000000", owner="telnet")])
    assert [owners(each) for each in (single, inside, "+390844000001", "+39084410000")] == [
        ["voce"],
        ["fastnet"],
        ["telnet"],
        [],
    ]
    office.bring("caller_ids", [replace(RANGE, range_start="+390844100001", range_end="+390844200000", owner="voce")])
    office.bring("caller_ids", [replace(RANGE, range_start=single, range_end=single, owner="telnet")])
    assert (owners(single), owners(inside)) == (["telnet"], ["voce"])


def test_a_contact_list_without_entries_takes_the_place_of_the_one_before(office: Office) -> None:
    """Of this campaign alone; a list that there never was is not made."""
    office.bring("contacts", [ENTRY, replace(ENTRY, e164=LUISA), replace(ENTRY, list_id="b")], APPROVED)
    had = []
    for list_id in ("a", "a", "new"):
        office.clock.pass_by(HOUR)
        version = office.lists.begin(ListFile(kind="contacts", principal="fastnet", file_name="a", sha256=""))
        had.append(office.lists.empty_contacts(version, APPROVED, list_id))
        office.lists.publish(version, {"read": 0})
    assert had == [2, 0, 0]
    assert [list_id for (list_id,) in office.rows(contact_list, "list_id")] == ["a", "b", "a", "a"]
    listed = select(contact.c.list_id).where(listed_now())
    assert office.database.read(lambda connection: list(connection.scalars(listed))) == ["b"]


def test_a_withdrawal_of_all_until_then_is_kept(office: Office) -> None:
    """Earlier than the consent on record, it is put beside it; again, it changes nothing."""
    at = GIVEN.given_at - HOUR
    withdrawal = ConsentRow(e164=MARIO, purpose="marketing", given_at=at, withdrawn_at=at)
    office.bring("consents", [GIVEN], "fastnet")
    assert office.bring("consents", [withdrawal], "fastnet") == Counts(updated=1)
    assert office.bring("consents", [withdrawal], "fastnet") == Counts(unchanged=1)
    assert office.rows(consent, "given_at", "withdrawn_at") == [(GIVEN.given_at, None), (at, at)]


def test_an_answer_marks_the_export_it_belongs_to(office: Office) -> None:
    """The newest that can have led to it and has none; all at once with the answer itself."""
    exported = []
    for _ in range(3):
        office.clock.pass_by(HOUR)
        exported.append(office.lists.record_export("fastnet", "RPO", file_name="o", digest="d", numbers=1))
    answered = Answered(
        principal="fastnet", register="RPO", submitted="d", returned="r", answered_at=exported[1] + HOUR / 2
    )
    for _ in range(2):
        version = office.lists.begin(ListFile(kind="screening:RPO", principal="fastnet", file_name="r", sha256=""))
        office.lists.publish(version, {"read": 1}, answered=answered)
        office.clock.pass_by(HOUR)
    held = office.lists.submissions("fastnet", "RPO", "d")
    assert [(each.exported_at, each.returned) for each in held] == list(zip(exported, ("r", "r", ""), strict=True))
    assert office.lists.submissions("telnet", "RPO", "d") == ()


def test_an_abandoned_version_leaves_no_contact(office: Office) -> None:
    """Nor the name of its list."""
    office.bring("contacts", [replace(ENTRY, e164=f"+39333{n:07}") for n in range(250)], APPROVED, publish=False)
    for version in office.lists.unpublished():
        office.lists.abandon(version)
    assert [office.rows(table, "list_version") for table in (contact, contact_list)] == [[], []]
