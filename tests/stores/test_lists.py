"""Imported lists and do-not-call entries, on both engines."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from ari_app.lists import ImportRequest, import_list
from ari_app.policy.facts import Known, known
from ari_app.policy.held import Customer, CustomerStatus, SuppressionPurpose
from ari_app.ports.lists import Counts, CustomerRow, ListFile, SuppressionRow
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings
from ari_app.stores.history import facts_of
from ari_app.stores.lists import SqlLists
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tables import consent, customer, list_version, suppression
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, call, wanted

HOUR = timedelta(hours=1)
CALL = call()
OPT_OUT = SuppressionRow(e164=MARIO, scope="principal:fastnet", reason="opt_out", source="list")
CLIENT = CustomerRow(e164=MARIO, status=CustomerStatus.CURRENT, products=("adsl",))


class Office:
    """Lists and entries over one database, with a clock that goes on."""

    def __init__(self, database: Database) -> None:
        directory = Directory(database)
        for principal in ("fastnet", "telnet"):
            directory.add_principal(principal, name=principal, country="IT")
        directory.add_campaign(AUTUMN)
        self.database = database
        self.clock = SetClock()
        self.lists = SqlLists(database, KEYRING, self.clock)
        self.entries = Suppressions(database, KEYRING, self.clock)

    def suppress(self, *rows: SuppressionRow, publish: bool = True) -> Counts:
        """Import a list of suppressions."""
        self.clock.pass_by(HOUR)
        version = self.lists.begin(ListFile(kind="suppressions", principal=None, file_name="s.csv", sha256=""))
        counts = self.lists.put_suppressions(version, rows)
        if publish:
            self.lists.publish(version, {"read": len(rows)})
        return counts

    def customers(self, *rows: CustomerRow, publish: bool = True) -> Counts:
        """Import a list of fastnet's customers."""
        self.clock.pass_by(HOUR)
        version = self.lists.begin(ListFile(kind="customers", principal="fastnet", file_name="c.csv", sha256=""))
        counts = self.lists.put_customers(version, "fastnet", rows)
        if publish:
            self.lists.publish(version, {"read": len(rows)})
        return counts

    def consent(self, consent_id: str, **changes: object) -> None:
        """Put a consent of Mario's to fastnet on record, given now."""
        columns: dict[str, object] = {
            "id": consent_id,
            "principal": "fastnet",
            "number_key": KEYRING.number_key(MARIO),
            "key_id": KEYRING.key_id,
            "purpose": "marketing",
            "given_at": self.clock.now(),
            "text_version": "1",
            "evidence": "letter 12",
        }
        self.database.write(lambda connection: connection.execute(insert(consent), columns | changes))

    def customer(self) -> Customer:
        """What the next call to Mario knows."""
        return self.customer_fact().value

    def customer_fact(self) -> Known[Customer]:
        """The same, with the instant it was true."""
        found = self.database.read(lambda connection: facts_of(connection, KEYRING, CALL, wanted(CALL))).customer
        assert isinstance(found, Known)
        return found

    def suppressed(self) -> int:
        """How many entries the next call to Mario meets."""
        return len(
            known(self.database.read(lambda connection: facts_of(connection, KEYRING, CALL, wanted(CALL))).suppressions)
        )


@pytest.fixture
def office(database: Database) -> Office:
    """An office with two principals."""
    return Office(database)


def test_rows_are_seen_once_published(office: Office) -> None:
    """Nothing of a list is seen before it is published, and all of it after."""
    office.suppress(OPT_OUT, publish=False)
    office.customers(CLIENT, publish=False)
    assert (office.suppressed(), office.customer().status) == (0, CustomerStatus.NONE)
    assert office.entries.show(MARIO) == []
    for version in office.lists.unpublished():
        office.lists.publish(version, {"read": 1})
    assert (office.suppressed(), office.customer().status) == (1, CustomerStatus.CURRENT)


def test_an_abandoned_version_leaves_nothing(office: Office) -> None:
    """Rows of an abandoned version are deleted, several batches of them, and it cannot be published any more."""
    rows = [replace(CLIENT, e164=f"+39333{n:07}") for n in range(600)]
    office.customers(*rows, publish=False)
    (version,) = office.lists.unpublished()
    office.lists.abandon(version)
    left = office.database.read(lambda c: c.scalar(select(func.count()).select_from(customer)))
    assert (left, office.lists.unpublished()) == (0, ())
    with pytest.raises(StoreConflict, match="abandoned"):
        office.lists.publish(version, {})


def test_a_published_version_is_settled(office: Office) -> None:
    """What is published takes no more rows, is not abandoned and not published twice; nor is what is manual."""
    office.suppress(OPT_OUT)
    for version in (1, 2):
        with pytest.raises(StoreConflict):
            office.lists.put_suppressions(version, [OPT_OUT])
        with pytest.raises(StoreConflict):
            office.lists.abandon(version)
        with pytest.raises(StoreConflict):
            office.lists.publish(version, {})


def test_only_what_differs_is_written(office: Office) -> None:
    """Importing the same list again writes nothing; a changed row is an update, and the newest word counts."""
    other = replace(CLIENT, e164="+393330000000")
    assert office.customers(CLIENT, other) == Counts(added=2)
    assert office.customers(CLIENT, other) == Counts(unchanged=2)
    ended = replace(CLIENT, status=CustomerStatus.ENDED, until=NOW)
    assert office.customers(ended, other) == Counts(updated=1, unchanged=1)
    assert office.customer_fact() == Known(
        Customer(status=CustomerStatus.ENDED, products=("adsl",), until=NOW), office.clock.now()
    )
    assert office.customers(CLIENT) == Counts(updated=1)
    assert office.customer().status is CustomerStatus.CURRENT


def test_the_last_of_two_rows_for_a_number_counts(office: Office) -> None:
    """A number that stands in a list twice has what its last row says, in one batch or in two."""
    ended = replace(CLIENT, status=CustomerStatus.ENDED)
    assert office.customers(ended, CLIENT) == Counts(added=1, updated=1)
    assert office.customer().status is CustomerStatus.CURRENT
    far = [replace(CLIENT, e164=f"+39333{n:07}") for n in range(300)]
    office.customers(CLIENT, *far, ended)
    assert office.customer().status is CustomerStatus.ENDED


@pytest.mark.parametrize("first", ["older", "newer"])
def test_of_two_imports_at_once_the_second_to_end_is_refused(office: Office, first: str) -> None:
    """Whichever was begun first: what it left out as unchanged may be so no more; a third try works."""
    ended = replace(CLIENT, status=CustomerStatus.ENDED)
    office.customers(CLIENT)
    office.customers(ended, publish=False)
    office.customers(CLIENT, publish=False)
    older, newer = office.lists.unpublished()
    winner, loser = (older, newer) if first == "older" else (newer, older)
    office.clock.pass_by(HOUR)
    office.lists.publish(winner, {})
    with pytest.raises(StoreConflict, match="run the import again"):
        office.lists.publish(loser, {})
    office.lists.abandon(loser)
    office.customers(CLIENT)
    assert office.customer().status is CustomerStatus.CURRENT


def test_a_list_without_a_principal_is_overtaken_too(office: Office) -> None:
    """No principal is the same as no principal; lists of another kind or principal do not meet."""
    office.suppress(OPT_OUT, publish=False)
    (version,) = office.lists.unpublished()
    office.customers(CLIENT)
    other = office.lists.begin(ListFile(kind="suppressions", principal="fastnet", file_name="s.csv", sha256=""))
    office.lists.publish(other, {})
    office.suppress(OPT_OUT)
    with pytest.raises(StoreConflict, match="another import of suppressions"):
        office.lists.publish(version, {})


def test_an_overtaken_import_is_abandoned(office: Office, tmp_path: Path) -> None:
    """While a file is read the same list is imported: the newer word stays, and nothing of the file is left."""
    path = tmp_path / "c.csv"
    path.write_text(f"number,status\n{MARIO},ended\n")
    request = ImportRequest(kind="customers", path=path, region="IT", principal="fastnet")

    def overtake(_rows: int, _read: int, _size: int) -> None:
        office.customers(CLIENT)

    with pytest.raises(StoreConflict, match="run the import again"):
        import_list(office.lists, request, overtake)
    assert office.lists.unpublished() == ()
    assert office.customer().status is CustomerStatus.CURRENT
    left = office.database.read(lambda c: c.scalar(select(func.count()).select_from(customer)))
    assert left == 1


def test_an_import_never_shortens_a_suppression(office: Office) -> None:
    """An entry for ever stays so beside a list that lets it end; a longer one is added beside a shorter."""
    short, long = (replace(OPT_OUT, expires_at=NOW + timedelta(days=days)) for days in (30, 60))
    assert office.suppress(short) == Counts(added=1)
    assert office.suppress(long) == Counts(updated=1)
    assert office.suppress(short, long) == Counts(unchanged=2)
    assert office.suppress(OPT_OUT) == Counts(updated=1)
    assert office.suppress(short) == Counts(unchanged=1)
    assert {each.suppression.expires_at for each in office.entries.show(MARIO)} == {
        short.expires_at,
        long.expires_at,
        None,
    }


def test_an_import_lifts_nothing(office: Office) -> None:
    """A list that no longer holds a number leaves its suppression in force."""
    office.suppress(OPT_OUT)
    office.suppress(replace(OPT_OUT, e164="+393330000000"))
    assert office.suppressed() == 1


def test_one_row_twice_in_a_list_is_one_entry(office: Office) -> None:
    """Doubles inside a list are unchanged; another scope or purpose is an entry of its own."""
    everything = replace(OPT_OUT, purpose=SuppressionPurpose.ALL)
    elsewhere = replace(OPT_OUT, scope="*")
    assert office.suppress(OPT_OUT, OPT_OUT, everything, elsewhere) == Counts(added=3, unchanged=1)
    assert office.suppressed() == 3


def test_a_list_of_nobody_is_refused(office: Office) -> None:
    """A list needs a principal that exists."""
    with pytest.raises(StoreConflict, match="garbo principal add"):
        office.lists.begin(ListFile(kind="customers", principal="nobody", file_name="c.csv", sha256=""))


def test_versions_keep_their_report(office: Office) -> None:
    """What an import did is kept with its version."""
    office.suppress(OPT_OUT)
    kept = office.database.read(lambda c: c.execute(select(list_version).where(list_version.c.id == 2)).one())
    assert (kept.kind, kept.file_name, kept.report) == ("suppressions", "s.csv", '{"read":1}')
    assert kept.published_at == office.clock.now()


def test_a_verdict_gets_its_turn_during_an_import(office: Office, database_url: str) -> None:
    """While a long import writes, a gate that waits at most 300 ms always gets to write."""
    gate = Database.open(StoreSettings(url=database_url, wait=timedelta(milliseconds=300)))
    rows = [replace(CLIENT, e164=f"+39333{n:07}") for n in range(4000)]
    importing = threading.Thread(target=lambda: office.customers(*rows))
    importing.start()
    turns = 0
    try:
        while importing.is_alive():
            gate.write(lambda connection: connection.execute(select(1)))
            turns += 1
    finally:
        importing.join()
        gate.close()
    assert turns > 20


# By hand.


def test_adding_twice_is_adding_once(office: Office) -> None:
    """An equal entry is returned as it is; the number itself is not kept."""
    first = office.entries.add(MARIO, scope="*", reason="asked", source="call")
    office.clock.pass_by(HOUR)
    assert office.entries.add(MARIO, scope="*", reason="asked", source="call") == first
    assert office.entries.add(MARIO, scope="principal:fastnet", reason="asked", source="call") != first
    assert [each.suppression.scope for each in office.entries.show(MARIO)] == ["*", "principal:fastnet"]
    assert office.entries.show("+393330000000") == []


@pytest.mark.parametrize("scope", ["global", "principal:", "principal:nobody", "campaign:nowhere", "agency:x"])
def test_a_scope_must_exist(office: Office, scope: str) -> None:
    """A scope that binds nobody is refused and not stored."""
    with pytest.raises(StoreConflict):
        office.entries.add(MARIO, scope=scope, reason="asked", source="call")
    assert office.entries.show(MARIO) == []


@pytest.mark.parametrize("scope", ["principal:fastnet", "campaign:adsl-autunno"])
def test_a_later_consent_lifts(office: Office, scope: str) -> None:
    """A later consent to the principal lifts its entry; both are kept, and the next call does not meet it."""
    office.entries.add(MARIO, scope=scope, reason="asked", source="call")
    office.clock.pass_by(HOUR)
    office.consent("c1")
    office.clock.pass_by(HOUR)
    (lifted,) = office.entries.lift(MARIO, consent_id="c1", by="carla")
    assert (lifted.lifted_by_consent, lifted.lifted_by, lifted.lifted_at) == ("c1", "carla", office.clock.now())
    assert office.entries.show(MARIO) == [lifted]
    assert office.suppressed() == 0
    office.entries.add(MARIO, scope=scope, reason="asked", source="call")
    assert office.suppressed() == 1


def test_what_does_not_lift_a_suppression(office: Office) -> None:
    """Consents that are unknown, earlier, withdrawn, of another number or to another principal lift nothing."""
    office.consent("earlier")
    office.entries.add(MARIO, scope="principal:fastnet", reason="asked", source="call")
    office.consent("same instant")
    office.clock.pass_by(HOUR)
    office.consent("withdrawn", purpose="profiling", withdrawn_at=office.clock.now())
    office.consent("stranger", number_key=KEYRING.number_key("+393330000000"))
    office.consent("rival", principal="telnet")
    for consent_id, said in (
        ("nothing", "no consent"),
        ("earlier", "only a later one"),
        ("same instant", "only a later one"),
        ("withdrawn", "withdrawn"),
        ("stranger", "another number"),
        ("rival", "no suppression of principal telnet"),
    ):
        with pytest.raises(StoreConflict, match=said):
            office.entries.lift(MARIO, consent_id=consent_id, by="carla")
    assert office.suppressed() == 1


def test_a_global_suppression_is_not_one_principal_s_to_lift(office: Office) -> None:
    """Consent to one principal leaves a global entry in force."""
    office.entries.add(MARIO, scope="*", reason="asked", source="call")
    office.clock.pass_by(HOUR)
    office.consent("c1")
    with pytest.raises(StoreConflict, match="global"):
        office.entries.lift(MARIO, consent_id="c1", by="carla")
    assert office.suppressed() == 1


def test_no_row_is_lifted_without_a_consent(office: Office) -> None:
    """The database itself refuses to lift a suppression without naming a consent."""
    office.entries.add(MARIO, scope="*", reason="asked", source="call")
    with pytest.raises(StoreConflict):
        office.database.write(lambda c: c.execute(suppression.update().values(lifted_at=NOW)))
